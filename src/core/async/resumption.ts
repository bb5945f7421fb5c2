/**
 * Owns what `then` of an awaitable returns and calls: the way back into the code that waits.
 *
 * An `await` passes the engine's own functions to `then` and discards what it returns. Code that calls `then` itself
 * gets a promise, as Promises/A+ requires, of what its function returns. The two look the same, and an unused promise
 * costs a good part of a step: so what is returned becomes one only when it is used as one.
 */

type OnFulfilled = ((value: unknown) => unknown) | null | undefined;
type OnRejected = ((error: unknown) => unknown) | null | undefined;

const NOTHING = Promise.resolve();

/** @internal */
export class Resumption implements PromiseLike<unknown> {
  private readonly onFulfilled: OnFulfilled;
  private readonly onRejected: OnRejected;
  /** Of the outcome: made as soon as it is asked for, or there is something to know. */
  private promise: Promise<unknown> | undefined = undefined;
  private settlers: { resolve(value: unknown): void; reject(error: unknown): void } | undefined = undefined;

  constructor(onFulfilled: OnFulfilled, onRejected: OnRejected) {
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
  }

  /** Certainly called by a program: the engine passes both. What it then calls is a callback, not a function that goes on. */
  get isByHand(): boolean {
    return typeof this.onFulfilled !== "function" || typeof this.onRejected !== "function";
  }

  /** What was waited for returned a value. */
  resolve(value: unknown): void {
    const { onFulfilled } = this;
    if (typeof onFulfilled === "function") this.call(onFulfilled, value);
    else this.settle(Promise.resolve(value));
  }

  /** What was waited for failed. */
  reject(error: unknown): void {
    const { onRejected } = this;
    if (typeof onRejected === "function") this.call(onRejected, error);
    else this.settle(Promise.reject(error));
  }

  private call(handler: (value: unknown) => unknown, value: unknown): void {
    let result: unknown;
    try {
      result = handler(value);
    } catch (error) {
      this.settle(Promise.reject(error));
      return;
    }
    if (result === this) {
      this.settle(Promise.reject(new TypeError("a promise cannot be resolved with itself")));
      return;
    }
    // The engine's own functions return nothing, so this is what happens almost always.
    if (result === undefined && this.settlers === undefined) this.promise = NOTHING;
    else this.settle(new Promise((resolve) => resolve(result)));
  }

  private settle(outcome: Promise<unknown>): void {
    if (this.settlers === undefined) {
      this.promise = outcome;
      return;
    }
    outcome.then(this.settlers.resolve, this.settlers.reject);
  }

  then<R1, R2>(
    onFulfilled?: ((value: unknown) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((error: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    this.promise ??= new Promise((resolve, reject) => {
      this.settlers = { resolve, reject };
    });
    return this.promise.then(onFulfilled as never, onRejected as never);
  }
}

// `catch`, `finally` and `instanceof` as any promise has them; all of them come to `then`.
Object.setPrototypeOf(Resumption.prototype, Promise.prototype);
