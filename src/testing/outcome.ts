/**
 * Owns what is chosen for one run of an explored program, and what comes of it.
 */
import type { Fault, GroupOrder } from "./schedule.ts";
import type { Strategy } from "./strategies.ts";
import type { Track, TurnRecord } from "./tracks.ts";

/** What is chosen for a run. */
export interface RunPlan {
  readonly seed: number;
  readonly strategy: Strategy;
  readonly faults: readonly Fault[];
  readonly maxSteps: number;
  readonly idleMs: number;
  /** Whether what looks like a deadlock is given as long as a promise that is not the loop's. */
  readonly isPatient: boolean;
  /** Whether to note who ran when, and to count the steps of tasks. */
  readonly isTraced: boolean;
}

/** Why a run has failed. */
export interface Failure {
  readonly error: unknown;
  /** Equal for failures of the same kind. */
  readonly kind: string;
  /** The program cannot be explored like that, whatever the schedule. */
  readonly isMisuse: boolean;
}

/** What has been noted of a run, turn by turn. */
export interface Notes {
  readonly turns: number;
  readonly steps: number;
  /** How many entries could have changed places with another. */
  readonly choices: number;
  /** Where the order was another than the loop's own. */
  readonly orders: readonly GroupOrder[];
  /** Of a traced run. */
  readonly trace: readonly TurnRecord[];
  readonly fingerprint: number;
  readonly tracks: readonly Track[];
  /** The program waits for promises, so it takes the host's microtasks. */
  readonly needsHost: boolean;
  /** Those of the faults that have come about. */
  readonly faultsMet: readonly Fault[];
}

/** What came of a run. */
export interface Outcome<T> extends Notes {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
}
