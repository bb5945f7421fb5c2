/**
 * Owns `sleep`. Written out as a state machine instead of a generator, since every program sleeps a lot.
 */
import { claimedBefore, DONE, notWaitedFor, Operation, watchUntilAwaited } from "./coroutine.ts";
import { ArgumentError, describe } from "./errors.ts";
import type { Future } from "./future.ts";
import { type Sleeping, startTimer, type TimerHandle } from "./handle.ts";
import { getRunningLoop } from "./running.ts";

const NOT_STARTED = 0;
const CLAIMED = 1;
const YIELDED = 2;
const WAITING = 3;
const ENDED = 4;

const ONE_TURN = Object.freeze({ done: false, value: undefined });

class Sleep<T> extends Operation<T> implements Sleeping {
  declare future: Future<T> | undefined;
  private readonly delayMs: number;
  private readonly result: T;
  /** How far it has come. */
  private state = NOT_STARTED;
  /** While it waits, unless it is only for one turn. */
  private timer: TimerHandle<void> | undefined = undefined;

  constructor(delayMs: number, result: T) {
    super();
    this.delayMs = delayMs;
    this.result = result;
    watchUntilAwaited(this);
  }

  get name(): string {
    return `sleep(${this.delayMs})`;
  }

  override claim(): void {
    if (this.state !== NOT_STARTED) throw claimedBefore(this.name, this.state !== ENDED);
    this.state = CLAIMED;
    this.markAwaited();
  }

  next(): IteratorResult<unknown, T> {
    switch (this.state) {
      case NOT_STARTED:
        this.claim();
        return this.start();
      case CLAIMED:
        return this.start();
      case YIELDED:
        this.state = ENDED;
        return this.result === undefined
          ? (DONE as IteratorResult<unknown, T>)
          : { done: true, value: this.result };
      case WAITING:
        this.end();
        if ((this.future as Future<T>).pending()) throw notWaitedFor(this.name);
        return { done: true, value: (this.future as Future<T>).result() };
      default:
        throw claimedBefore(this.name, false);
    }
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    this.end();
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    this.end();
    return { done: true, value };
  }

  private start(): IteratorResult<unknown, T> {
    if (this.delayMs <= 0) {
      this.state = YIELDED;
      return ONE_TURN;
    }
    const loop = getRunningLoop();
    const { scheduler } = loop;
    scheduler.mustBeOpen();
    this.future = loop.createFuture<T>();
    this.state = WAITING;
    this.timer = startTimer<void>(scheduler, loop.time() + this.delayMs, this);
    return { done: false, value: this };
  }

  /** Called by the timer. @internal */
  elapsed(): void {
    const future = this.future as Future<T>;
    if (future.pending()) future.setResult(this.result);
  }

  private end(): void {
    if (this.state === NOT_STARTED) this.markAwaited();
    this.state = ENDED;
    this.timer?.cancel();
  }
}

/**
 * Waits for a while. Zero or less gives the other tasks one turn, without a timer. asyncio: `sleep`.
 *
 * @param delayMs - how long, in milliseconds.
 * @param result - what the wait returns.
 * @throws ArgumentError ERR_DELAY if it is NaN or not a number.
 *
 * @example
 * ```ts
 * yield* sleep(100);
 * ```
 */
export function sleep(delayMs: number): Operation<void>;
export function sleep<T>(delayMs: number, result: T): Operation<T>;
export function sleep<T>(delayMs: number, result?: T): Operation<T | undefined> {
  return new Sleep(checkDelayMs("sleep", delayMs), result);
}

/** Checks a delay or a time that a user gives. @internal */
export function checkDelayMs(caller: string, delayMs: number): number {
  if (typeof delayMs === "number" && !Number.isNaN(delayMs)) return delayMs;
  throw new ArgumentError("ERR_DELAY", `${caller} needs a number of milliseconds, got ${describe(delayMs)}`);
}
