/**
 * Owns any number of tasks that wait for the same event, each on a future of its own, so that cancelling one leaves the
 * others waiting.
 */
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";

export class Waiters {
  readonly #loop: EventLoop;
  readonly #futures = new Set<Future<void>>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Waits for the next `wake`. */
  *wait(): Generator<unknown, void, unknown> {
    const future = this.add();
    try {
      yield* future;
    } finally {
      this.remove(future);
    }
  }

  /** A future for the next `wake`, to be removed by whoever has waited for it. */
  add(): Future<void> {
    const future = this.#loop.createFuture<void>();
    this.#futures.add(future);
    return future;
  }

  remove(future: Future<void>): void {
    this.#futures.delete(future);
  }

  /** Lets everything that waits now go on, or fail. */
  wake(error?: Error): void {
    for (const future of this.#futures) {
      if (!future.pending()) continue;
      if (error === undefined) future.setResult();
      else fail(future, error);
    }
  }
}

/** Fails a future that a task waits for. A task that is cancelled in this very turn never retrieves the error. */
export function fail(future: Future<unknown>, error: Error): void {
  future.setException(error);
  future.markRetrieved();
}
