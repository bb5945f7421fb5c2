/**
 * Owns a loop's signal handlers: which callback is queued when the system sends the process a signal.
 * Knows no host beyond the interface, and nothing of Ctrl-C under `run` (ctrl-c.ts).
 */
import type { HostSignals } from "../host/host.ts";
import { checkFunction } from "./checks.ts";
import { isAsyncFunction, iscoroutinefunction } from "./coroutine.ts";
import { ArgumentError, describe, NotSupportedError } from "./errors.ts";
import { type Callback, type Callee, callOf, queueCall } from "./handle.ts";
import type { Scheduler } from "./scheduler.ts";

/** A signal's name. Which ones exist depends on the system. */
export type Signal =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGTERM"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | (`SIG${string}` & {});

/** Those that the system does not allow to be caught. */
const UNCATCHABLE: readonly string[] = ["SIGKILL", "SIGSTOP"];

interface SignalHandler {
  call: Callee<unknown>;
  readonly stopListening: () => void;
}

/** The handlers of one loop, one per signal. @internal */
export class SignalHandlers {
  readonly #scheduler: Scheduler;
  readonly #handlers = new Map<string, SignalHandler>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  add<R>(signal: Signal, callback: Callback<R>, args: readonly unknown[]): void {
    const caller = "addSignalHandler()";
    checkFunction(caller, callback);
    if (iscoroutinefunction(callback) || isAsyncFunction(callback)) {
      throw new ArgumentError(
        "ERR_CALLBACK_EXPECTED",
        `${caller} needs a plain function, got the coroutine function '${callback.name}'; call createTask inside one`,
      );
    }
    const signals = this.#signalsFor(caller, signal);
    this.#scheduler.mustBeOpen();
    const call = callOf(callback, args);
    const handler = this.#handlers.get(signal);
    if (handler === undefined)
      this.#handlers.set(signal, { call, stopListening: this.#listen(signals, signal) });
    else handler.call = call;
  }

  remove(signal: Signal): boolean {
    this.#signalsFor("removeSignalHandler()", signal);
    this.#handlers.get(signal)?.stopListening();
    return this.#handlers.delete(signal);
  }

  removeAll(): void {
    for (const { stopListening } of this.#handlers.values()) stopListening();
    this.#handlers.clear();
  }

  #listen(signals: HostSignals, signal: string): () => void {
    const scheduler = this.#scheduler;
    try {
      return signals.listen(signal, () => {
        const handler = this.#handlers.get(signal);
        if (handler !== undefined) queueCall(scheduler, handler.call);
      });
    } catch (cause) {
      throw cannotBeCaught(signal, `the host '${scheduler.host.name}' does not allow it: ${cause}`);
    }
  }

  #signalsFor(caller: string, signal: unknown): HostSignals {
    if (typeof signal !== "string") {
      throw new ArgumentError(
        "ERR_ARGUMENT_TYPE",
        `${caller} needs a signal's name, such as "SIGTERM", got ${describe(signal)}`,
      );
    }
    const { signals, name } = this.#scheduler.host;
    if (signals === undefined || !signals.reachThisThread()) {
      const where = signals === undefined ? name : `${name}, in a worker`;
      throw new NotSupportedError(
        where,
        `${caller} needs the process's signals`,
        "use it in the main thread of Node, Deno or Bun",
      );
    }
    if (!signals.has(signal)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `${caller} needs a signal that this system has, such as "SIGTERM", got ${describe(signal)}`,
      );
    }
    if (UNCATCHABLE.includes(signal)) throw cannotBeCaught(signal, "the system does not allow it");
    return signals;
  }
}

function cannotBeCaught(signal: string, why: string): ArgumentError {
  return new ArgumentError("ERR_ARGUMENT_VALUE", `${signal} cannot be caught: ${why}`);
}
