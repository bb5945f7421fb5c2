/** The arena: how slots are handed out, returned and become stale. */
import { describe, expect, test } from "vitest";
import { KIND_HANDLE, KIND_TIMER, NO_SLOT, SLOT_BITS, SLOT_MASK } from "../../../assembly/abi.ts";
import { isDebug, RawCore, Trap } from "./raw.ts";

const PAGE_SLOTS = 4096;
const GENERATIONS = 128;

describe("slots", () => {
  test("the first is 1, since 0 means none, and they rise by one", () => {
    const { calls } = new RawCore();
    expect(calls.slotsCapacity()).toBe(0);
    expect(Array.from({ length: 5 }, () => calls.timerStart(0))).toEqual([1, 2, 3, 4, 5]);
  });

  test("a slot that came back is the next one handed out, with another generation", () => {
    const { calls } = new RawCore();
    const first = calls.timerStart(0);
    calls.timerCancel(first);
    const second = calls.timerStart(0);
    expect(second & SLOT_MASK).toBe(first & SLOT_MASK);
    expect(second >>> SLOT_BITS).toBe((first >>> SLOT_BITS) + 1);
  });

  test("generations go round, and a reference is never negative or NO_SLOT", () => {
    const { calls } = new RawCore();
    const generations: number[] = [];
    for (let i = 0; i < 2 * GENERATIONS; i++) {
      const slot = calls.timerStart(0);
      expect(slot).toBeGreaterThan(NO_SLOT);
      generations.push(slot >>> SLOT_BITS);
      calls.timerCancel(slot);
    }
    expect(generations).toEqual(Array.from({ length: 2 * GENERATIONS }, (_, i) => i % GENERATIONS));
  });

  test("thousands over several pages are all different, and all come back", () => {
    const core = new RawCore();
    const { calls } = core;
    const count = 5 * PAGE_SLOTS + 17;
    const slots = Array.from({ length: count }, (_, i) => calls.timerStart(i));
    expect(new Set(slots).size).toBe(count);
    expect(calls.slotsCapacity()).toBe(6 * PAGE_SLOTS);
    expect(calls.slotsLive(KIND_TIMER)).toBe(count);
    expect(slots.every((slot, i) => calls.timerDeadlineMs(slot) === i)).toBe(true);
    expect(core.check()).toBe(0);
    for (const slot of slots) calls.timerCancel(slot);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
    for (let i = 0; i < count; i++) calls.handleQueue();
    expect(calls.slotsCapacity()).toBe(6 * PAGE_SLOTS);
    expect(calls.slotsLive(KIND_HANDLE)).toBe(count);
    expect(core.check()).toBe(0);
  });
});

if (isDebug)
  describe("a stale reference traps on the checked build", () => {
    const stale: Record<string, (calls: RawCore["calls"]) => void> = {
      "of a cancelled timer": (calls) => {
        const timer = calls.timerStart(1);
        calls.timerCancel(timer);
        calls.timerCancel(timer);
      },
      "of a slot that was reused": (calls) => {
        const timer = calls.timerStart(1);
        calls.timerCancel(timer);
        calls.timerStart(1);
        calls.timerDeadlineMs(timer);
      },
      "of a settled future": (calls) => {
        const future = calls.futureOpen(0);
        calls.futureSettle(future);
        calls.callbackAdd(future);
      },
      "of an ended task": (calls) => {
        const task = calls.taskStart(0, 1);
        calls.taskEnd(task, 0, 0);
        calls.taskCancel(task);
      },
      "of a closed channel": (calls) => {
        const channel = calls.channelOpen();
        calls.channelClose(channel);
        calls.channelReady(channel, 1);
      },
      "of a removed callback": (calls) => {
        const future = calls.futureOpen(0);
        const callback = calls.callbackAdd(future);
        calls.callbackRemove(future, callback);
        calls.callbackRemove(future, callback);
      },
      "that is NO_SLOT": (calls) => calls.futureSettle(NO_SLOT),
      "that was never handed out": (calls) => calls.futureSettle(77),
      "of another kind": (calls) => calls.futureSettle(calls.channelOpen()),
    };
    test.each(Object.entries(stale))("%s", (_name, use) => {
      expect(() => use(new RawCore().calls)).toThrow(Trap);
    });
  });
