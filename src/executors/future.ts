/**
 * Owns the ExecutorFuture: what comes of a call that is made elsewhere. It belongs to no loop: tasks of any loop can wait for it, and
 * so can code outside of all. Knows nothing of who makes the call.
 */
import { CancelledError, InvalidStateError } from "../core/errors.ts";
import { wrapFuture } from "../core/executor.ts";
import type { Future, FutureWait } from "../core/future.ts";
import { getRunningLoop, runningLoopOrUndefined } from "../core/running.ts";
import { Progress, type ProgressIterator } from "./progress.ts";

/** Where a call stands. */
type State = "pending" | "running" | "cancelled" | "failed" | "finished";

/** Cancels a call, as far as that is possible. Answers whether the future is to be cancelled. */
export type Canceller = (future: ExecutorFuture<unknown, unknown>) => boolean;

/**
 * What comes of a call. Wait for it by `yield*` in a coroutine and by `await` in an async function, where a cancellation of the
 * task cancels the call, or anywhere else. concurrent.futures: `Future`.
 *
 * Where the function is a generator, what it yields can be gone through by `for await`, while it runs.
 *
 * @example
 * ```ts
 * const call = executor.submit(render, scene);
 * for await (const percent of call) bar.update(percent);
 * const picture = await call;
 * ```
 */
export class ExecutorFuture<T, P = never> implements PromiseLike<T> {
  #state: State = "pending";
  #value: unknown;
  #promise: Promise<T> | undefined;
  #settlePromise: (() => void) | undefined;
  #wrapped: Future<T> | undefined;
  readonly #cancelCall: Canceller;
  #progress: Progress<P> | undefined;

  /** @internal */
  constructor(cancelCall: Canceller) {
    this.#cancelCall = cancelCall;
  }

  /**
   * Takes the call back if it has not begun. What becomes of one that runs is the executor's choice (`cancelRunning`).
   * @returns whether it is cancelled, now or before.
   */
  cancel(): boolean {
    if (this.#state === "cancelled") return true;
    if (this.done() || !this.#cancelCall(this)) return false;
    this.#settle("cancelled", undefined);
    return true;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Whether the call has begun and not ended. */
  running(): boolean {
    return this.#state === "running";
  }

  /** Whether it has ended, or was cancelled. */
  done(): boolean {
    return this.#state !== "pending" && this.#state !== "running";
  }

  /**
   * What was returned.
   * @throws what was thrown; CancelledError when it was cancelled; InvalidStateError when it is not done.
   */
  result(): T {
    if (this.#state === "failed") throw this.#value;
    this.#mustBeOver();
    return this.#value as T;
  }

  /**
   * What was thrown, or null when it has a result.
   * @throws CancelledError when it was cancelled; InvalidStateError when it is not done.
   */
  exception(): unknown {
    if (this.#state === "failed") return this.#value;
    this.#mustBeOver();
    return null;
  }

  #mustBeOver(): void {
    if (this.#state === "cancelled") throw cancelled();
    if (!this.done()) throw new InvalidStateError("the call is not done; wait for it, or ask done() first");
  }

  /** What comes of it as a native promise, for code that is in no task. */
  get promise(): Promise<T> {
    this.#promise ??= new Promise<T>((resolve, reject) => {
      const settle = () => {
        if (this.#state === "finished") resolve(this.#value as T);
        else reject(this.#state === "cancelled" ? cancelled() : this.#value);
      };
      if (this.done()) settle();
      else this.#settlePromise = settle;
    });
    return this.#promise;
  }

  /** Waiting, in a coroutine: `yield* future`. */
  [Symbol.iterator](): FutureWait<T> {
    return wrapFuture(this, { loop: getRunningLoop() })[Symbol.iterator]();
  }

  /** Waiting, in an async function: `await future`. Read at the `await`, where the task that waits is known. */
  get then(): PromiseLike<T>["then"] {
    const loop = runningLoopOrUndefined();
    if (loop === undefined || loop.isClosed()) {
      const { promise } = this;
      return promise.then.bind(promise) as PromiseLike<T>["then"];
    }
    if (this.#wrapped?.getLoop() !== loop || this.#wrapped.done()) {
      this.#wrapped = wrapFuture(this, { loop });
      // Who has read it need not wait.
      this.#wrapped.addDoneCallback((future) => future.markRetrieved());
    }
    return this.#wrapped.then;
  }

  /**
   * What a generator yields while it runs, up to its end. What it yields while nobody listens is dropped; who listens and takes
   * nothing makes it wait after a few values.
   */
  [Symbol.asyncIterator](): ProgressIterator<P> {
    this.#progress ??= new Progress<P>();
    if (this.done()) this.#progress.end();
    return this.#progress.iterate();
  }

  /** @internal */
  begin(): void {
    this.#state = "running";
  }

  /** The generator has yielded; `taken` is called when another value may come. @internal */
  progressed(value: P, taken: () => void): void {
    if (this.#progress === undefined) taken();
    else this.#progress.put(value, taken);
  }

  /** @internal */
  finish(value: T): void {
    this.#settle("finished", value);
  }

  /** @internal */
  fail(error: unknown): void {
    this.#settle("failed", error);
  }

  #settle(state: State, value: unknown): void {
    if (this.done()) return;
    this.#state = state;
    this.#value = value;
    this.#settlePromise?.();
    this.#progress?.end();
  }
}

function cancelled(): CancelledError {
  return new CancelledError("the call was cancelled");
}
