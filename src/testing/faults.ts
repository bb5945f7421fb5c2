/**
 * Owns the faults that are drawn by chance. That each wait has its cancellation is the search's business (explore.ts).
 */
import type { SeededRandom } from "./random.ts";
import type { Cancellation, ClockFault } from "./schedule.ts";

const FAULTS_MAX = 3;
/** A slow callback takes up to a second, and a host sleeps from a second to a day. */
const SLOW_MS_MAX = 1000;
const JUMP_MS_MIN = 1000;
const JUMP_MS_MAX = 86_400_000;

/** One to three faults within so many turns. */
export function randomFaults(
  random: SeededRandom,
  turns: number,
  which: { readonly clockJumps: boolean; readonly slowCallbacks: boolean },
): ClockFault[] {
  const faults: ClockFault[] = [];
  for (let left = 1 + random.below(FAULTS_MAX); left > 0; left--) {
    const turn = 1 + random.below(Math.max(1, turns));
    const jumps = which.clockJumps && (!which.slowCallbacks || random.below(2) === 0);
    faults.push(
      jumps
        ? { kind: "jump", turn, ms: between(random, JUMP_MS_MIN, JUMP_MS_MAX) }
        : { kind: "slow", turn, ms: between(random, 1, SLOW_MS_MAX) },
    );
  }
  return faults;
}

/** A whole number, as likely in one order of magnitude as in another. Doubled step by step: Math.pow differs between engines. */
function between(random: SeededRandom, min: number, max: number): number {
  const doublings = random.below(1 + Math.floor(Math.log2(max / min)));
  const from = min * 2 ** doublings;
  return Math.min(max, from + random.below(from));
}

/** One of the waits of the tasks, as likely as any other; none if there are none. */
export function randomCancellation(
  random: SeededRandom,
  tracks: readonly { readonly number: number; readonly steps: number }[],
): Cancellation[] {
  const steps = tracks.reduce((sum, track) => sum + track.steps, 0);
  if (steps === 0) return [];
  let wait = 1 + random.below(steps);
  for (const track of tracks) {
    if (wait <= track.steps)
      return [{ kind: "cancel", task: track.number, wait, at: random.below(2) === 0 ? "start" : "end" }];
    wait -= track.steps;
  }
  return [];
}
