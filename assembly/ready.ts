/**
 * Owns the ready ring: the FIFO of what runs next. An entry is a slot's index, or that with RELEASE set.
 * Knows nothing of why a slot is ready.
 */
import {
  CONTROL_ADDRESS,
  CONTROL_READY_BASE,
  CONTROL_READY_HEAD,
  CONTROL_READY_MASK,
  KIND_HANDLE,
  KIND_TIMER,
  SLOT_MASK,
} from "./abi";
import { recordAt, slotGive, stateOf } from "./arena";
import { FIRST_RING, FIRST_RING_SIZE, PAGE_SIZE, pagesGive, pagesTake } from "./pages";
import { Slot, State } from "./records";

/**
 * Marks an entry whose slot dies with it: a handle's or a timer's. It is in the entry and not in the record, because
 * a task may end and its slot be reused before the task's last entry has left the ring.
 */
export const RELEASE: u32 = 0x80000000;

let base: u32 = FIRST_RING;
let capacity: u32 = FIRST_RING_SIZE >> 2;
let head: u32 = 0;
let count: u32 = 0;

export function readyCount(): u32 {
  return count;
}

function entryAddress(position: u32): u32 {
  return base + ((position & (capacity - 1)) << 2);
}

/** The entry `offset` places after the head, flag and all. */
export function readyEntry(offset: u32): u32 {
  return load<u32>(entryAddress(head + offset));
}

/** Queues a task or a channel, which keeps its slot. */
export function readyPush(slot: Slot): void {
  push(slot & SLOT_MASK);
}

/** Queues a handle or a timer, whose slot is given back once it has run. */
export function readyPushLast(slot: Slot): void {
  push((slot & SLOT_MASK) | RELEASE);
}

function push(entry: u32): void {
  if (count == capacity) grow();
  store<u32>(entryAddress(head + count), entry);
  count++;
}

/** Takes the first `ran` entries away and gives back the slots that end with them. */
export function readyRelease(ran: u32): void {
  assert(ran <= count);
  for (let i: u32 = 0; i < ran; i++) {
    const entry = load<u32>(entryAddress(head + i));
    if (entry & RELEASE) {
      const index = entry & SLOT_MASK;
      const isTimer = stateOf(recordAt(index)) == State.TIMER_DUE;
      slotGive(index, isTimer ? KIND_TIMER : KIND_HANDLE);
    }
  }
  head = (head + ran) & (capacity - 1);
  count -= ran;
}

/** Tells the host side where the ring is now. */
export function readyPublish(): void {
  store<u32>(CONTROL_ADDRESS + (CONTROL_READY_BASE << 2), base);
  store<u32>(CONTROL_ADDRESS + (CONTROL_READY_MASK << 2), capacity - 1);
  store<u32>(CONTROL_ADDRESS + (CONTROL_READY_HEAD << 2), head);
}

/** Twice the room, the entries laid out from the start of it. */
function grow(): void {
  const oldBase = base;
  const oldCapacity = capacity;
  const newCapacity = max(oldCapacity << 1, PAGE_SIZE >> 2);
  const newBase = pagesTake((newCapacity << 2) / PAGE_SIZE);
  const untilWrap = min(count, oldCapacity - head) << 2;
  memory.copy(newBase, oldBase + (head << 2), untilWrap);
  memory.copy(newBase + untilWrap, oldBase, (count << 2) - untilWrap);
  base = newBase;
  capacity = newCapacity;
  head = 0;
  if (oldBase != FIRST_RING) pagesGive(oldBase, (oldCapacity << 2) / PAGE_SIZE);
}
