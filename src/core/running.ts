/**
 * Owns the question "where am I?": the loop and the task whose code runs at this moment.
 * Knows how to ask a loop and its tasks, not how they run.
 *
 * While a callback or a step of a coroutine executes, the answer is exact. Between the steps of an async function the
 * engine's microtasks run, where it comes from the host's task storage if there is one (docs/architecture.md).
 */

import type { TaskStorage } from "../host/host.ts";
import type { AsyncTask } from "./async-task.ts";
import { wrongArgument } from "./checks.ts";
import { provideContextOfMicrotask } from "./context.ts";
import type { Operation } from "./coroutine.ts";
import { LoopError } from "./errors.ts";
import type { EventLoop } from "./loop.ts";
import type { Task } from "./task.ts";
import { Core } from "./wasm.ts";

let runningLoop: EventLoop | undefined;
let storage: TaskStorage<AsyncTask<unknown>> | undefined;

/**
 * Checks that something is a loop, by what only a loop has: futures must not import its class.
 * @throws ArgumentError ERR_ARGUMENT_TYPE. @internal
 */
export function checkLoop(caller: string, value: unknown, needs = "an event loop"): void {
  if ((value as Partial<EventLoop> | null | undefined)?.core instanceof Core) return;
  throw wrongArgument(caller, needs, value);
}

/** Makes `loop` the running one, or none. @internal */
export function setRunningLoop(loop: EventLoop | undefined): void {
  runningLoop = loop;
}

/**
 * Sets up, at the first async function that becomes a task, what tells its task behind foreign awaits. Not earlier: on
 * Node 20 and 22 it slows every native promise of the process.
 * @internal
 */
export function taskStorageOf(loop: EventLoop): TaskStorage<AsyncTask<unknown>> | undefined {
  if (storage === undefined) {
    storage = loop.host.createTaskStorage?.();
    provideContextOfMicrotask(() => (runningLoop?.executing ? undefined : storedTask()?.getContext()));
  }
  return storage;
}

/** The async-function task that the host's storage knows of, if it still runs. */
function storedTask(): AsyncTask<unknown> | undefined {
  const task = storage?.get();
  return task === undefined || task.done() ? undefined : task;
}

/** The running loop, or undefined. asyncio: `_get_running_loop`. @internal */
export function runningLoopOrUndefined(): EventLoop | undefined {
  if (runningLoop?.executing) return runningLoop;
  return storedTask()?.loop ?? runningLoop;
}

/**
 * The loop whose code is running. asyncio: `get_running_loop`.
 * @throws LoopError ERR_NO_RUNNING_LOOP outside of a loop's coroutines and callbacks.
 */
export function getRunningLoop(): EventLoop {
  const loop = runningLoopOrUndefined();
  if (loop !== undefined) return loop;
  throw new LoopError(
    "ERR_NO_RUNNING_LOOP",
    "no running event loop: call this from a coroutine or callback of a loop. Behind an `await` of a foreign promise " +
      "the loop is known only on hosts with AsyncLocalStorage; await adopt(promise) instead",
  );
}

/**
 * The task whose code is running, or null in a callback or outside. asyncio: `current_task`.
 * @param loop - the loop to ask; the running one unless given.
 * @throws LoopError ERR_NO_RUNNING_LOOP; ArgumentError ERR_ARGUMENT_TYPE for what is no loop.
 */
export function currentTask(loop?: EventLoop): Task<unknown> | null {
  if (loop !== undefined) checkLoop("currentTask", loop);
  const running = loop ?? getRunningLoop();
  if (running.executing) return running.current ?? null;
  const stored = storedTask();
  if (stored?.loop === running) return stored;
  return running.current ?? null;
}

/** The same of the running loop, and null where none is running. @internal */
export function currentTaskOrNull(): Task<unknown> | null {
  // Asked by each operation that begins, most of them in a step.
  if (runningLoop?.executing) return runningLoop.current ?? null;
  const loop = runningLoopOrUndefined();
  return loop === undefined ? null : currentTask(loop);
}

/** The async-function task whose code is running, if it is one. */
function currentAsyncTask(): AsyncTask<unknown> | undefined {
  return currentTaskOrNull()?.asAsyncTask();
}

/**
 * The `then` of an awaitable that is read at this place. An async function's task waits itself, in place; from anywhere
 * else a task is started to wait.
 * @internal
 */
export function awaitHere<T>(coroutine: Operation<T>): PromiseLike<T>["then"] {
  const task = currentAsyncTask();
  const loop = task?.loop ?? getRunningLoop();
  return (onFulfilled, onRejected) =>
    settleWith(onFulfilled, onRejected, (resolve, reject) => {
      if (task?.tryAwait(coroutine, resolve as (value: unknown) => void, reject)) return;
      settleLater(loop.createTask(coroutine), resolve, reject);
    });
}

/** The same for a future, which nobody needs to start. @internal */
export function awaitFutureHere<T>(future: FutureLike<T>): PromiseLike<T>["then"] {
  const task = currentAsyncTask();
  return (onFulfilled, onRejected) =>
    settleWith(onFulfilled, onRejected, (resolve, reject) => {
      if (
        task?.loop === future.loop &&
        task.tryAwait(future[Symbol.iterator](), resolve as (value: unknown) => void, reject)
      ) {
        return;
      }
      settleLater(future, resolve, reject);
    });
}

interface FutureLike<T> {
  readonly loop: EventLoop;
  done(): boolean;
  result(): T;
  addDoneCallback(callback: () => void): void;
  [Symbol.iterator](): Operation<T>;
}

/** How many are still to be told of a future by its callbacks. Whoever comes meanwhile is told after them. */
const toldByCallback = new WeakMap<object, number>();

function settleLater<T>(
  future: FutureLike<T>,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): void {
  const settle = () => {
    let value: T;
    try {
      value = future.result();
    } catch (error) {
      reject(error);
      return;
    }
    resolve(value);
  };
  const others = toldByCallback.get(future) ?? 0;
  if (future.done() && others === 0) {
    // A done callback would need the loop to run, and a future that is done may outlive it.
    Promise.resolve().then(settle);
    return;
  }
  future.addDoneCallback(() => {
    toldByCallback.set(future, (toldByCallback.get(future) as number) - 1);
    settle();
  });
  toldByCallback.set(future, others + 1);
}

/**
 * `then` as Promises/A+ has it. An `await` gives functions of the engine's own here; they are called directly, with no
 * promise in between, so that the async function takes its step in the microtask that follows.
 */
function settleWith<T, R1, R2>(
  onFulfilled: ((value: T) => R1 | PromiseLike<R1>) | null | undefined,
  onRejected: ((error: unknown) => R2 | PromiseLike<R2>) | null | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<R1 | R2> {
  return new Promise((resolve, reject) => {
    const passOn = <V>(
      handler: ((value: V) => R1 | R2 | PromiseLike<R1 | R2>) | null | undefined,
      value: V,
      otherwise: (value: V) => void,
    ) => {
      if (typeof handler !== "function") {
        otherwise(value);
        return;
      }
      try {
        resolve(handler(value));
      } catch (error) {
        reject(error);
      }
    };
    const fail = (error: unknown) => passOn(onRejected, error, reject);
    try {
      start((value) => passOn(onFulfilled, value, resolve as (value: unknown) => void), fail);
    } catch (error) {
      // It cannot be waited for. An `await` knows its handlers alone, and would not hear of a promise that is rejected.
      fail(error);
    }
  });
}
