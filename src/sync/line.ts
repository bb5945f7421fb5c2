/**
 * Owns waiting in line: operations that try something, wait for their turn where that is not possible, and go on when
 * they are woken. Written out as a state machine instead of generators, since locks and queues are where tasks spend
 * their time. Knows nothing of what is waited for.
 */
import { claimedBefore, notWaitedFor, Operation, watchUntilAwaited } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import type { LoopBound } from "./loop-bound.ts";

const NEW = 0;
const CLAIMED = 1;
const WAITING = 2;
const ENDED = 3;

/** Told of everything that waits in line; see `watchLines`. */
let watcher: ((future: Future<unknown>, line: Line, place: LoopBound) => void) | undefined;

/**
 * Tells what waits where: in a search of schedules, what a line has woken keeps its order. Undefined for nobody to be told.
 * @internal
 */
export function watchLines(watch: typeof watcher): void {
  watcher = watch;
}

/** The waiting operations, in the order in which they arrived. */
export class Line {
  first: Waiter<unknown> | undefined = undefined;
  private last: Waiter<unknown> | undefined = undefined;
  size = 0;

  add(waiter: Waiter<unknown>): void {
    waiter.line = this;
    waiter.previous = this.last;
    waiter.following = undefined;
    if (this.last === undefined) this.first = waiter;
    else this.last.following = waiter;
    this.last = waiter;
    this.size++;
  }

  /** Harmless for one that is not in line. */
  remove(waiter: Waiter<unknown>): void {
    if (waiter.line !== this) return;
    const { previous, following } = waiter;
    if (previous === undefined) this.first = following;
    else previous.following = following;
    if (following === undefined) this.last = previous;
    else following.previous = previous;
    waiter.line = undefined;
    waiter.previous = undefined;
    waiter.following = undefined;
    this.size--;
  }

  /** Whether any that waits has not been cancelled in the meantime. */
  isAnyoneWaiting(): boolean {
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.following)
      if (!waiter.wasCancelled()) return true;
    return false;
  }

  /** Wakes the first that is not awake yet. They stay in line until they leave it themselves. */
  wakeNext(): boolean {
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.following)
      if (waiter.wake()) return true;
    return false;
  }

  /** Takes operations from the front of the line until one could be woken. */
  takeAndWakeNext(): void {
    while (this.first !== undefined) {
      const waiter = this.first;
      this.remove(waiter);
      if (waiter.wake()) return;
    }
  }

  wakeAll(): void {
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.following) waiter.wake();
  }

  takeAndWakeAll(): void {
    while (this.first !== undefined) {
      const waiter = this.first;
      this.remove(waiter);
      waiter.wake();
    }
  }
}

/** One that waits in line. */
export abstract class Waiter<T> extends Operation<T> {
  declare future: Future<unknown> | undefined;
  /** Its place in the line and its neighbours; managed by the line. */
  line: Line | undefined = undefined;
  previous: Waiter<unknown> | undefined = undefined;
  following: Waiter<unknown> | undefined = undefined;
  private stage = NEW;

  constructor() {
    super();
    watchUntilAwaited(this);
  }

  /** What it waits for, which belongs to one loop. @internal */
  abstract readonly place: LoopBound;
  /** Tries. Returns whether it was possible, or the line in which to wait. */
  protected abstract attempt(): Line | null;
  /** Was woken, and has control again. Returns as `attempt` does. */
  protected abstract woken(): Line | null;
  /** Gets an error instead, whether it was woken or not. */
  protected abstract gaveUp(error: unknown): void;
  /** What the operation returns, once it was possible. */
  protected abstract result(): T;

  override claim(): void {
    if (this.stage !== NEW) throw claimedBefore(this.name, this.stage !== ENDED);
    this.stage = CLAIMED;
    this.markAwaited();
  }

  next(): IteratorResult<unknown, T> {
    const { stage } = this;
    if (stage === WAITING) {
      const future = this.future as Future<unknown>;
      if (!future.done()) return this.throw(notWaitedFor(this.name));
      if (future.cancelled()) return this.throw(future.cancelledError());
      this.stage = ENDED;
      return this.proceed(this.woken());
    }
    if (stage === ENDED) throw claimedBefore(this.name, false);
    if (stage === NEW) this.claim();
    this.stage = ENDED;
    return this.proceed(this.attempt());
  }

  /** It is over, unless there is a line to wait in. */
  private proceed(line: Line | null): IteratorResult<unknown, T> {
    if (line === null) return { done: true, value: this.result() };
    this.future = this.place.createFuture(this);
    this.stage = WAITING;
    line.add(this);
    watcher?.(this.future as Future<unknown>, line, this.place);
    return { done: false, value: this };
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    this.end(error);
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    this.end(undefined);
    return { done: true, value };
  }

  private end(error: unknown): void {
    const { stage } = this;
    this.stage = ENDED;
    if (stage === NEW) this.markAwaited();
    if (stage !== WAITING) return;
    this.line?.remove(this);
    this.gaveUp(error);
  }

  wake(): boolean {
    if (this.future === undefined || this.future.done()) return false;
    this.future.setResult(undefined);
    return true;
  }

  wasCancelled(): boolean {
    return this.future?.cancelled() === true;
  }

  /** Woken, and not by a cancellation. */
  protected wasWoken(): boolean {
    return this.future?.done() === true && !this.future.cancelled();
  }
}
