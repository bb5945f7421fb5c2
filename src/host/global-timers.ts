/**
 * Owns the clock and timers that a program finds in the global object, as they are at each call: those of a test library
 * perhaps, which has put its own there.
 */

/** What a timer is here, which differs from host to host. */
export type GlobalTimer = ReturnType<typeof setTimeout>;

export const globalTimers = {
  now: (): number => performance.now(),
  setTimeout: (callback: () => void, delayMs: number): GlobalTimer => setTimeout(callback, delayMs),
  clearTimeout: (timer: GlobalTimer): void => clearTimeout(timer),
};
