/**
 * Owns watching futures that have failed and whose exception has not been retrieved, and in debug mode where they were
 * made. Knows nothing of how futures fail.
 */
import { contextOf, type Report, type Reporter } from "./reporting.ts";
import type { Unclaimed } from "./unclaimed.ts";

/** A future that has failed, as far as this file knows it. */
interface Failed {
  /** Whether the exception has yet to be retrieved. */
  readonly unretrieved: boolean;
  /** What to report if it never is. */
  failureReport(): Report;
}

/** How deep the chain of an error's causes is followed. */
const CAUSES_MAX = 8;

/**
 * The failures of one loop. What waits for a future retrieves its exception in the batch after it failed; only what has
 * not been retrieved by then is worth being watched by the collector, which costs more than a task.
 * @internal
 */
export class Failures {
  private readonly unclaimed: Unclaimed;
  private readonly reporter: Reporter;
  private thisBatch: Failed[] = [];
  private lastBatch: Failed[] = [];

  constructor(unclaimed: Unclaimed, reporter: Reporter) {
    this.unclaimed = unclaimed;
    this.reporter = reporter;
  }

  /** One has failed; `inRun`: there are batches to come. */
  note(future: Failed, inRun: boolean): void {
    if (inRun) this.thisBatch.push(future);
    else this.watch(future);
  }

  /** A batch has run. */
  batchEnded(): void {
    if (this.thisBatch.length === 0 && this.lastBatch.length === 0) return;
    for (const future of this.lastBatch) if (future.unretrieved) this.watch(future);
    this.lastBatch = this.thisBatch;
    this.thisBatch = [];
  }

  /** No batch may come for a long time, or ever. */
  watchAll(): void {
    this.batchEnded();
    this.batchEnded();
  }

  private watch(future: Failed): void {
    const { reporter } = this;
    const report = future.failureReport();
    letFramesGo(report.exception);
    // The handler cannot be given the future itself, which must be collectable.
    const where = contextOf({ ...report, future });
    this.unclaimed.add(future, () => reporter.report(report, where));
  }
}

/**
 * Until its stack is read, V8 keeps the receivers of an error's frames: the very task that it came from would live
 * for as long as the report that waits for its collection.
 */
function letFramesGo(error: unknown, depth = 0): void {
  if (!(error instanceof Error) || depth === CAUSES_MAX) return;
  void error.stack;
  letFramesGo(error.cause, depth + 1);
  if (error instanceof AggregateError) for (const each of error.errors) letFramesGo(each, depth + 1);
}

const creationStacks = new WeakMap<object, string>();

/** In debug mode, remembers where a future is created. @internal */
export function noteCreated(future: object): void {
  creationStacks.set(future, new Error("created here").stack ?? "");
}

/** Where it was created, if that was in debug mode. @internal */
export function creationStackOf(future: object): string | undefined {
  return creationStacks.get(future);
}
