/**
 * Owns what reading and draining have in common: an operation that tries, and waits on a future as long as it has to. Written out
 * as a state machine instead of a generator, since this is where servers spend their time. Knows nothing of what is waited for.
 */
import { claimedBefore, notWaitedFor, Operation, watchUntilAwaited } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";

const NEW = 0;
const CLAIMED = 1;
const WAITING = 2;
const ENDED = 3;

export abstract class Patient<T> extends Operation<T> {
  declare future: Future<void> | undefined;
  readonly name: string;
  private stage = NEW;

  constructor(name: string) {
    super();
    this.name = name;
    watchUntilAwaited(this);
  }

  /** Tries. @param isFirst - or it has waited. @returns what it comes to, or `wait`, or `giveWay`. */
  protected abstract attempt(isFirst: boolean): IteratorResult<unknown, T>;
  /** Nothing waits for this future any more. */
  protected abstract leave(future: Future<void>): void;

  override claim(): void {
    if (this.stage !== NEW) throw claimedBefore(this.name, this.stage !== ENDED);
    this.stage = CLAIMED;
    this.markAwaited();
  }

  /** Tries again once the future is done. */
  protected wait(future: Future<void>): IteratorResult<unknown, T> {
    this.future = future;
    this.stage = WAITING;
    return { done: false, value: this };
  }

  /** Tries again, for the first time, in the next turn. */
  protected giveWay(): IteratorResult<unknown, T> {
    this.stage = CLAIMED;
    return { done: false, value: undefined };
  }

  next(): IteratorResult<unknown, T> {
    const { stage } = this;
    if (stage === WAITING) {
      const future = this.future as Future<void>;
      if (future.pending()) return this.throw(notWaitedFor(this.name));
      this.end();
      future.result();
      return this.attempt(false);
    }
    if (stage !== CLAIMED) this.claim();
    this.stage = ENDED;
    return this.attempt(true);
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    this.end();
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    this.end();
    return { done: true, value };
  }

  private end(): void {
    const { stage } = this;
    this.stage = ENDED;
    if (stage === NEW) this.markAwaited();
    else if (stage === WAITING) this.leave(this.future as Future<void>);
    this.future = undefined;
  }
}
