/**
 * Owns how a schedule that fails becomes a small one that fails: whatever can be left out is. Knows nothing of how it is run.
 */
import type { Departure, Fault, Schedule } from "./schedule.ts";

/** Runs a schedule as far as it applies, and returns what of it came about if it fails as the first one did. */
export type Try = (schedule: Schedule) => Promise<Schedule | undefined>;

type Part = { readonly departure: Departure } | { readonly fault: Fault };

/**
 * The delta debugging of Zeller and Hildebrandt: halves, quarters and so on are left out, until nothing can be.
 * @param triesMax - how many schedules may be run.
 */
export async function shrunk(first: Schedule, fails: Try, triesMax: number): Promise<Schedule> {
  let best = first;
  let tries = 0;
  let size = partsOf(best).length;
  for (let chunk = size; chunk >= 1 && tries < triesMax; ) {
    const parts = partsOf(best);
    let isSmaller = false;
    for (let at = parts.length; at > 0 && tries < triesMax; at -= chunk) {
      const rest = [...parts.slice(0, Math.max(0, at - chunk)), ...parts.slice(at)];
      tries++;
      const smaller = await fails(scheduleOf(best.seed, rest));
      if (smaller === undefined || partsOf(smaller).length >= parts.length) continue;
      best = smaller;
      isSmaller = true;
      break;
    }
    size = partsOf(best).length;
    chunk = isSmaller ? Math.min(chunk, size) : Math.floor(chunk / 2);
  }
  return best;
}

/** The same with faults of the clock that are as short as will do, halved again and again. */
export async function shortened(first: Schedule, fails: Try): Promise<Schedule> {
  let best = first;
  for (let at = 0; at < best.faults.length; at++) {
    for (let isShorter = true; isShorter; ) {
      const fault = best.faults[at] as Fault;
      if (fault.kind === "cancel" || fault.ms < 2) break;
      const half = { ...fault, ms: Math.floor(fault.ms / 2) };
      const found = await fails({
        ...best,
        faults: best.faults.map((each) => (each === fault ? half : each)),
      });
      isShorter = found?.faults.length === best.faults.length;
      if (found !== undefined && isShorter) best = found;
    }
  }
  return best;
}

function partsOf({ departures, faults }: Schedule): Part[] {
  return [...departures.map((departure) => ({ departure })), ...faults.map((fault) => ({ fault }))];
}

function scheduleOf(seed: number, parts: readonly Part[]): Schedule {
  return {
    seed,
    departures: parts.flatMap((part) => ("departure" in part ? [part.departure] : [])),
    faults: parts.flatMap((part) => ("fault" in part ? [part.fault] : [])),
  };
}
