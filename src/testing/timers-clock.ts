/**
 * Owns the clock that goes by the timers in the global object, which a test library may have replaced by its own. Knows of
 * no such library.
 */
import { checkHost } from "../core/hosts.ts";
import { globalTimers } from "../host/global-timers.ts";
import type { Clock, Host, HostTimer } from "../host/host.ts";

/** Longer delays make `setTimeout` call back at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/**
 * A clock that goes by `setTimeout` and `performance.now` as they are in the global object at each call. With fake timers
 * installed it is they that move the loop: `await vi.advanceTimersByTimeAsync(1000)` ends a `sleep(1000)`. For the other way
 * round, fake timers that a virtual clock moves, see `VirtualClock.drive`.
 *
 * The host's own timers, by which loops go otherwise, are out of reach of fake timers.
 *
 * @example
 * ```ts
 * vi.useFakeTimers();
 * const running = run(program, { clock: new TimersClock() });
 * await vi.advanceTimersByTimeAsync(1000);
 * await running;
 * ```
 */
export class TimersClock implements Clock {
  /** What was read last, and how far the time is ahead of it: fake timers begin at a time of their own when they are installed. */
  #readMs = Number.NEGATIVE_INFINITY;
  #aheadMs = 0;

  /** The clock's time, in milliseconds. It never goes back. */
  time(): number {
    const readMs = globalTimers.now();
    if (readMs < this.#readMs) this.#aheadMs += this.#readMs - readMs;
    this.#readMs = readMs;
    return readMs + this.#aheadMs;
  }

  /** The host as a loop on this clock sees it. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a host. */
  attach(host: Host): Host {
    checkHost("attach", host);
    const seen: Host = Object.create(host, {
      name: { value: `${host.name}, global timers` },
      now: { value: () => this.time() },
      wakeAt: { value: (deadlineMs: number, wake: () => void) => this.#wakeAt(deadlineMs, wake) },
      wakeSoon: { value: (wake: () => void) => this.#wakeSoon(host, wake) },
      // Called on the host itself, which may have private fields.
      keepAlive: { value: (on: boolean) => host.keepAlive(on) },
      writeError: { value: (text: string) => host.writeError(text) },
    });
    return seen;
  }

  /**
   * By the host, and by a timer too: fake timers that are moved before the host calls back find it there, and do not go
   * past what the loop is about to set.
   */
  #wakeSoon(host: Host, wake: () => void): void {
    let isOver = false;
    const wakeOnce = () => {
      if (isOver) return;
      isOver = true;
      globalTimers.clearTimeout(timer);
      wake();
    };
    const timer = globalTimers.setTimeout(wakeOnce, 0);
    host.wakeSoon(wakeOnce);
  }

  /** Trusts the timer: where `setTimeout` is faked and `performance` is not, no other clock shows that the time has come. */
  #wakeAt(deadlineMs: number, wake: () => void): HostTimer {
    let leftMs = Math.max(0, Math.ceil(deadlineMs - this.time()));
    const next = () => {
      const delayMs = Math.min(leftMs, TIMEOUT_MS_MAX);
      leftMs -= delayMs;
      return globalTimers.setTimeout(() => {
        if (leftMs > 0) timer = next();
        else wake();
      }, delayMs);
    };
    let timer = next();
    return { cancel: () => globalTimers.clearTimeout(timer) };
  }
}
