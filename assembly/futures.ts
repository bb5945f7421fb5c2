/**
 * Owns what waits for what: futures with their waiters and callbacks, tasks with what they await, the cancellations requested
 * of them and those not delivered yet.
 * Knows nothing of values, errors or messages; those stay with the objects on the JavaScript side.
 *
 * A future has a slot only while something waits for it, a task from its start to its end. Settling gives the slot back.
 */
import {
  CANCELLED,
  CANCEL_REQUESTS_MAX,
  END_CANCEL,
  END_RETURN,
  FINISHED,
  KIND_FUTURE,
  KIND_HANDLE,
  KIND_TASK,
  NO_SLOT,
  OUTCOME_BITS,
  PENDING,
  SLOT_MASK,
  STEP_CANCEL,
  STEP_RESUME,
} from "./abi";
import { recordOf, slotGive, slotTake, slotTurn, stateOf, stateSet } from "./arena";
import { readyPush, readyPushLast } from "./ready";
import { FutureRecord, GUARDED, Slot, State, UNDELIVERED, VISITED } from "./records";

function futureOf(slot: Slot): FutureRecord {
  const record = recordOf(slot);
  if (CHECKED) {
    const state = stateOf(record);
    assert(state >= State.FUTURE_PENDING && state <= State.TASK_WAITING);
  }
  return changetype<FutureRecord>(record);
}

function taskOf(slot: Slot): FutureRecord {
  const task = futureOf(slot);
  if (CHECKED) assert(isTask(task));
  return task;
}

function isTask(future: FutureRecord): bool {
  return stateOf(future) != State.FUTURE_PENDING;
}

// ── Futures ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A pending future that is about to be waited for. `guarded`: its `cancel` is up to JavaScript. */
export function futureOpen(guarded: bool): Slot {
  const slot = slotTake(KIND_FUTURE, State.FUTURE_PENDING);
  if (guarded) futureOf(slot).state |= GUARDED;
  return slot;
}

/** The future is done: its waiters and callbacks become ready in the order in which they were added, and its slot is freed. */
export function futureSettle(slot: Slot): void {
  const future = futureOf(slot);
  if (CHECKED) assert(!isTask(future));
  wakeWaiters(future);
  slotGive(slot & SLOT_MASK, KIND_FUTURE);
}

/** The future was dropped while pending, its callbacks with it. */
export function futureDrop(slot: Slot): void {
  const future = futureOf(slot);
  if (CHECKED) assert(!isTask(future));
  while (future.waiters != NO_SLOT) {
    const first = recordOf(future.waiters).next;
    assert(stateOf(recordOf(first)) == State.HANDLE_PARKED);
    unlink(future, first);
    slotGive(first & SLOT_MASK, KIND_HANDLE);
  }
  slotGive(slot & SLOT_MASK, KIND_FUTURE);
}

/** A callback of a pending future or task; it becomes ready when that is done. */
export function callbackAdd(slot: Slot): Slot {
  const callback = slotTake(KIND_HANDLE, State.HANDLE_PARKED);
  append(futureOf(slot), callback);
  return callback;
}

export function callbackRemove(slot: Slot, callback: Slot): void {
  unlink(futureOf(slot), callback);
  slotGive(callback & SLOT_MASK, KIND_HANDLE);
}

function append(future: FutureRecord, waiter: Slot): void {
  const record = recordOf(waiter);
  if (future.waiters == NO_SLOT) {
    record.next = waiter;
  } else {
    const last = recordOf(future.waiters);
    record.next = last.next;
    last.next = waiter;
  }
  future.waiters = waiter;
}

function unlink(future: FutureRecord, waiter: Slot): void {
  const last = future.waiters;
  let previous = last;
  while (recordOf(previous).next != waiter) {
    previous = recordOf(previous).next;
    assert(previous != last);
  }
  recordOf(previous).next = recordOf(waiter).next;
  if (waiter == last) future.waiters = previous == waiter ? NO_SLOT : previous;
}

function wakeWaiters(future: FutureRecord): void {
  const last = future.waiters;
  if (last == NO_SLOT) return;
  let waiter = recordOf(last).next;
  while (true) {
    const record = recordOf(waiter);
    const next = record.next;
    if (stateOf(record) == State.HANDLE_PARKED) {
      stateSet(record, State.HANDLE_QUEUED);
      readyPushLast(waiter);
    } else {
      stateSet(record, State.TASK_READY);
      readyPush(waiter);
    }
    if (waiter == last) break;
    waiter = next;
  }
  future.waiters = NO_SLOT;
}

// ── Tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A new task. Its first step is queued, or being taken at this moment when it is `eager`. */
export function taskStart(guarded: bool, eager: bool): Slot {
  const slot = slotTake(KIND_TASK, eager ? State.TASK_RUNNING : State.TASK_READY);
  if (guarded) taskOf(slot).state |= GUARDED;
  if (!eager) readyPush(slot);
  return slot;
}

