/**
 * Owns the watch over a run on the host: that nothing happens any more, and why. Knows nothing of schedules.
 */
import type { Scheduler } from "../core/scheduler.ts";
import { pendingTasks } from "../core/task.ts";
import { deadlockOf, pendingInWords } from "./deadlock.ts";
import { RunError } from "./errors.ts";
import type { RunPlan } from "./outcome.ts";
import type { SealedHost } from "./sealed-host.ts";
import type { Turns } from "./turns.ts";

/** As how much of the time for which nothing happens one look counts at most. */
const LOOK_MS_MAX = 5;

/** Ends the run if the loop waits for what never comes. @returns a function that ends the watch. */
export function watchIdle(scheduler: Scheduler, turns: Turns, sealed: SealedHost, plan: RunPlan): () => void {
  const { real } = sealed;
  const { idleMs, isPatient } = plan;
  let isOver = false;
  let isLooking = false;
  let countBefore = -1;
  let lookedMs = 0;
  let idleForMs = 0;
  const look = () => {
    isLooking = false;
    if (isOver || sealed.pending > 0) return;
    const nowMs = real.now();
    // A process that the system has let wait has waited for nothing itself.
    idleForMs += Math.min(nowMs - lookedMs, LOOK_MS_MAX);
    lookedMs = nowMs;
    if (turns.count !== countBefore) {
      countBefore = turns.count;
      idleForMs = 0;
    } else if (idleForMs >= idleMs || (!isPatient && !isAbroad(scheduler, turns))) {
      scheduler.interrupt(whyIdle(scheduler, turns, idleMs));
      return;
    }
    lookSoon();
  };
  // By then no microtask is left that could make the loop go on.
  const lookSoon = () => {
    if (isLooking) return;
    isLooking = true;
    real.wakeSoon(look);
  };
  sealed.quiet = lookSoon;
  return () => {
    isOver = true;
    sealed.quiet = () => {};
  };
}

/** Whether it waits, as far as is known, for something that is not the loop's. */
function isAbroad(scheduler: Scheduler, turns: Turns): boolean {
  return turns.adoptions > 0 || pendingTasks(scheduler).some((task) => task.waitsFor.length === 0);
}

function whyIdle(scheduler: Scheduler, turns: Turns, idleMs: number): Error {
  if (!isAbroad(scheduler, turns)) return deadlockOf(scheduler);
  return new RunError(
    "ERR_FOREIGN_AWAIT",
    `nothing has happened for ${idleMs} ms, and the program waits for a promise that is not the loop's: ` +
      `${pendingInWords(scheduler).join("; ")}; give it a stand-in, or a greater idleMs`,
  );
}
