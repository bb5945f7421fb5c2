/**
 * Owns the Lock.
 */
import { type Operation, operation } from "../core/coroutine.ts";
import { CancelledError, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { Acquirable } from "./scope.ts";

/**
 * Lets one task in at a time, in the order in which they came. asyncio: `Lock`.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * yield* lock.with(function* () { yield* change(); });
 * ```
 */
export class Lock extends Acquirable {
  private isLocked = false;
  private readonly waiters = new Set<Future<void>>();

  /** Whether somebody has it. */
  locked(): boolean {
    return this.isLocked;
  }

  /** Waits until the lock is free, and takes it. Prefer `with`. */
  acquire(): Operation<true> {
    return operation("acquire", this.acquiring());
  }

  private *acquiring(): Generator<unknown, true, unknown> {
    if (!this.isLocked && !this.isAnyoneWaiting()) {
      this.isLocked = true;
      return true;
    }
    const waiter = this.createWaiter();
    this.waiters.add(waiter);
    try {
      yield* waiter;
    } catch (error) {
      this.waiters.delete(waiter);
      // Woken and cancelled at once: the turn is the next one's.
      if (error instanceof CancelledError && !this.isLocked) this.wakeFirst();
      throw error;
    }
    this.waiters.delete(waiter);
    this.isLocked = true;
    return true;
  }

  /**
   * Gives the lock back, to the one who has waited longest.
   * @throws LoopError ERR_NOT_ACQUIRED when nobody has it.
   */
  release(): void {
    if (!this.isLocked) throw new LoopError("ERR_NOT_ACQUIRED", "Lock is not acquired.");
    this.isLocked = false;
    this.wakeFirst();
  }

  private isAnyoneWaiting(): boolean {
    for (const waiter of this.waiters) if (!waiter.cancelled()) return true;
    return false;
  }

  private wakeFirst(): void {
    for (const waiter of this.waiters) {
      if (!waiter.done()) waiter.setResult();
      return;
    }
  }

  override toString(): string {
    return `<Lock [${this.isLocked ? "locked" : "unlocked"}${this.waiters.size > 0 ? `, waiters:${this.waiters.size}` : ""}]>`;
  }
}
