/** Owns the search for a known bug, as the tests and the table in docs/time-travel.md have it. */
import { ExplorationError, type ExploreOptions, explore } from "wasyncio/testing";
import type { Bug } from "./index.ts";

/** Within how many runs each of them is to be found. */
export const RUNS_MAX = 1000;

/**
 * Explores a bug's program.
 * @returns what was found, or undefined if every run has passed.
 */
export async function search(
  { program, cancellations = false }: Bug,
  mended: boolean,
  options: ExploreOptions,
): Promise<ExplorationError | undefined> {
  try {
    await explore(() => program(mended), { runs: RUNS_MAX, cancellations, ...options });
  } catch (error) {
    if (error instanceof ExplorationError) return error;
    throw error;
  }
  return undefined;
}

/** How much there is of the shrunken schedule: departures from the loop's own order, and cancellations. */
export function sizeOf({ schedule }: ExplorationError): number {
  return schedule.departures.length + schedule.faults.length;
}
