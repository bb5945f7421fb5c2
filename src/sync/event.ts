/**
 * Owns the Event.
 */
import type { Operation } from "../core/coroutine.ts";
import { Line, Waiter } from "./line.ts";
import { LoopBound } from "./loop-bound.ts";

/**
 * A flag that tasks wait for. asyncio: `Event`.
 */
export class Event extends LoopBound {
  private value = false;
  /** @internal */
  readonly line = new Line();

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.value;
  }

  /** Sets the flag and wakes all waiting tasks, even if it is cleared right afterwards. */
  set(): void {
    if (this.value) return;
    this.value = true;
    this.line.wakeAll();
  }

  /** Clears the flag. */
  clear(): void {
    this.value = false;
  }

  /** Waits until the flag is set; returns at once if it is. */
  wait(): Operation<true> {
    return new Wait(this);
  }

  override toString(): string {
    return `<Event [${this.value ? "set" : "unset"}${this.line.size > 0 ? `, waiters:${this.line.size}` : ""}]>`;
  }
}

class Wait extends Waiter<true> {
  readonly place: Event;

  constructor(event: Event) {
    super();
    this.place = event;
  }

  get name(): string {
    return "Event.wait";
  }

  protected attempt(): Line | null {
    return this.place.isSet() ? null : this.place.line;
  }

  protected woken(): null {
    this.place.line.remove(this);
    return null;
  }

  protected gaveUp(): void {}

  protected result(): true {
    return true;
  }
}
