/**
 * Owns the ways in which a queue keeps its items. Knows nothing of the tasks that wait for them.
 */

/** What a queue keeps its items in. */
export interface Items<T> {
  readonly size: number;
  put(item: T): void;
  take(): T;
}

/** First in, first out: a ring that doubles. */
export class FifoItems<T> implements Items<T> {
  private ring: (T | undefined)[] = new Array(8);
  private head = 0;
  size = 0;

  put(item: T): void {
    if (this.size === this.ring.length) this.grow();
    this.ring[(this.head + this.size++) & (this.ring.length - 1)] = item;
  }

  take(): T {
    const item = this.ring[this.head] as T;
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.size--;
    return item;
  }

  private grow(): void {
    const inOrder = [...this.ring.slice(this.head), ...this.ring.slice(0, this.head)];
    inOrder.length = this.ring.length * 2;
    this.ring = inOrder;
    this.head = 0;
  }
}

/** Last in, first out. */
export class StackItems<T> implements Items<T> {
  private readonly stack: T[] = [];

  get size(): number {
    return this.stack.length;
  }

  put(item: T): void {
    this.stack.push(item);
  }

  take(): T {
    return this.stack.pop() as T;
  }
}

/**
 * Least first: a binary heap that moves items exactly as Python's `heapq` does, so that items that compare equal come
 * out in the same order there and here. If the comparator throws in `take`, the heap stays as it was; in `put` the item is
 * nevertheless in it somewhere, as in Python.
 */
export class HeapItems<T> implements Items<T> {
  private readonly compare: (a: T, b: T) => number;
  private readonly heap: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare;
  }

  get size(): number {
    return this.heap.length;
  }

  put(item: T): void {
    this.heap.push(item);
    this.rise(this.heap.length - 1);
  }

  take(): T {
    const { heap } = this;
    const last = heap.pop() as T;
    if (heap.length === 0) return last;
    const least = heap[0] as T;
    let at: number;
    try {
      at = this.placeFor(last);
    } catch (error) {
      heap.push(last);
      throw error;
    }
    this.place(last, at);
    return least;
  }

  /** Moves the item at `position` up until its parent is not greater. */
  private rise(position: number): void {
    const { heap } = this;
    const item = heap[position] as T;
    let at = position;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as T;
      if (!(this.compare(item, parent) < 0)) break;
      heap[at] = parent;
      heap[parentAt] = item;
      at = parentAt;
    }
  }

  /** Where `item` belongs once the first has left: down along the smaller children to a leaf, then up again. */
  private placeFor(item: T): number {
    const { heap } = this;
    const end = heap.length;
    let at = 0;
    for (let child = 1; child < end; child = 2 * at + 1) {
      const right = child + 1;
      at = right < end && !(this.compare(heap[child] as T, heap[right] as T) < 0) ? right : child;
    }
    while (at > 0 && this.compare(item, heap[at] as T) < 0) at = (at - 1) >> 1;
    return at;
  }

  /** Puts `item` at `position`, and moves each item on the path there up by one; the first is overwritten. */
  private place(item: T, position: number): void {
    const { heap } = this;
    let moving = item;
    for (let at = position; ; at = (at - 1) >> 1) {
      const above = heap[at] as T;
      heap[at] = moving;
      if (at === 0) return;
      moving = above;
    }
  }
}
