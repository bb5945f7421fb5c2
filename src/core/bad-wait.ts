/**
 * Owns the errors for what a task cannot wait for, with what to do instead. Knows nothing of when they are thrown.
 */
import { iscoroutine } from "./coroutine.ts";
import { describe, LoopError } from "./errors.ts";
import { Future } from "./future.ts";
import type { Scheduler } from "./scheduler.ts";

/** Who waits, as far as this file knows it: stepper.ts. */
interface Waits {
  readonly scheduler: Scheduler;
  readonly task: { getName(): string };
}

/** A future that cannot be waited for by this one. @internal */
export function cannotWait(future: Future<unknown>, stepper: Waits): LoopError {
  const name = stepper.task.getName();
  if ((future as object) === stepper.task) {
    return new LoopError("ERR_AWAIT_CURRENT_TASK", `the task '${name}' cannot wait for itself`);
  }
  if (future.scheduler !== stepper.scheduler) {
    return new LoopError(
      "ERR_FOREIGN_FUTURE",
      `the task '${name}' waits for ${future}, which belongs to another loop; wait for it there`,
    );
  }
  return new LoopError("ERR_BAD_YIELD", `the task '${name}' waits again for ${future}, which is done`);
}

/** The coroutine yielded what is nothing to wait for. @internal */
export function badYield(yielded: unknown): LoopError {
  const star =
    yielded instanceof Future || iscoroutine(yielded)
      ? "write yield* to wait for it"
      : "use yield* on futures, tasks and coroutines, and a bare yield to let others run";
  return new LoopError("ERR_BAD_YIELD", `a coroutine yielded ${describe(yielded)}; ${star}`);
}