/** The task takes a step. Answers whether its coroutine is to be resumed or to be given a CancelledError. */
export function taskStep(slot: Slot): u32 {
  const task = taskOf(slot);
  assert(stateOf(task) == State.TASK_READY);
  stateSet(task, State.TASK_RUNNING);
  task.awaiting = NO_SLOT;
  if (!(task.state & UNDELIVERED)) return STEP_RESUME;
  task.state &= ~UNDELIVERED;
  return STEP_CANCEL;
}

/** The coroutine gave the others a turn. */
export function taskYield(slot: Slot): void {
  const task = taskOf(slot);
  assert(stateOf(task) == State.TASK_RUNNING);
  stateSet(task, State.TASK_READY);
  readyPush(slot);
}

/** The coroutine waits for a future. True when a cancellation is due, to be passed on to that future now. */
export function taskWait(slot: Slot, awaiting: Slot): bool {
  const task = taskOf(slot);
  assert(stateOf(task) == State.TASK_RUNNING);
  stateSet(task, State.TASK_WAITING);
  task.awaiting = awaiting;
  append(futureOf(awaiting), slot);
  return (task.state & UNDELIVERED) != 0;
}

/**
 * Requests the cancellation of a task and of the tasks it waits for, all the way down. Returns where the walk ends:
 * at a task that waits for nothing, which has noted it; or at a future, which the caller has to cancel.
 * Where tasks wait for one another in a cycle, the last one before the cycle closes is woken to be cancelled.
 */
export function taskCancel(slot: Slot): Slot {
  let current = slot;
  let task = taskOf(current);
  let end: Slot = NO_SLOT;
  while (true) {
    task.state |= VISITED;
    if (task.requests < <u16>CANCEL_REQUESTS_MAX) task.requests++;
    if (stateOf(task) != State.TASK_WAITING) {
      task.state |= UNDELIVERED;
      end = current;
      break;
    }
    const awaiting = task.awaiting;
    const next = futureOf(awaiting);
    if (isTask(next) && next.state & VISITED) {
      taskInterrupt(current, true);
      end = current;
      break;
    }
    if (!isTask(next) || next.state & GUARDED) {
      end = awaiting;
      break;
    }
    current = awaiting;
    task = next;
  }
  let visited = slot;
  while (true) {
    const record = taskOf(visited);
    record.state &= ~VISITED;
    if (visited == current) break;
    visited = record.awaiting;
  }
  return end;
}

/** The future the task waits for refused to be cancelled: the task keeps the cancellation for its next step. */
export function taskCancelKeep(slot: Slot): void {
  taskOf(slot).state |= UNDELIVERED;
}

/** The future the task waits for took the cancellation over. */
export function taskCancelPassed(slot: Slot): void {
  taskOf(slot).state &= ~UNDELIVERED;
}

/** Whether a cancellation is due that has not been delivered to the task yet. */
export function taskCancelDue(slot: Slot): bool {
  return (taskOf(slot).state & UNDELIVERED) != 0;
}

/** Takes a task out of its wait: its next step is due, `cancel`: as a cancellation. */
export function taskInterrupt(slot: Slot, cancel: bool): void {
  const task = taskOf(slot);
  assert(stateOf(task) == State.TASK_WAITING);
  unlink(futureOf(task.awaiting), slot);
  if (cancel) task.state |= UNDELIVERED;
  stateSet(task, State.TASK_READY);
  readyPush(slot);
}

/** How many cancellations have been requested and not withdrawn. */
export function taskCancelling(slot: Slot): u32 {
  return taskOf(slot).requests;
}

/** Withdraws one request, at zero also the cancellation that has not been delivered. Returns how many are left. */
export function taskUncancel(slot: Slot): u32 {
  const task = taskOf(slot);
  if (task.requests > 0 && --task.requests == 0) task.state &= ~UNDELIVERED;
  return task.requests;
}

/**
 * The coroutine ended. Returns the outcome in the low two bits and the cancellation requests above them. A return with an
 * undelivered cancellation is a cancellation. PENDING: the task is in the ready ring, to be ended in its step.
 * `calls`: the task has a callback that was added before any waiter. It takes over the slot, and is ready.
 */
export function taskEnd(slot: Slot, how: u32, calls: bool): u32 {
  const task = taskOf(slot);
  const state = stateOf(task);
  if (state == State.TASK_READY) return PENDING;
  if (state == State.TASK_WAITING) unlink(futureOf(task.awaiting), slot);
  const undelivered = (task.state & UNDELIVERED) != 0;
  const outcome = how == END_CANCEL || (how == END_RETURN && undelivered) ? CANCELLED : FINISHED;
  const requests = <u32>task.requests;
  if (calls) {
    slotTurn(task, KIND_TASK, KIND_HANDLE, State.HANDLE_QUEUED);
    readyPushLast(slot);
    wakeWaiters(task);
  } else {
    wakeWaiters(task);
    slotGive(slot & SLOT_MASK, KIND_TASK);
  }
  return outcome | (requests << OUTCOME_BITS);
}
