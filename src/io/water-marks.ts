/** Owns the water marks of what is written and has not left: where writing pauses, and where it resumes. */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError, describe } from "../core/errors.ts";

/** Above so many unsent bytes the protocol is asked to pause. */
const HIGH_WATER_BYTES = 64 * 1024;
/** The low water mark is this part of the high one. */
const LOW_WATER_PART = 4;

/** Which water marks are set, in bytes. */
export interface WriteBufferLimits {
  readonly high?: number | undefined;
  readonly low?: number | undefined;
}

export interface WaterMarks {
  readonly low: number;
  readonly high: number;
}

export const DEFAULT_WATER_MARKS: WaterMarks = {
  low: HIGH_WATER_BYTES / LOW_WATER_PART,
  high: HIGH_WATER_BYTES,
};

/** @throws ArgumentError ERR_ARGUMENT_VALUE when they are not `high >= low >= 0`, ERR_ARGUMENT_TYPE. */
export function waterMarksOf(limits: WriteBufferLimits | undefined): WaterMarks {
  const caller = "setWriteBufferLimits";
  const given = readOptions(caller, limits, ["high", "low"]);
  for (const mark of Object.values(given) as unknown[])
    if (mark !== undefined && typeof mark !== "number") throw wrongArgument(caller, "numbers of bytes", mark);
  const high = given.high ?? (given.low === undefined ? HIGH_WATER_BYTES : LOW_WATER_PART * given.low);
  const low = given.low ?? Math.floor(high / LOW_WATER_PART);
  if (high >= low && low >= 0) return { high, low };
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs high >= low >= 0, and got high ${describe(high)} and low ${describe(low)}`,
  );
}
