/**
 * Owns the module's functions for tasks of the running loop.
 */
import type { Coroutine } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkLoop, getRunningLoop } from "../core/running.ts";
import { pendingTasks, type Task } from "../core/task.ts";
import type { TaskOptions } from "../core/task-options.ts";

/**
 * Starts a coroutine, or a function, as a task of the running loop. asyncio: `create_task`, which takes only coroutines.
 *
 * @param coroutine - the coroutine, or the function, which is called in the task: a generator function, an async function or
 * a plain one.
 * @returns the task; wait for it to get its result.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED, ERR_ARGUMENT_TYPE for invalid options; LoopError ERR_NO_RUNNING_LOOP,
 * ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED.
 *
 * @example
 * ```ts
 * const task = createTask(greeting("Ada"));
 * const other = createTask(async () => { await sleep(10); });
 * ```
 */
export function createTask<T>(
  coroutine: Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>),
  options?: TaskOptions,
): Task<T> {
  return getRunningLoop().createTask(coroutine, options);
}

/**
 * The tasks of a loop that are not done; by default of the running loop. asyncio: `all_tasks`.
 * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a loop; LoopError ERR_NO_RUNNING_LOOP.
 */
export function allTasks(loop: EventLoop = getRunningLoop()): Set<Task<unknown>> {
  checkLoop("allTasks", loop);
  return new Set(pendingTasks(loop.scheduler));
}
