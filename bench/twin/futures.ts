/**
 * Owns the twin's futures and tasks: what waits for what, and the cancellations requested but not delivered yet.
 * The counterpart of assembly/futures.ts, function by function; what each means is said there.
 */
import {
  CANCEL_REQUESTS_MAX,
  CANCELLED,
  END_CANCEL,
  END_RETURN,
  FINISHED,
  KIND_FUTURE,
  KIND_HANDLE,
  KIND_TASK,
  NO_SLOT,
  OUTCOME_BITS,
  PENDING,
  STEP_CANCEL,
  STEP_RESUME,
} from "../../assembly/abi.ts";
import {
  AWAITING,
  FUTURE_PENDING,
  GUARDED,
  HANDLE_PARKED,
  HANDLE_QUEUED,
  NEXT,
  recordOf,
  STATE_MASK,
  TASK_READY,
  TASK_RUNNING,
  TASK_WAITING,
  trap,
  UNDELIVERED,
  VISITED,
  WAITERS,
} from "./arena.ts";
import { TimerHeap } from "./timers.ts";

const REQUESTS_SHIFT = 16;
const REQUESTS_ONE = 1 << REQUESTS_SHIFT;

export class Futures extends TimerHeap {
  // ── Futures ─────────────────────────────────────────────────────────────────────────────────────────────────────

  futureOpen(guarded: number): number {
    const slot = this.slotTake(KIND_FUTURE, guarded === 0 ? FUTURE_PENDING : FUTURE_PENDING | GUARDED);
    this.words[recordOf(slot) + WAITERS] = NO_SLOT;
    return slot;
  }

  futureSettle(slot: number): void {
    this.wakeWaiters(recordOf(slot));
    this.slotGive(slot, KIND_FUTURE);
  }

  futureDrop(slot: number): void {
    const { words } = this;
    const future = recordOf(slot);
    while (words[future + WAITERS] !== NO_SLOT) {
      const first = words[recordOf(words[future + WAITERS]) + NEXT];
      if (this.stateOf(recordOf(first)) !== HANDLE_PARKED) trap();
      this.unlink(future, first);
      this.slotGive(first, KIND_HANDLE);
    }
    this.slotGive(slot, KIND_FUTURE);
  }

  callbackAdd(slot: number): number {
    const callback = this.slotTake(KIND_HANDLE, HANDLE_PARKED);
    this.append(recordOf(slot), callback);
    return callback;
  }

  callbackRemove(slot: number, callback: number): void {
    this.unlink(recordOf(slot), callback);
    this.slotGive(callback, KIND_HANDLE);
  }

  /** The waiters are a circle of which the future knows the last, so that both ends are at hand. */
  private append(future: number, waiter: number): void {
    const { words } = this;
    const last = words[future + WAITERS];
    if (last === NO_SLOT) {
      words[recordOf(waiter) + NEXT] = waiter;
    } else {
      words[recordOf(waiter) + NEXT] = words[recordOf(last) + NEXT];
      words[recordOf(last) + NEXT] = waiter;
    }
    words[future + WAITERS] = waiter;
  }

  private unlink(future: number, waiter: number): void {
    const { words } = this;
    const last = words[future + WAITERS];
    let previous = last;
    while (words[recordOf(previous) + NEXT] !== waiter) {
      previous = words[recordOf(previous) + NEXT];
      if (previous === last) trap();
    }
    words[recordOf(previous) + NEXT] = words[recordOf(waiter) + NEXT];
    if (waiter === last) words[future + WAITERS] = previous === waiter ? NO_SLOT : previous;
  }

  private wakeWaiters(future: number): void {
    const { words } = this;
    const last = words[future + WAITERS];
    if (last === NO_SLOT) return;
    let waiter = words[recordOf(last) + NEXT];
    for (;;) {
      const at = recordOf(waiter);
      const next = words[at + NEXT];
      if (this.stateOf(at) === HANDLE_PARKED) {
        this.stateSet(at, HANDLE_QUEUED);
        this.readyPushLast(waiter);
      } else {
        this.stateSet(at, TASK_READY);
        this.readyPush(waiter);
      }
      if (waiter === last) break;
      waiter = next;
    }
    words[future + WAITERS] = NO_SLOT;
  }

  private isTask(at: number): boolean {
    return this.stateOf(at) !== FUTURE_PENDING;
  }

  // ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────────────

  taskStart(guarded: number, eager: number): number {
    const state = eager === 0 ? TASK_READY : TASK_RUNNING;
    const slot = this.slotTake(KIND_TASK, guarded === 0 ? state : state | GUARDED);
    this.words[recordOf(slot) + WAITERS] = NO_SLOT;
    if (eager === 0) this.readyPush(slot);
    return slot;
  }

