/**
 * Owns the Event.
 */
import { type Operation, operation } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import { LoopBound } from "./loop-bound.ts";

/**
 * A flag that tasks wait for. asyncio: `Event`.
 */
export class Event extends LoopBound {
  private value = false;
  private readonly waiters = new Set<Future<void>>();

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.value;
  }

  /** Sets the flag and wakes all who wait, even if it is cleared right after. */
  set(): void {
    if (this.value) return;
    this.value = true;
    for (const waiter of this.waiters) if (!waiter.done()) waiter.setResult();
  }

  /** Clears the flag. */
  clear(): void {
    this.value = false;
  }

  /** Waits until the flag is set; not at all if it is. */
  wait(): Operation<true> {
    return operation("wait", this.waiting());
  }

  private *waiting(): Generator<unknown, true, unknown> {
    if (this.value) return true;
    const waiter = this.createWaiter();
    this.waiters.add(waiter);
    try {
      yield* waiter;
      return true;
    } finally {
      this.waiters.delete(waiter);
    }
  }

  override toString(): string {
    return `<Event [${this.value ? "set" : "unset"}${this.waiters.size > 0 ? `, waiters:${this.waiters.size}` : ""}]>`;
  }
}
