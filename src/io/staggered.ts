/**
 * Owns the race of attempts of which one has to succeed: each starts when the one before has failed, or has taken too long. asyncio:
 * `staggered_race`. Knows nothing of connections.
 */
import { CancelledError } from "../core/errors.ts";
import type { Task } from "../core/task.ts";
import { createTask } from "../tasks/create.ts";
import { ExceptionGroup } from "../tasks/exception-group.ts";
import { FIRST_COMPLETED, wait } from "../tasks/wait.ts";
import { NetworkError } from "./errors.ts";

export interface Race<T> {
  readonly attempts: readonly (() => Generator<unknown, T, unknown>)[];
  /** After how long the next one starts beside those in progress; undefined for never. */
  readonly delayMs: number | undefined;
  /** Whether all failures are thrown together. */
  readonly allErrors: boolean;
  /** Disposes of a result that came second. */
  readonly undo: (result: T) => void;
}

/** The result of the first attempt that succeeds. @throws NetworkError or ExceptionGroup when none does. */
export function* firstOf<T>(race: Race<T>): Generator<unknown, T, unknown> {
  const { attempts, undo } = race;
  const delayMs = race.delayMs ?? null;
  const running = new Set<Task<T>>();
  const errors: Error[] = [];
  let next = 0;
  try {
    while (next < attempts.length || running.size > 0) {
      const start = attempts[next];
      if (start !== undefined) {
        next++;
        running.add(createTask(start()));
      }
      // After a failure the next one starts at once; after the last there is nothing more to start.
      const timeout = next < attempts.length ? delayMs : null;
      const [done] = yield* wait(running, { returnWhen: FIRST_COMPLETED, timeout });
      let winner: Task<T> | undefined;
      for (const task of done) {
        running.delete(task);
        const error = task.cancelled() ? new CancelledError() : task.exception();
        if (error !== null) errors.push(error as Error);
        else if (winner === undefined) winner = task;
        else undo(task.result());
      }
      if (winner !== undefined) return winner.result();
    }
  } finally {
    for (const task of running) {
      task.addDoneCallback(() => {
        if (!task.cancelled() && task.exception() === null) undo(task.result());
      });
      task.cancel();
    }
  }
  throw failureOf(errors, race.allErrors);
}

function failureOf(errors: readonly Error[], all: boolean): Error {
  const [first] = errors;
  if (all) return new ExceptionGroup("create_connection failed", errors);
  if (errors.length === 1 && first !== undefined) return first;
  const code = first instanceof NetworkError ? first.code : "EUNKNOWN";
  return new NetworkError(code, `Multiple exceptions: ${errors.map(({ message }) => message).join(", ")}`);
}
