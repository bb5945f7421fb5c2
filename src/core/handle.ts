/**
 * Owns Handle and TimerHandle: a callback that will be called, soon or at its time, and its outcome.
 * Knows nothing of when that is; the core does.
 */
import { Context, copyContextUnlessEmpty } from "./context.ts";
import { failureOf } from "./errors.ts";
import { Future, type FutureWait } from "./future.ts";
import { isInterrupt } from "./interrupt.ts";
import type { Scheduler } from "./scheduler.ts";
import { NO_SLOT } from "./wasm.ts";

/** Any function at all; `callSoon` has checked that the arguments fit. @internal */
export type Callback<R> = (...args: never) => R;

/** The `ref` of a handle that was cancelled. */
const CANCELLED_REF = -1;

/** A callback with its arguments and the context it runs in. Most callbacks need neither. */
class Call<R> {
  readonly callback: Callback<R>;
  readonly args: readonly unknown[];
  readonly context: Context | undefined;

  constructor(callback: Callback<R>, args: readonly unknown[], context: Context | undefined) {
    this.callback = callback;
    this.args = args;
    this.context = context;
  }
}

/** A sleep, which is its own callback: so that a million sleeping tasks do without one each. @internal */
export interface Sleeping {
  readonly name: string;
  /** The time is over. */
  elapsed(): void;
}

/** What a handle will call. @internal */
export type Callee<R> = Callback<R> | Call<R> | Sleeping;

/** As little as will do for this callback. @internal */
export function callOf<R>(callback: Callback<R>, args: readonly unknown[]): Callee<R> {
  const context = copyContextUnlessEmpty();
  return args.length === 0 && context === undefined ? callback : new Call(callback, args, context);
}

/** The same in a given context, which is not copied. @internal */
export function callIn<R>(context: Context, callback: Callback<R>, args: readonly unknown[]): Callee<R> {
  return new Call(callback, args, context);
}

/** What is left of a call that is over: a timer's deadline, and the context if it had one. */
type Remains = Past | number;

class Past {
  readonly context: Context;
  readonly whenMs: number;

  constructor(context: Context, whenMs: number) {
    this.context = context;
    this.whenMs = whenMs;
  }
}

/** How far the callback has come. */
const NOT_CALLED = 0;
const RETURNED = 1;
const THREW = 2;

/**
 * What is known about a handle beyond its callback. Made only when there is something to keep, so that a million pending
 * timers do without.
 */
class Outcome {
  state: number = NOT_CALLED;
  /** What the callback returned or threw. */
  value: unknown = undefined;
  /** What is waited for. */
  future: Future<unknown> | undefined = undefined;
}

/** Shared by the handles whose callback returned nothing, which is most of them. */
const RETURNED_NOTHING = new Outcome();
RETURNED_NOTHING.state = RETURNED;

/**
 * A callback that is queued. Waiting for it, with `yield* handle` or `await handle`, returns what the callback returns.
 * asyncio: `Handle`.
 */
export class Handle<R = unknown> implements PromiseLike<R> {
  /** @internal */
  readonly scheduler: Scheduler;
  /** The slot in the core, while it is queued. @internal */
  protected ref: number;
  /** @internal */
  protected outcome: Outcome | undefined;
  /**
   * What will be called, and in its place what remains of it afterwards: read as `callee` and `remains`, and distinguished
   * nowhere else. A field of its own would take 8 bytes of a pending timer's 76; kept in the outcome instead, a cancelled one
   * that is held would take 149 bytes instead of 93.
   */
  private callOrRemains: Callee<R> | Remains | undefined;

  /** @internal */
  constructor(scheduler: Scheduler, ref: number, call: Callee<R>) {
    this.scheduler = scheduler;
    this.ref = ref;
    this.outcome = undefined;
    this.callOrRemains = call;
    scheduler.core.attach(ref, this);
  }

