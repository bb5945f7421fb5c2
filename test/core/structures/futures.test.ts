/** Futures, their waiters and callbacks: what becomes ready, in which order, and what goes back. */
import { describe, expect, test } from "vitest";
import { KIND_FUTURE, KIND_HANDLE, SLOT_MASK, STEP_RESUME } from "../../../assembly/abi.ts";
import { isDebug, RawCore, Trap } from "./raw.ts";

function waitingTask(core: RawCore, future: number): number {
  const task = core.calls.taskStart(0, 1);
  core.calls.taskWait(task, future);
  return task;
}

describe("futures", () => {
  test("futureSettle: callbacks and waiting tasks become ready in the order in which they came", () => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    const waiters = [
      calls.callbackAdd(future),
      waitingTask(core, future),
      calls.callbackAdd(future),
      calls.callbackAdd(future),
      waitingTask(core, future),
    ];
    calls.futureSettle(future);
    expect(core.turn(0, 0)).toEqual(waiters.map((slot) => slot & SLOT_MASK));
    expect(calls.slotsLive(KIND_FUTURE)).toBe(0);
    expect(calls.taskStep(waiters[1] as number)).toBe(STEP_RESUME);
  });

  test("futureSettle: a future that nothing waits for just gives its slot back", () => {
    const core = new RawCore();
    core.calls.futureSettle(core.calls.futureOpen(0));
    expect(core.turn(0, 0)).toEqual([]);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });

  // The list is a circle of which the future knows the last: each end is a case of its own.
  test.each([
    ["the only one", 1, [0]],
    ["the first", 3, [0]],
    ["the last", 3, [2]],
    ["one in the middle", 3, [1]],
    ["all, from the front", 3, [0, 1, 2]],
    ["all, from the back", 3, [2, 1, 0]],
  ])("callbackRemove: %s", (_name, count, removed) => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    const callbacks = Array.from({ length: count }, () => calls.callbackAdd(future));
    for (const i of removed) calls.callbackRemove(future, callbacks[i] as number);
    expect(core.check()).toBe(0);
    expect(calls.slotsLive(KIND_HANDLE)).toBe(count - removed.length);
    const late = calls.callbackAdd(future);
    calls.futureSettle(future);
    const kept = callbacks.filter((_, i) => !removed.includes(i));
    expect(core.turn(0, 0)).toEqual([...kept, late].map((slot) => slot & SLOT_MASK));
  });

  test("callbackRemove: one that is in another future's list traps on both builds", () => {
    const { calls } = new RawCore();
    const future = calls.futureOpen(0);
    calls.callbackAdd(future);
    const foreign = calls.callbackAdd(calls.futureOpen(0));
    expect(() => calls.callbackRemove(future, foreign)).toThrow(Trap);
  });

  test("futureDrop: the future and its callbacks are gone, and nothing becomes ready", () => {
    const core = new RawCore();
    const { calls } = core;
    const future = calls.futureOpen(0);
    for (let i = 0; i < 100; i++) calls.callbackAdd(future);
    calls.futureDrop(future);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
    expect(core.turn(0, 0)).toEqual([]);
    expect(core.check()).toBe(0);
  });

  test("futureDrop: one that a task waits for traps on both builds", () => {
    const core = new RawCore();
    const future = core.calls.futureOpen(0);
    waitingTask(core, future);
    expect(() => core.calls.futureDrop(future)).toThrow(Trap);
  });

  if (isDebug)
    test("a task is no future to settle or drop, on the checked build", () => {
      const { calls } = new RawCore();
      const task = calls.taskStart(0, 0);
      expect(() => calls.futureSettle(task)).toThrow(Trap);
      expect(() => calls.futureDrop(task)).toThrow(Trap);
    });

  test("10,000 waiters of one future all become ready", () => {
    const core = new RawCore();
    const future = core.calls.futureOpen(0);
    const tasks = Array.from({ length: 10_000 }, () => waitingTask(core, future));
    core.calls.futureSettle(future);
    expect(core.turn(0, 0)).toEqual(tasks.map((slot) => slot & SLOT_MASK));
    expect(core.check()).toBe(0);
  });
});
