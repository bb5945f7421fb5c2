/**
 * Owns what an explored program is, as its author sees it.
 */
import type { Coroutine } from "../core/coroutine.ts";
import type { SeededRandom } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What an explored program is called with, once a run. */
export interface ExploredRun {
  /** The run's own seed. */
  readonly seed: number;
  /** Random numbers that are the same when the run is repeated. */
  readonly random: SeededRandom;
  /** The clock of the run, which begins at 0. */
  readonly clock: VirtualClock;
  /** The name of the task that is cancelled in this run; undefined before it is, and if none is. */
  readonly cancelled: string | undefined;
}

/** A program to explore: it is called once a run. */
export type Program<T> = (run: ExploredRun) => Coroutine<T> | PromiseLike<T> | T;