  /** What will be called, or is being called; undefined once that is over. */
  private get callee(): Callee<R> | undefined {
    const call = this.callOrRemains;
    // Most are plain functions, for which `instanceof` takes long.
    if (typeof call === "function") return call;
    return typeof call !== "object" || call instanceof Past ? undefined : call;
  }

  /** What remains of the call that is over. @internal */
  protected get remains(): Remains | undefined {
    const call = this.callOrRemains;
    return typeof call === "number" || call instanceof Past ? call : undefined;
  }

  /** The call is over, or will not be made; `whenMs` is a timer's deadline. @internal */
  protected forgetCall(whenMs?: number): void {
    const { context } = this;
    this.callOrRemains = context === undefined ? whenMs : new Past(context, whenMs ?? Number.NaN);
  }

  /** Prevents the callback from being called, and lets go of its arguments. Harmless when it was already called. */
  cancel(): void {
    if (this.ref === CANCELLED_REF) return;
    if (this.ref !== NO_SLOT) {
      if (this.isQueued()) this.scheduler.core.detach(this.ref);
      this.forgetCall();
      this.outcome?.future?.cancel();
    }
    this.ref = CANCELLED_REF;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.ref === CANCELLED_REF;
  }

  /**
   * The context in which the callback is called, or was. asyncio: `Handle.get_context`.
   */
  getContext(): Context {
    const { context, callee } = this;
    if (context !== undefined) return context;
    const hasControl = this.ref === NO_SLOT && callee !== undefined;
    const own = hasControl ? this.scheduler.keepBorrowedContext() : new Context();
    if (typeof callee === "function") this.callOrRemains = new Call(callee, [], own);
    else if (callee instanceof Call) this.callOrRemains = new Call(callee.callback, callee.args, own);
    else if (callee === undefined)
      this.callOrRemains = new Past(own, (this.remains as number | undefined) ?? Number.NaN);
    return own;
  }

  /** Waiting for the callback's result, in a coroutine: `yield* handle`. */
  [Symbol.iterator](): FutureWait<R> {
    return this.asFuture()[Symbol.iterator]();
  }

  /** Waiting for the callback's result, in an async function: `await handle`. */
  get then(): PromiseLike<R>["then"] {
    return this.asFuture().then;
  }

  /** What will be called, and the state. */
  toString(): string {
    const state = this.cancelled() ? "cancelled" : this.ref === NO_SLOT ? "called" : "queued";
    const what = this.callee === undefined ? "" : ` ${this.callbackName}`;
    return `<${this.constructor.name} ${state}${what}>`;
  }

  /** @internal */
  get callbackName(): string {
    const { callee } = this;
    return (callee instanceof Call ? callee.callback : callee)?.name || "anonymous";
  }

  /** Whether it is a sleep's: then it wakes a task and calls nobody. @internal */
  get isOfSleep(): boolean {
    const { callee } = this;
    return typeof callee === "object" && !(callee instanceof Call);
  }

  /** Whether it holds a slot of a core that still exists. @internal */
  protected isQueued(): boolean {
    return this.ref > NO_SLOT && !this.scheduler.closed;
  }

  /** Called by the scheduler. @internal */
  run(): void {
    const { scheduler } = this;
    scheduler.core.detach(this.ref);
    this.ref = NO_SLOT;
    scheduler.enterCallback(this.context);
    try {
      this.returned(this.invoke());
    } catch (thrown) {
      if (isInterrupt(thrown)) throw thrown;
      const exception = failureOf(thrown, "a callback threw");
      if (!this.threw(exception)) {
        const message = `Exception in callback ${this.callbackName}`;
        scheduler.loop.callExceptionHandler({ message, exception, handle: this as Handle });
      }
    } finally {
      this.forgetCall();
    }
  }

  /** The context to call the callback in, unless an empty one will do. @internal */
  get context(): Context | undefined {
    const call = this.callOrRemains;
    if (typeof call !== "object") return undefined;
    return call instanceof Call || call instanceof Past ? call.context : undefined;
  }

