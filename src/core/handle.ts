/**
 * Owns Handle and TimerHandle: a callback that is to be called, soon or at its time, and what came of it.
 * Knows nothing of when that is; the core does.
 */
import { type Context, copyContextUnlessEmpty } from "./context.ts";
import { failureOf } from "./errors.ts";
import { Future, type FutureWait } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { NO_SLOT } from "./wasm.ts";

/** Any function at all; `callSoon` has checked that the arguments fit. @internal */
export type Callback<R> = (...args: never) => R;

/** Stands in `ref` of a handle that was cancelled. */
const CANCELLED_REF = -1;

/** A callback with what is to be given to it and the context it is to see. Most callbacks do without either. */
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

/** What a handle is to call. @internal */
export type Callee<R> = Callback<R> | Call<R> | Sleeping;

/** As little as will do for this callback. @internal */
export function callOf<R>(callback: Callback<R>, args: readonly unknown[]): Callee<R> {
  const context = copyContextUnlessEmpty();
  return args.length === 0 && context === undefined ? callback : new Call(callback, args, context);
}

/** How far the callback has come. */
const NOT_CALLED = 0;
const RETURNED = 1;
const THREW = 2;

/**
 * What is known of a handle beyond its callback. Made only when there is something to keep, so that a million pending
 * timers do without.
 */
class Outcome {
  state: number = NOT_CALLED;
  /** What the callback returned or threw. */
  value: unknown = undefined;
  /** What somebody waits for. */
  future: Future<unknown> | undefined = undefined;
}

/** Shared by the handles whose callback returned nothing, which is most of them. */
const RETURNED_NOTHING = new Outcome();
RETURNED_NOTHING.state = RETURNED;

/**
 * A callback that is queued. Waiting for it, by `yield* handle` or `await handle`, gives what the callback returns.
 * asyncio: `Handle`.
 */
export class Handle<R = unknown> implements PromiseLike<R> {
  /** @internal */
  readonly loop: EventLoop;
  /** The slot in the core, while it is queued. @internal */
  protected ref: number;
  /** @internal */
  protected outcome: Outcome | undefined;
  /**
   * What is to be called. Behind that a timer keeps its deadline here, since a field of its own would cost each of a
   * million pending ones a word. @internal
   */
  protected call: Callee<R> | number | undefined;

  /** @internal */
  constructor(loop: EventLoop, ref: number, call: Callee<R>) {
    this.loop = loop;
    this.ref = ref;
    this.outcome = undefined;
    this.call = call;
    loop.core.attach(ref, this);
  }

  /** Sees to it that the callback is not called. Its arguments are let go. Harmless when it was called already. */
  cancel(): void {
    if (this.ref === CANCELLED_REF) return;
    if (this.ref !== NO_SLOT) {
      if (this.isQueued()) this.loop.core.detach(this.ref);
      this.call = undefined;
      this.outcome?.future?.cancel();
    }
    this.ref = CANCELLED_REF;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.ref === CANCELLED_REF;
  }

  /** Waiting for the callback's result, in a coroutine: `yield* handle`. */
  [Symbol.iterator](): FutureWait<R> {
    return this.asFuture()[Symbol.iterator]();
  }

  /** Waiting for the callback's result, in an async function: `await handle`. */
  get then(): PromiseLike<R>["then"] {
    return this.asFuture().then;
  }

  /** What is to be called, and the state. */
  toString(): string {
    const state = this.cancelled() ? "cancelled" : this.ref === NO_SLOT ? "called" : "queued";
    const { call } = this;
    const what = call === undefined || typeof call === "number" ? "" : ` ${this.callbackName}`;
    return `<${this.constructor.name} ${state}${what}>`;
  }

  /** @internal */
  get callbackName(): string {
    const { call } = this;
    const named = call instanceof Call ? call.callback : call;
    return (typeof named !== "number" && named?.name) || "anonymous";
  }

  /** Whether it holds a slot of a core that still exists. @internal */
  protected isQueued(): boolean {
    return this.ref > NO_SLOT && !this.loop.isClosed();
  }

  /** Called by the driver. @internal */
  run(): void {
    const { loop } = this;
    loop.core.detach(this.ref);
    this.ref = NO_SLOT;
    loop.runHandle(this);
    this.call = undefined;
  }

  /** The context to call the callback in, unless an empty one will do. @internal */
  get context(): Context | undefined {
    return this.call instanceof Call ? this.call.context : undefined;
  }

  /** Calls the callback. @internal */
  invoke(): R {
    const { call } = this;
    if (typeof call === "function") return (call as () => R)();
    if (call instanceof Call) return call.callback(...(call.args as never));
    return (call as Sleeping).elapsed() as R;
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

  /** An async function was given for a callback, and its promise is nobody's: its failure is not to be lost. */
  private reportFailureOf(promise: Promise<unknown>): void {
    const message = "Exception in async function given as a callback";
    promise.then(undefined, (exception) => {
      this.loop.callExceptionHandler({
        message,
        exception: failureOf(exception, "an async function threw"),
        handle: this as Handle,
      });
    });
  }

  /** The callback threw. Answers whether somebody waits for it, who gets the error. @internal */
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
    const future = new Future<R>(this.loop);
    if (outcome.state === RETURNED) future.setResult(outcome.value as R);
    else if (outcome.state === THREW) future.fail(outcome.value);
    else if (this.cancelled()) future.cancel();
    if (outcome !== RETURNED_NOTHING) outcome.future = future;
    return future;
  }
}

/** The timer whose callback has control, and its deadline, which the core has forgotten and the handle not yet noted. */
let calledTimer: TimerHandle | undefined;
let calledWhenMs = 0;

/**
 * A callback that is called at its time. asyncio: `TimerHandle`.
 */
export class TimerHandle<R = unknown> extends Handle<R> {
  /** The loop's time at which it is due, or was, in milliseconds. */
  when(): number {
    if (this.isQueued()) return this.loop.core.calls.timerDeadlineMs(this.ref);
    if (typeof this.call === "number") return this.call;
    return calledTimer === (this as TimerHandle) ? calledWhenMs : Number.NaN;
  }

  override cancel(): void {
    const whenMs = this.isQueued() ? this.loop.core.calls.timerCancel(this.ref) : this.when();
    super.cancel();
    this.call = whenMs;
  }

  /** @internal */
  override run(): void {
    const outerTimer = calledTimer;
    const outerWhenMs = calledWhenMs;
    const whenMs = this.loop.core.calls.timerDeadlineMs(this.ref);
    calledTimer = this as TimerHandle;
    calledWhenMs = whenMs;
    try {
      super.run();
    } finally {
      this.call = whenMs;
      calledTimer = outerTimer;
      calledWhenMs = outerWhenMs;
    }
  }
}
