/**
 * Owns the module functions on tasks of the running loop.
 */
import { checkLoop } from "../core/checks.ts";
import type { Coroutine } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { Task, TaskOptions } from "../core/task.ts";

/**
 * Starts a coroutine, or an async function, as a task of the running loop. asyncio: `create_task`.
 *
 * @returns the task; wait for it to have its result.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED; LoopError ERR_NO_RUNNING_LOOP, ERR_COROUTINE_RUNNING or
 * ERR_COROUTINE_FINISHED.
 *
 * @example
 * ```ts
 * const task = createTask(greeting("Ada"));
 * const other = createTask(async () => { await sleep(10); });
 * ```
 */
export function createTask<T>(
  coroutine: Coroutine<T> | (() => PromiseLike<T>),
  options?: TaskOptions,
): Task<T> {
  return getRunningLoop().createTask(coroutine, options);
}

/**
 * The tasks of a loop that are not done; of the running one unless given. asyncio: `all_tasks`.
 * @throws LoopError ERR_NO_RUNNING_LOOP; ArgumentError ERR_ARGUMENT_TYPE for what is no loop.
 */
export function allTasks(loop: EventLoop = getRunningLoop()): Set<Task<unknown>> {
  checkLoop("allTasks", loop);
  return new Set(loop.pendingTasks());
}
