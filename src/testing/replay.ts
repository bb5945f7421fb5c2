/**
 * Owns the replay of what `explore` has found.
 */
import { checkFunction } from "../core/checks.ts";
import { ReplayError } from "./errors.ts";
import { mustBeOutside } from "./explore.ts";
import { type RunLimits, readLimits } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { Program } from "./program.ts";
import { exploring, Runs } from "./runs.ts";
import { readToken, type Told } from "./token.ts";
import { traceInText, whereTheyPart } from "./trace.ts";

/**
 * Runs a program under the schedule of a token, exactly as it was found, on any host.
 *
 * @param program - the program that was explored: a generator function, an async function, or a function that calls one.
 * @param token - of the error that `explore` has rejected with.
 * @returns a promise of what the program returns; rejected with its own error, as when it was explored; with a ReplayError
 * if the token does not belong to the program, or the program goes another way; with an ArgumentError.
 *
 * @example
 * ```ts
 * await replay(program, "wt1-1f3x2c-k05d8a-1-5.1.0--k3j2");
 * ```
 */
export async function replay<T>(program: Program<T>, token: string, options?: RunLimits): Promise<T> {
  checkFunction("replay", program, "a program, which is a generator function or an async function");
  const limits = readLimits("replay", options);
  const told = readToken("replay", token);
  mustBeOutside("replay()");
  return await exploring(() => replayed(new Runs(program, limits), told));
}

async function replayed<T>(runs: Runs<T>, { schedule, program, run }: Told): Promise<T> {
  const fifo = { seed: schedule.seed, departures: [], faults: [] };
  const own = await runs.follow(fifo, true);
  if (own.failure?.isMisuse) throw own.failure.error;
  if (own.fingerprint !== program) {
    mustBeTheSame(own, await runs.follow(fifo, true));
    throw new ReplayError(
      "ERR_TOKEN_PROGRAM",
      "replay: the token belongs to another program, or to another version of it; explore it again for a new one",
    );
  }
  const outcome = await runs.follow(schedule, true);
  if (outcome.fingerprint !== run) {
    mustBeTheSame(outcome, await runs.follow(schedule, true));
    const [departure] = outcome.left;
    const where = departure === undefined ? "" : `, at turn ${departure.turn} at the latest`;
    throw new ReplayError(
      "ERR_REPLAY_DEPARTED",
      `replay: under this schedule the program went another way than when it was explored${where}; it is another ` +
        `version of it, or not deterministic. It went like this:\n${traceInText(outcome.trace)}`,
    );
  }
  if (outcome.failure !== undefined) throw outcome.failure.error;
  return outcome.value as T;
}

/** @throws ReplayError ERR_REPLAY_DEPARTED. */
function mustBeTheSame<T>(one: Outcome<T>, other: Outcome<T>): void {
  const where = whereTheyPart(one.trace, other.trace);
  if (where === undefined) return;
  throw new ReplayError(
    "ERR_REPLAY_DEPARTED",
    "replay: the program is not deterministic, so it cannot be repeated; it may use Math.random or Date.now, or what " +
      `earlier runs left. Twice under the same schedule, it went two ways; ${where}`,
  );
}
