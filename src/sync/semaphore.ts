/**
 * Owns Semaphore and BoundedSemaphore.
 */
import { checkCount } from "../core/checks.ts";
import type { Operation } from "../core/coroutine.ts";
import { CancelledError, LoopError } from "../core/errors.ts";
import { Acquirable } from "./acquirable.ts";
import { Line, Waiter } from "./line.ts";

/**
 * Lets a given number of tasks in at a time, in the order in which they arrived. asyncio: `Semaphore`.
 */
export class Semaphore extends Acquirable {
  /** How many more may come in. @internal */
  protected value: number;
  /** @internal */
  readonly line = new Line();

  /**
   * @param value - how many may come in.
   * @throws ArgumentError ERR_ARGUMENT_VALUE below zero or for a fraction, ERR_ARGUMENT_TYPE for what is not a number.
   */
  constructor(value = 1) {
    super();
    this.value = checkCount("Semaphore", value, 0);
  }

  /** Whether a task would have to wait. */
  locked(): boolean {
    return this.value === 0 || this.line.isAnyoneWaiting();
  }

  acquire(): Operation<true> {
    return new Acquire(this);
  }

  /** @internal */
  take(): void {
    this.value--;
  }

  /** A place meant for a task that cannot take it is free again. @internal */
  giveBack(): void {
    this.value++;
  }

  /** Hands out free places to the waiting tasks. @internal */
  handOut(): void {
    while (this.value > 0 && this.wakeNext()) {}
  }

  /** Gives a place back. */
  release(): void {
    this.value++;
    this.wakeNext();
  }

  private wakeNext(): boolean {
    if (!this.line.wakeNext()) return false;
    this.value--;
    return true;
  }

  override toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this.value}`;
    return `<${this.constructor.name} [${state}${this.line.size > 0 ? `, waiters:${this.line.size}` : ""}]>`;
  }
}

/** A semaphore that may not be released more often than it was acquired. asyncio: `BoundedSemaphore`. */
export class BoundedSemaphore extends Semaphore {
  private readonly bound: number;

  /**
   * @param value - how many may come in.
   * @throws ArgumentError ERR_ARGUMENT_VALUE below zero or for what is not a number.
   */
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

class Acquire extends Waiter<true> {
  readonly place: Semaphore;

  constructor(semaphore: Semaphore) {
    super();
    this.place = semaphore;
  }

  get name(): string {
    return "Semaphore.acquire";
  }

  protected attempt(): Line | null {
    if (this.place.locked()) return this.place.line;
    this.place.take();
    return null;
  }

  protected woken(): null {
    this.place.line.remove(this);
    this.place.handOut();
    return null;
  }

  protected gaveUp(error: unknown): void {
    if (error instanceof CancelledError && this.wasWoken()) this.place.giveBack();
    this.place.handOut();
  }

  protected result(): true {
    return true;
  }
}
