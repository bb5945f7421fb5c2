/**
 * Owns the queues: first in first out, by priority, last in first out.
 */
import { checkBoolean, checkCount, checkFunction } from "../core/checks.ts";
import { type Operation, operation } from "../core/coroutine.ts";
import { LoopError } from "../core/errors.ts";
import { Event } from "./event.ts";
import { Line, Waiter } from "./line.ts";
import { LoopBound } from "./loop-bound.ts";
import { FifoItems, HeapItems, type Items, StackItems } from "./queue-items.ts";

/** The queue is empty. asyncio: `QueueEmpty`. */
export class QueueEmpty extends LoopError {
  override readonly name = "QueueEmpty";
  constructor() {
    super("ERR_QUEUE_EMPTY", "the queue is empty; wait with get(), or check empty() first");
  }
}

/** The queue is full. asyncio: `QueueFull`. */
export class QueueFull extends LoopError {
  override readonly name = "QueueFull";
  constructor() {
    super("ERR_QUEUE_FULL", "the queue is full; wait with put(), or check full() first");
  }
}

/** The queue was shut down. asyncio: `QueueShutDown`. */
export class QueueShutDown extends LoopError {
  override readonly name = "QueueShutDown";
  constructor() {
    super("ERR_QUEUE_SHUT_DOWN", "the queue was shut down");
  }
}

/**
 * What `for await` iterates over. Written by hand, since an async generator would wait for an item that is a future; and with its
 * own type, since the library's AsyncIterator says so too.
 */
export interface ItemIterator<T> {
  next(): Promise<IteratorResult<T, void>>;
}

/**
 * A queue between tasks. asyncio: `Queue`.
 *
 * @example
 * ```ts
 * const queue = new Queue<string>(10);
 * createTask(function* () { yield* queue.put("hello"); }());
 * const item = yield* queue.get();
 * ```
 */
export class Queue<T> extends LoopBound {
  /** How many items fit; zero or less means any number. */
  readonly maxsize: number;
  private readonly items: Items<T>;
  /** @internal */
  readonly getters = new Line();
  /** @internal */
  readonly putters = new Line();
  private unfinished = 0;
  private readonly finished = new Event();
  private isShutDown = false;

  /**
   * @param maxsize - how many items fit; zero or less, or Infinity, for any number.
   * @throws ArgumentError ERR_ARGUMENT_VALUE for a fraction or NaN, ERR_ARGUMENT_TYPE for what is not a number.
   */
  constructor(maxsize?: number);
  /** @internal */
  constructor(maxsize: number | undefined, items: Items<T>);
  constructor(maxsize = 0, items: Items<T> = new FifoItems<T>()) {
    super();
    this.maxsize = maxsize === Number.POSITIVE_INFINITY ? maxsize : checkCount(new.target.name, maxsize);
    this.items = items;
    this.finished.set();
  }

  /** How many items it holds. */
  qsize(): number {
    return this.items.size;
  }

  empty(): boolean {
    return this.items.size === 0;
  }

  full(): boolean {
    return this.maxsize > 0 && this.items.size >= this.maxsize;
  }

  /**
   * Puts an item in, waiting while the queue is full.
   * @throws QueueShutDown.
   */
  put(item: T): Operation<void> {
    return new Put(this, item);
  }

  /**
   * Puts an item in.
   * @throws QueueFull; QueueShutDown.
   */
  putNowait(item: T): void {
    if (this.isShutDown) throw new QueueShutDown();
    if (this.full()) throw new QueueFull();
    this.items.put(item);
    this.unfinished++;
    this.finished.clear();
    this.getters.takeAndWakeNext();
  }

  /**
   * Takes an item out, waiting while the queue is empty.
   * @throws QueueShutDown when the queue was shut down and is empty.
   */
  get(): Operation<T> {
    return new Get(this);
  }

  /**
   * Takes an item out.
   * @throws QueueEmpty; QueueShutDown when the queue was shut down and is empty.
   */
  getNowait(): T {
    if (this.empty()) throw this.isShutDown ? new QueueShutDown() : new QueueEmpty();
    const item = this.items.take();
    this.putters.takeAndWakeNext();
    return item;
  }

  /** Whether `shutdown` was called. @internal */
  get ended(): boolean {
    return this.isShutDown;
  }

  /**
   * Reports that an item that was taken out has been dealt with; `join` waits for all of them.
   * @throws LoopError ERR_TOO_MANY_RELEASES when called more often than items were put in.
   */
  taskDone(): void {
    if (this.unfinished <= 0)
      throw new LoopError("ERR_TOO_MANY_RELEASES", "task_done() called too many times");
    if (--this.unfinished === 0) this.finished.set();
  }

