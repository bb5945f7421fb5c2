/**
 * Owns `runCoroutineThreadsafe`: a coroutine for a loop, from outside it.
 */
import { type Coroutine, checkCoroutine } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";

/**
 * Starts a coroutine on a loop from outside that loop, within the same thread. asyncio: `run_coroutine_threadsafe`.
 *
 * @returns a native promise of its result.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED, ERR_ARGUMENT_TYPE if it is not a loop.
 */
export function runCoroutineThreadsafe<T>(coroutine: Coroutine<T>, loop: EventLoop): Promise<T> {
  checkCoroutine("runCoroutineThreadsafe", coroutine);
  checkLoop("runCoroutineThreadsafe", loop);
  return new Promise((resolve, reject) => {
    loop.callSoonThreadsafe(() => {
      let task: Task<T>;
      try {
        task = loop.createTask(coroutine);
      } catch (error) {
        reject(error);
        throw error;
      }
      task.addDoneCallback(() => {
        try {
          resolve(task.result());
        } catch (error) {
          reject(error);
        }
      });
    });
  });
}
