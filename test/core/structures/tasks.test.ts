/** Tasks: the states they pass through, and where a cancellation goes. */
import { describe, expect, test } from "vitest";
import {
  CANCEL_REQUESTS_MAX,
  CANCELLED,
  END_CANCEL,
  END_RAISE,
  END_RETURN,
  FINISHED,
  KIND_TASK,
  OUTCOME_BITS,
  OUTCOME_MASK,
  PENDING,
  SLOT_MASK,
  STEP_CANCEL,
  STEP_RESUME,
} from "../../../assembly/abi.ts";
import { RawCore, Trap } from "./raw.ts";

/** A task that waits for `awaiting`. */
function waiting(core: RawCore, awaiting: number, guarded = 0): number {
  const task = core.calls.taskStart(guarded, 1);
  core.calls.taskWait(task, awaiting);
  return task;
}

/** Tasks of which each waits for the next, and the last for a future: from the outermost inwards. */
function chain(core: RawCore, length: number, future: number): number[] {
  const tasks: number[] = [];
  let awaiting = future;
  for (let i = 0; i < length; i++) {
    awaiting = waiting(core, awaiting);
    tasks.unshift(awaiting);
  }
  return tasks;
}

/** Tasks of which each waits for the next, and the last for the first. */
function circle(core: RawCore, length: number): number[] {
  const tasks = Array.from({ length }, () => core.calls.taskStart(0, 1));
  for (const [i, task] of tasks.entries()) core.calls.taskWait(task, tasks[(i + 1) % length] as number);
  return tasks;
}

describe("tasks", () => {
  test("a task starts ready, steps, yields, waits, is woken and ends", () => {
    const core = new RawCore();
    const { calls } = core;
    const task = calls.taskStart(0, 0);
    const index = task & SLOT_MASK;
    expect(core.turn(0, 0)).toEqual([index]);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
    calls.taskYield(task);
    expect(core.turn(0, 1)).toEqual([index]);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
    const future = calls.futureOpen(0);
    expect(calls.taskWait(task, future)).toBe(0);
    expect(core.turn(0, 1)).toEqual([]);
    calls.futureSettle(future);
    expect(core.turn(0, 0)).toEqual([index]);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
    expect(calls.taskEnd(task, END_RETURN, 0)).toBe(FINISHED);
    expect(calls.slotsLive(KIND_TASK)).toBe(0);
  });

  test("taskStart: an eager task has control at once and is not in the ring", () => {
    const core = new RawCore();
    const task = core.calls.taskStart(0, 1);
    expect(core.turn(0, 0)).toEqual([]);
    core.calls.taskYield(task);
    expect(core.turn(0, 0)).toEqual([task & SLOT_MASK]);
  });

  test.each([
    ["taskStep of a running task", (calls: RawCore["calls"], task: number) => calls.taskStep(task)],
    [
      "taskInterrupt of a running task",
      (calls: RawCore["calls"], task: number) => calls.taskInterrupt(task, 1),
    ],
    [
      "taskYield of a ready task",
      (calls: RawCore["calls"], task: number) => {
        calls.taskYield(task);
        calls.taskYield(task);
      },
    ],
    [
      "taskWait of a waiting task",
      (calls: RawCore["calls"], task: number) => {
        calls.taskWait(task, calls.futureOpen(0));
        calls.taskWait(task, calls.futureOpen(0));
      },
    ],
  ])("%s traps on both builds", (_name, use) => {
    const { calls } = new RawCore();
    expect(() => use(calls, calls.taskStart(0, 1))).toThrow(Trap);
  });

  test("taskEnd: the waiters become ready", () => {
    const core = new RawCore();
    const { calls } = core;
    const task = calls.taskStart(0, 1);
    const callback = calls.callbackAdd(task);
    const waiter = waiting(core, task);
    calls.taskEnd(task, END_RETURN, 0);
    expect(core.turn(0, 0)).toEqual([callback & SLOT_MASK, waiter & SLOT_MASK]);
  });

  test("taskEnd: while a step is queued it answers PENDING and changes nothing", () => {
    const core = new RawCore();
    const { calls } = core;
    const task = calls.taskStart(0, 0);
    expect(calls.taskEnd(task, END_RAISE, 0)).toBe(PENDING);
    expect(core.turn(0, 0)).toEqual([task & SLOT_MASK]);
    calls.taskStep(task);
    expect(calls.taskEnd(task, END_RAISE, 0)).toBe(FINISHED);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });

  test("taskEnd: a task that waits leaves the list of waiters", () => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    const task = waiting(core, future);
    expect(calls.taskEnd(task, END_RETURN, 0)).toBe(FINISHED);
    calls.futureSettle(future);
    expect(core.turn(0, 0)).toEqual([]);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });

  test.each([
    ["returned", END_RETURN, 0, FINISHED],
    ["raised", END_RAISE, 0, FINISHED],
    ["let the cancellation through", END_CANCEL, 0, CANCELLED],
    ["returned, with a cancellation undelivered", END_RETURN, 1, CANCELLED],
    ["raised, with a cancellation undelivered", END_RAISE, 1, FINISHED],
  ])("taskEnd: a coroutine that %s", (_name, how, requests, outcome) => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 1);
    for (let i = 0; i < requests; i++) calls.taskCancel(task);
    const answer = calls.taskEnd(task, how, 0);
    expect(answer & OUTCOME_MASK).toBe(outcome);
    expect(answer >>> OUTCOME_BITS).toBe(requests);
  });
});

