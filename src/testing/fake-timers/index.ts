/**
 * `wasyncio/testing/fake-timers`: the date and the timers of the code under test, on a virtual clock, by the library
 * `@sinonjs/fake-timers`. An entry of its own, since only those who ask for it have the library.
 */
import { type FakeMethod, install } from "@sinonjs/fake-timers";
import { checkFinite, checkInstance, readOptions, wrongArgument } from "../../core/checks.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** What `fakeTimers` can fake. */
export type FakedName =
  | "Date"
  | "performance"
  | "setTimeout"
  | "clearTimeout"
  | "setInterval"
  | "clearInterval"
  | "Intl"
  | "Temporal"
  | "requestAnimationFrame"
  | "cancelAnimationFrame"
  | "requestIdleCallback"
  | "cancelIdleCallback";

const BY_DEFAULT: readonly FakedName[] = [
  "Date",
  "performance",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
];
/** Without these the loop itself could not run. */
const NEVER_FAKED = ["setImmediate", "clearImmediate", "nextTick", "queueMicrotask"];

/** What is faked. */
export interface FakeTimersOptions {
  /** The date at which they begin, in milliseconds since 1970 or as a Date; by default what it really is. */
  readonly now?: number | Date | undefined;
  /** What is faked; by default Date, performance, setTimeout, setInterval and what clears them. */
  readonly toFake?: readonly FakedName[] | undefined;
}

/** Fake timers that are installed. */
export interface InstalledTimers {
  /** Has everything be as it was. Timers that are still set are dropped. */
  uninstall(): void;
  /** `using timers = fakeTimers(clock)`. */
  [Symbol.dispose](): void;
}

/**
 * Puts the date and the timers of this realm on a virtual clock, until `uninstall`: `Date.now()` and `performance.now()` move with it, and
 * callbacks of `setTimeout` and `setInterval` come at its times, between the deadlines of loops. Needs the package `@sinonjs/fake-timers`.
 *
 * @param clock - the clock that moves them.
 * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE, also while the clock drives other fake timers.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * using timers = fakeTimers(clock, { now: Date.UTC(2030, 0, 1) });
 * await run(program, { clock });
 * ```
 */
export function fakeTimers(clock: VirtualClock, options?: FakeTimersOptions): InstalledTimers {
  checkInstance("fakeTimers", "a VirtualClock", clock, VirtualClock);
  const { now = Date.now(), toFake = BY_DEFAULT } = readOptions("fakeTimers", options, ["now", "toFake"]);
  checkFinite("fakeTimers", "now as a date or in milliseconds", now instanceof Date ? now.getTime() : now);
  if (!Array.isArray(toFake) || toFake.some((name) => typeof name !== "string" || NEVER_FAKED.includes(name)))
    throw wrongArgument(
      "fakeTimers",
      "toFake as a list of names, none of which the loop itself needs",
      toFake,
    );
  const timers = install({ now, toFake: [...toFake] as FakeMethod[] });
  let letGo: () => void;
  try {
    letGo = clock.drive(timers);
  } catch (error) {
    timers.uninstall();
    throw error;
  }
  const uninstall = () => {
    letGo();
    timers.uninstall();
  };
  return { uninstall, [Symbol.dispose]: uninstall };
}
