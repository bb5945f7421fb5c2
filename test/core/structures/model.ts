/**
 * Owns the naive model of the core: plain arrays, sorted and searched in full. Slow, and short enough to be believed.
 * Knows nothing of slots and memory; lockstep.ts runs it beside the core.
 */
import {
  CANCEL_REQUESTS_MAX,
  CANCELLED,
  CLOCK_RESOLUTION_MS,
  END_CANCEL,
  END_RETURN,
  FINISHED,
  KIND_CHANNEL,
  KIND_FUTURE,
  KIND_HANDLE,
  KIND_TASK,
  KIND_TIMER,
  KINDS,
  OUTCOME_BITS,
  PENDING,
  STEP_CANCEL,
  STEP_RESUME,
} from "../../../assembly/abi.ts";

abstract class Thing {
  abstract readonly kind: number;
  /** The slot that the core gave for it; kept here only for lockstep.ts. */
  slot = 0;
}

export class Handle extends Thing {
  readonly kind = KIND_HANDLE;
}

export class Timer extends Thing {
  readonly kind = KIND_TIMER;
  due = false;
  readonly deadlineMs: number;
  readonly order: number;

  constructor(deadlineMs: number, order: number) {
    super();
    this.deadlineMs = deadlineMs;
    this.order = order;
  }
}

export class Future extends Thing {
  readonly kind = KIND_FUTURE;
  waiters: (Handle | Task)[] = [];
  readonly guarded: boolean;

  constructor(guarded: boolean) {
    super();
    this.guarded = guarded;
  }
}

export class Task extends Thing {
  readonly kind = KIND_TASK;
  waiters: (Handle | Task)[] = [];
  readonly guarded: boolean;
  state: "ready" | "running" | "waiting" = "ready";
  awaiting: Future | Task | undefined;
  undelivered = false;
  requests = 0;
  /** Its end was told while a step was queued; lockstep.ts ends it there. */
  ended = false;

  constructor(guarded: boolean) {
    super();
    this.guarded = guarded;
  }
}

export class Channel extends Thing {
  readonly kind = KIND_CHANNEL;
  state: "idle" | "queued" | "closed" = "idle";
  wanted = 0;
  there = 0;
}

export type Awaitable = Future | Task;
export type AnyThing = Handle | Timer | Future | Task | Channel;

export class Model {
  readonly live = new Set<AnyThing>();
  readonly ready: AnyThing[] = [];
  #timers: Timer[] = [];
  #timersMade = 0;

  liveCounts(): number[] {
    const counts = new Array<number>(KINDS).fill(0);
    for (const { kind } of this.live) counts[kind] = (counts[kind] as number) + 1;
    return counts;
  }

  turn(nowMs: number, ran: number): AnyThing[] {
    for (const thing of this.ready.splice(0, ran)) {
      if (thing instanceof Handle || thing instanceof Timer) this.live.delete(thing);
    }
    const isDue = ({ deadlineMs }: Timer) => deadlineMs <= nowMs || deadlineMs < nowMs + CLOCK_RESOLUTION_MS;
    const due = this.#timers.filter(isDue);
    this.#timers = this.#timers.filter((timer) => !isDue(timer));
    due.sort((one, other) => one.deadlineMs - other.deadlineMs || one.order - other.order);
    for (const timer of due) timer.due = true;
    this.ready.push(...due);
    return [...this.ready];
  }

  handleQueue(): Handle {
    const handle = this.#born(new Handle());
    this.ready.push(handle);
    return handle;
  }

  timerStart(deadlineMs: number): Timer {
    const timer = this.#born(new Timer(deadlineMs, this.#timersMade++));
    this.#timers.push(timer);
    return timer;
  }

  timerCancel(timer: Timer): void {
    if (timer.due) return;
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.live.delete(timer);
  }

