/**
 * Owns the ways from an awaitable to a future: `ensureFuture` for any of them, `adopt` for foreign promises.
 */
import { checkFunction, readOptions } from "./checks.ts";
import {
  type Awaitable,
  type Coroutine,
  coroutineExpected,
  isAsyncFunction,
  iscoroutine,
  isThenable,
} from "./coroutine.ts";
import { ArgumentError, describe, failureOf } from "./errors.ts";
import { Future, isfuture, mustBeOfLoop } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { checkLoop, getEventLoop } from "./running.ts";

/**
 * A future for whatever can be waited for: a future as it is, a coroutine as a new task, a promise adopted. New ones are of
 * `options.loop`, else of the running loop, else of the policy's current one.
 * asyncio: `ensure_future`.
 *
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for anything else, ERR_ARGUMENT_TYPE for options that are none; LoopError
 * ERR_FOREIGN_FUTURE for a future of another loop than `options.loop`.
 */
export function ensureFuture<T>(awaitable: Awaitable<T>, options?: { readonly loop?: EventLoop }): Future<T> {
  const { loop } = readOptions("ensureFuture", options, ["loop"]);
  if (loop !== undefined) checkLoop("ensureFuture", loop);
  return ensureFutureFor("ensureFuture", awaitable, loop);
}

/** The same, for a caller that is named in the error. @internal */
export function ensureFutureFor<T>(caller: string, awaitable: Awaitable<T>, loop?: EventLoop): Future<T> {
  if (awaitable instanceof Future) {
    if (loop !== undefined) mustBeOfLoop(awaitable, loop);
    return awaitable as Future<T>;
  }
  if (iscoroutine(awaitable)) return (loop ?? getEventLoop()).createTask(awaitable as Coroutine<T>);
  checkAwaitable(caller, awaitable);
  return adoptFor(awaitable, loop, undefined);
}

/** Checks that something can be waited for. @internal */
export function checkAwaitable(caller: string, value: unknown): void {
  if (value instanceof Future || iscoroutine(value)) return;
  if (isAsyncFunction(value) || !isThenable(value)) throw coroutineExpected(caller, value);
}

/** Checks that something is a list, and not one of what is to be in it. @internal */
export function checkList(caller: string, ofWhat: string, value: unknown): void {
  const isOne = isfuture(value) || iscoroutine(value) || typeof value === "string";
  if (!isOne && typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function") return;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs a list of ${ofWhat}, and got ${describe(value)}`,
  );
}

/** How a promise is adopted. */
export interface AdoptOptions {
  /** The loop that waits; the running one unless given, else the policy's current one. */
  readonly loop?: EventLoop;
  /** Aborted when the future is cancelled, to stop what the promise stands for. */
  readonly abort?: AbortController;
}

/**
 * A future that ends as a foreign promise does. Cancelling it lets the promise go: whatever comes of it is dropped.
 *
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what is no promise, ERR_ARGUMENT_TYPE for options that are none.
 *
 * @example
 * ```ts
 * const response = yield* adopt(fetch(url));
 * ```
 */
export function adopt<T>(promise: PromiseLike<T>, options?: AdoptOptions): Future<T> {
  if (!isThenable(promise)) throw coroutineExpected("adopt", promise);
  const { loop, abort } = readOptions("adopt", options, ["loop", "abort"]);
  if (loop !== undefined) checkLoop("adopt", loop);
  if (abort !== undefined) checkFunction("abort of adopt", abort?.abort);
  return adoptFor(promise, loop, abort);
}

function adoptFor<T>(
  promise: PromiseLike<T>,
  loop: EventLoop | undefined,
  abort: AbortController | undefined,
): Future<T> {
  const future = (loop ?? getEventLoop()).createFuture<T>();
  if (abort !== undefined) {
    future.addDoneCallback(() => {
      if (future.cancelled()) abort.abort();
    });
  }
  const isWaitedFor = () => future.pending() && !future.loop.isClosed();
  promise.then(
    (value) => {
      if (isWaitedFor()) future.setResult(value);
    },
    (reason) => {
      if (isWaitedFor()) future.fail(failureOf(reason, "a promise was rejected with"));
    },
  );
  return future;
}
