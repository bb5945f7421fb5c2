/**
 * Owns the replay of what `explore` has found.
 */
import { checkFunction } from "../core/checks.ts";
import { ReplayError } from "./errors.ts";
import { mustBeOutside } from "./explore.ts";
import { type RunLimits, readLimits } from "./options.ts";
import type { Program } from "./run.ts";
import { Runs } from "./runs.ts";
import { readToken } from "./token.ts";

/**
 * Runs a program under the schedule of a token, exactly as it was found, on any host.
 *
 * @param program - the program that was explored.
 * @param token - of the error that `explore` has rejected with.
 * @returns a promise of what the program returns; rejected with its own error, as when it was explored; with a ReplayError
 * if the token does not belong to the program, or the program goes another way; with an ArgumentError.
 *
 * @example
 * ```ts
 * await replay(program, "wt1-1f3x2c-1-5.1.0--k3j2");
 * ```
 */
export async function replay<T>(program: Program<T>, token: string, options?: RunLimits): Promise<T> {
  checkFunction("replay", program, "a program, which is a generator function or an async function");
  const { fingerprint, schedule } = readToken("replay", token);
  const limits = readLimits("replay", options);
  mustBeOutside("replay()");
  const runs = new Runs(program, limits);
  const own = await runs.follow({ ...schedule, departures: [], faults: [] }, true);
  if (own.failure?.isMisuse) throw own.failure.error;
  if (own.fingerprint !== fingerprint) {
    throw new ReplayError(
      "ERR_TOKEN_PROGRAM",
      "replay: the token belongs to another program, or to another version of it, or the program is not deterministic; " +
        "explore it again for a new one",
    );
  }
  const outcome = await runs.follow(schedule, true);
  if (!outcome.isComplete) {
    throw new ReplayError("ERR_REPLAY_DEPARTED", "replay: the program went another way");
  }
  if (outcome.failure !== undefined) throw outcome.failure.error;
  return outcome.value as T;
}