  nextDeadlineMs(): number {
    return this.#timers.reduce(
      (least, { deadlineMs }) => Math.min(least, deadlineMs),
      Number.POSITIVE_INFINITY,
    );
  }

  futureOpen(guarded: boolean): Future {
    return this.#born(new Future(guarded));
  }

  futureSettle(future: Future): void {
    this.#wake(future);
    this.live.delete(future);
  }

  futureDrop(future: Future): void {
    for (const waiter of future.waiters) this.live.delete(waiter);
    this.live.delete(future);
  }

  callbackAdd(future: Awaitable): Handle {
    const handle = this.#born(new Handle());
    future.waiters.push(handle);
    return handle;
  }

  callbackRemove(future: Awaitable, handle: Handle): void {
    future.waiters = future.waiters.filter((waiter) => waiter !== handle);
    this.live.delete(handle);
  }

  taskStart(guarded: boolean, eager: boolean): Task {
    const task = this.#born(new Task(guarded));
    if (eager) task.state = "running";
    else this.ready.push(task);
    return task;
  }

  taskStep(task: Task): number {
    task.state = "running";
    task.awaiting = undefined;
    const cancel = task.undelivered;
    task.undelivered = false;
    return cancel ? STEP_CANCEL : STEP_RESUME;
  }

  taskYield(task: Task): void {
    this.#makeReady(task);
  }

  taskWait(task: Task, awaiting: Awaitable): boolean {
    task.state = "waiting";
    task.awaiting = awaiting;
    awaiting.waiters.push(task);
    return task.undelivered;
  }

  taskCancel(task: Task): Awaitable {
    const asked = [task];
    for (;;) {
      const last = asked.at(-1) as Task;
      last.requests = Math.min(last.requests + 1, CANCEL_REQUESTS_MAX);
      const { awaiting } = last;
      if (last.state !== "waiting" || awaiting === undefined) {
        last.undelivered = true;
        return last;
      }
      if (awaiting instanceof Task && asked.includes(awaiting)) {
        this.taskInterrupt(last, true);
        return last;
      }
      if (awaiting instanceof Future || awaiting.guarded) return awaiting;
      asked.push(awaiting);
    }
  }

  taskInterrupt(task: Task, cancel: boolean): void {
    this.#leaveWait(task);
    if (cancel) task.undelivered = true;
    this.#makeReady(task);
  }

  taskUncancel(task: Task): number {
    if (task.requests > 0) {
      task.requests--;
      if (task.requests === 0) task.undelivered = false;
    }
    return task.requests;
  }

  /** `calls`: the task's slot goes on as a callback's, ahead of all who wait. */
  taskEnd(task: Task, how: number, calls: boolean): number {
    if (task.state === "ready") return PENDING;
    if (task.state === "waiting") this.#leaveWait(task);
    const cancelled = how === END_CANCEL || (how === END_RETURN && task.undelivered);
    if (calls) {
      const handle = this.#born(new Handle());
      handle.slot = task.slot;
      this.ready.push(handle);
    }
    this.#wake(task);
    this.live.delete(task);
    return (cancelled ? CANCELLED : FINISHED) | (task.requests << OUTCOME_BITS);
  }

  channelOpen(): Channel {
    return this.#born(new Channel());
  }

  channelWant(channel: Channel, bits: number): void {
    channel.wanted = bits;
    this.#queueWhereTheyMeet(channel);
  }

  channelReady(channel: Channel, bits: number): void {
    channel.there |= bits;
    this.#queueWhereTheyMeet(channel);
  }

  channelTake(channel: Channel): number {
    if (channel.state === "closed") {
      this.live.delete(channel);
      return 0;
    }
    channel.state = "idle";
    const met = channel.wanted & channel.there;
    channel.there &= ~met;
    return met;
  }

  channelClose(channel: Channel): boolean {
    if (channel.state === "idle") {
      this.live.delete(channel);
      return true;
    }
    channel.state = "closed";
    return false;
  }

  #born<T extends AnyThing>(thing: T): T {
    this.live.add(thing);
    return thing;
  }

  #wake(future: Awaitable): void {
    for (const waiter of future.waiters) {
      if (waiter instanceof Task) this.#makeReady(waiter);
      else this.ready.push(waiter);
    }
    future.waiters = [];
  }

  #makeReady(task: Task): void {
    task.state = "ready";
    this.ready.push(task);
  }

  #leaveWait(task: Task): void {
    const awaiting = task.awaiting as Awaitable;
    awaiting.waiters = awaiting.waiters.filter((waiter) => waiter !== task);
  }

  #queueWhereTheyMeet(channel: Channel): void {
    if (channel.state !== "idle" || (channel.wanted & channel.there) === 0) return;
    channel.state = "queued";
    this.ready.push(channel);
  }
}
