/**
 * Owns how fake timers of test libraries are moved along with a virtual clock. It knows of them only what all of them can:
 * to say how many timers are set, and to go to the next or on by a number of milliseconds.
 *
 * None says when its next timer is due. So a timer is set where the clock is to go: if another comes before it, that is where
 * the clock stops.
 */
import { checkMethods, wrongArgument } from "../core/checks.ts";
import { globalTimers } from "../host/global-timers.ts";

/** The fake timers of vitest, jest and Bun: `vi`, `jest`. */
export interface RunnerTimers {
  getTimerCount(): number;
  advanceTimersToNextTimer(): unknown;
  advanceTimersByTime(ms: number): unknown;
}

/** A clock of `@sinonjs/fake-timers`. */
export interface SinonTimers {
  countTimers(): number;
  next(): unknown;
  tick(ms: number): unknown;
}

/** Fake timers that a virtual clock can drive. */
export type FakeTimers = RunnerTimers | SinonTimers;

/** @internal */
export class DrivenTimers {
  readonly #timers: SinonTimers;
  /** Whether timers are faked, and not the date alone. */
  readonly #hasTimers: boolean;
  /** How far the clock has come since then; the timers know only whole milliseconds of it. */
  #passedMs = 0;
  /** The date at which the timers have begun to go to the next of them, which is called meanwhile. */
  #leftAtMs: number | undefined = undefined;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
  constructor(timers: FakeTimers) {
    this.#timers = asSinon(timers);
    const probe = globalTimers.setTimeout(() => {}, 1);
    try {
      const count = this.#timers.countTimers();
      globalTimers.clearTimeout(probe);
      this.#hasTimers = this.#timers.countTimers() < count;
    } catch {
      // As those of vitest do.
      const needs = "fake timers that are installed, as by vi.useFakeTimers()";
      throw wrongArgument("drive", needs, timers, "ERR_ARGUMENT_VALUE");
    } finally {
      globalTimers.clearTimeout(probe);
    }
  }

  /** How far it has come on the way to the timer that is being called. */
  get underWayMs(): number {
    if (this.#leftAtMs === undefined) return 0;
    const wholeMs = Math.max(0, Date.now() - this.#leftAtMs);
    return Math.max(0, Math.floor(this.#passedMs) + wholeMs - this.#passedMs);
  }

  get isAnySet(): boolean {
    return this.#hasTimers && this.#timers.countTimers() > 0;
  }

  /** Moves by this much, or only to the first timer if that comes earlier, which is called. @returns by how much it has moved. */
  moveBy(ms: number): number {
    const timers = this.#timers;
    const fromMs = this.#passedMs;
    const wholeMs = Math.floor(fromMs + ms) - Math.floor(fromMs);
    if (this.isAnySet) {
      let isThere = false;
      const there = () => {
        isThere = true;
      };
      const end = wholeMs < Number.POSITIVE_INFINITY ? globalTimers.setTimeout(there, wholeMs) : undefined;
      let movedMs: number;
      this.#leftAtMs = Date.now();
      try {
        timers.next();
      } finally {
        movedMs = Math.min(this.underWayMs, ms);
        this.#leftAtMs = undefined;
        if (end !== undefined) globalTimers.clearTimeout(end);
        if (!isThere) this.#passedMs = fromMs + movedMs;
      }
      if (!isThere) return movedMs;
    } else if (wholeMs > 0) {
      timers.tick(wholeMs);
    }
    this.#passedMs = fromMs + ms;
    return ms;
  }
}

function asSinon(timers: FakeTimers): SinonTimers {
  if (typeof (timers as Partial<SinonTimers> | null | undefined)?.countTimers === "function") {
    checkMethods("drive", "fake timers", timers, ["countTimers", "next", "tick"]);
    return timers as SinonTimers;
  }
  const names = ["getTimerCount", "advanceTimersToNextTimer", "advanceTimersByTime"];
  checkMethods("drive", "fake timers, such as vi of vitest,", timers, names);
  const ofRunner = timers as RunnerTimers;
  return {
    countTimers: () => ofRunner.getTimerCount(),
    next: () => ofRunner.advanceTimersToNextTimer(),
    tick: (ms) => ofRunner.advanceTimersByTime(ms),
  };
}
