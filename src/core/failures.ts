/**
 * Owns the watch over futures that have failed and whose exception nobody has asked for: it is reported when such a future
 * is collected. Knows nothing of how futures fail.
 */
import type { ExceptionContext } from "./exceptions.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";

/** How deep the causes of an error are followed. */
const CAUSES_MAX = 8;

interface Report {
  readonly loop: EventLoop;
  readonly context: ExceptionContext;
}

const watched = new FinalizationRegistry<Report>(({ loop, context }) => loop.callExceptionHandler(context));

/**
 * The failures of one loop. Whoever waits for a future asks for its exception in the batch after it failed; only what has
 * not been asked for by then is worth having the collector watch it, which costs more than a task.
 */
export class Failures {
  private thisBatch: Future<unknown>[] = [];
  private lastBatch: Future<unknown>[] = [];

  note(future: Future<unknown>): void {
    this.thisBatch.push(future);
  }

  /** A batch has run. */
  batchEnded(): void {
    if (this.thisBatch.length === 0 && this.lastBatch.length === 0) return;
    for (const future of this.lastBatch) if (future.unretrieved) watch(future);
    this.lastBatch = this.thisBatch;
    this.thisBatch = [];
  }

  /** No batch may come for a long time, or ever. */
  watchAll(): void {
    this.batchEnded();
    this.batchEnded();
  }
}

function watch(future: Future<unknown>): void {
  const context = future.failureContext();
  letFramesGo(context.exception);
  watched.register(future, { loop: future.loop, context }, future);
}

/** Somebody has asked for the exception after all. */
export function forgetFailure(future: Future<unknown>): void {
  watched.unregister(future);
}

/**
 * Until its stack is asked for, V8 keeps the receivers of an error's frames: the very task that it came from would live
 * for as long as the report that waits for its collection.
 */
function letFramesGo(error: unknown, depth = 0): void {
  if (!(error instanceof Error) || depth === CAUSES_MAX) return;
  void error.stack;
  letFramesGo(error.cause, depth + 1);
  if (error instanceof AggregateError) for (const each of error.errors) letFramesGo(each, depth + 1);
}
