/**
 * Owns the virtual clock: time that passes only when there is nothing to do, straight to the next deadline.
 * Knows the Host interface and nothing of any host.
 */
import { checkFinite, checkMethods } from "../core/checks.ts";
import type { Clock, Host } from "./host.ts";

/**
 * A clock for tests and simulations. A loop that is given one never waits for a timer: when nothing is ready, the clock
 * jumps to the next deadline. Everything that was ready at the host gets its turn before a jump.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * runSync(function* () { yield* sleep(60_000); }, { clock }); // at once
 * clock.time(); // 60000
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs: number;

  /**
   * @param startMs - the time it starts at, in milliseconds.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if it is not a finite number.
   */
  constructor(startMs = 0) {
    this.#nowMs = checkFinite("VirtualClock", "a start time in milliseconds", startMs);
  }

  /** The clock's time, in milliseconds. */
  time(): number {
    return this.#nowMs;
  }

  /** The host as a loop on this clock sees it. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a host. */
  attach(host: Host): Host {
    checkMethods("attach", "a host", host, ["now", "wakeSoon", "wakeAt", "keepAlive", "writeError"]);
    const skipTo = (deadlineMs: number) => {
      if (deadlineMs > this.#nowMs) this.#nowMs = deadlineMs;
    };
    const virtual: Host = Object.create(host, {
      name: { value: `${host.name}, virtual clock` },
      now: { value: () => this.#nowMs },
      skipTo: { value: skipTo },
      real: { value: host },
      // Called on the host itself, which may have private fields.
      wakeSoon: { value: (wake: () => void) => host.wakeSoon(wake) },
      keepAlive: { value: (on: boolean) => host.keepAlive(on) },
      writeError: { value: (text: string) => host.writeError(text) },
      wakeAt: {
        value: (deadlineMs: number, wake: () => void) => {
          let cancelled = false;
          host.wakeSoon(() => {
            if (cancelled) return;
            skipTo(deadlineMs);
            wake();
          });
          return {
            cancel: () => {
              cancelled = true;
            },
          };
        },
      },
    });
    return virtual;
  }
}
