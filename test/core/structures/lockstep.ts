/**
 * Owns the comparison of the core with its model: does the same random things to both, as the JavaScript side would,
 * and compares every answer, every batch and every count.
 */
import { expect } from "vitest";
import {
  END_CANCEL,
  END_RAISE,
  END_RETURN,
  HANGUP,
  PENDING,
  READABLE,
  SLOT_MASK,
  WRITABLE,
} from "../../../assembly/abi.ts";
import type { Random } from "../../random.ts";
import { type AnyThing, type Awaitable, Channel, Future, Handle, Model, Task, Timer } from "./model.ts";
import { RawCore } from "./raw.ts";

/** How often each operation is drawn; left out means never. */
export type Weights = Partial<Record<Operation, number>>;

export type Operation =
  | "turn"
  | "turnPartly"
  | "handleQueue"
  | "timerStart"
  | "timerCancel"
  | "futureOpen"
  | "futureSettle"
  | "futureDrop"
  | "callbackAdd"
  | "callbackRemove"
  | "taskStart"
  | "taskStartEager"
  | "taskCancel"
  | "taskUncancel"
  | "taskEndOutside"
  | "channelOpen"
  | "channelWant"
  | "channelReady"
  | "channelClose";

/** Steps within steps, as eager tasks take them, go no deeper. */
const DEPTH_MAX = 3;
const BITS = [0, READABLE, WRITABLE, HANGUP, READABLE | WRITABLE | HANGUP];

export class Lockstep {
  readonly core = new RawCore();
  readonly model = new Model();
  readonly #random: Random;
  readonly #drawn: [number, Operation][];
  #nowMs = 0;
  #batch: AnyThing[] = [];
  #ran = 0;
  #depth = 0;
  /** Most slots that were live at a time. */
  liveMax = 0;

  constructor(random: Random, weights: Weights) {
    this.#random = random;
    this.#drawn = Object.entries(weights).map(([operation, weight]) => [weight, operation as Operation]);
  }

