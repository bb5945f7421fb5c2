/**
 * Owns the Lock.
 */
import type { Operation } from "../core/coroutine.ts";
import { CancelledError, LoopError } from "../core/errors.ts";
import { steppingNow } from "../core/running.ts";
import { Acquirable } from "./acquirable.ts";
import { Line, Waiter } from "./line.ts";

/** Holds a lock that was taken in no task's step. */
const NO_STEPPER = Object.freeze({});

/**
 * Lets one task in at a time, in the order in which they arrived. asyncio: `Lock`.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * yield* lock.with(function* () { yield* change(); });
 * ```
 */
export class Lock extends Acquirable {
  /** Who took it, or anyone; undefined while it is free. @internal */
  holder: object | undefined = undefined;
  /** @internal */
  readonly line = new Line();

  /** Whether it is held. */
  locked(): boolean {
    return this.holder !== undefined;
  }

  /** Waits until the lock is free, and takes it. Prefer `with`. */
  acquire(): Operation<true> {
    return new Acquire(this);
  }

  /**
   * Releases the lock, to the task that has waited longest.
   * @throws LoopError ERR_NOT_ACQUIRED when it is not held.
   */
  release(): void {
    if (this.holder === undefined) throw new LoopError("ERR_NOT_ACQUIRED", "Lock is not acquired.");
    this.holder = undefined;
    this.wakeFirst();
  }

  /** @internal */
  take(): void {
    this.holder = steppingNow() ?? NO_STEPPER;
  }

  /** Only the first: one that is already awake will take it. @internal */
  wakeFirst(): void {
    this.line.first?.wake();
  }

  override toString(): string {
    return `<Lock [${this.locked() ? "locked" : "unlocked"}${this.line.size > 0 ? `, waiters:${this.line.size}` : ""}]>`;
  }
}

class Acquire extends Waiter<true> {
  readonly place: Lock;

  constructor(lock: Lock) {
    super();
    this.place = lock;
  }

  get name(): string {
    return "Lock.acquire";
  }

  protected attempt(): Line | null {
    const lock = this.place;
    if (lock.locked() || lock.line.isAnyoneWaiting()) return lock.line;
    lock.take();
    return null;
  }

  protected woken(): null {
    this.place.line.remove(this);
    this.place.take();
    return null;
  }

  protected gaveUp(error: unknown): void {
    // Woken and cancelled at once: the turn goes to the next.
    if (error instanceof CancelledError && !this.place.locked()) this.place.wakeFirst();
  }

  protected result(): true {
    return true;
  }
}
