/**
 * Owns eager tasks: factories whose tasks take their first step at once.
 */
import { checkFunction } from "../core/checks.ts";
import type { Coroutine } from "../core/coroutine.ts";
import type { EventLoop, TaskFactory } from "../core/loop.ts";
import { Task } from "../core/task.ts";
import { readTaskOptions, type TaskOptions } from "../core/task-options.ts";

/** Makes a task, as the constructor of Task does. */
export type TaskConstructor = <T>(coroutine: Coroutine<T>, loop: EventLoop, options: TaskOptions) => Task<T>;

/**
 * A task factory whose tasks take their first step within `createTask`. asyncio: `create_eager_task_factory`.
 *
 * @param makeTask - makes the task; for subclasses of Task.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 *
 * @example
 * ```ts
 * loop.setTaskFactory(createEagerTaskFactory((coroutine, loop, options) => new MyTask(coroutine, loop, options)));
 * ```
 */
export function createEagerTaskFactory(makeTask: TaskConstructor): TaskFactory {
  checkFunction("createEagerTaskFactory", makeTask);
  return (loop, coroutine, options) => {
    const { name, context, eagerStart = true } = readTaskOptions(options);
    return makeTask(coroutine, loop, { name, context, eagerStart });
  };
}

/** The eager factory for plain tasks. asyncio: `eager_task_factory`. */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory(
  (coroutine, loop, options) => new Task(coroutine, loop, options),
);
