/**
 * Owns `toThread`: a function called in a thread, on behalf of the running loop.
 */
import type { Outcome, Submittable } from "../core/executor.ts";
import type { Future } from "../core/future.ts";
import { getRunningLoop } from "../core/running.ts";

/**
 * Calls a function in a thread of the loop's default executor, which `wasyncio/executors` brings. asyncio: `to_thread`; context
 * variables stay behind.
 *
 * @param callee - a function that needs nothing but its arguments, since its source is sent, or a reference by `fromModule`.
 * @param args - what it is called with, copied as `structuredClone` does.
 * @returns a future of what it returns. Cancelling it takes the call back if it has not begun.
 * @throws LoopError ERR_NO_RUNNING_LOOP, ERR_EXECUTOR_MISSING where nobody has imported `wasyncio/executors`, ERR_EXECUTOR_SHUT_DOWN.
 *
 * @example
 * ```ts
 * import "wasyncio/executors";
 * const digest = yield* toThread(hash, bytes);
 * ```
 */
export function toThread<A extends unknown[], R>(callee: Submittable<A, R>, ...args: A): Future<Outcome<R>> {
  return getRunningLoop().runInExecutor(null, callee, ...args);
}
