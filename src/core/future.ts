/**
 * Owns the Future: a value that is not available yet, and the callbacks to call when it is.
 * The core knows what waits for it; this file holds the value. Knows nothing of how tasks take their steps.
 *
 * A future has a slot in the core only while something waits for it. A waiting task keeps it alive; a future that has
 * only callbacks is released together with its slot when nothing refers to it any more.
 */

import { checkFunction, checkInstance, checkString, readOptions } from "./checks.ts";
import { Context, copyContextUnlessEmpty } from "./context.ts";
import { notWaitedFor, Operation, thens } from "./coroutine.ts";
import { after, attachAll, DoneCallback, without } from "./done-callback.ts";
import {
  ArgumentError,
  CancelledError,
  describe,
  InvalidStateError,
  isError,
  makeCancelledError,
} from "./errors.ts";
import { creationStackOf, noteCreated } from "./failures.ts";
import { endLease, leaseSlot } from "./leases.ts";
import type { Report } from "./reporting.ts";
import { checkLoop, getEventLoop } from "./running.ts";
import type { EventLoop, Scheduler } from "./scheduler.ts";
import { claim } from "./unclaimed.ts";
import { CANCELLED, FINISHED, NO_SLOT, PENDING } from "./wasm.ts";

/** The future failed: its value is what `result` throws. */
const FAILED = 1;
/** It failed, and the exception has not been retrieved yet. */
const UNRETRIEVED = 2;
/** Its slot is given back when it is garbage-collected, should it come to that. */
const LEASED = 4;
/** Its slot has been used to wait. */
const AWAITED = 8;
/** Its outcome comes from the host, and the loop counts it among what may still come. */
const EXPECTED = 16;

/** Waiting for a future, as a coroutine: one `yield` if it is pending, none if it is done. */
export class FutureWait<T> extends Operation<T> {
  /** @internal */
  declare future: Future<T>;
  private hasYielded = false;

  /** @internal */
  constructor(future: Future<T>) {
    super();
    this.future = future;
  }

  get name(): string {
    return String(this.future);
  }

  next(): IteratorResult<unknown, T> {
    if (this.future.state !== PENDING) return { done: true, value: this.future.result() };
    if (this.hasYielded) throw notWaitedFor(this.name);
    this.hasYielded = true;
    return { done: false, value: this };
  }

  /** A task is awake before the future is done, and will wait again. @internal */
  allowOnceMore(): void {
    this.hasYielded = false;
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    return { done: true, value };
  }
}

/**
 * A result that is not available yet. Wait for it with `yield* future` in a coroutine or `await future` in an async function.
 * asyncio: `Future`.
 *
 * @example
 * ```ts
 * const future = loop.createFuture<number>();
 * loop.callLater(100, () => future.setResult(42));
 * const answer = yield* future;
 * ```
 */
export class Future<T> implements PromiseLike<T> {
  /** @internal */
  readonly scheduler: Scheduler;
  /** The slot in the core, while something waits. @internal */
  ref: number = NO_SLOT;
  /** PENDING, FINISHED or CANCELLED. @internal */
  state: number = PENDING;
  /**
   * The result, the exception, or on cancellation the message or the CancelledError itself. While it is pending, what a task
   * that waits for it waits for, to be named in a deadlock: an operation that waits in line, what it waits at, or
   * several futures.
   * @internal
   */
  value: unknown = undefined;
  private flags = 0;
  private lastCallback: DoneCallback | undefined = undefined;

  /**
   * @param loop - the loop the future belongs to; by default the running one, else the policy's current one.
   * @throws LoopError ERR_NO_CURRENT_LOOP when there is neither; ArgumentError ERR_ARGUMENT_TYPE if it is not a loop.
   */
  constructor(loop: EventLoop = getEventLoop()) {
    // Undefined if it is not a loop, which the check below reports.
    const scheduler = loop?.scheduler;
    this.scheduler = scheduler;
    if (scheduler?.debugging !== false || scheduler.loop !== loop) {
      checkLoop(new.target.name, loop);
      noteCreated(this);
    }
  }

  /** The loop the future belongs to. */
  getLoop(): EventLoop {
    return this.scheduler.loop;
  }

  /** Whether it has a result or an exception, or was cancelled. */
  done(): boolean {
    return this.state !== PENDING;
  }

  /** Whether it is not done. */
  pending(): boolean {
    return this.state === PENDING;
  }

  /** Whether code is running on its behalf at this moment; never for a plain future. */
  running(): boolean {
    return false;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.state === CANCELLED;
  }