describe("taskCancel", () => {
  test("before the first step: that is the cancellation", () => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 0);
    expect(calls.taskCancel(task)).toBe(task);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_CANCEL);
  });

  test("is delivered once, and counted as often as asked", () => {
    const core = new RawCore();
    const { calls } = core;
    const task = calls.taskStart(0, 0);
    for (let i = 0; i < 3; i++) calls.taskCancel(task);
    core.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_CANCEL);
    expect(calls.taskCancelling(task)).toBe(3);
    calls.taskYield(task);
    core.turn(0, 1);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
  });

  test("while it runs: due at the next wait, and passed on there", () => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 1);
    calls.taskCancel(task);
    const future = calls.futureOpen(0);
    expect(calls.taskWait(task, future)).toBe(1);
    calls.futureSettle(future);
    calls.taskCancelPassed(task);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
  });

  test("after it was woken: the cancellation wins over the result", () => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    const task = waiting(core, future);
    calls.futureSettle(future);
    expect(calls.taskCancel(task)).toBe(task);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_CANCEL);
  });

  test("goes down a chain of 10,000 tasks to the future at its end, and is counted on the way", () => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    const tasks = chain(core, 10_000, future);
    expect(calls.taskCancel(tasks[0] as number)).toBe(future);
    expect(tasks.every((task) => calls.taskCancelling(task) === 1)).toBe(true);
    expect(calls.taskCancel(tasks[5000] as number)).toBe(future);
    expect(calls.taskCancelling(tasks[4999] as number)).toBe(1);
    expect(calls.taskCancelling(tasks[5000] as number)).toBe(2);
    expect(core.check()).toBe(0);
  });

  test("stops in front of a guarded task, whose cancel is JavaScript's", () => {
    const core = new RawCore();
    const { calls } = core;
    const guarded = waiting(core, calls.futureOpen(0), 1);
    const outer = waiting(core, guarded);
    expect(calls.taskCancel(outer)).toBe(guarded);
    expect(calls.taskCancelling(guarded)).toBe(0);
    expect(calls.taskCancelling(outer)).toBe(1);
  });

  test("a future that refuses: taskCancelKeep keeps it for the next step", () => {
    const { calls } = new RawCore();
    const future = calls.futureOpen(1);
    const task = calls.taskStart(0, 1);
    calls.taskWait(task, future);
    expect(calls.taskCancel(task)).toBe(future);
    calls.taskCancelKeep(task);
    calls.futureSettle(future);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_CANCEL);
  });

  test.each([1, 2, 3, 1000])("in a circle of %i: ends, and the one before the closing is woken", (length) => {
    const core = new RawCore();
    const { calls } = core;
    const tasks = circle(core, length);
    const last = tasks.at(-1) as number;
    expect(calls.taskCancel(tasks[0] as number)).toBe(last);
    expect(core.check()).toBe(0);
    expect(core.turn(0, 0)).toEqual([last & SLOT_MASK]);
    expect(calls.taskStep(last)).toBe(STEP_CANCEL);
    // The others unwind one after the other, from the last to the first.
    for (const task of tasks.toReversed()) {
      if (task !== last) expect(calls.taskStep(task)).toBe(STEP_RESUME);
      calls.taskEnd(task, END_CANCEL, 0);
      core.turn(0, 1);
    }
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });

  test("into a circle from outside: ends as well", () => {
    const core = new RawCore();
    const { calls } = core;
    const [first, second] = circle(core, 2) as [number, number];
    const outer = waiting(core, first);
    expect(calls.taskCancel(outer)).toBe(second);
    expect([outer, first, second].map((task) => calls.taskCancelling(task))).toEqual([1, 1, 1]);
    expect(core.check()).toBe(0);
  });

  test("requests beyond CANCEL_REQUESTS_MAX are not counted", () => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 0);
    for (let i = 0; i < CANCEL_REQUESTS_MAX + 5; i++) calls.taskCancel(task);
    expect(calls.taskCancelling(task)).toBe(CANCEL_REQUESTS_MAX);
  });
});

describe("taskUncancel", () => {
  test("at zero the cancellation that was not delivered is gone", () => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 0);
    calls.taskCancel(task);
    calls.taskCancel(task);
    expect(calls.taskUncancel(task)).toBe(1);
    expect(calls.taskUncancel(task)).toBe(0);
    expect(calls.taskUncancel(task)).toBe(0);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_RESUME);
  });

  test("above zero it is still delivered", () => {
    const { calls } = new RawCore();
    const task = calls.taskStart(0, 0);
    calls.taskCancel(task);
    calls.taskCancel(task);
    calls.taskUncancel(task);
    calls.turn(0, 0);
    expect(calls.taskStep(task)).toBe(STEP_CANCEL);
  });
});
