/**
 * Owns the options of a search and their checks.
 */
import { checkBoolean, checkCount, checkMsAboveZero, readOptions, wrongArgument } from "../core/checks.ts";
import { checkSeed } from "./random.ts";

/** How the orders of runs are chosen. */
export type StrategyName = "random" | "pct" | "exhaustive";

const STRATEGIES: readonly StrategyName[] = ["random", "pct", "exhaustive"];
const RUNS = 1000;
/** As many as there are seeds. */
const RUNS_MAX = 2 ** 32;
const SEED = 1;
const DEPTH = { random: 0, pct: 3, exhaustive: 2 };
const MAX_STEPS = 100_000;
const IDLE_MS = 100;

/** How a program is run, once or many times. */
export interface RunLimits {
  /** How many steps and callbacks a run may take, by default 100,000. */
  readonly maxSteps?: number | undefined;
  /** After how many milliseconds a promise that is not the loop's counts as one that never comes, by default 100. */
  readonly idleMs?: number | undefined;
}

/** How a program is explored. */
export interface ExploreOptions extends RunLimits {
  /** How many runs, up to 2^32, by default 1000; the first one has the loop's own order. */
  readonly runs?: number | undefined;
  /** The same seed makes the same runs; by default 1. */
  readonly seed?: number | undefined;
  /**
   * `"random"`, by default: any order. `"pct"`: tasks have random priorities, which change at a few random points; finds what takes
   * few but distant constraints. `"exhaustive"`: every schedule of up to `depth` departures from the loop's own order.
   */
  readonly strategy?: StrategyName | undefined;
  /** With `"pct"`, how many constraints a bug takes, by default 3; with `"exhaustive"`, how many departures, by default 2. */
  readonly depth?: number | undefined;
  /**
   * Whether to cancel each task once at each of its waits, both where it begins to wait and where it is about to go on; or a function
   * that says so of a task by its name, for programs of which some tasks are not meant to be cancelled. Then
   * nothing may be left: no tasks, timers or async generators. These runs have the loop's own order and come in addition to
   * `runs`, half of which then have a cancellation as well, except in an exhaustive search.
   */
  readonly cancellations?: boolean | ((taskName: string) => boolean) | undefined;
  /** Whether the clock jumps by seconds or hours now and then, as after a host has slept. */
  readonly clockJumps?: boolean | undefined;
  /** Whether callbacks and steps are slow now and then, so that the clock goes on while others are ready. */
  readonly slowCallbacks?: boolean | undefined;
}

/** Options, all of them. @internal */
export interface Limits {
  readonly maxSteps: number;
  readonly idleMs: number;
}

/** What a search goes by. @internal */
export interface Search extends Limits {
  readonly runs: number;
  readonly seed: number;
  readonly strategy: StrategyName;
  readonly depth: number;
  /** Says of a task whether it is cancelled; undefined if none is. */
  readonly cancellations: ((taskName: string) => boolean) | undefined;
  readonly clockJumps: boolean;
  readonly slowCallbacks: boolean;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE. @internal */
export function readLimits(caller: string, options: RunLimits | undefined): Limits {
  const { maxSteps = MAX_STEPS, idleMs = IDLE_MS } = readOptions(caller, options, ["maxSteps", "idleMs"]);
  checkCount(caller, maxSteps, 1);
  checkMsAboveZero(caller, "an idleMs", idleMs);
  return { maxSteps, idleMs };
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE. @internal */
export function readExploreOptions(options: ExploreOptions | undefined): Search {
  const caller = "explore";
  const given = readOptions(caller, options, [
    "runs",
    "seed",
    "strategy",
    "depth",
    "cancellations",
    "clockJumps",
    "slowCallbacks",
  ]);
  const { runs = RUNS, seed = SEED, strategy = "random" } = given;
  const { cancellations = false, clockJumps = false, slowCallbacks = false } = given;
  if (!STRATEGIES.includes(strategy)) {
    const code = typeof strategy === "string" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE";
    throw wrongArgument(caller, 'the strategy "random", "pct" or "exhaustive"', strategy, code);
  }
  const { depth = DEPTH[strategy] } = given;
  if (checkCount(caller, runs, 1) > RUNS_MAX)
    throw wrongArgument(caller, "at most 2^32 runs", runs, "ERR_ARGUMENT_VALUE");
  if (typeof cancellations !== "function") checkBoolean(caller, "cancellations", cancellations);
  checkBoolean(caller, "clockJumps", clockJumps);
  checkBoolean(caller, "slowCallbacks", slowCallbacks);
  return {
    ...readLimits(caller, options),
    runs,
    seed: checkSeed(caller, seed),
    strategy,
    depth: checkCount(caller, depth, 0),
    cancellations: cancellations === true ? () => true : cancellations || undefined,
    clockJumps,
    slowCallbacks,
  };
}