  /**
   * Cancels the future: what waits for it gets a CancelledError. If it has already failed, this says that the exception
   * does not matter: it is not reported as never retrieved.
   * @param message - the error's message.
   * @returns false when it was already done.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the message is not a string.
   */
  cancel(message?: string): boolean {
    if (message !== undefined) checkString("cancel", "a message", message);
    if (this.state !== PENDING) {
      this.markRetrieved();
      return false;
    }
    this.settle(CANCELLED, message);
    return true;
  }

  /**
   * The result.
   * @throws the exception it failed with; CancelledError when it was cancelled; InvalidStateError when it is not done.
   */
  result(): T {
    if (this.state === CANCELLED) throw this.cancelledError();
    if (this.state === PENDING) throw new InvalidStateError("Result is not set.");
    this.markRetrieved();
    if (this.flags & FAILED) throw this.value;
    return this.value as T;
  }

  /**
   * The exception it failed with, or null when it has a result.
   * @throws CancelledError when it was cancelled; InvalidStateError when it is not done.
   */
  exception(): unknown {
    if (this.state === CANCELLED) throw this.cancelledError();
    if (this.state === PENDING) throw new InvalidStateError("Exception is not set.");
    this.markRetrieved();
    return this.flags & FAILED ? this.value : null;
  }

  /**
   * Gives the future its result.
   * @throws InvalidStateError when it is already done.
   */
  setResult(value: T): void {
    this.mustBePending();
    this.settle(FINISHED, value);
  }

