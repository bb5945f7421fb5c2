/** Owns the search for a known bug and its replay, as the tests, other hosts and the table in docs/time-travel.md have them. */
import { ExplorationError, type ExploreOptions, explore, replay } from "wasyncio/testing";
import type { Bug } from "./index.ts";

/** Within how many runs each of them is to be found. */
export const RUNS_MAX = 1000;

/** None of the programs waits for a promise that is not the loop's, so a deadlock is one at once. */
const IDLE_MS = 20;

/**
 * Explores a bug's program.
 * @returns what was found, or undefined if every run has passed.
 */
export async function search(
  { program, cancellations }: Bug,
  mended: boolean,
  options: ExploreOptions,
): Promise<ExplorationError | undefined> {
  try {
    await explore(() => program(mended), { runs: RUNS_MAX, idleMs: IDLE_MS, cancellations, ...options });
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

/** What a replay of the program with the bug throws, in a line. */
export async function outcomeOfReplay({ program }: Bug, token: string): Promise<string> {
  try {
    await replay(() => program(false), token, { idleMs: IDLE_MS });
  } catch (error) {
    return summaryOf(error);
  }
  return "no error";
}

/** The error without the list of what was pending in a deadlock, where tasks are called by numbers that go on and on. */
export function summaryOf(error: unknown): string {
  return String(error).split("\n", 1)[0] as string;
}
