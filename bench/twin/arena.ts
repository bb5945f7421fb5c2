/**
 * Owns the twin's slots: which are free, which are live and of what kind, and the words of a slot's record.
 * The counterpart of assembly/arena.ts and assembly/records.ts. Knows nothing of what the states mean beyond FREE.
 *
 * The twin is one object in layers, each a class that extends the one below: so every field is one load away, which is
 * what the modules of assembly/ have by their nature. Records are four words in one typed array, since that was the
 * fastest of what was tried (bench/twin/README.md).
 */
import { KINDS, NO_SLOT, SLOT_MASK, SLOTS_MAX } from "../../assembly/abi.ts";

// ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const FREE = 0;
export const HANDLE_QUEUED = 1;
export const HANDLE_PARKED = 2;
export const TIMER_ARMED = 3;
export const TIMER_DUE = 4;
export const FUTURE_PENDING = 5;
export const TASK_READY = 6;
export const TASK_RUNNING = 7;
export const TASK_WAITING = 8;
export const CHANNEL_IDLE = 9;
export const CHANNEL_QUEUED = 10;
export const CHANNEL_CLOSED = 11;

// ── The record: word 0 holds state, flags, generation and, above them, 16 bits by kind ────────────────────────────

export const STATE_MASK = 0x1f;
export const VISITED = 0x20;
export const GUARDED = 0x40;
export const UNDELIVERED = 0x80;
const GENERATION_MASK = 0x7f00;
const GENERATION_ONE = 0x100;
/** From the generation in word 0 to the generation in a slot reference. */
const GENERATION_SHIFT = 16;

/** Word 1: a timer's place in the heap, or the last of a future's waiters. */
export const POSITION = 1;
export const WAITERS = 1;
/** Word 2: what a task waits for. Words 2 and 3 hold the deadline of a timer that is due. */
export const AWAITING = 2;
/** Word 3: links the free list and the waiters of a future. */
export const NEXT = 3;

const PAGE_SLOTS = 4096;
const WORDS_PER_RECORD = 4;
const BYTES_PER_WORD = 4;

/** What the core meets by trapping: a call that its caller should never have made. */
export class CoreTrap extends Error {
  override readonly name = "CoreTrap";
}

export function trap(): never {
  throw new CoreTrap("the core was called in a way that its state does not allow");
}

/** The address of a slot's record, in words. */
export function recordOf(slot: number): number {
  return (slot & SLOT_MASK) << 2;
}

export class Arena {
  protected words = new Int32Array(0);
  /** The same records, for the deadlines. */
  protected doubles = new Float64Array(0);
  private readonly live = new Int32Array(KINDS);
  private capacity = 0;
  private freeHead = NO_SLOT;

  slotsCapacity(): number {
    return this.capacity;
  }

  slotsLive(kind: number): number {
    if (kind >>> 0 >= KINDS) trap();
    return this.live[kind];
  }

  /** A free slot. Only word 0 of its record is written; the others are for those who use them. */
  protected slotTake(kind: number, state: number): number {
    if (this.freeHead === NO_SLOT) this.growArena();
    const { words } = this;
    const index = this.freeHead;
    const at = index << 2;
    const generation = words[at] & GENERATION_MASK;
    this.freeHead = words[at + NEXT];
    words[at] = generation | state;
    this.live[kind]++;
    return index | (generation << GENERATION_SHIFT);
  }

  /** Gives a slot back; every reference to it is stale from here on. */
  protected slotGive(slot: number, kind: number): void {
    const { words } = this;
    const index = slot & SLOT_MASK;
    const at = index << 2;
    words[at] = (words[at] + GENERATION_ONE) & GENERATION_MASK;
    words[at + NEXT] = this.freeHead;
    this.freeHead = index;
    this.live[kind]--;
  }

  /** A live slot goes on as another kind; references to it stay good. */
  protected slotTurn(at: number, from: number, to: number, state: number): void {
    const { words } = this;
    words[at] = (words[at] & ~0xff) | state;
    this.live[from]--;
    this.live[to]++;
  }

  protected stateOf(at: number): number {
    return this.words[at] & STATE_MASK;
  }

  /** Changes the state and keeps everything next to it. */
  protected stateSet(at: number, state: number): void {
    const { words } = this;
    words[at] = (words[at] & ~STATE_MASK) | state;
  }

  /** What the arena has taken from the engine. */
  protected get arenaBytes(): number {
    return this.words.byteLength;
  }

  private growArena(): void {
    const { capacity } = this;
    if (capacity >= SLOTS_MAX) trap();
    this.capacity = capacity + PAGE_SLOTS;
    if (this.capacity * WORDS_PER_RECORD > this.words.length) {
      const old = this.words;
      const buffer = new ArrayBuffer(Math.max(2 * capacity, PAGE_SLOTS) * WORDS_PER_RECORD * BYTES_PER_WORD);
      this.words = new Int32Array(buffer);
      this.doubles = new Float64Array(buffer);
      this.words.set(old);
    }
    // Chained backwards, so that slots are handed out in rising order; slot 0 is left out, since 0 means "no slot".
    const first = capacity === 0 ? 1 : capacity;
    for (let index = this.capacity - 1; index >= first; index--) {
      this.words[(index << 2) + NEXT] = this.freeHead;
      this.freeHead = index;
    }
  }
}