  /** Waits until all items that were put in have been dealt with. */
  join(): Operation<void> {
    return operation("join", this.joining());
  }

  private *joining(): Generator<unknown, void, unknown> {
    if (this.unfinished > 0) yield* this.finished.wait();
  }

  /**
   * Ends the queue: nothing more can be put in, what it holds can still be taken out.
   * @param immediate - whether to drop what it holds.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  shutdown(immediate = false): void {
    checkBoolean("shutdown", "immediate", immediate);
    this.isShutDown = true;
    if (immediate) {
      while (!this.empty()) {
        this.items.take();
        if (this.unfinished > 0) this.unfinished--;
      }
      if (this.unfinished === 0) this.finished.set();
    }
    this.getters.takeAndWakeAll();
    this.putters.takeAndWakeAll();
  }

  /** The items as they come, until the queue is shut down and empty. For `for await` in async functions. */
  [Symbol.asyncIterator](): ItemIterator<T> {
    return { next: async () => await operation("Queue.get", this.nextItem()) };
  }

  private *nextItem(): Generator<unknown, IteratorResult<T, void>, unknown> {
    try {
      return { done: false, value: yield* this.get() };
    } catch (error) {
      if (error instanceof QueueShutDown) return { done: true, value: undefined };
      throw error;
    }
  }

  override toString(): string {
    return `<${this.constructor.name} maxsize=${this.maxsize} size=${this.qsize()}${this.isShutDown ? " shutdown" : ""}>`;
  }
}

/** A queue that gives the last item first. asyncio: `LifoQueue`. */
export class LifoQueue<T> extends Queue<T> {
  /**
   * @param maxsize - how many items fit; zero or less, or Infinity, for any number.
   * @throws ArgumentError ERR_ARGUMENT_VALUE for a fraction or NaN, ERR_ARGUMENT_TYPE for what is not a number.
   */
  constructor(maxsize = 0) {
    super(maxsize, new StackItems<T>());
  }
}

/** Decides which of two items comes first, as for `Array.prototype.sort`. */
export type Comparator<T> = (a: T, b: T) => number;

/**
 * A queue that gives the least item first. asyncio: `PriorityQueue`.
 */
export class PriorityQueue<T> extends Queue<T> {
  /**
   * @param maxsize - how many items fit; zero or less, or Infinity, for any number.
   * @param compare - the order; by default `<`.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; ERR_ARGUMENT_VALUE or ERR_ARGUMENT_TYPE for an invalid maxsize.
   */
  constructor(maxsize = 0, compare: Comparator<T> = byLess) {
    checkFunction("PriorityQueue", compare, "a function as its comparator");
    super(maxsize, new HeapItems<T>(compare));
  }
}

function byLess(a: unknown, b: unknown): number {
  if ((a as number) < (b as number)) return -1;
  return (b as number) < (a as number) ? 1 : 0;
}

class Put<T> extends Waiter<void> {
  readonly place: Queue<T>;
  private readonly item: T;

  constructor(queue: Queue<T>, item: T) {
    super();
    this.place = queue;
    this.item = item;
  }

  get name(): string {
    return "Queue.put";
  }

  protected attempt(): Line | null {
    const queue = this.place;
    if (!queue.full()) {
      queue.putNowait(this.item);
      return null;
    }
    if (queue.ended) throw new QueueShutDown();
    return queue.putters;
  }

  protected woken(): Line | null {
    return this.attempt();
  }

  protected gaveUp(): void {
    // Woken and cancelled at once: the chance goes to the next.
    if (!this.place.full() && this.wasWoken()) this.place.putters.takeAndWakeNext();
  }

  protected result(): void {}
}

class Get<T> extends Waiter<T> {
  readonly place: Queue<T>;
  private item: T | undefined = undefined;

  constructor(queue: Queue<T>) {
    super();
    this.place = queue;
  }

  get name(): string {
    return "Queue.get";
  }

  protected attempt(): Line | null {
    const queue = this.place;
    if (!queue.empty()) {
      this.item = queue.getNowait();
      return null;
    }
    if (queue.ended) throw new QueueShutDown();
    return queue.getters;
  }

  protected woken(): Line | null {
    return this.attempt();
  }

  protected gaveUp(): void {
    if (!this.place.empty() && this.wasWoken()) this.place.getters.takeAndWakeNext();
  }

  protected result(): T {
    return this.item as T;
  }
}
