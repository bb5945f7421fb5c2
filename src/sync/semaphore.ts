/**
 * Owns Semaphore and BoundedSemaphore.
 */
import { type Operation, operation } from "../core/coroutine.ts";
import { ArgumentError, CancelledError, describe, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { Acquirable } from "./scope.ts";

/**
 * Lets so many tasks in at a time, in the order in which they came. asyncio: `Semaphore`.
 */
export class Semaphore extends Acquirable {
  /** How many more may come in. @internal */
  protected value: number;
  private readonly waiters = new Set<Future<void>>();

  /**
   * @param value - how many may come in.
   * @throws ArgumentError ERR_ARGUMENT_VALUE below zero and for what is no number.
   */
  constructor(value = 1) {
    super();
    if (typeof value !== "number" || !(value >= 0)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `Semaphore initial value must be >= 0, and is ${describe(value)}`,
      );
    }
    this.value = value;
  }

  /** Whether one would have to wait. */
  locked(): boolean {
    if (this.value === 0) return true;
    for (const waiter of this.waiters) if (!waiter.cancelled()) return true;
    return false;
  }

  acquire(): Operation<true> {
    return operation("acquire", this.acquiring());
  }

  private *acquiring(): Generator<unknown, true, unknown> {
    if (!this.locked()) {
      this.value--;
      return true;
    }
    const waiter = this.createWaiter();
    this.waiters.add(waiter);
    try {
      yield* waiter;
    } catch (error) {
      // Woken and cancelled at once: the place is free again.
      if (error instanceof CancelledError && waiter.done() && !waiter.cancelled()) this.value++;
      throw error;
    } finally {
      this.waiters.delete(waiter);
      while (this.value > 0 && this.wakeNext()) {}
    }
    return true;
  }

  /** Gives a place back. */
  release(): void {
    this.value++;
    this.wakeNext();
  }

  private wakeNext(): boolean {
    for (const waiter of this.waiters) {
      if (waiter.done()) continue;
      this.value--;
      waiter.setResult();
      return true;
    }
    return false;
  }

  override toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this.value}`;
    return `<${this.constructor.name} [${state}${this.waiters.size > 0 ? `, waiters:${this.waiters.size}` : ""}]>`;
  }
}

/** A semaphore that may not be released more often than it was acquired. asyncio: `BoundedSemaphore`. */
export class BoundedSemaphore extends Semaphore {
  private readonly bound: number;

  constructor(value = 1) {
    super(value);
    this.bound = value;
  }

  /** @throws LoopError ERR_TOO_MANY_RELEASES. */
  override release(): void {
    if (this.value >= this.bound)
      throw new LoopError("ERR_TOO_MANY_RELEASES", "BoundedSemaphore released too many times");
    super.release();
  }
}