  /**
   * Makes the future fail.
   * @param exception - the exception, or a class of exceptions to instantiate.
   * @throws InvalidStateError when it is already done; ArgumentError ERR_ARGUMENT_TYPE if it is not an error.
   */
  setException(exception: unknown): void {
    this.mustBePending();
    const error = isErrorClass(exception) ? new exception() : exception;
    if (!isError(error)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_TYPE",
        `setException needs an error or an error class, got ${describe(exception)}`,
      );
    }
    this.fail(error);
  }

  /** Makes it fail with what was thrown, which may be anything but undefined and null. @internal */
  fail(exception: unknown): void {
    this.mustBePending();
    this.settle(FINISHED, exception, true);
  }

  /**
   * Calls `callback` with this future once it is done; in the loop's next turn if it already is.
   * What the callback throws goes to the loop's exception handler.
   * @param options.context - the context to call it in; by default a copy of the current one.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED or ERR_ARGUMENT_TYPE; LoopError ERR_LOOP_CLOSED.
   */
  addDoneCallback(callback: (future: Future<T>) => void, options?: { readonly context?: Context }): void {
    if (typeof callback !== "function") checkFunction("addDoneCallback", callback);
    const given =
      options === undefined ? undefined : readOptions("addDoneCallback", options, ["context"]).context;
    if (given !== undefined) checkInstance("addDoneCallback", "a Context", given, Context);
    const context = given ?? copyContextUnlessEmpty();
    const { scheduler } = this;
    scheduler.mustBeOpen();
    if (this.state !== PENDING) {
      const slot = scheduler.calls.handleQueue();
      scheduler.core.attach(slot, new DoneCallback(this, callback, context, slot));
      scheduler.wakeIfAsleep();
      return;
    }
    if (context === undefined && this.takeFirst(callback)) return;
    const done = new DoneCallback(
      this,
      callback,
      context,
      scheduler.calls.callbackAdd(this.slotForWaiting()),
    );
    this.lastCallback = after(this.lastCallback, done);
    this.lease();
  }

  /**
   * Removes every callback that is this function.
   * @returns how many there were.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   */
  removeDoneCallback(callback: (future: Future<T>) => void): number {
    checkFunction("removeDoneCallback", callback);
    let removed = this.dropFirst(callback) ? 1 : 0;
    this.lastCallback = without(this.lastCallback, callback, ({ slot }) => {
      removed++;
      this.scheduler.calls.callbackRemove(this.ref, slot);
    });
    return removed;
  }

  /** Waiting, in a coroutine: `yield* future`. A future that is done returns its result at once. */
  [Symbol.iterator](): FutureWait<T> {
    return new FutureWait(this);
  }

  /** Waiting, in an async function: `await future`. Read at the `await`, where the task that waits is known. */
  get then(): PromiseLike<T>["then"] {
    return thens.ofFuture(new FutureWait(this));
  }

  /** What kind of object it is, its state, and what it holds. */
  toString(): string {
    return `<${this.constructor.name} ${this.describeState()}>`;
  }

  /** @internal */
  protected describeState(): string {
    if (this.state === PENDING) return "pending";
    if (this.state === CANCELLED) return "cancelled";
    return this.flags & FAILED
      ? `finished exception=${inWords(this.value)}`
      : `finished result=${describe(this.value)}`;
  }

  /** Keeps a callback without a slot of its own. Returns whether it does. @internal */
  protected takeFirst(_callback: (future: Future<T>) => void): boolean {
    return false;
  }

  /** Returns whether `takeFirst` had kept it. @internal */
  protected dropFirst(_callback: (future: Future<T>) => void): boolean {
    return false;
  }

  /** Whether anything waits for it, or did. @internal */
  protected get wasAwaited(): boolean {
    return (this.flags & AWAITED) !== 0;
  }

  /** The slot for something that is about to wait. @internal */
  slotForWaiting(): number {
    this.flags |= AWAITED;
    if (this.ref === NO_SLOT) {
      // An overridden `cancel` must be called, not bypassed in the core.
      this.ref = this.scheduler.calls.futureOpen(this.cancel === Future.prototype.cancel ? 0 : 1);
    }
    return this.ref;
  }

  /** Lets the garbage collector give the slot back, for when no waiting task holds this future. @internal */
  lease(): void {
    if (this.flags & LEASED || !this.isLeasable()) return;
    this.flags |= LEASED;
    leaseSlot(this, this.scheduler, this.ref);
  }

  /** @internal */
  protected isLeasable(): boolean {
    return true;
  }

  /** Its outcome will come from the host: while it may, the loop is in no deadlock. @internal */
  expectFromHost(): void {
    this.flags |= EXPECTED;
    this.scheduler.expected++;
  }

  /** The outcome has come, or is not waited for any more. @internal */
  arrived(): void {
    if (!(this.flags & EXPECTED)) return;
    this.flags &= ~EXPECTED;
    this.scheduler.expected--;
  }

  /** Ends the future. The state changes first: what is called afterwards may read it. @internal */
  protected settle(state: number, value: unknown, failed = false): void {
    this.state = state;
    this.setValue(value, failed);
    if (this.ref === NO_SLOT) return;
    this.scheduler.mustBeOpen();
    this.scheduler.calls.futureSettle(this.ref);
    this.ref = NO_SLOT;
    this.afterSettling();
  }

  /** @internal */
  protected setValue(value: unknown, failed: boolean): void {
    this.value = value;
    if (!failed) return;
    this.flags |= FAILED | UNRETRIEVED;
    this.scheduler.failures.note(this, this.scheduler.running);
  }

  /** The core has made the callbacks ready; this says what they are. @internal */
  protected afterSettling(): void {
    if (this.flags & (LEASED | EXPECTED)) {
      this.arrived();
      if (this.flags & LEASED) endLease(this);
      this.flags &= ~LEASED;
    }
    if (this.lastCallback !== undefined) {
      attachAll(this.lastCallback);
      this.lastCallback = undefined;
    }
    this.scheduler.wakeIfAsleep();
  }

  /**
   * The error for a retrieval. As in asyncio, the first gets the error that a task ended with; later ones
   * get one of their own. @internal
   */
  cancelledError(): CancelledError {
    const { value } = this;
    if (this.state !== CANCELLED || !(value instanceof CancelledError)) {
      return makeCancelledError(this.ownCancelMessage);
    }
    this.value = undefined;
    return value;
  }

  /** The message that the future itself was cancelled with; a task's error keeps its own. @internal */
  get ownCancelMessage(): string | undefined {
    return this.state === CANCELLED && typeof this.value === "string" ? this.value : undefined;
  }

  private mustBePending(): void {
    if (this.state === PENDING) return;
    const state = this.state === CANCELLED ? "CANCELLED" : "FINISHED";
    throw new InvalidStateError(
      `invalid state: the future is ${state} and can be settled only once; check done() first`,
    );
  }

  /** Whether the exception has yet to be retrieved. @internal */
  get unretrieved(): boolean {
    return (this.flags & UNRETRIEVED) !== 0;
  }

  /** The exception has been retrieved, so that it need not be reported. @internal */
  markRetrieved(): void {
    if (!(this.flags & UNRETRIEVED)) return;
    this.flags &= ~UNRETRIEVED;
    claim(this);
  }

  /** What to report if the exception is never retrieved. @internal */
  failureReport(): Report {
    const message = `${this.constructor.name} exception was never retrieved`;
    const source = creationStackOf(this);
    return { message, exception: this.value, futureDescription: String(this), ...(source && { source }) };
  }
}

/** A failure in its own words, which a symbol and an object without a prototype do not have. */
function inWords(exception: unknown): string {
  try {
    return String(exception);
  } catch {
    return describe(exception);
  }
}

function isErrorClass(value: unknown): value is new () => Error {
  return typeof value === "function" && (value === Error || value.prototype instanceof Error);
}

/** Whether `value` is a future or a task. asyncio: `isfuture`. */
export function isfuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
