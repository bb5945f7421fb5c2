/**
 * Owns the ways from an awaitable to a future: `ensureFuture` for any of them, `adopt` for foreign promises.
 */
import { checkIterable, checkMethods, readOptions, wrongArgument } from "./checks.ts";
import { type Coroutine, coroutineExpected, iscoroutine, isThenable, type Startable } from "./coroutine.ts";
import { failureOf, LoopError } from "./errors.ts";
import { Future } from "./future.ts";
import { checkLoop, getEventLoop } from "./running.ts";
import type { EventLoop } from "./scheduler.ts";

/**
 * A future for anything that can be waited for: a future as it is, a coroutine or a function as a new task, a promise adopted.
 * New ones belong to `options.loop`, else to the running loop, else to the policy's current one.
 * asyncio: `ensure_future`.
 *
 * @param options.loop - the loop that waits; by default the running one.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for anything else, ERR_ARGUMENT_TYPE; LoopError ERR_FOREIGN_FUTURE for a
 * future of another loop than `options.loop`.
 */
export function ensureFuture<T>(awaitable: Startable<T>, options?: { readonly loop?: EventLoop }): Future<T> {
  const { loop } = readOptions("ensureFuture", options, ["loop"]);
  if (loop !== undefined) checkLoop("ensureFuture", loop);
  return ensureFutureFor("ensureFuture", awaitable, loop);
}

/** The same, for a caller that is named in the error. @internal */
export function ensureFutureFor<T>(caller: string, awaitable: Startable<T>, loop?: EventLoop): Future<T> {
  if (awaitable instanceof Future) {
    if (loop !== undefined) mustBeOfLoop(awaitable, loop);
    return awaitable as Future<T>;
  }
  if (iscoroutine(awaitable) || typeof awaitable === "function")
    return (loop ?? getEventLoop()).createTask(awaitable as Coroutine<T>);
  checkAwaitable(caller, awaitable);
  return adoptOn(loop ?? getEventLoop(), awaitable);
}

/** Checks that something can be waited for. @internal */
export function checkAwaitable(caller: string, value: unknown): void {
  if (value instanceof Future || iscoroutine(value) || typeof value === "function") return;
  if (!isThenable(value)) throw coroutineExpected(caller, value);
}

/** Checks that something is a list, and not one of the items that belong in it. @internal */
export function checkList(caller: string, ofWhat: string, value: unknown): void {
  const needs = `a list of ${ofWhat}`;
  if (iscoroutine(value)) throw wrongArgument(caller, needs, value);
  checkIterable(caller, needs, value);
}

/** How a promise is adopted. */
export interface AdoptOptions {
  /** The loop that waits; by default the running one, else the policy's current one. */
  readonly loop?: EventLoop;
  /** Aborted when the future is cancelled, to stop the work behind the promise. */
  readonly abort?: AbortController;
}

/**
 * A future that ends as a foreign promise does. Cancelling it lets go of the promise: its outcome is dropped.
 *
 * @throws ArgumentError ERR_COROUTINE_EXPECTED if it is not a promise, ERR_ARGUMENT_TYPE.
 *
 * @example
 * ```ts
 * const response = yield* adopt(fetch(url));
 * ```
 */
export function adopt<T>(promise: PromiseLike<T>, options?: AdoptOptions): Future<T> {
  if (!isThenable(promise)) throw coroutineExpected("adopt", promise);
  if (options === undefined) return adoptOn(getEventLoop(), promise);
  const { loop = getEventLoop(), abort } = readOptions("adopt", options, ["loop", "abort"]);
  checkLoop("adopt", loop);
  if (abort !== undefined) checkMethods("adopt", "an AbortController", abort, ["abort"]);
  const future = adoptOn(loop, promise);
  if (abort !== undefined) {
    future.addDoneCallback(() => {
      if (future.cancelled()) abort.abort();
    });
  }
  return future;
}

/**
 * A future that ends as a promise does.
 * @param call - what the promise is of, if it can be cancelled itself.
 * @internal
 */
export function adoptOn<T>(
  loop: EventLoop,
  promise: PromiseLike<T>,
  call?: { cancelled?(): boolean },
): Future<T> {
  const future = loop.createFuture<T>();
  future.scheduler.arranger?.adopted();
  future.expectFromHost();
  const isWaitedFor = () => {
    future.arrived();
    return future.pending() && !future.scheduler.closed;
  };
  promise.then(
    (value) => {
      if (isWaitedFor()) future.setResult(value);
    },
    (reason) => {
      if (!isWaitedFor()) return;
      if (call?.cancelled?.() === true) future.cancel();
      else future.fail(failureOf(reason, "a promise was rejected with"));
    },
  );
  return future;
}

/** Checks that a future belongs to the loop that will wait for it. */
function mustBeOfLoop(future: Future<unknown>, loop: EventLoop): void {
  if (future.scheduler === loop.scheduler) return;
  throw new LoopError(
    "ERR_FOREIGN_FUTURE",
    `${future} belongs to another loop; wait for it there, or pass its result across by a callback`,
  );
}
