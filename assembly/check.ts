/**
 * Owns the invariants: walks every structure and returns 0, or the number of the first rule that does not hold.
 * Part of the debug build only (debug.ts).
 */
import {
  KINDS,
  KIND_CHANNEL,
  KIND_FUTURE,
  KIND_HANDLE,
  KIND_TASK,
  KIND_TIMER,
  NO_SLOT,
  SLOT_BITS,
  SLOT_MASK,
} from "./abi";
import { freeListHead, recordAt, slotsCapacity, slotsLive, stateOf } from "./arena";
import { readyCount, readyEntry, RELEASE } from "./ready";
import { FutureRecord, State, TimerRecord, VISITED } from "./records";
import { comesBefore, entryAt, parentOf, timersEnd, timersFirst } from "./timers";

export function check(): u32 {
  let rule = checkArena();
  if (rule == 0) rule = checkTimers();
  if (rule == 0) rule = checkReady();
  if (rule == 0) rule = checkWaiters();
  return rule;
}

function kindOf(state: State): i32 {
  if (state == State.HANDLE_QUEUED || state == State.HANDLE_PARKED) return KIND_HANDLE;
  if (state == State.TIMER_ARMED || state == State.TIMER_DUE) return KIND_TIMER;
  if (state == State.FUTURE_PENDING) return KIND_FUTURE;
  if (state >= State.TASK_READY && state <= State.TASK_WAITING) return KIND_TASK;
  if (state >= State.CHANNEL_IDLE && state <= State.CHANNEL_CLOSED) return KIND_CHANNEL;
  return -1;
}

function checkArena(): u32 {
  let free: u32 = 0;
  for (let index = freeListHead(); index != NO_SLOT; index = recordAt(index).next) {
    if (index >= slotsCapacity() || recordAt(index).state != State.FREE) return 1;
    if (++free > slotsCapacity()) return 2;
  }
  let live: u32 = 0;
  for (let kind: u32 = 0; kind < <u32>KINDS; kind++) {
    let ofKind: u32 = 0;
    for (let index: u32 = 1; index < slotsCapacity(); index++) {
      const record = recordAt(index);
      if (record.state != State.FREE && kindOf(stateOf(record)) < 0) return 3;
      if (record.state & VISITED) return 4;
      if (record.state != State.FREE && kindOf(stateOf(record)) == kind) ofKind++;
    }
    if (ofKind != slotsLive(kind)) return 5;
    live += ofKind;
  }
  return slotsCapacity() == 0 || live + free + 1 == slotsCapacity() ? 0 : 6;
}

function checkTimers(): u32 {
  for (let position = timersFirst(); position < timersEnd(); position++) {
    const entry = entryAt(position);
    const record = changetype<TimerRecord>(recordAt(entry.slot & SLOT_MASK));
    if (stateOf(record) != State.TIMER_ARMED) return 10;
    if (record.position != position) return 11;
    if (position == timersFirst()) continue;
    if (comesBefore(entry.deadlineMs, entry.sequence, entryAt(parentOf(position)))) return 12;
  }
  let armed: u32 = 0;
  for (let index: u32 = 1; index < slotsCapacity(); index++) {
    if (stateOf(recordAt(index)) == State.TIMER_ARMED) armed++;
  }
  return armed == timersEnd() - timersFirst() ? 0 : 13;
}

/**
 * A slot is in the ring once if its state says so. Entries that have already run may name slots that live on; but a
 * handle and a due timer live exactly as long as their entry.
 */
function checkReady(): u32 {
  let queued: u32 = 0;
  let releasable: u32 = 0;
  for (let index: u32 = 1; index < slotsCapacity(); index++) {
    const state = stateOf(recordAt(index));
    if (isReleasable(state)) releasable++;
    if (
      isReleasable(state) ||
      state == State.TASK_READY ||
      state == State.CHANNEL_QUEUED ||
      state == State.CHANNEL_CLOSED
    ) {
      queued++;
    }
  }
  if (queued > readyCount()) return 20;
  for (let i: u32 = 0; i < readyCount(); i++) {
    const entry = readyEntry(i);
    const index = entry & SLOT_MASK;
    if (index == NO_SLOT || index >= slotsCapacity()) return 21;
    if (!(entry & RELEASE)) continue;
    if (!isReleasable(stateOf(recordAt(index)))) return 22;
    releasable--;
  }
  return releasable == 0 ? 0 : 23;
}

function isReleasable(state: State): bool {
  return state == State.HANDLE_QUEUED || state == State.TIMER_DUE;
}

/** Every waiter in a list waits for exactly that future, and every waiting task is in the list it names. */
function checkWaiters(): u32 {
  let listed: u32 = 0;
  let waiting: u32 = 0;
  for (let index: u32 = 1; index < slotsCapacity(); index++) {
    const record = recordAt(index);
    const state = stateOf(record);
    if (state == State.TASK_WAITING || state == State.HANDLE_PARKED) waiting++;
    const kind = kindOf(state);
    if (record.state == State.FREE || (kind != KIND_FUTURE && kind != KIND_TASK)) continue;
    const self = index | ((<u32>record.generation) << SLOT_BITS);
    const last = changetype<FutureRecord>(record).waiters;
    if (last == NO_SLOT) continue;
    let waiter = last;
    do {
      const next = recordAt(waiter & SLOT_MASK).next;
      const waiterRecord = recordAt(next & SLOT_MASK);
      if (waiterRecord.generation != <u8>(next >> SLOT_BITS)) return 30;
      const waiterState = stateOf(waiterRecord);
      if (waiterState == State.TASK_WAITING) {
        if (changetype<FutureRecord>(waiterRecord).awaiting != self) return 31;
      } else if (waiterState != State.HANDLE_PARKED) return 32;
      if (++listed > slotsCapacity()) return 33;
      waiter = next;
    } while (waiter != last);
  }
  return listed == waiting ? 0 : 34;
}