  /** Calls the callback. @internal */
  invoke(): R {
    const { callee } = this;
    if (typeof callee === "function") return (callee as () => R)();
    if (callee instanceof Call) return callee.callback(...(callee.args as never));
    return (callee as Sleeping).elapsed() as R;
  }

  /** The callback returned. @internal */
  returned(value: R): void {
    if (value === undefined && this.outcome === undefined) {
      this.outcome = RETURNED_NOTHING;
      return;
    }
    const outcome = this.ownOutcome();
    outcome.state = RETURNED;
    outcome.value = value;
    if (outcome.future?.pending()) outcome.future.setResult(value);
    else if (value instanceof Promise) this.reportFailureOf(value);
  }

  /** An async function was given as a callback, and nothing holds its promise: its failure must not be lost. */
  private reportFailureOf(promise: Promise<unknown>): void {
    const message = "Exception in async function given as a callback";
    promise.then(undefined, (exception) => {
      this.scheduler.loop.callExceptionHandler({
        message,
        exception: failureOf(exception, "an async function threw"),
        handle: this as Handle,
      });
    });
  }

  /** The callback threw. Returns whether something waits for it, which gets the error. @internal */
  threw(error: unknown): boolean {
    const outcome = this.ownOutcome();
    outcome.state = THREW;
    outcome.value = error;
    if (!outcome.future?.pending()) return false;
    outcome.future.fail(error);
    return true;
  }

  /** @internal */
  protected ownOutcome(): Outcome {
    this.outcome ??= new Outcome();
    return this.outcome;
  }

  private asFuture(): Future<R> {
    const outcome = this.ownOutcome();
    if (outcome.future !== undefined) return outcome.future as Future<R>;
    const future = new Future<R>(this.scheduler.loop);
    if (outcome.state === RETURNED) future.setResult(outcome.value as R);
    else if (outcome.state === THREW) future.fail(outcome.value);
    else if (this.cancelled()) future.cancel();
    if (outcome !== RETURNED_NOTHING) outcome.future = future;
    return future;
  }
}

/**
 * A callback that is called at its time. asyncio: `TimerHandle`.
 */
export class TimerHandle<R = unknown> extends Handle<R> {
  /** The loop's time at which it is due, or was, in milliseconds. */
  when(): number {
    const { scheduler, remains } = this;
    if (this.isQueued()) return scheduler.calls.timerDeadlineMs(this.ref);
    if (remains !== undefined) return typeof remains === "number" ? remains : remains.whenMs;
    return scheduler.calledTimer === this ? scheduler.calledTimerWhenMs : Number.NaN;
  }

  override cancel(): void {
    const whenMs = this.isQueued() ? this.scheduler.calls.timerCancel(this.ref) : this.when();
    super.cancel();
    this.forgetCall(whenMs);
  }

  /** @internal */
  override run(): void {
    const { scheduler } = this;
    scheduler.calledTimer = this;
    scheduler.calledTimerWhenMs = scheduler.calls.timerDeadlineMs(this.ref);
    try {
      super.run();
    } finally {
      this.forgetCall(scheduler.calledTimerWhenMs);
      scheduler.calledTimer = undefined;
    }
  }
}

/** Queues a call of what has already been checked. @internal */
export function queueCall<R>(scheduler: Scheduler, call: Callee<R>): Handle<R> {
  const handle = new Handle<R>(scheduler, scheduler.calls.handleQueue(), call);
  if (scheduler.asleep) scheduler.wake();
  return handle;
}

/** Sets a timer for what has already been checked. @internal */
export function startTimer<R>(scheduler: Scheduler, whenMs: number, call: Callee<R>): TimerHandle<R> {
  scheduler.noteTimer();
  const handle = new TimerHandle<R>(scheduler, scheduler.calls.timerStart(whenMs), call);
  if (scheduler.asleep) scheduler.wake();
  return handle;
}
