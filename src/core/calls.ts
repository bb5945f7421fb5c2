/**
 * Owns how callbacks are asked for: what a callback may be, and calls in a context of the caller's choice. Knows nothing of
 * when they are made.
 */
import { checkFunction } from "./checks.ts";
import type { Context } from "./context.ts";
import { isAsyncFunction, iscoroutinefunction } from "./coroutine.ts";
import { ArgumentError } from "./errors.ts";
import { callIn, Handle, type TimerHandle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { checkDelayMs } from "./sleep.ts";

/**
 * Checks what a loop is to call. @internal
 * @throws ArgumentError ERR_CALLBACK_EXPECTED; LoopError ERR_LOOP_CLOSED.
 */
export function checkCallback(loop: EventLoop, caller: string, callback: unknown): void {
  loop.mustBeOpen();
  checkFunction(caller, callback);
  if (loop.debugging && (iscoroutinefunction(callback) || isAsyncFunction(callback))) {
    throw new ArgumentError(
      "ERR_CALLBACK_EXPECTED",
      `${caller} needs a plain function, and got the coroutine function '${(callback as () => void).name}'; use createTask`,
    );
  }
}

/**
 * A loop whose callbacks are called in a given context: see `EventLoop.inContext`. Its methods are the loop's own.
 */
export class LoopInContext {
  readonly #loop: EventLoop;
  readonly #context: Context;

  /** @internal */
  constructor(loop: EventLoop, context: Context) {
    this.#loop = loop;
    this.#context = context;
  }

  /** As `EventLoop.callSoon`. */
  callSoon<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    checkCallback(this.#loop, "callSoon", callback);
    const { core } = this.#loop;
    const handle = new Handle<R>(this.#loop, core.calls.handleQueue(), callIn(this.#context, callback, args));
    this.#loop.wakeIfAsleep();
    return handle;
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
    checkCallback(this.#loop, "callLater", callback);
    const whenMs = this.#loop.time() + checkDelayMs("callLater", delayMs);
    return this.#loop.startTimer(whenMs, callIn(this.#context, callback, args));
  }

  /** As `EventLoop.callAt`. */
  callAt<A extends unknown[], R>(whenMs: number, callback: (...args: A) => R, ...args: A): TimerHandle<R> {
    checkCallback(this.#loop, "callAt", callback);
    return this.#loop.startTimer(checkDelayMs("callAt", whenMs), callIn(this.#context, callback, args));
  }
}
