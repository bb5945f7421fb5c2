/**
 * Owns what is due in a network and when: a heap of its own over one timer of the loop, since what is due together is done in
 * one callback, and what is under way costs the loop nothing. Knows nothing of connections.
 */
import type { NetworkLoop } from "../../host/network.ts";

/** Something that becomes due. It is on the schedule once, and may be put there again. */
export abstract class Due {
  dueMs = 0;
  /** Of what is due at the same time, what was scheduled first comes first. */
  order = 0;
  /** Its index in the heap; -1 while it is not scheduled. */
  place = -1;

  /** Called in a timer's turn of the loop, and off the schedule. */
  abstract fire(nowMs: number): void;
}

/** A single call, for what is rare. */
class Call extends Due {
  readonly #call: () => void;

  constructor(call: () => void) {
    super();
    this.#call = call;
  }

  fire(): void {
    this.#call();
  }
}

export class Schedule {
  readonly #heap: Due[] = [];
  #loop: NetworkLoop | undefined;
  #timer: { cancel(): void } | undefined;
  #armedMs = Number.POSITIVE_INFINITY;
  #orders = 0;
  #firing = false;
  /** Rounding may have the timer called a little early, and time does not go back. */
  #reachedMs = 0;

  /** Whether a loop takes its time from here that is not closed. */
  get isInUse(): boolean {
    return this.#loop !== undefined && !this.#loop.isClosed();
  }

  /** How many timers of the loop are set. */
  get timers(): number {
    return this.#timer === undefined ? 0 : 1;
  }

  isOf(loop: NetworkLoop): boolean {
    return this.#loop === loop;
  }

  /** Drops everything, and goes by another loop. */
  moveTo(loop: NetworkLoop): void {
    for (const due of this.#heap.splice(0)) due.place = -1;
    this.#loop = loop;
    this.#timer = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
    this.#reachedMs = 0;
  }

  nowMs(): number {
    const nowMs = this.#loop?.time() ?? 0;
    return nowMs > this.#reachedMs ? nowMs : this.#reachedMs;
  }

  /** Schedules it, or moves it to another time. */
  at(dueMs: number, due: Due): void {
    if (!this.isInUse) return;
    if (due.place >= 0) this.#remove(due);
    due.dueMs = dueMs;
    due.order = this.#orders++;
    due.place = this.#heap.length;
    this.#heap.push(due);
    this.#rise(due);
    this.#arm();
  }

  /** In the loop's next turn. */
  soon(due: Due): void {
    if (due.place < 0) this.at(this.nowMs(), due);
  }

  call(dueMs: number, call: () => void): Due {
    const due = new Call(call);
    this.at(dueMs, due);
    return due;
  }

  cancel(due: Due): void {
    if (due.place < 0) return;
    this.#remove(due);
    this.#arm();
  }

  /** Has the loop call when the first is due. */
  #arm(): void {
    const nextMs = this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
    if (this.#firing || nextMs === this.#armedMs || this.#loop === undefined || !this.isInUse) return;
    this.#timer?.cancel();
    this.#armedMs = nextMs;
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? undefined : this.#loop.callAt(nextMs, this.#deliver);
  }

  readonly #deliver = () => {
    const nowMs = Math.max(this.nowMs(), this.#armedMs);
    this.#reachedMs = nowMs;
    this.#timer = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
    this.#firing = true;
    // What is scheduled meanwhile comes in a later turn, even if it is due at once: so every event has a turn of its own.
    const before = this.#orders;
    try {
      for (;;) {
        const first = this.#heap[0];
        if (first === undefined || first.dueMs > nowMs || first.order >= before) break;
        this.#remove(first);
        first.fire(nowMs);
      }
    } finally {
      this.#firing = false;
      this.#arm();
    }
  };

  // ── The heap ──────────────────────────────────────────────────────────────────────────────────────────────────

  #remove(due: Due): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    const at = due.place;
    due.place = -1;
    if (last === due) return;
    heap[at] = last;
    last.place = at;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(due: Due): void {
    const heap = this.#heap;
    let at = due.place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] as Due;
      if (isBefore(other, due)) break;
      heap[at] = other;
      other.place = at;
      at = above;
    }
    heap[at] = due;
    due.place = at;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let at = due.place;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Due, heap[below] as Due)) below++;
      const other = heap[below] as Due;
      if (isBefore(due, other)) break;
      heap[at] = other;
      other.place = at;
      at = below;
    }
    heap[at] = due;
    due.place = at;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}
