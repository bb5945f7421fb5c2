/**
 * Owns single runs under a given schedule, for whoever chooses schedules by other means than `explore`, such as a property-based
 * testing library. Schedules are plain numbers, so that its shrinker makes them small: 0 is the loop's own choice.
 */
import { checkCount, checkFunction, checkIterable, readOptions, wrongArgument } from "../core/checks.ts";
import { mustBeOutside } from "./explore.ts";
import { type RunLimits, readLimits } from "./options.ts";
import type { Program } from "./program.ts";
import { checkSeed } from "./random.ts";
import { exploring, Runs } from "./runs.ts";
import type { Fault } from "./schedule.ts";
import { Choices } from "./strategies.ts";

/** A schedule as a list of choices. */
export interface ChosenSchedule {
  /**
   * One number for each place in a batch for which there is a choice, as they come: 0 is what has been ready for longest, 1 is what
   * comes after it, and so on, round and round. Where the list ends, the loop's own order goes on.
   */
  readonly choices?: readonly number[] | undefined;
  /** What befalls the run. What does not apply, as the cancellation of a task that there is not, does nothing. */
  readonly faults?: readonly Fault[] | undefined;
  /** The seed of what the program draws, by default 1. */
  readonly seed?: number | undefined;
}

/**
 * Runs a program once, under a given schedule. It fails in the same cases as a run of `explore` does.
 *
 * @param program - a generator function, an async function, or a function that calls one, as for `explore`.
 * @param schedule - any list of numbers is a legal schedule; by default, the loop's own order.
 * @returns a promise of what the program returns; rejected with its own error, or with a RunError; with an ArgumentError.
 *
 * @example
 * ```ts
 * const schedule = fc.record({ choices: fc.array(fc.nat(9)) });
 * await fc.assert(fc.asyncProperty(schedule, (each) => runUnder(program, each)));
 * ```
 */
export async function runUnder<T>(
  program: Program<T>,
  schedule?: ChosenSchedule,
  options?: RunLimits,
): Promise<T> {
  const caller = "runUnder";
  checkFunction(caller, program, "a program, which is a generator function or an async function");
  const given = readOptions(caller, schedule, ["choices", "faults", "seed"]);
  const { choices = [], faults = [], seed = 1 } = given;
  checkIterable(caller, "a list of choices", choices);
  for (const choice of choices) checkCount(caller, choice, 0);
  checkIterable(caller, "a list of faults", faults);
  for (const fault of faults) checkFault(caller, fault);
  const limits = readLimits(caller, options);
  mustBeOutside(`${caller}()`);
  const strategy = () => new Choices([...choices]);
  const plan = { seed: checkSeed(caller, seed), strategy, faults: [...faults], isTraced: false };
  const { failure, value } = await exploring(() => new Runs(program, limits).run(plan));
  if (failure !== undefined) throw failure.error;
  return value as T;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE. */
function checkFault(caller: string, fault: unknown): void {
  const { kind, task, wait, at, turn, ms } = (fault ?? {}) as Record<string, unknown>;
  if (kind === "cancel" && (at === "start" || at === "end")) {
    checkCount(caller, task, 1);
    checkCount(caller, wait, 1);
  } else if (kind === "jump" || kind === "slow") {
    checkCount(caller, turn, 1);
    checkCount(caller, ms, 0);
  } else {
    throw wrongArgument(caller, 'a fault whose kind is "cancel", "jump" or "slow"', fault);
  }
}
