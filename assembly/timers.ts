/**
 * Owns the timer heap: a 4-ary heap ordered by (deadline, sequence), so that equal deadlines keep the order in which
 * they were set. Each timer's record knows its place, so that cancelling removes it at once.
 * Knows nothing of clocks beyond the number it is given.
 *
 * The root stands at 3 and the children of i at 4(i-2) .. 4(i-2)+3: four siblings fill one cache line, and no
 * family straddles a page.
 *
 *   entry: 0            8            12          16
 *          ┌────────────┬────────────┬───────────┐
 *          │ deadline   │ sequence   │ slot      │
 *          └────────────┴────────────┴───────────┘
 */
import { CLOCK_RESOLUTION_MS, KIND_TIMER, SLOTS_MAX, SLOT_MASK } from "./abi";
import { recordAt, recordOf, slotGive, slotTake, stateOf, stateSet } from "./arena";
import { FIRST_RING, HEAP_DIRECTORY, PAGE_SIZE, pagesTake } from "./pages";
import { readyPushLast } from "./ready";
import { Slot, State, TimerRecord } from "./records";

const ENTRY_SIZE: u32 = 16;
const ENTRY_BITS: u32 = 4;
const PAGE_BITS: u32 = 12;
const PAGE_MASK: u32 = (1 << PAGE_BITS) - 1;
const ROOT: u32 = 3;
const ARITY: u32 = 4;

if (ENTRY_SIZE << PAGE_BITS != PAGE_SIZE)
  ERROR("a page of the timer heap holds a number of entries PAGE_BITS does not say");

// Every slot could be a timer.
const ENTRIES_MAX: u32 = ((FIRST_RING - HEAP_DIRECTORY) >> 2) << PAGE_BITS;
if (ROOT + <u32>SLOTS_MAX > ENTRIES_MAX)
  ERROR("the heap's directory has no room for as many timers as there are slots");

/** One past the last entry. */
let end: u32 = ROOT;
let capacity: u32 = 0;
let nextSequence: u32 = 0;

@unmanaged
export class Entry {
  deadlineMs: f64;
  sequence: u32;
  slot: Slot;
}

if (offsetof<Entry>() != ENTRY_SIZE) ERROR("a heap entry is not 16 bytes long");

export function entryAt(position: u32): Entry {
  const page = load<u32>(HEAP_DIRECTORY + ((position >> PAGE_BITS) << 2));
  return changetype<Entry>(page + ((position & PAGE_MASK) << ENTRY_BITS));
}

export function parentOf(position: u32): u32 {
  return (position >> 2) + 2;
}

function firstChildOf(position: u32): u32 {
  return (position - 2) << 2;
}

/** Wraps after 2^32 timers; the difference still tells which came first among timers less than 2^31 apart. */
export function comesBefore(deadlineMs: f64, sequence: u32, other: Entry): bool {
  if (deadlineMs != other.deadlineMs) return deadlineMs < other.deadlineMs;
  return <i32>(sequence - other.sequence) < 0;
}

function timerOf(slot: Slot): TimerRecord {
  return changetype<TimerRecord>(recordOf(slot));
}

export function timersFirst(): u32 {
  return ROOT;
}

export function timersEnd(): u32 {
  return end;
}

export function timerStart(deadlineMs: f64): Slot {
  assert(deadlineMs == deadlineMs);
  const slot = slotTake(KIND_TIMER, State.TIMER_ARMED);
  if (end >= capacity) {
    store<u32>(HEAP_DIRECTORY + ((end >> PAGE_BITS) << 2), pagesTake(1));
    capacity = ((end >> PAGE_BITS) + 1) << PAGE_BITS;
  }
  siftUp(end++, deadlineMs, nextSequence++, slot);
  return slot;
}

/** Answers the deadline. A timer that is still waiting is gone at once; one that is due keeps its slot until its turn. */
export function timerCancel(slot: Slot): f64 {
  const timer = timerOf(slot);
  if (stateOf(timer) == State.TIMER_DUE) return timer.deadlineMs;
  assert(stateOf(timer) == State.TIMER_ARMED);
  const position = timer.position;
  const deadlineMs = entryAt(position).deadlineMs;
  remove(position);
  slotGive(slot & SLOT_MASK, KIND_TIMER);
  return deadlineMs;
}

/** The deadline of a timer that has not run yet. */
export function timerDeadlineMs(slot: Slot): f64 {
  const timer = timerOf(slot);
  if (stateOf(timer) == State.TIMER_DUE) return timer.deadlineMs;
  assert(stateOf(timer) == State.TIMER_ARMED);
  return entryAt(timer.position).deadlineMs;
}

/** The earliest deadline, or infinity. */
export function nextDeadlineMs(): f64 {
  return end == ROOT ? Infinity : entryAt(ROOT).deadlineMs;
}

/** Moves what is due to the ready ring, earliest first. */
export function timersExpire(nowMs: f64): void {
  const limitMs = nowMs + CLOCK_RESOLUTION_MS;
  while (end != ROOT) {
    const first = entryAt(ROOT);
    // After months the clock's numbers lie further apart than its resolution, and the limit is `now` itself.
    if (!(first.deadlineMs < limitMs || first.deadlineMs <= nowMs)) break;
    const slot = first.slot;
    const timer = timerOf(slot);
    stateSet(timer, State.TIMER_DUE);
    timer.deadlineMs = first.deadlineMs;
    remove(ROOT);
    readyPushLast(slot);
  }
}

function remove(position: u32): void {
  end--;
  if (position == end) return;
  const last = entryAt(end);
  const deadlineMs = last.deadlineMs;
  const sequence = last.sequence;
  const slot = last.slot;
  if (position != ROOT && comesBefore(deadlineMs, sequence, entryAt(parentOf(position)))) {
    siftUp(position, deadlineMs, sequence, slot);
  } else {
    siftDown(position, deadlineMs, sequence, slot);
  }
}

function place(position: u32, deadlineMs: f64, sequence: u32, slot: Slot): void {
  const entry = entryAt(position);
  entry.deadlineMs = deadlineMs;
  entry.sequence = sequence;
  entry.slot = slot;
  changetype<TimerRecord>(recordAt(slot & SLOT_MASK)).position = position;
}

function siftUp(start: u32, deadlineMs: f64, sequence: u32, slot: Slot): void {
  let position = start;
  while (position != ROOT) {
    const parent = entryAt(parentOf(position));
    if (!comesBefore(deadlineMs, sequence, parent)) break;
    place(position, parent.deadlineMs, parent.sequence, parent.slot);
    position = parentOf(position);
  }
  place(position, deadlineMs, sequence, slot);
}

function siftDown(start: u32, deadlineMs: f64, sequence: u32, slot: Slot): void {
  let position = start;
  while (true) {
    const firstChild = firstChildOf(position);
    if (firstChild >= end) break;
    const lastChild = min(firstChild + ARITY, end) - 1;
    let best = firstChild;
    let bestEntry = entryAt(firstChild);
    for (let child = firstChild + 1; child <= lastChild; child++) {
      const entry = entryAt(child);
      if (comesBefore(entry.deadlineMs, entry.sequence, bestEntry)) {
        best = child;
        bestEntry = entry;
      }
    }
    if (comesBefore(deadlineMs, sequence, bestEntry)) break;
    place(position, bestEntry.deadlineMs, bestEntry.sequence, bestEntry.slot);
    position = best;
  }
  place(position, deadlineMs, sequence, slot);
}
