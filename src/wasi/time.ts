/**
 * Owns time as a program sees it: the clocks of wasi_snapshot_preview1, whose unit is the nanosecond.
 */

/** Beside these there are those of the process and of the thread, which are as good as monotonic. */
const CLOCK = { realtime: 0, monotonic: 1, last: 3 };
export const NS_PER_MS = 1_000_000;

/** The clocks of the host. */
export interface ProgramClock {
  /** The monotonic one, in milliseconds. */
  nowMs(): number;
  /** When that stood at zero, in milliseconds since 1970. */
  readonly originMs: number;
}

/** The time of a clock in nanoseconds, or undefined if there is no such clock. */
export function clockTimeNs(host: ProgramClock, clock: number): bigint | undefined {
  if (clock < CLOCK.realtime || clock > CLOCK.last) return undefined;
  const timeMs = host.nowMs() + (clock === CLOCK.realtime ? host.originMs : 0);
  // In two steps, since nanoseconds since 1970 are more than a number holds.
  const wholeMs = Math.floor(timeMs);
  return BigInt(wholeMs) * BigInt(NS_PER_MS) + BigInt(Math.floor((timeMs - wholeMs) * NS_PER_MS));
}
