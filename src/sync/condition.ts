/**
 * Owns the Condition.
 */
import { checkCount, checkFunction, checkInstance } from "../core/checks.ts";
import { type Operation, operation } from "../core/coroutine.ts";
import { CancelledError, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { Acquirable } from "./acquirable.ts";
import { Lock } from "./lock.ts";

/**
 * Tasks wait under a lock until they are notified that something has changed. asyncio: `Condition`.
 *
 * @example
 * ```ts
 * yield* condition.with(function* () {
 *   yield* condition.waitFor(() => queue.length > 0);
 * });
 * ```
 */
export class Condition extends Acquirable {
  private readonly lock: Lock;
  private readonly waiters = new Set<Future<unknown>>();

  /**
   * @param lock - the lock to use; by default one of its own.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a Lock.
   */
  constructor(lock = new Lock()) {
    super();
    checkInstance("Condition", "a Lock", lock, Lock);
    this.lock = lock;
  }

  locked(): boolean {
    return this.lock.locked();
  }

  acquire(): Operation<true> {
    return this.lock.acquire();
  }

  release(): void {
    this.lock.release();
  }

  /**
   * Releases the lock, waits for a notification, and has the lock again when it returns or throws.
   * @throws LoopError ERR_NOT_ACQUIRED without the lock.
   */
  wait(): Operation<true> {
    return operation("wait", this.waiting());
  }

  private *waiting(): Generator<unknown, true, unknown> {
    this.mustBeLocked("wait");
    const waiter = this.createFuture();
    this.release();
    try {
      try {
        this.waiters.add(waiter);
        try {
          yield* waiter;
        } finally {
          this.waiters.delete(waiter);
        }
      } finally {
        yield* this.acquireWhateverComes();
      }
    } catch (error) {
      // Notified and cancelled at once: the notification goes to the next.
      this.wake(1);
      throw error;
    }
    return true;
  }

  private *acquireWhateverComes(): Generator<unknown, void, unknown> {
    let cancelled: CancelledError | undefined;
    for (;;) {
      try {
        yield* this.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== undefined) throw cancelled;
  }

  /**
   * Waits until the predicate holds, calling it after each notification.
   * @returns what the predicate returned.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; LoopError ERR_NOT_ACQUIRED without the lock, if it has to wait.
   */
  waitFor<T>(predicate: () => T): Operation<T> {
    checkFunction("Condition.waitFor", predicate);
    return operation("waitFor", this.waitingFor(predicate));
  }

  private *waitingFor<T>(predicate: () => T): Generator<unknown, T, unknown> {
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    return result;
  }

  /**
   * Wakes `count` waiting tasks; they go on once they have the lock.
   * @param count - how many, by default one; below one, none.
   * @throws ArgumentError ERR_ARGUMENT_VALUE for a fraction, ERR_ARGUMENT_TYPE for what is not a number; LoopError
   * ERR_NOT_ACQUIRED without the lock.
   */
  notify(count = 1): void {
    checkCount("notify", count);
    this.mustBeLocked("notify");
    this.wake(count);
  }

  /** Wakes all waiting tasks. */
  notifyAll(): void {
    this.notify(this.waiters.size);
  }

  private wake(count: number): void {
    let left = count;
    for (const waiter of this.waiters) {
      if (left <= 0) return;
      if (waiter.done()) continue;
      left--;
      waiter.setResult(undefined);
    }
  }

  private mustBeLocked(what: string): void {
    if (!this.locked()) throw new LoopError("ERR_NOT_ACQUIRED", `cannot ${what} on un-acquired lock`);
  }

  override toString(): string {
    return `<Condition [${this.locked() ? "locked" : "unlocked"}${this.waiters.size > 0 ? `, waiters:${this.waiters.size}` : ""}]>`;
  }
}
