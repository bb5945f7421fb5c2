/**
 * Owns the twin's timer heap: 4-ary, ordered by (deadline, sequence), with each timer's record knowing its place.
 * The counterpart of assembly/timers.ts. Knows nothing of clocks beyond the number it is given.
 */
import { CLOCK_RESOLUTION_MS, KIND_TIMER, SLOT_MASK } from "../../assembly/abi.ts";
import { POSITION, recordOf, TIMER_ARMED, TIMER_DUE, trap } from "./arena.ts";
import { ReadyRing } from "./ready.ts";

const FIRST_CAPACITY = 4096;
const ENTRY_BYTES = 16;
/** An entry is a deadline and, in the words after it, its sequence number and its slot. */
const SEQUENCE = 2;
const SLOT = 3;

export class TimerHeap extends ReadyRing {
  private heapDoubles = new Float64Array(0);
  /** The same entries, for sequence and slot. */
  private heapWords = new Int32Array(0);
  private heapCapacity = 0;
  private timersCount = 0;
  /** Wraps; the difference still tells which came first among timers less than 2^31 apart. */
  private nextSequence = 0;

  timerStart(deadlineMs: number): number {
    if (Number.isNaN(deadlineMs)) trap();
    const slot = this.slotTake(KIND_TIMER, TIMER_ARMED);
    const position = this.timersCount++;
    if (position === this.heapCapacity) this.growHeap();
    const sequence = this.nextSequence;
    this.nextSequence = (sequence + 1) | 0;
    this.heapDoubles[position << 1] = deadlineMs;
    this.heapWords[(position << 2) + SEQUENCE] = sequence;
    this.heapWords[(position << 2) + SLOT] = slot;
    this.siftUp(position, position);
    return slot;
  }

  /** Answers the deadline. A timer that is due keeps its slot until its turn. */
  timerCancel(slot: number): number {
    const at = recordOf(slot);
    const state = this.stateOf(at);
    if (state === TIMER_DUE) return this.doubles[(at >> 1) + 1];
    if (state !== TIMER_ARMED) trap();
    const position = this.words[at + POSITION];
    const deadlineMs = this.heapDoubles[position << 1];
    this.remove(position);
    this.slotGive(slot, KIND_TIMER);
    return deadlineMs;
  }

  timerDeadlineMs(slot: number): number {
    const at = recordOf(slot);
    const state = this.stateOf(at);
    if (state === TIMER_DUE) return this.doubles[(at >> 1) + 1];
    if (state !== TIMER_ARMED) trap();
    return this.heapDoubles[this.words[at + POSITION] << 1];
  }

  nextDeadlineMs(): number {
    return this.timersCount === 0 ? Number.POSITIVE_INFINITY : this.heapDoubles[0];
  }

  /** Moves what is due to the ready ring, earliest first. */
  protected timersExpire(nowMs: number): void {
    const soonMs = nowMs + CLOCK_RESOLUTION_MS;
    while (this.timersCount > 0) {
      const deadlineMs = this.heapDoubles[0];
      // Far out a nanosecond is nothing to a double.
      if (!(deadlineMs < soonMs || deadlineMs <= nowMs)) return;
      const slot = this.heapWords[SLOT];
      const at = recordOf(slot);
      this.stateSet(at, TIMER_DUE);
      this.doubles[(at >> 1) + 1] = deadlineMs;
      this.remove(0);
      this.readyPushLast(slot);
    }
  }

  protected get heapBytes(): number {
    return this.heapWords.byteLength;
  }

  /** Closes the gap with the last entry, which goes up or down from there. */
  private remove(position: number): void {
    const end = --this.timersCount;
    if (position === end) return;
    if (position !== 0 && this.comesBefore(end, (position - 1) >> 2)) this.siftUp(position, end);
    else this.siftDown(position, end);
  }

