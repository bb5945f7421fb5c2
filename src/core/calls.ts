/**
 * Owns how callbacks are requested: what a callback may be, and calls in a context of the caller's choice. Knows nothing of
 * when they are made.
 */
import { checkFunction } from "./checks.ts";
import type { Context } from "./context.ts";
import { isAsyncFunction, iscoroutinefunction } from "./coroutine.ts";
import { ArgumentError } from "./errors.ts";
import { callIn, type Handle, queueCall, startTimer, type TimerHandle } from "./handle.ts";
import type { Scheduler } from "./scheduler.ts";
import { checkDelayMs } from "./sleep.ts";

/**
 * Checks what a loop is asked to call. @internal
 * @throws ArgumentError ERR_CALLBACK_EXPECTED; LoopError ERR_LOOP_CLOSED.
 */
export function checkCallback(scheduler: Scheduler, caller: string, callback: unknown): void {
  scheduler.mustBeOpen();
  checkFunction(caller, callback);
  if (scheduler.debugging && (iscoroutinefunction(callback) || isAsyncFunction(callback))) {
    throw new ArgumentError(
      "ERR_CALLBACK_EXPECTED",
      `${caller} needs a plain function, got the coroutine function '${(callback as () => void).name}'; use createTask`,
    );
  }
}

/**
 * A loop whose callbacks are called in a given context: see `EventLoop.inContext`. Its methods are the loop's own.
 */
export class LoopInContext {
  readonly #scheduler: Scheduler;
  readonly #context: Context;

  /** @internal */
  constructor(scheduler: Scheduler, context: Context) {
    this.#scheduler = scheduler;
    this.#context = context;
  }

  /** As `EventLoop.callSoon`. */
  callSoon<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    checkCallback(this.#scheduler, "callSoon", callback);
    return queueCall(this.#scheduler, callIn(this.#context, callback, args));
  }

  /** As `EventLoop.callSoonThreadsafe`. */
  callSoonThreadsafe<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    return this.callSoon(callback, ...args);
  }

  /** As `EventLoop.callLater`. */
  callLater<A extends unknown[], R>(
    delayMs: number,
    callback: (...args: A) => R,
    ...args: A
  ): TimerHandle<R> {
    checkCallback(this.#scheduler, "callLater", callback);
    const whenMs = this.#scheduler.loop.time() + checkDelayMs("callLater", delayMs);
    return startTimer(this.#scheduler, whenMs, callIn(this.#context, callback, args));
  }

  /** As `EventLoop.callAt`. */
  callAt<A extends unknown[], R>(whenMs: number, callback: (...args: A) => R, ...args: A): TimerHandle<R> {
    checkCallback(this.#scheduler, "callAt", callback);
    return startTimer(this.#scheduler, checkDelayMs("callAt", whenMs), callIn(this.#context, callback, args));
  }
}
