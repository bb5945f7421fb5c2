/**
 * Owns Handle and TimerHandle: a callback that is to be called, soon or at its time, and what came of it.
 * Knows nothing of when that is; the core does.
 */
import { type ContextValues, currentContext } from "./context.ts";
import type { EventLoop } from "./loop.ts";
import { Future, type FutureWait } from "./future.ts";
import { NO_SLOT, type Runnable } from "./wasm.ts";

/** Any function at all; `callSoon` has checked that the arguments fit. @internal */
export type Callback<R> = (...args: never) => R;

const NO_ARGS: readonly unknown[] = Object.freeze([]);
/** Stands in `ref` of a handle that was cancelled. */
const CANCELLED_REF = -1;

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
  value: unknown;
  /** A timer's deadline, once the core has forgotten it. */
  whenMs: number;
  /** What somebody waits for. */
  future: Future<unknown> | undefined;

  constructor(whenMs: number) {
    this.whenMs = whenMs;
  }
}

/** Shared by the handles without a deadline whose callback returned nothing, which is most of them. */
const RETURNED_NOTHING = new Outcome(Number.NaN);
RETURNED_NOTHING.state = RETURNED;

/**
 * A callback that is queued. Waiting for it, by `yield* handle` or `await handle`, gives what the callback returns.
 * asyncio: `Handle`.
 */
export class Handle<R = unknown> implements Runnable, PromiseLike<R> {
  /** @internal */
  readonly loop: EventLoop;
  /** The slot in the core, while it is queued. @internal */
  protected ref: number;
  /** @internal */
  protected outcome: Outcome | undefined;
  #callback: Callback<R> | undefined;
  #args: readonly unknown[];
  #context: ContextValues;

  /** @internal */
  constructor(loop: EventLoop, ref: number, callback: Callback<R>, args: readonly unknown[]) {
    this.loop = loop;
    this.ref = ref;
    this.outcome = undefined;
    this.#callback = callback;
    // An empty array of one's own would cost 16 bytes a handle.
    this.#args = args.length === 0 ? NO_ARGS : args;
    this.#context = currentContext().values;
    loop.core.attach(ref, this);
  }

  /** Sees to it that the callback is not called. Its arguments are let go. Harmless when it was called already. */
  cancel(): void {
    if (this.ref === CANCELLED_REF) return;
    if (this.ref !== NO_SLOT) {
      if (this.isQueued()) this.loop.core.detach(this.ref);
      this.#callback = undefined;
      this.#args = NO_ARGS;
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
    return this.#asFuture()[Symbol.iterator]();
  }

  /** Waiting for the callback's result, in an async function: `await handle`. */
  get then(): PromiseLike<R>["then"] {
    return this.#asFuture().then;
  }

  /** What is to be called, and the state. */
  toString(): string {
    const state = this.cancelled() ? "cancelled" : this.ref === NO_SLOT ? "called" : "queued";
    return `<${this.constructor.name} ${state}${this.#callback === undefined ? "" : ` ${this.callbackName}`}>`;
  }

  /** @internal */
  get callbackName(): string {
    return this.#callback?.name || "anonymous";
  }

  /** Whether it holds a slot of a core that still exists. @internal */
  protected isQueued(): boolean {
    return this.ref > NO_SLOT && !this.loop.isClosed();
  }

  /** Called by the driver. @internal */
  run(): void {
    const { loop } = this;
    this.beforeRun();
    loop.core.detach(this.ref);
    this.ref = NO_SLOT;
    const callback = this.#callback as Callback<R>;
    const args = this.#args;
    this.#args = NO_ARGS;
    loop.runHandle(this, callback, args, this.#context);
    this.#callback = undefined;
  }

  /** @internal */
  protected beforeRun(): void {}

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
  }

  /** The callback threw. Answers whether somebody waits for it, who gets the error. @internal */
  threw(error: unknown): boolean {
    const outcome = this.ownOutcome();
    outcome.state = THREW;
    outcome.value = error ?? new Error(`a callback threw ${error}`);
    if (!outcome.future?.pending()) return false;
    outcome.future.setException(outcome.value);
    return true;
  }

  /** @internal */
  protected ownOutcome(): Outcome {
    this.outcome ??= new Outcome(Number.NaN);
    return this.outcome;
  }

  #asFuture(): Future<R> {
    const outcome = this.ownOutcome();
    if (outcome.future !== undefined) return outcome.future as Future<R>;
    const future = new Future<R>(this.loop);
    if (outcome.state === RETURNED) future.setResult(outcome.value as R);
    else if (outcome.state === THREW) future.setException(outcome.value);
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
    if (this.isQueued()) return this.loop.core.calls.timerDeadlineMs(this.ref);
    return this.outcome?.whenMs ?? Number.NaN;
  }

  override cancel(): void {
    if (this.isQueued()) {
      this.#keepDeadline();
      this.loop.core.calls.timerCancel(this.ref);
    }
    super.cancel();
  }

  /** @internal */
  protected override beforeRun(): void {
    this.#keepDeadline();
  }

  #keepDeadline(): void {
    this.ownOutcome().whenMs = this.loop.core.calls.timerDeadlineMs(this.ref);
  }
}
