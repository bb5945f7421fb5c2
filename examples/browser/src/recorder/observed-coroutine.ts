/**
 * Owns observing a coroutine's steps: a coroutine that does what another does and reports when. Knows nothing of the listener.
 */
import type { Coroutine } from "wasyncio";

export interface StepListener {
  /** The code gets control. */
  began(): void;
  /** The code has given control back, or ended. */
  paused(): void;
  /** The code has ended with an error. */
  threw(error: unknown): void;
}

export class ObservedCoroutine<T> implements Coroutine<T> {
  readonly #coroutine: Coroutine<T>;
  readonly #listener: StepListener;

  constructor(coroutine: Coroutine<T>, listener: StepListener) {
    this.#coroutine = coroutine;
    this.#listener = listener;
  }

  next(value?: unknown): IteratorResult<unknown, T> {
    return observed(this.#listener, () => this.#coroutine.next(value));
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    return observed(this.#listener, () => this.#coroutine.throw(error));
  }

  return(value: T): IteratorResult<unknown, T> {
    return observed(this.#listener, () => this.#coroutine.return(value));
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Runs a step within the listener's sight. */
export function observed<R>(listener: StepListener, step: () => R): R {
  listener.began();
  try {
    return step();
  } catch (error) {
    listener.threw(error);
    throw error;
  } finally {
    listener.paused();
  }
}
