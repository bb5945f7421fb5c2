/**
 * Owns what a generator yields while it runs elsewhere, until somebody takes it. Knows nothing of where it runs.
 */
import { ExecutorFuture } from "./future.ts";

type Step<P> = IteratorResult<P, undefined>;

/** What `for await` goes by; in a coroutine `yield* iterator.next()`. */
export interface ProgressIterator<P> {
  /** The next value, when it is there. */
  next(): ExecutorFuture<Step<P>>;
  /** Listens no more, so that the generator need not wait for anybody. */
  return(): Promise<Step<P>>;
}

/** The values of one generator. Each goes to one of those who wait, in order. */
export class Progress<P> {
  #untaken: { readonly value: P; readonly taken: () => void }[] = [];
  #waiting: ExecutorFuture<Step<P>>[] = [];
  #listeners = 0;
  #hasEnded = false;

  /** A value has come. */
  put(value: P, taken: () => void): void {
    const next = this.#waiting.shift();
    if (next === undefined && this.#listeners > 0) {
      this.#untaken.push({ value, taken });
      return;
    }
    next?.finish({ done: false, value });
    taken();
  }

  /** No more will come. */
  end(): void {
    this.#hasEnded = true;
    for (const next of this.#waiting.splice(0)) next.finish({ done: true, value: undefined });
  }

  iterate(): ProgressIterator<P> {
    this.#listeners++;
    let isOver = false;
    return {
      next: () => this.#next(),
      return: () => {
        if (!isOver && --this.#listeners === 0) for (const { taken } of this.#untaken.splice(0)) taken();
        isOver = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): ExecutorFuture<Step<P>> {
    const next = new ExecutorFuture<Step<P>>((future) => {
      this.#waiting = this.#waiting.filter((each) => (each as unknown) !== future);
      return true;
    });
    const first = this.#untaken.shift();
    if (first !== undefined) {
      next.finish({ done: false, value: first.value });
      first.taken();
    } else if (this.#hasEnded) next.finish({ done: true, value: undefined });
    else this.#waiting.push(next);
    return next;
  }
}
