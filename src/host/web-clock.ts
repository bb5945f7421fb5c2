/**
 * Owns the clocks of web standards, which every host has.
 */

/** The monotonic clock, in milliseconds, and the time at which it stood at zero, in milliseconds since 1970. */
export const webClock = {
  nowMs: (): number => performance.now(),
  originMs: performance.timeOrigin,
};
