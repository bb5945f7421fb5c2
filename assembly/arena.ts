/**
 * Owns the slots: which are free, which are live and of what kind, and where a slot's record is.
 * Knows nothing of what the states mean beyond FREE.
 */
import { KINDS, NO_SLOT, SLOTS_MAX, SLOT_BITS, SLOT_MASK } from "./abi";
import { ARENA_DIRECTORY, PAGE_SIZE, pagesTake } from "./pages";
import { Header, Record, RECORD_SIZE, Slot, STATE_MASK, State } from "./records";

const RECORDS_PER_PAGE: u32 = PAGE_SIZE / RECORD_SIZE;
const PAGE_BITS: u32 = 12;
const GENERATION_MASK: u32 = 0x7f;

if (RECORDS_PER_PAGE != 1 << PAGE_BITS)
  ERROR("the arena's page does not hold as many records as PAGE_BITS says");

/** Address of the counters of live slots, one word per kind, after the control block's words. */
const LIVE_COUNTS: u32 = 128;

let capacity: u32 = 0;
let freeHead: u32 = 0;

/** How many slots the arena has, live and free, slot 0 among them. */
export function slotsCapacity(): u32 {
  return capacity;
}

/** How many slots of one kind are live. */
export function slotsLive(kind: u32): u32 {
  assert(kind < <u32>KINDS);
  return load<u32>(LIVE_COUNTS + (kind << 2));
}

export function freeListHead(): u32 {
  return freeHead;
}

export function recordAt(index: u32): Record {
  const page = load<u32>(ARENA_DIRECTORY + ((index >> PAGE_BITS) << 2));
  return changetype<Record>(page + (index & (RECORDS_PER_PAGE - 1)) * RECORD_SIZE);
}

/** The record of a live slot. The checked build traps on a reference that has outlived its slot. */
export function recordOf(slot: Slot): Record {
  const record = recordAt(slot & SLOT_MASK);
  if (CHECKED) {
    assert(slot != NO_SLOT && (slot & SLOT_MASK) < capacity);
    assert(record.generation == <u8>(slot >> SLOT_BITS));
    assert(record.state != State.FREE);
  }
  return record;
}

export function stateOf(record: Header): State {
  return record.state & STATE_MASK;
}

/** Changes the state and keeps the flags next to it. */
export function stateSet(record: Header, state: State): void {
  record.state = (record.state & ~STATE_MASK) | <u8>state;
}

/** A free slot, its record zeroed except for state and generation. */
export function slotTake(kind: u32, state: State): Slot {
  if (freeHead == NO_SLOT) grow();
  const index = freeHead;
  const record = recordAt(index);
  freeHead = record.next;
  const generation = record.generation;
  store<u64>(changetype<usize>(record), 0);
  store<u64>(changetype<usize>(record), 0, 8);
  record.state = <u8>state;
  record.generation = generation;
  const count = LIVE_COUNTS + (kind << 2);
  store<u32>(count, load<u32>(count) + 1);
  return index | ((<u32>generation) << SLOT_BITS);
}

/** Gives back the slot at `index`; every reference to it is stale from here on. */
export function slotGive(index: u32, kind: u32): void {
  const record = recordAt(index);
  if (CHECKED) assert(record.state != State.FREE);
  record.state = <u8>State.FREE;
  record.generation = <u8>((record.generation + 1) & GENERATION_MASK);
  record.next = freeHead;
  freeHead = index;
  const count = LIVE_COUNTS + (kind << 2);
  store<u32>(count, load<u32>(count) - 1);
}

/** A live slot goes on as another kind; references to it stay valid. */
export function slotTurn(record: Header, from: u32, to: u32, state: State): void {
  record.state = <u8>state;
  const countFrom = LIVE_COUNTS + (from << 2);
  const countTo = LIVE_COUNTS + (to << 2);
  store<u32>(countFrom, load<u32>(countFrom) - 1);
  store<u32>(countTo, load<u32>(countTo) + 1);
}

function grow(): void {
  if (capacity >= <u32>SLOTS_MAX) unreachable();
  store<u32>(ARENA_DIRECTORY + ((capacity >> PAGE_BITS) << 2), pagesTake(1));
  // The page may have been used before. Chained backwards, so that slots are handed out in rising order;
  // slot 0 is left out, since 0 means "no slot".
  const first: u32 = capacity == 0 ? 1 : capacity;
  capacity += RECORDS_PER_PAGE;
  for (let index = capacity - 1; index >= first; index--) {
    const record = recordAt(index);
    record.state = <u8>State.FREE;
    record.generation = 0;
    record.next = freeHead;
    freeHead = index;
  }
}
