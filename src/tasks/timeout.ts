/**
 * Owns timeouts: the scope whose deadline cancels the task in it, and `timeout`, `timeoutAt` and `waitFor` on top of it.
 */
import { perform } from "../core/async/perform.ts";
import { takePlace } from "../core/cancel-signals.ts";
import type { Cancellable } from "../core/cancellation.ts";
import { checkFunction } from "../core/checks.ts";
import {
  type Body,
  type Coroutine,
  iscoroutine,
  type Operation,
  operation,
  type Startable,
} from "../core/coroutine.ts";
import { currentStepper } from "../core/current.ts";
import { checkAwaitable, ensureFutureFor } from "../core/ensure.ts";
import { CancelledError, LoopError, makeCancelledError, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { Handle } from "../core/handle.ts";
import { getRunningLoop } from "../core/running.ts";
import { checkDelayMs } from "../core/sleep.ts";

type State = "created" | "active" | "expiring" | "expired" | "finished";

/**
 * A scope with a deadline: when it passes, the task inside is cancelled, and what leaves the scope is a TimeoutError.
 * Use `timeout`, or `enter` and `exit` by hand where a separate body does not fit. asyncio: `Timeout`.
 */
export class Timeout {
  #whenMs: number | null;
  #state: State = "created";
  /** What is in the scope. */
  #stepper: Cancellable<unknown> | undefined;
  #cancellingAtEntry = 0;
  #handle: Handle | undefined;
  /** Its position among nested scopes. */
  #place = 0;
  #abort: AbortController | undefined;

  /** @param whenMs - the deadline by the loop's clock, or null for none. */
  constructor(whenMs: number | null) {
    this.#whenMs = whenMs === null ? null : checkDelayMs("Timeout", whenMs);
  }

  /** The deadline by the loop's clock, in milliseconds; null for none. */
  when(): number | null {
    return this.#whenMs;
  }

  /** Whether the deadline has passed. */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

  /**
   * An AbortSignal for the work done in the scope: it is aborted when the deadline passes, with a TimeoutError, and when the
   * task is cancelled from outside the scope. What a timeout or a TaskGroup inside the scope cuts off does not affect it.
   * Once a request from outside is withdrawn, the scope has a new signal; after the scope is left, it is never aborted.
   * @throws LoopError ERR_TIMEOUT_STATE before the scope is entered.
   *
   * @example
   * ```ts
   * yield* timeout(1000, (scope) => adopt(fetch(url, { signal: scope.signal })));
   * ```
   */
  get signal(): AbortSignal {
    if (this.#state === "created") throw notEntered();
    const stepper = this.#stepper as Cancellable<unknown>;
    const isActive = this.#state === "active";
    const isCancelled = isActive && stepper.cancelling() > this.#cancellingAtEntry;
    const isOld = isActive && !isCancelled && this.#abort?.signal.aborted === true;
    if (this.#abort === undefined || isOld) {
      this.#abort = new AbortController();
      if (isCancelled) this.#abort.abort(makeCancelledError(stepper.cancelMessage));
      else if (this.expired()) this.#abort.abort(deadlinePassed());
      if (isActive) stepper.cancelSignals.follow(this.#place, this.#abort);
    }
    return this.#abort.signal;
  }

  /**
   * Sets another deadline, by the loop's clock; null for none.
   * @throws LoopError ERR_TIMEOUT_STATE before the scope is entered and after it has expired or been left.
   */
  reschedule(whenMs: number | null): void {
    if (this.#state !== "active") {
      if (this.#state === "created") throw notEntered();
      throw new LoopError("ERR_TIMEOUT_STATE", `Cannot change state of ${this.#state} Timeout`);
    }
    this.#whenMs = whenMs === null ? null : checkDelayMs("reschedule", whenMs);
    this.#handle?.cancel();
    this.#handle = undefined;
    if (this.#whenMs === null) return;
    const loop = getRunningLoop();
    this.#handle =
      this.#whenMs <= loop.time() ? loop.callSoon(this.#expire) : loop.callAt(this.#whenMs, this.#expire);
  }

  /**
   * Enters the scope, in the task that it will cancel.
   * @throws LoopError ERR_TIMEOUT_STATE when it has already been entered; ERR_NO_CURRENT_TASK outside a task.
   */
  enter(): this {
    if (this.#state !== "created")
      throw new LoopError("ERR_TIMEOUT_STATE", "Timeout has already been entered");
    const stepper = currentStepper();
    if (stepper === null) throw new LoopError("ERR_NO_CURRENT_TASK", "Timeout should be used inside a task");
    this.#state = "active";
    this.#stepper = stepper;
    this.#place = takePlace();
    this.#cancellingAtEntry = stepper.cancelling();
    this.reschedule(this.#whenMs);
    return this;
  }

  /**
   * Leaves the scope.
   * @param error - what the body threw, if it did.
   * @returns what to throw instead: a TimeoutError where the deadline was the reason, else `error` itself.
   * @throws LoopError ERR_TIMEOUT_STATE when it was not entered, or has already been exited.
   */
  exit(error?: unknown): unknown {
    if (this.#state === "created") throw notEntered();
    if (this.#state === "expired" || this.#state === "finished")
      throw new LoopError("ERR_TIMEOUT_STATE", "Timeout has already been exited");
    this.#handle?.cancel();
    this.#handle = undefined;
    if (this.#abort !== undefined) this.#stepper?.cancelSignals.unfollow(this.#place);
    if (this.#state === "active") this.#state = "finished";
    if (this.#state !== "expiring") return error;
    this.#state = "expired";
    // Any request to cancel beyond our own came from elsewhere, and takes precedence.
    const left = (this.#stepper as Cancellable<unknown>).uncancelFrom();
    if (left > this.#cancellingAtEntry || error === undefined) return error;
    if (error instanceof CancelledError) return deadlinePassed(error);
    if (error instanceof Error) {
      markCause(error);
      if (error instanceof AggregateError)
        for (const each of error.errors) if (each instanceof Error) markCause(each);
    }
    return error;
  }

  readonly #expire = () => {
    this.#state = "expiring";
    this.#handle = undefined;
    this.#abort?.abort(deadlinePassed());
    (this.#stepper as Cancellable<unknown>).cancelFrom(this.#place);
  };

  toString(): string {
    return `<Timeout [${this.#state}]${this.#state === "active" ? ` when=${this.#whenMs}` : ""}>`;
  }
}

function deadlinePassed(cause?: CancelledError): TimeoutError {
  return new TimeoutError("the deadline has passed", cause && { cause });
}

function notEntered(): LoopError {
  return new LoopError("ERR_TIMEOUT_STATE", "Timeout has not been entered");
}

/** A CancelledError that caused another error and was this timeout's becomes a TimeoutError. */
function markCause(error: Error): void {
  for (let at = error; at.cause instanceof Error; at = at.cause) {
    if (!(at.cause instanceof CancelledError)) continue;
    at.cause = deadlinePassed(at.cause);
    return;
  }
}

function* inScope<T>(scope: Timeout, body: Body<T, [Timeout]>): Generator<unknown, T, unknown> {
  scope.enter();
  let result: T;
  try {
    result = yield* perform(body, scope);
  } catch (error) {
    throw scope.exit(error);
  }
  scope.exit();
  return result;
}

/**
 * Runs `body` with a deadline. When it passes, the task is cancelled where it waits, and once it has cleaned up, a
 * TimeoutError is thrown. asyncio: `timeout`.
 *
 * @param delayMs - how long the body may take, in milliseconds; null for no limit.
 * @param body - a coroutine function or an async function. It gets the scope, so that it can reschedule it.
 * @throws ArgumentError ERR_DELAY and ERR_CALLBACK_EXPECTED at the call; TimeoutError; LoopError ERR_NO_CURRENT_TASK
 * outside a task.
 *
 * @example
 * ```ts
 * const page = yield* timeout(1000, function* () { return yield* session.get(url); });
 * ```
 */
export function timeout<T>(delayMs: number | null, body: Body<T, [Timeout]>): Operation<T> {
  if (delayMs !== null) checkDelayMs("timeout", delayMs);
  checkFunction("timeout", body);
  return operation("timeout", within(delayMs, body));
}

function* within<T>(delayMs: number | null, body: Body<T, [Timeout]>): Generator<unknown, T, unknown> {
  const whenMs = delayMs === null ? null : getRunningLoop().time() + delayMs;
  return yield* inScope(new Timeout(whenMs), body);
}

/** As `timeout`, with a deadline by the loop's clock. asyncio: `timeout_at`. */
export function timeoutAt<T>(whenMs: number | null, body: Body<T, [Timeout]>): Operation<T> {
  if (whenMs !== null) checkDelayMs("timeoutAt", whenMs);
  checkFunction("timeoutAt", body);
  return operation("timeoutAt", inScope(new Timeout(whenMs), body));
}

/**
 * Waits for an awaitable, or for a function as a task of its own, but no longer than the timeout. Then it
 * is cancelled, and once it has cleaned up, a TimeoutError is thrown. asyncio: `wait_for`.
 *
 * @param timeoutMs - in milliseconds; zero or less accepts only what is already done; null waits for as long as it takes.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what cannot be waited for and ERR_DELAY, at the call; TimeoutError.
 *
 * @example
 * ```ts
 * const line = yield* waitFor(reader.readline(), 5000);
 * ```
 */
export function waitFor<T>(awaitable: Startable<T>, timeoutMs: number | null): Operation<T> {
  checkAwaitable("waitFor", awaitable);
  if (timeoutMs !== null) checkDelayMs("waitFor", timeoutMs);
  return operation("waitFor", waiting(awaitable, timeoutMs));
}

function* waiting<T>(awaitable: Startable<T>, timeoutMs: number | null): Generator<unknown, T, unknown> {
  if (timeoutMs !== null && timeoutMs <= 0) return yield* takeOrCancel(ensureFutureFor("waitFor", awaitable));
  // A coroutine runs in this task; a function becomes a task, and a promise a future that can be let go.
  return yield* within(timeoutMs, function* () {
    return yield* (
      iscoroutine(awaitable) ? awaitable : ensureFutureFor("waitFor", awaitable)
    ) as Coroutine<T>;
  });
}

function* takeOrCancel<T>(future: Future<T>): Generator<unknown, T, unknown> {
  if (future.done()) return future.result();
  const ended = getRunningLoop().createFuture<void>();
  const end = () => {
    if (!ended.done()) ended.setResult();
  };
  future.addDoneCallback(end);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(end);
  }
  try {
    return future.result();
  } catch (error) {
    throw error instanceof CancelledError ? deadlinePassed(error) : error;
  }
}
