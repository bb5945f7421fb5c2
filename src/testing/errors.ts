/**
 * Owns the errors of explored programs: what is wrong with a program beyond what it throws itself, with a search, with a token.
 */
import type { CodedError } from "../core/errors.ts";
import type { Schedule } from "./schedule.ts";

/** What is wrong with a program. */
export type RunErrorCode =
  /** An exception reached the loop's exception handler: that of a callback, or of a task that nobody waits for. It is the cause. */
  | "ERR_UNHANDLED"
  /** Tasks were left when the program had ended; or timers or async generators, when one of its tasks was cancelled. */
  | "ERR_LEFT_BEHIND"
  /** A task that was asked to cancel has ended as if it had not been. */
  | "ERR_CANCELLATION_SWALLOWED"
  /** It took more steps than `maxSteps`. */
  | "ERR_STEPS_EXCEEDED"
  /** It uses sockets, processes or fetch of the host. */
  | "ERR_REAL_IO"
  /** It waits for something that only the host could bring on, and that did not come. */
  | "ERR_FOREIGN_AWAIT"
  /** It does different things under the same schedule. */
  | "ERR_NOT_DETERMINISTIC";

/** What is wrong with a program that does not throw itself. */
export class RunError extends Error implements CodedError {
  override readonly name = "RunError";
  readonly code: RunErrorCode;

  /** @internal */
  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is wrong with a token. */
export type ReplayErrorCode =
  /** It is not a token, or part of it is missing. */
  | "ERR_TOKEN_INVALID"
  /** It was made by a version of the package with other tokens. */
  | "ERR_TOKEN_VERSION"
  /** It belongs to another program, or another version of it. */
  | "ERR_TOKEN_PROGRAM"
  /** What it says could not be followed to the end. */
  | "ERR_REPLAY_DEPARTED";

/** A token cannot be replayed. */
export class ReplayError extends Error implements CodedError {
  override readonly name = "ReplayError";
  readonly code: ReplayErrorCode;

  /** @internal */
  constructor(code: ReplayErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is known about a failure. */
export interface Finding extends Schedule {
  readonly token: string;
  readonly trace: string;
  readonly run: number;
}

/**
 * A run of an explored program has failed. Its message has the trace and the token; its cause is the program's own error, or a
 * RunError where the program has thrown none.
 */
export class ExplorationError extends Error implements CodedError {
  override readonly name = "ExplorationError";
  readonly code = "ERR_EXPLORATION_FAILED";
  /** The search's seed. */
  readonly seed: number;
  /** Which run it was, counted from 1, that of the loop's own order. */
  readonly run: number;
  /** For `replay`. */
  readonly token: string;
  /** Who ran when, as text. */
  readonly trace: string;
  /** The shrunken schedule: where it departs from the loop's own order, and what befalls the run. */
  readonly schedule: Schedule;

  /** @internal */
  constructor(message: string, seed: number, finding: Finding, cause: unknown) {
    super(message, { cause });
    this.seed = seed;
    this.run = finding.run;
    this.token = finding.token;
    this.trace = finding.trace;
    this.schedule = { seed: finding.seed, departures: finding.departures, faults: finding.faults };
  }

  /** The shrunken schedule's departures from the loop's own order. */
  get departures(): Schedule["departures"] {
    return this.schedule.departures;
  }
}
