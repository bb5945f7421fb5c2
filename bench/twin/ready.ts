/**
 * Owns the twin's ready ring: the FIFO of what runs next. The counterpart of assembly/ready.ts.
 * Knows nothing of why a slot is ready.
 */
import { KIND_HANDLE, KIND_TIMER, SLOT_MASK } from "../../assembly/abi.ts";
import { Arena, TIMER_DUE, trap } from "./arena.ts";

/** Marks an entry whose slot dies with it. The sign bit, so that an entry is a 32-bit integer to the engine. */
const RELEASE = 1 << 31;
const FIRST_RING = 4096;

export class ReadyRing extends Arena {
  private ring = new Int32Array(FIRST_RING);
  private mask = FIRST_RING - 1;
  private head = 0;
  private count = 0;

  /** Queues a task or a channel, which keeps its slot. */
  protected readyPush(slot: number): void {
    this.push(slot & SLOT_MASK);
  }

  /** Queues a handle or a timer, whose slot is given back once it has run. */
  protected readyPushLast(slot: number): void {
    this.push((slot & SLOT_MASK) | RELEASE);
  }

  protected readyCount(): number {
    return this.count;
  }

  /** The entry `offset` places after the head, flag and all, as an unsigned number. */
  readyEntry(offset: number): number {
    return this.ring[(this.head + offset) & this.mask] >>> 0;
  }

  /** Copies the slots of the first `count` entries. */
  readyCopy(batch: number[], count: number): void {
    const { ring, mask, head } = this;
    for (let i = 0; i < count; i++) batch[i] = ring[(head + i) & mask] & SLOT_MASK;
  }

  /** Takes the first `ran` entries away and gives back the slots that end with them. */
  protected readyRelease(ran: number): void {
    const { ring, mask, head } = this;
    if (ran > this.count) trap();
    for (let i = 0; i < ran; i++) {
      const entry = ring[(head + i) & mask];
      if (entry < 0) {
        const index = entry & SLOT_MASK;
        this.slotGive(index, this.stateOf(index << 2) === TIMER_DUE ? KIND_TIMER : KIND_HANDLE);
      }
    }
    this.head = (head + ran) & mask;
    this.count -= ran;
  }

  protected get ringBytes(): number {
    return this.ring.byteLength;
  }

  private push(entry: number): void {
    if (this.count === this.ring.length) this.growRing();
    this.ring[(this.head + this.count) & this.mask] = entry;
    this.count++;
  }

  /** Twice the room, the entries laid out from the start of it. */
  private growRing(): void {
    const { ring, head } = this;
    const grown = new Int32Array(2 * ring.length);
    grown.set(ring.subarray(head));
    grown.set(ring.subarray(0, head), ring.length - head);
    this.ring = grown;
    this.mask = grown.length - 1;
    this.head = 0;
  }
}
