/**
 * Owns `gather`: several awaitables at once, their results in the order given.
 */
import { readOptions } from "../core/checks.ts";
import { iscoroutine, type Result, type Startable } from "../core/coroutine.ts";
import { ensureFutureFor } from "../core/ensure.ts";
import { makeCancelledError } from "../core/errors.ts";
import { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { getEventLoop } from "../core/running.ts";
import { takerOf } from "../core/task.ts";

/** How `gather` deals with failures. */
export interface GatherOptions {
  /** Exceptions take the place of results, instead of the first one ending the wait. */
  readonly returnExceptions?: boolean | undefined;
}

type Results<A extends readonly unknown[]> = { -readonly [K in keyof A]: Result<A[K]> };
type ResultsOrErrors<A extends readonly unknown[]> = { -readonly [K in keyof A]: Result<A[K]> | Error };

/** What `gather` returns: cancelling it cancels the children, and it is done when they are. */
class GatheringFuture<T> extends Future<T> {
  readonly #children: readonly Future<unknown>[];
  /** The children were cancelled through this future, so their end is its cancellation. */
  cancelRequested = false;

  constructor(children: readonly Future<unknown>[], loop: EventLoop) {
    super(loop);
    this.#children = children;
    this.value = children;
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let any = false;
    for (const child of this.#children) {
      if (child.cancel(message)) any = true;
    }
    if (any) this.cancelRequested = true;
    return any;
  }
}

/**
 * Waits for several awaitables at once. Coroutines and functions become tasks; the same coroutine given twice runs once, and
 * the same function twice.
 * The first to fail ends the wait, and the others go on; cancelling the wait cancels them all. asyncio: `gather`.
 *
 * @param args - the awaitables or functions, and optionally an options object at the end.
 * @returns a future of the results, in the order of the arguments.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what cannot be waited for; LoopError ERR_FOREIGN_FUTURE when the futures
 * belong to different loops.
 *
 * @example
 * ```ts
 * const [page, count] = yield* gather(session.get(url), counter());
 * const outcomes = yield* gather(...attempts, { returnExceptions: true });
 * ```
 */
export function gather<const A extends readonly Startable<unknown>[]>(
  ...args: [...A, { readonly returnExceptions: true }]
): Future<ResultsOrErrors<A>>;
export function gather<const A extends readonly Startable<unknown>[]>(
  ...args: [...A, { readonly returnExceptions?: false }]
): Future<Results<A>>;
export function gather<const A extends readonly Startable<unknown>[]>(
  ...args: [...A, GatherOptions]
): Future<ResultsOrErrors<A>>;
export function gather<const A extends readonly Startable<unknown>[]>(...args: A): Future<Results<A>>;
export function gather(...args: unknown[]): Future<unknown[]> {
  const options = optionsIn(args.at(-1));
  const awaitables = (options === undefined ? args : args.slice(0, -1)) as Startable<unknown>[];
  return gatherAll(awaitables, options?.returnExceptions === true);
}

/** The options, if that is what it is: a plain object, or one that has one of the options. */
function optionsIn(last: unknown): GatherOptions | undefined {
  if (typeof last !== "object" || last === null || Array.isArray(last)) return undefined;
  if (iscoroutine(last) || "then" in last) return undefined;
  const options = readOptions("gather", last as GatherOptions, ["returnExceptions"]);
  const isPlain = Object.getPrototypeOf(last) === Object.prototype || Object.getPrototypeOf(last) === null;
  return isPlain || "returnExceptions" in options ? options : undefined;
}

function gatherAll(awaitables: readonly Startable<unknown>[], returnExceptions: boolean): Future<unknown[]> {
  if (awaitables.length === 0) {
    const empty = new Future<unknown[]>(getEventLoop());
    empty.setResult([]);
    return empty;
  }
  let outer: GatheringFuture<unknown[]> | undefined;
  let pending = 0;
  const children: Future<unknown>[] = [];
  const doneAlready: Future<unknown>[] = [];

  const childDone = (child: Future<unknown>) => {
    pending--;
    if (outer === undefined || outer.done()) {
      // It will never be retrieved.
      child.markRetrieved();
      return;
    }
    if (!returnExceptions) {
      const error = child.cancelled() ? child.cancelledError() : child.exception();
      if (error !== null) {
        outer.fail(error);
        return;
      }
    }
    if (pending > 0) return;
    const outcomes = children.map(outcomeOf);
    // As in asyncio, the last of the children gives the error, cancelled or not.
    if (outer.cancelRequested) outer.fail((children.at(-1) as Future<unknown>).cancelledError());
    else outer.setResult(outcomes);
  };

  let loop: EventLoop | undefined;
  for (const awaitable of awaitables) {
    const taker = takerOf(awaitable);
    if (taker !== undefined && children.includes(taker)) {
      // The same coroutine once more: it runs once.
      children.push(taker);
      continue;
    }
    const child = ensureFutureFor("gather", awaitable, loop);
    loop ??= child.getLoop();
    children.push(child);
    pending++;
    if (child.done()) doneAlready.push(child);
    else child.addDoneCallback(childDone);
  }
  outer = new GatheringFuture<unknown[]>(children, loop as EventLoop);
  for (const child of doneAlready) childDone(child);
  return outer;
}

function outcomeOf(child: Future<unknown>): unknown {
  // As in asyncio: a new error, which has the message of the future and not the one of a task's own error.
  if (child.cancelled()) return makeCancelledError(child.ownCancelMessage);
  return child.exception() ?? child.result();
}