  /** Does `count` random operations; compares what cannot be seen in the answers after every `checkEvery`. */
  run(count: number, checkEvery: number): void {
    for (let done = 1; done <= count; done++) {
      this.do(this.#random.weighted(this.#drawn));
      if (done % checkEvery === 0) this.compare();
    }
  }

  /** Ends everything, so that all slots have to be back. */
  drain(): void {
    for (const timer of this.#all(Timer)) if (!timer.due) this.#cancelTimer(timer);
    for (const channel of this.#all(Channel)) if (channel.state !== "closed") this.#close(channel);
    for (const future of this.#all(Future)) this.#settle(future);
    for (const task of this.#all(Task)) this.#end(task);
    // Tasks in the ring end in their step, their callbacks run in the turn after, and leave in the one after that.
    for (let turns = 0; turns < 3; turns++) this.#turn(false);
    this.compare();
    expect(this.model.live.size).toBe(0);
  }

  compare(): void {
    expect(this.core.check()).toBe(0);
    expect(this.core.live()).toEqual(this.model.liveCounts());
    expect(this.core.calls.nextDeadlineMs()).toBe(this.model.nextDeadlineMs());
    for (const task of this.#all(Task)) {
      expect(this.core.calls.taskCancelling(task.slot)).toBe(task.requests);
    }
    for (const timer of this.#all(Timer)) {
      expect(this.core.calls.timerDeadlineMs(timer.slot)).toBe(timer.deadlineMs);
    }
    const indices = new Set([...this.model.live].map(({ slot }) => slot & SLOT_MASK));
    expect(indices.size).toBe(this.model.live.size);
  }

  do(operation: Operation): void {
    const { core, model } = this;
    const { calls } = core;
    switch (operation) {
      case "turn":
      case "turnPartly":
        // A batch within a batch is what the driver never does.
        if (this.#depth === 0) this.#turn(operation === "turnPartly");
        return;
      case "handleQueue":
        this.#born(model.handleQueue(), calls.handleQueue());
        return;
      case "timerStart": {
        const deadlineMs = this.#deadlineMs();
        this.#born(model.timerStart(deadlineMs), calls.timerStart(deadlineMs));
        return;
      }
      case "timerCancel":
        this.#with(Timer, (timer) => this.#cancelTimer(timer));
        return;
      case "futureOpen": {
        const guarded = this.#random.chance(0.1);
        this.#born(model.futureOpen(guarded), calls.futureOpen(guarded ? 1 : 0));
        return;
      }
      case "futureSettle":
        this.#with(Future, (future) => this.#settle(future));
        return;
      case "futureDrop":
        this.#with(Future, (future) => {
          if (future.waiters.some((waiter) => waiter instanceof Task)) return;
          model.futureDrop(future);
          calls.futureDrop(future.slot);
        });
        return;
      case "callbackAdd":
        this.#withAwaitable((future) => {
          this.#born(model.callbackAdd(future), calls.callbackAdd(future.slot));
        });
        return;
      case "callbackRemove":
        this.#withAwaitable((future) => {
          const handles = future.waiters.filter((waiter) => waiter instanceof Handle);
          if (handles.length === 0) return;
          const handle = this.#random.pick(handles);
          model.callbackRemove(future, handle);
          calls.callbackRemove(future.slot, handle.slot);
        });
        return;
      case "taskStart":
      case "taskStartEager":
        this.#startTask(operation === "taskStartEager");
        return;
      case "taskCancel":
        this.#with(Task, (task) => this.#cancel(task));
        return;
      case "taskUncancel":
        this.#with(Task, (task) => {
          expect(calls.taskUncancel(task.slot)).toBe(model.taskUncancel(task));
        });
        return;
      case "taskEndOutside":
        this.#with(Task, (task) => {
          if (task.state !== "running") this.#end(task);
        });
        return;
      case "channelOpen":
        this.#born(model.channelOpen(), calls.channelOpen());
        return;
      case "channelWant":
        this.#with(Channel, (channel) => {
          const bits = this.#random.pick(BITS);
          model.channelWant(channel, bits);
          calls.channelWant(channel.slot, bits);
        });
        return;
      case "channelReady":
        this.#with(Channel, (channel) => {
          const bits = this.#random.pick(BITS);
          model.channelReady(channel, bits);
          calls.channelReady(channel.slot, bits);
        });
        return;
      case "channelClose":
        this.#with(Channel, (channel) => this.#close(channel));
        return;
    }
  }

  #all<T extends AnyThing>(type: abstract new (...args: never[]) => T): T[] {
    return [...this.model.live].filter((thing): thing is T => thing instanceof type);
  }

  #with<T extends AnyThing>(type: abstract new (...args: never[]) => T, body: (thing: T) => void): void {
    const all = this.#all(type);
    if (all.length > 0) body(this.#random.pick(all));
  }

  #withAwaitable(body: (future: Awaitable) => void): void {
    const all: Awaitable[] = [...this.#all(Future), ...this.#all(Task)];
    if (all.length > 0) body(this.#random.pick(all));
  }

  #born<T extends AnyThing>(thing: T, slot: number): T {
    thing.slot = slot;
    this.liveMax = Math.max(this.liveMax, this.model.live.size);
    return thing;
  }

  /** Many that are equal, some in the past, some that never come. */
  #deadlineMs(): number {
    const random = this.#random;
    if (random.chance(0.02)) return Number.POSITIVE_INFINITY;
    if (random.chance(0.01)) return Number.NEGATIVE_INFINITY;
    if (random.chance(0.2)) return this.#nowMs + random.bits() / 2 ** 30;
    return this.#nowMs + random.between(-3, 20);
  }

  #turn(partly: boolean): void {
    const random = this.#random;
    if (random.chance(0.5)) this.#nowMs += random.between(0, 5);
    const expected = this.model.turn(this.#nowMs, this.#ran);
    const count = this.core.calls.turn(this.#nowMs, this.#ran);
    expect(this.core.ring(count)).toEqual(
      expected.map((thing) => ({
        index: thing.slot & SLOT_MASK,
        release: thing instanceof Handle || thing instanceof Timer,
      })),
    );
    this.#batch = expected;
    const until = partly ? random.between(0, count) : count;
    for (this.#ran = 0; this.#ran < until; ) {
      const thing = this.#batch[this.#ran++];
      if (thing instanceof Task) this.#step(thing);
      else if (thing instanceof Channel) {
        expect(this.core.calls.channelTake(thing.slot)).toBe(this.model.channelTake(thing));
      }
    }
  }

  #startTask(eager: boolean): void {
    const guarded = this.#random.chance(0.1);
    const task = this.model.taskStart(guarded, eager);
    this.#born(task, this.core.calls.taskStart(guarded ? 1 : 0, eager ? 1 : 0));
    if (eager) this.#goOn(task);
  }

  #step(task: Task): void {
    expect(this.core.calls.taskStep(task.slot)).toBe(this.model.taskStep(task));
    this.#goOn(task);
  }

  /** What the coroutine does with its control, and how it gives it up. */
  #goOn(task: Task): void {
    const random = this.#random;
    if (task.ended) {
      this.#end(task);
      return;
    }
    if (this.#depth < DEPTH_MAX) {
      this.#depth++;
      for (let left = random.between(0, 2); left > 0; left--) this.do(random.weighted(this.#drawn));
      this.#depth--;
    }
    const { calls } = this.core;
    const awaitables = [...this.#all(Future), ...this.#all(Task)].filter((future) => future !== task);
    const what = random.between(0, 9);
    if (what < 2) {
      this.#end(task);
    } else if (what < 4 || awaitables.length === 0) {
      this.model.taskYield(task);
      calls.taskYield(task.slot);
    } else {
      const awaiting = random.pick(awaitables);
      const cancel = this.model.taskWait(task, awaiting);
      expect(calls.taskWait(task.slot, awaiting.slot) !== 0).toBe(cancel);
      if (cancel && random.chance(0.8)) {
        if (awaiting instanceof Future) this.#settle(awaiting);
        task.undelivered = false;
        calls.taskCancelPassed(task.slot);
      }
    }
  }

  #end(task: Task): void {
    const how = this.#random.pick([END_RETURN, END_RAISE, END_CANCEL]);
    // Only who came before all who wait can have the slot; a task without any will do.
    const calls = task.waiters.length === 0 && this.#random.chance(0.5);
    const answer = this.model.taskEnd(task, how, calls);
    expect(this.core.calls.taskEnd(task.slot, how, calls ? 1 : 0)).toBe(answer);
    if (answer === PENDING) task.ended = true;
  }

  #settle(future: Future): void {
    this.model.futureSettle(future);
    this.core.calls.futureSettle(future.slot);
  }

  #cancelTimer(timer: Timer): void {
    this.model.timerCancel(timer);
    expect(this.core.calls.timerCancel(timer.slot)).toBe(timer.deadlineMs);
  }

  #close(channel: Channel): void {
    expect(this.core.calls.channelClose(channel.slot) !== 0).toBe(this.model.channelClose(channel));
  }

  /** As `Task.cancel` does it: the future at the end takes the cancellation, refuses it, or closes a circle. */
  #cancel(task: Task): void {
    const { calls } = this.core;
    const end = this.model.taskCancel(task);
    expect(calls.taskCancel(task.slot)).toBe(end.slot);
    if (end === task || (end instanceof Task && !end.guarded)) return;
    let last = task;
    while (last.awaiting !== end) last = last.awaiting as Task;
    const what = this.#random.between(0, 3);
    if (what === 0 && end instanceof Future) {
      this.#settle(end);
    } else if (what <= 2 && last.state === "waiting") {
      this.model.taskInterrupt(last, what === 1);
      calls.taskInterrupt(last.slot, what === 1 ? 1 : 0);
    } else {
      last.undelivered = true;
      calls.taskCancelKeep(last.slot);
    }
  }
}
