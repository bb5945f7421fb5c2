/**
 * Owns eager tasks: factories whose tasks take their first step at once.
 */
import type { Coroutine } from "../core/coroutine.ts";
import type { EventLoop, TaskFactory } from "../core/loop.ts";
import { Task, type TaskOptions } from "../core/task.ts";

/** Makes a task, as the constructor of Task does. */
export type TaskConstructor = <T>(coroutine: Coroutine<T>, loop: EventLoop, options: TaskOptions) => Task<T>;

/**
 * A task factory whose tasks take their first step within `createTask`. asyncio: `create_eager_task_factory`.
 *
 * @param makeTask - makes the task; for subclasses of Task.
 *
 * @example
 * ```ts
 * loop.setTaskFactory(createEagerTaskFactory((coroutine, loop, options) => new MyTask(coroutine, loop, options)));
 * ```
 */
export function createEagerTaskFactory(makeTask: TaskConstructor): TaskFactory {
  return (loop, coroutine, options) => makeTask(coroutine, loop, { eagerStart: true, ...options });
}

/** The eager factory for plain tasks. asyncio: `eager_task_factory`. */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory(
  (coroutine, loop, options) => new Task(coroutine, loop, options),
);
