/**
 * Owns the host of an explored program: the one of the process, without what reaches out of the program, since that would come
 * when it likes and not when the schedule says. Knows nothing of schedules.
 */

import type { ExecutorLike } from "../core/executor.ts";
import type { Host, HostTimer } from "../host/host.ts";
import { RunError } from "./errors.ts";

/** What of the host is out of bounds, and what to use instead. */
const OUT_OF_BOUNDS: Readonly<Record<string, string>> = {
  network: "sockets",
  processes: "processes",
  signals: "signals",
  fetch: "fetch",
  WebSocket: "WebSocket",
};

/** The host of one run. */
export class SealedHost {
  readonly host: Host;
  /** What the program was refused, if anything. */
  refused: RunError | undefined;
  /** How often the loop has asked to be called back and has not been. */
  pending = 0;
  /** Called when the loop was called back and has not asked for more. */
  quiet: () => void = () => {};

  /** The process's own. */
  readonly real: Host;

  constructor(real: Host) {
    this.real = real;
    const properties: PropertyDescriptorMap = {
      name: { value: `${real.name}, explored` },
      wakeSoon: { value: (wake: () => void) => real.wakeSoon(this.#counted(wake)) },
      wakeAt: {
        value: (deadlineMs: number, wake: () => void): HostTimer => {
          const called = this.#counted(wake);
          const timer = real.wakeAt(deadlineMs, called);
          return {
            cancel: () => {
              if (!called.over()) return;
              timer.cancel();
            },
          };
        },
      },
      keepAlive: { value: (on: boolean) => real.keepAlive(on) },
      // What is worth a report is a failure of the run.
      writeError: { value: () => {} },
    };
    for (const [name, what] of Object.entries(OUT_OF_BOUNDS)) {
      properties[name] = {
        get: () => {
          throw this.#refuse(what);
        },
      };
    }
    this.host = Object.create(real, properties);
  }

  /** The default executor of loops on it. */
  get executor(): ExecutorLike {
    return {
      submit: () => {
        throw this.#refuse("threads");
      },
      shutdown: () => undefined,
    };
  }

  #refuse(what: string): RunError {
    this.refused ??= new RunError(
      "ERR_REAL_IO",
      `an explored program cannot use ${what} of the host, which would not come at the same moment again; give it a ` +
        "SimulatedNetwork, or a stand-in",
    );
    return this.refused;
  }

  /** Counts as pending until it is called, or `over` is. */
  #counted(wake: () => void): (() => void) & { over: () => boolean } {
    this.pending++;
    let isOver = false;
    const over = () => {
      if (isOver) return false;
      isOver = true;
      this.pending--;
      return true;
    };
    const call = () => {
      if (!over()) return;
      wake();
      if (this.pending === 0) this.quiet();
    };
    return Object.assign(call, { over });
  }
}
