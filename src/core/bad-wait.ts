/**
 * Owns the errors for what a task cannot wait for, with what to do instead. Knows nothing of when they are thrown.
 */
import { iscoroutine } from "./coroutine.ts";
import { describe, LoopError } from "./errors.ts";
import { Future } from "./future.ts";
import type { Task } from "./task.ts";

/** The task waits for a future that it cannot wait for. */
export function cannotWait(future: Future<unknown>, task: Task<unknown>): LoopError {
  if (future === task) {
    return new LoopError("ERR_AWAIT_CURRENT_TASK", `the task '${task.getName()}' cannot wait for itself`);
  }
  if (future.loop !== task.loop) {
    return new LoopError(
      "ERR_FOREIGN_FUTURE",
      `the task '${task.getName()}' waits for ${future}, which belongs to another loop; wait for it there`,
    );
  }
  return new LoopError(
    "ERR_BAD_YIELD",
    `the task '${task.getName()}' waits again for ${future}, which is done`,
  );
}

/** The coroutine yielded what is nothing to wait for. */
export function badYield(yielded: unknown): LoopError {
  const star =
    yielded instanceof Future || iscoroutine(yielded)
      ? "write yield* to wait for it"
      : "use yield* on futures, tasks and coroutines, and a bare yield to give others a turn";
  return new LoopError("ERR_BAD_YIELD", `a coroutine yielded ${describe(yielded)}; ${star}`);
}
