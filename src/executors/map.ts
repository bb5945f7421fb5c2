/**
 * Owns the results of `map`: calls that are made ahead, and given out in the order of the items.
 */
import { type Operation, operation } from "../core/coroutine.ts";
import { ExecutorFuture } from "./future.ts";

/** A chunk that is under way. */
interface Chunk<T> {
  readonly call: ExecutorFuture<T[]>;
  readonly size: number;
  /** How many of it were given out. */
  given: number;
}

/** What `map` gives. A plain loop gets operations, each for the result of the next item; `for await` gets the results. */
export class MapResults<T> implements Iterable<Operation<T>> {
  readonly #call: (items: readonly unknown[]) => ExecutorFuture<T[]>;
  readonly #items: Iterator<unknown>;
  readonly #chunkSize: number;
  readonly #bufferSize: number;
  #chunks: Chunk<T>[] = [];
  #ahead = 0;
  #isExhausted = false;

  /** @internal */
  constructor(
    call: (items: readonly unknown[]) => ExecutorFuture<T[]>,
    items: Iterable<unknown>,
    chunkSize: number,
    bufferSize: number,
  ) {
    this.#call = call;
    this.#items = items[Symbol.iterator]();
    this.#chunkSize = chunkSize;
    this.#bufferSize = bufferSize;
    this.#callAhead();
  }

  /** Makes as many calls as may be under way. */
  #callAhead(): void {
    while (!this.#isExhausted && this.#ahead < this.#bufferSize) {
      const items: unknown[] = [];
      while (items.length < this.#chunkSize) {
        const next = this.#items.next();
        if (next.done === true) {
          this.#isExhausted = true;
          break;
        }
        items.push(next.value);
      }
      if (items.length === 0) return;
      this.#ahead += items.length;
      this.#chunks.push({ call: this.#call(items), size: items.length, given: 0 });
    }
  }

  /** The next result that is to be given out: its chunk, and where it stands in it. */
  #take(): { readonly call: ExecutorFuture<T[]>; readonly at: number } | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const at = chunk.given++;
    if (chunk.given === chunk.size) this.#chunks.shift();
    this.#ahead--;
    this.#callAhead();
    return { call: chunk.call, at };
  }

  /** Cancels what has not begun. */
  #leave(): void {
    this.#isExhausted = true;
    for (const { call } of this.#chunks.splice(0)) call.cancel();
    this.#items.return?.();
  }

  *#resultOf(call: ExecutorFuture<T[]>, at: number): Generator<unknown, T, unknown> {
    try {
      return (yield* call)[at] as T;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  *[Symbol.iterator](): Generator<Operation<T>, void, undefined> {
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take())
        yield operation("Executor.map", this.#resultOf(next.call, next.at));
    } finally {
      this.#leave();
    }
  }

  /** The results, in an async function; also in one that is in no task. */
  [Symbol.asyncIterator](): {
    next(): ExecutorFuture<IteratorResult<T, undefined>>;
    return(): Promise<IteratorResult<T, undefined>>;
  } {
    return {
      next: () => this.#step(),
      return: async () => {
        this.#leave();
        return { done: true, value: undefined };
      },
    };
  }

  /** No promise: where a task waits for it is known by its `then`. */
  #step(): ExecutorFuture<IteratorResult<T, undefined>> {
    const next = this.#take();
    const step = new ExecutorFuture<IteratorResult<T, undefined>>(() => {
      next?.call.cancel();
      return true;
    });
    if (next === undefined) step.finish({ done: true, value: undefined });
    else {
      next.call.promise.then(
        (values) => step.finish({ done: false, value: values[next.at] as T }),
        (error) => {
          this.#leave();
          step.fail(error);
        },
      );
    }
    return step;
  }
}
