/**
 * Owns the errors that end a run: no handler gets them, and nothing that catches what a callback throws may swallow them.
 * Knows nothing of runs.
 */
import { checkCount } from "./checks.ts";
import type { CodedError } from "./errors.ts";

/**
 * Ends the run it is thrown in: no exception handler gets it, the loop stops at once and the rest of the batch stays
 * queued. Python: a BaseException such as KeyboardInterrupt.
 */
export abstract class Interrupt extends Error implements CodedError {
  readonly code = "ERR_INTERRUPTED";
}

/** The user asked the program to end, as with Ctrl-C. */
export class KeyboardInterrupt extends Interrupt {
  override readonly name = "KeyboardInterrupt";
}

/** The program asks to end. */
export class SystemExit extends Interrupt {
  override readonly name = "SystemExit";
  /** The requested exit status. */
  readonly status: number;

  /**
   * @param status - the requested exit status.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if it is not a whole number, 0 or more.
   */
  constructor(status = 0) {
    super(`exit with status ${checkCount("SystemExit", status, 0)}`);
    this.status = status;
  }
}

/** @internal */
export function isInterrupt(error: unknown): error is Interrupt {
  return error instanceof Interrupt;
}
