/**
 * Owns the ways from an awaitable to a future: `ensureFuture` for any of them, `adopt` for foreign promises, and
 * `perform` for a body that may be any kind of function.
 */
import { checkIterable, checkMethods, readOptions, wrongArgument } from "./checks.ts";
import {
  type Awaitable,
  type Body,
  type Coroutine,
  coroutineExpected,
  isAsyncFunction,
  iscoroutine,
  isThenable,
} from "./coroutine.ts";
import { failureOf } from "./errors.ts";
import { Future, mustBeOfLoop } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { NativeWait } from "./native-wait.ts";
import { checkLoop, currentTask, getRunningLoop } from "./running.ts";

/**
 * A future for whatever can be waited for: a future as it is, a coroutine as a new task, a promise adopted.
 * asyncio: `ensure_future`.
 *
 * @param options.loop - the loop that waits; the running one unless given.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for anything else, ERR_ARGUMENT_TYPE; LoopError ERR_FOREIGN_FUTURE for a
 * future of another loop than `options.loop`.
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
  if (iscoroutine(awaitable)) return (loop ?? getRunningLoop()).createTask(awaitable as Coroutine<T>);
  checkAwaitable(caller, awaitable);
  return adoptOn(loop ?? getRunningLoop(), awaitable);
}

/** Checks that something can be waited for. @internal */
export function checkAwaitable(caller: string, value: unknown): void {
  if (value instanceof Future || iscoroutine(value)) return;
  if (isAsyncFunction(value) || !isThenable(value)) throw coroutineExpected(caller, value);
}

/** Checks that something is a list, and not one of what is to be in it. @internal */
export function checkList(caller: string, ofWhat: string, value: unknown): void {
  const needs = `a list of ${ofWhat}`;
  if (iscoroutine(value)) throw wrongArgument(caller, needs, value);
  checkIterable(caller, needs, value);
}

/** How a promise is adopted. */
export interface AdoptOptions {
  /** The loop that waits; the running one unless given. */
  readonly loop?: EventLoop;
  /** Aborted when the future is cancelled, to stop what the promise stands for. */
  readonly abort?: AbortController;
}

/**
 * A future that ends as a foreign promise does. Cancelling it lets the promise go: whatever comes of it is dropped.
 *
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what is no promise, ERR_ARGUMENT_TYPE.
 *
 * @example
 * ```ts
 * const response = yield* adopt(fetch(url));
 * ```
 */
export function adopt<T>(promise: PromiseLike<T>, options?: AdoptOptions): Future<T> {
  if (!isThenable(promise)) throw coroutineExpected("adopt", promise);
  if (options === undefined) return adoptOn(getRunningLoop(), promise);
  const { loop = getRunningLoop(), abort } = readOptions("adopt", options, ["loop", "abort"]);
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

function adoptOn<T>(loop: EventLoop, promise: PromiseLike<T>): Future<T> {
  const future = loop.createFuture<T>();
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

/**
 * Calls `body` and waits for what it gives, in the current task: a coroutine in place, an async function in place as well if
 * the task is an async function's; within a generator's task it is a task of its own, which is cancelled with this one.
 * @internal
 */
export function* perform<T, A extends unknown[]>(
  body: Body<T, A>,
  ...args: A
): Generator<unknown, T, unknown> {
  if (isAsyncFunction(body)) {
    const call = () => body(...args) as PromiseLike<T>;
    const task = currentTask()?.asAsyncTask();
    if (task === undefined || task.loop.isSynchronous) return yield* getRunningLoop().createTask(call);
    return yield* new NativeWait(task.callNatively(call));
  }
  const result = body(...args);
  if (iscoroutine(result)) return yield* result as Coroutine<T>;
  if (result instanceof Future) return yield* result as Future<T>;
  if (isThenable(result)) return yield* adoptOn(getRunningLoop(), result as PromiseLike<T>);
  return result as T;
}