  taskStep(slot: number): number {
    const { words } = this;
    const task = recordOf(slot);
    const word = words[task];
    if ((word & STATE_MASK) !== TASK_READY) trap();
    words[task + AWAITING] = NO_SLOT;
    words[task] = (word & ~(STATE_MASK | UNDELIVERED)) | TASK_RUNNING;
    return (word & UNDELIVERED) === 0 ? STEP_RESUME : STEP_CANCEL;
  }

  taskYield(slot: number): void {
    const task = recordOf(slot);
    if (this.stateOf(task) !== TASK_RUNNING) trap();
    this.stateSet(task, TASK_READY);
    this.readyPush(slot);
  }

  taskWait(slot: number, awaiting: number): number {
    const { words } = this;
    const task = recordOf(slot);
    if (this.stateOf(task) !== TASK_RUNNING) trap();
    this.stateSet(task, TASK_WAITING);
    words[task + AWAITING] = awaiting;
    this.append(recordOf(awaiting), slot);
    return (words[task] & UNDELIVERED) === 0 ? 0 : 1;
  }

  taskCancel(slot: number): number {
    const { words } = this;
    let current = slot;
    let task = recordOf(current);
    let end = NO_SLOT;
    for (;;) {
      words[task] |= VISITED;
      if (words[task] >>> REQUESTS_SHIFT < CANCEL_REQUESTS_MAX) words[task] += REQUESTS_ONE;
      if (this.stateOf(task) !== TASK_WAITING) {
        words[task] |= UNDELIVERED;
        end = current;
        break;
      }
      const awaiting = words[task + AWAITING];
      const next = recordOf(awaiting);
      const nextIsTask = this.isTask(next);
      if (nextIsTask && (words[next] & VISITED) !== 0) {
        this.taskInterrupt(current, 1);
        end = current;
        break;
      }
      if (!nextIsTask || (words[next] & GUARDED) !== 0) {
        end = awaiting;
        break;
      }
      current = awaiting;
      task = next;
    }
    for (let visited = slot; ; visited = words[recordOf(visited) + AWAITING]) {
      words[recordOf(visited)] &= ~VISITED;
      if (visited === current) break;
    }
    return end;
  }

  taskCancelKeep(slot: number): void {
    this.words[recordOf(slot)] |= UNDELIVERED;
  }

  taskCancelPassed(slot: number): void {
    this.words[recordOf(slot)] &= ~UNDELIVERED;
  }

  taskCancelDue(slot: number): number {
    return this.words[recordOf(slot)] & UNDELIVERED ? 1 : 0;
  }

  taskInterrupt(slot: number, cancel: number): void {
    const { words } = this;
    const task = recordOf(slot);
    if (this.stateOf(task) !== TASK_WAITING) trap();
    this.unlink(recordOf(words[task + AWAITING]), slot);
    if (cancel !== 0) words[task] |= UNDELIVERED;
    this.stateSet(task, TASK_READY);
    this.readyPush(slot);
  }

  taskCancelling(slot: number): number {
    return this.words[recordOf(slot)] >>> REQUESTS_SHIFT;
  }

  taskUncancel(slot: number): number {
    const { words } = this;
    const task = recordOf(slot);
    const requests = words[task] >>> REQUESTS_SHIFT;
    if (requests === 0) return 0;
    words[task] -= REQUESTS_ONE;
    if (requests === 1) words[task] &= ~UNDELIVERED;
    return requests - 1;
  }

  taskEnd(slot: number, how: number, calls: number): number {
    const { words } = this;
    const task = recordOf(slot);
    const state = this.stateOf(task);
    if (state === TASK_READY) return PENDING;
    if (state === TASK_WAITING) this.unlink(recordOf(words[task + AWAITING]), slot);
    const undelivered = (words[task] & UNDELIVERED) !== 0;
    const outcome = how === END_CANCEL || (how === END_RETURN && undelivered) ? CANCELLED : FINISHED;
    const requests = words[task] >>> REQUESTS_SHIFT;
    if (calls !== 0) {
      this.slotTurn(task, KIND_TASK, KIND_HANDLE, HANDLE_QUEUED);
      this.readyPushLast(slot);
      this.wakeWaiters(task);
    } else {
      this.wakeWaiters(task);
      this.slotGive(slot, KIND_TASK);
    }
    return outcome | (requests << OUTCOME_BITS);
  }
}