  private comesBefore(one: number, other: number): boolean {
    const { heapDoubles, heapWords } = this;
    const oneMs = heapDoubles[one << 1];
    const otherMs = heapDoubles[other << 1];
    if (oneMs !== otherMs) return oneMs < otherMs;
    return ((heapWords[(one << 2) + SEQUENCE] - heapWords[(other << 2) + SEQUENCE]) | 0) < 0;
  }

  // The two ways through the heap are written out in full, and what moves is named by its place in the heap: so no
  // call is left inside, and no number is boxed, when the engine's budget for inlining is spent elsewhere.

  /** Puts the entry at `from` where it belongs, at `start` or above. */
  private siftUp(start: number, from: number): void {
    const { heapDoubles, heapWords, words } = this;
    const deadlineMs = heapDoubles[from << 1];
    const sequence = heapWords[(from << 2) + SEQUENCE];
    const slot = heapWords[(from << 2) + SLOT];
    let position = start;
    while (position !== 0) {
      const parent = (position - 1) >> 2;
      const parentMs = heapDoubles[parent << 1];
      const parentSequence = heapWords[(parent << 2) + SEQUENCE];
      if (parentMs < deadlineMs) break;
      if (parentMs === deadlineMs && ((parentSequence - sequence) | 0) < 0) break;
      const parentSlot = heapWords[(parent << 2) + SLOT];
      heapDoubles[position << 1] = parentMs;
      heapWords[(position << 2) + SEQUENCE] = parentSequence;
      heapWords[(position << 2) + SLOT] = parentSlot;
      words[((parentSlot & SLOT_MASK) << 2) + POSITION] = position;
      position = parent;
    }
    words[((slot & SLOT_MASK) << 2) + POSITION] = position;
    if (position === from) return;
    heapDoubles[position << 1] = deadlineMs;
    heapWords[(position << 2) + SEQUENCE] = sequence;
    heapWords[(position << 2) + SLOT] = slot;
  }

  /** Puts the entry at `from` where it belongs, at `start` or below. */
  private siftDown(start: number, from: number): void {
    const { heapDoubles, heapWords, words, timersCount } = this;
    const deadlineMs = heapDoubles[from << 1];
    const sequence = heapWords[(from << 2) + SEQUENCE];
    const slot = heapWords[(from << 2) + SLOT];
    let position = start;
    for (let first = 1 + (start << 2); first < timersCount; first = (position << 2) + 1) {
      const end = first + 4 < timersCount ? first + 4 : timersCount;
      let best = first;
      let bestMs = heapDoubles[first << 1];
      let bestSequence = heapWords[(first << 2) + SEQUENCE];
      for (let child = first + 1; child < end; child++) {
        const childMs = heapDoubles[child << 1];
        if (childMs > bestMs) continue;
        const childSequence = heapWords[(child << 2) + SEQUENCE];
        if (childMs === bestMs && ((bestSequence - childSequence) | 0) < 0) continue;
        best = child;
        bestMs = childMs;
        bestSequence = childSequence;
      }
      if (deadlineMs < bestMs) break;
      if (deadlineMs === bestMs && ((sequence - bestSequence) | 0) < 0) break;
      const bestSlot = heapWords[(best << 2) + SLOT];
      heapDoubles[position << 1] = bestMs;
      heapWords[(position << 2) + SEQUENCE] = bestSequence;
      heapWords[(position << 2) + SLOT] = bestSlot;
      words[((bestSlot & SLOT_MASK) << 2) + POSITION] = position;
      position = best;
    }
    heapDoubles[position << 1] = deadlineMs;
    heapWords[(position << 2) + SEQUENCE] = sequence;
    heapWords[(position << 2) + SLOT] = slot;
    words[((slot & SLOT_MASK) << 2) + POSITION] = position;
  }

  private growHeap(): void {
    const old = this.heapWords;
    this.heapCapacity = Math.max(2 * this.heapCapacity, FIRST_CAPACITY);
    const buffer = new ArrayBuffer(this.heapCapacity * ENTRY_BYTES);
    this.heapDoubles = new Float64Array(buffer);
    this.heapWords = new Int32Array(buffer);
    this.heapWords.set(old);
  }
}
