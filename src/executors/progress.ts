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

/** Whether an iterator is listened by: from its making, or from the next value that is asked for after a wait was cancelled. */
interface Listening {
  isOn: boolean;
}

/** Who forgets what it listens by must not keep a generator waiting. */
const forgotten = new FinalizationRegistry<() => void>((leave) => leave());

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
    const listening: Listening = { isOn: false };
    this.#listen(listening);
    const leave = () => this.#leave(listening);
    const iterator: ProgressIterator<P> = {
      next: () => this.#next(listening),
      return: () => {
        leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    forgotten.register(iterator, leave);
    return iterator;
  }

  #listen(listening: Listening): void {
    if (listening.isOn) return;
    listening.isOn = true;
    this.#listeners++;
  }

  #leave(listening: Listening): void {
    if (!listening.isOn) return;
    listening.isOn = false;
    if (--this.#listeners === 0) for (const { taken } of this.#untaken.splice(0)) taken();
  }

  #next(listening: Listening): ExecutorFuture<Step<P>> {
    this.#listen(listening);
    const next = new ExecutorFuture<Step<P>>((future) => {
      this.#waiting = this.#waiting.filter((each) => (each as unknown) !== future);
      // A loop that is cancelled where it waits calls no `return`.
      this.#leave(listening);
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
