/**
 * Owns what `advance` of a virtual clock returns: something to wait for on a loop and outside of one. Knows nothing of how
 * the clock gets there.
 */
import { adopt } from "../core/ensure.ts";
import { runningScheduler } from "../core/running.ts";
import { sleep } from "../core/sleep.ts";

/**
 * A virtual clock on its way. Wait for it with `await`, in a test or in an async function of the program, or with `yield*` in
 * a coroutine.
 */
export class Advance implements PromiseLike<void> {
  /** @internal */
  readonly targetMs: number;
  readonly #leftMs: () => number;
  readonly #promise: Promise<void>;
  #resolve: () => void = () => {};

  /** @internal */
  constructor(targetMs: number, leftMs: () => number) {
    this.targetMs = targetMs;
    this.#leftMs = leftMs;
    this.#promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The clock is there. @internal */
  arrived(): void {
    this.#resolve();
  }

  /** Waiting, in a coroutine: `yield* clock.advance(100)`. Under `runSync` it is a sleep. */
  *[Symbol.iterator](): Generator<unknown, void, unknown> {
    if (runningScheduler()?.synchronous === true) yield* sleep(this.#leftMs());
    else yield* adopt(this.#promise);
  }

  /** Waiting, with `await`. On a loop it can be cancelled. */
  get then(): PromiseLike<void>["then"] {
    if (runningScheduler() === undefined) return this.#promise.then.bind(this.#promise);
    return adopt(this.#promise).then;
  }
}
