/** Owns the options of a virtual clock, and their checks. Knows nothing of how it passes. */
import { checkBoolean, checkFinite, readOptions, wrongArgument } from "../core/checks.ts";

/** How a virtual clock passes. */
export interface VirtualClockOptions {
  /** The time it starts at, in milliseconds; by default 0. */
  readonly startMs?: number | undefined;
  /** Whether it jumps by itself when there is nothing to do, which is the default; otherwise only `advance` moves it. */
  readonly autojump?: boolean | undefined;
  /**
   * How many real milliseconds nothing must have happened before it jumps, for programs that also use real sockets, promises
   * or processes; by default 0.
   */
  readonly autojumpAfterMs?: number | undefined;
  /**
   * How many real milliseconds nothing must have happened before a program that waits for nothing known counts as
   * deadlocked; by default 2000. Infinity: it never does.
   */
  readonly deadlockAfterMs?: number | undefined;
}

const NEVER = Number.POSITIVE_INFINITY;
/** By default. */
export const DEADLOCK_AFTER_MS = 2000;

/** All the options. @throws as the constructor. @internal */
export function readClockOptions(
  caller: string,
  options: VirtualClockOptions | undefined,
): Record<"startMs" | "autojumpAfterMs" | "deadlockAfterMs", number> & { readonly autojump: boolean } {
  const {
    startMs = 0,
    autojump = true,
    autojumpAfterMs = 0,
    deadlockAfterMs = DEADLOCK_AFTER_MS,
  } = readOptions(caller, options, ["startMs", "autojump", "autojumpAfterMs", "deadlockAfterMs"]);
  return {
    startMs: checkFinite(caller, "a start time in milliseconds", startMs),
    autojump: checkBoolean(caller, "autojump", autojump),
    autojumpAfterMs: checkDurationMs(caller, "autojumpAfterMs", autojumpAfterMs),
    deadlockAfterMs:
      deadlockAfterMs === NEVER ? NEVER : checkDurationMs(caller, "deadlockAfterMs", deadlockAfterMs),
  };
}

/** A number of milliseconds from 0 on. @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
export function checkDurationMs(caller: string, what: string, ms: unknown): number {
  const needs = `${what} in milliseconds, 0 or more`;
  if (checkFinite(caller, needs, ms) >= 0) return ms as number;
  throw wrongArgument(caller, needs, ms, "ERR_ARGUMENT_VALUE");
}
