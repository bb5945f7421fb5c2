/**
 * Owns `asCompleted`: several awaitables, one after the other as they end.
 */
import { readOptions } from "../core/checks.ts";
import { type Operation, operation, type Result, type Startable } from "../core/coroutine.ts";
import { checkList, ensureFutureFor } from "../core/ensure.ts";
import { TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import { getEventLoop } from "../core/running.ts";
import { checkDelayMs } from "../core/sleep.ts";
import { type ItemIterator, Queue } from "../sync/queue.ts";

/**
 * What `asCompleted` returns. A plain loop gets operations, each for the result of the next to end; `for await` gets the
 * futures themselves.
 */
export class AsCompleted<T> implements Iterable<Operation<T>>, AsyncIterable<Future<T>> {
  /** What has ended, in that order; null for what the timeout cut off. */
  private readonly ended = new Queue<Future<T> | null>();
  private readonly pending: Set<Future<T>>;
  private timer: TimerHandle | undefined = undefined;
  private left: number;

  /** @internal */
  constructor(awaitables: Iterable<Startable<T>>, timeoutMs: number | null) {
    const loop = getEventLoop();
    const known = new Set<Startable<T>>();
    this.pending = new Set();
    for (const each of awaitables) {
      if (known.has(each)) continue;
      if (typeof each !== "function") known.add(each);
      this.pending.add(ensureFutureFor("asCompleted", each, loop));
    }
    this.left = this.pending.size;
    for (const future of this.pending) future.addDoneCallback(this.oneEnded);
    if (this.left > 0 && timeoutMs !== null) this.timer = loop.callLater(timeoutMs, this.timeIsOver);
  }

  private readonly oneEnded = (future: Future<T>) => {
    if (!this.pending.delete(future)) return;
    this.ended.putNowait(future);
    if (this.pending.size === 0) this.timer?.cancel();
  };

  private readonly timeIsOver = () => {
    for (const future of this.pending) {
      future.removeDoneCallback(this.oneEnded);
      this.ended.putNowait(null);
    }
    this.pending.clear();
  };

  private *next(): Generator<unknown, Future<T>, unknown> {
    const future = yield* this.ended.get();
    if (future === null) throw new TimeoutError("the timeout expired before all awaitables were done");
    return future;
  }

  private *nextResult(): Generator<unknown, T, unknown> {
    return (yield* this.next()).result();
  }

  *[Symbol.iterator](): Generator<Operation<T>, void, undefined> {
    while (this.left > 0) {
      this.left--;
      yield operation("asCompleted", this.nextResult());
    }
  }

  [Symbol.asyncIterator](): ItemIterator<Future<T>> {
    return {
      next: async () => {
        if (this.left === 0) return { done: true, value: undefined };
        this.left--;
        return await operation("asCompleted", this.nextItem());
      },
    };
  }

  private *nextItem(): Generator<unknown, IteratorResult<Future<T>, void>, unknown> {
    return { done: false, value: yield* this.next() };
  }
}

/**
 * The results of several awaitables in the order in which they end. asyncio: `as_completed`.
 *
 * @param awaitables - futures, coroutines, promises and functions, which are started as tasks. What is given twice counts
 * once, except for functions.
 * @param options.timeout - how long all of them may take together, in milliseconds, null for no limit; after that the next wait
 * throws a TimeoutError.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for an invalid list or options, ERR_COROUTINE_EXPECTED for what
 * cannot be waited for, ERR_DELAY; LoopError ERR_FOREIGN_FUTURE.
 *
 * @example
 * ```ts
 * for (const next of asCompleted([first(), second()])) {
 *   console.log(yield* next);
 * }
 * ```
 */
export function asCompleted<A extends Startable<unknown>>(
  awaitables: Iterable<A>,
  options?: { readonly timeout?: number | null },
): AsCompleted<Result<A>> {
  checkList("asCompleted", "awaitables", awaitables);
  const { timeout = null } = readOptions("asCompleted", options, ["timeout"]);
  if (timeout !== null) checkDelayMs("asCompleted", timeout);
  return new AsCompleted<Result<A>>(awaitables as Iterable<Startable<Result<A>>>, timeout);
}
