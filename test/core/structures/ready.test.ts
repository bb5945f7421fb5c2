/** The ready ring: first in, first out, over the edge of the ring and of its memory. */
import { describe, expect, test } from "vitest";
import { KIND_HANDLE, SLOT_MASK } from "../../../assembly/abi.ts";
import { RawCore, Trap } from "./raw.ts";

const FIRST_RING = 4096;

function queue(core: RawCore, count: number): number[] {
  return Array.from({ length: count }, () => core.calls.handleQueue() & SLOT_MASK);
}

describe("the ready ring", () => {
  test("gives what is queued in its order, once", () => {
    const core = new RawCore();
    const queued = queue(core, 10);
    expect(core.turn(0, 0)).toEqual(queued);
    expect(core.turn(0, 10)).toEqual([]);
    expect(core.calls.slotsLive(KIND_HANDLE)).toBe(0);
  });

  test("keeps what has not run, in front of what came since", () => {
    const core = new RawCore();
    const first = queue(core, 5);
    core.turn(0, 0);
    const second = queue(core, 5);
    expect(core.turn(0, 2)).toEqual([...first.slice(2), ...second]);
    expect(core.calls.slotsLive(KIND_HANDLE)).toBe(8);
  });

  // The head stands at different places when the ring is full, so that the growth has to straighten it out.
  test.each([0, 1, 100, FIRST_RING / 2, FIRST_RING - 1, FIRST_RING, 2.5 * FIRST_RING])(
    "grows after %i entries have gone through it and loses nothing",
    (head) => {
      const core = new RawCore();
      for (let gone = 0; gone < head; ) {
        const count = Math.min(1000, head - gone);
        queue(core, count);
        expect(core.turn(0, 0)).toHaveLength(count);
        expect(core.turn(0, count)).toEqual([]);
        gone += count;
      }
      const queued = queue(core, FIRST_RING + 1);
      expect(core.check()).toBe(0);
      expect(core.turn(0, 0)).toEqual(queued);
    },
  );

  test("grows over several pages while half of it has run", () => {
    const core = new RawCore();
    let expected: number[] = [];
    let ran = 0;
    for (let round = 0; round < 7; round++) {
      expected.push(...queue(core, 10_000));
      const batch = core.turn(0, ran);
      expect(batch).toEqual(expected);
      ran = batch.length >> 1;
      expected = expected.slice(ran);
    }
    expect(core.check()).toBe(0);
    expect(core.turn(0, ran)).toEqual(expected);
    expect(core.turn(0, expected.length)).toEqual([]);
    expect(core.calls.slotsLive(KIND_HANDLE)).toBe(0);
  });

  test("uses the memory of the rings it has outgrown again", () => {
    const core = new RawCore();
    queue(core, 20_000);
    const grown = core.memoryBytes;
    // Ring pages of 1, then 2, then 4 pages: the first is free by now, and the arena can have it.
    core.turn(0, 0);
    core.turn(0, 20_000);
    queue(core, 20_000);
    expect(core.memoryBytes).toBe(grown);
  });

  test("releases handles and timers, and leaves tasks and channels their slots", () => {
    const core = new RawCore();
    const { calls } = core;
    calls.handleQueue();
    calls.timerStart(1);
    const task = calls.taskStart(0, 0);
    const channel = calls.channelOpen();
    calls.channelWant(channel, 1);
    calls.channelReady(channel, 1);
    expect(core.turn(2, 0)).toHaveLength(4);
    calls.taskStep(task);
    calls.taskWait(task, calls.futureOpen(0));
    calls.channelTake(channel);
    expect(core.turn(2, 4)).toEqual([]);
    expect(core.live()).toEqual([0, 0, 1, 1, 1]);
  });

  test("an ended task's entry does not release the slot's next owner", () => {
    const core = new RawCore();
    const { calls } = core;
    const task = calls.taskStart(0, 0);
    core.turn(0, 0);
    calls.taskStep(task);
    calls.taskEnd(task, 0, 0);
    const handle = calls.handleQueue();
    expect(handle & SLOT_MASK).toBe(task & SLOT_MASK);
    expect(core.turn(0, 1)).toEqual([handle & SLOT_MASK]);
    expect(calls.slotsLive(KIND_HANDLE)).toBe(1);
  });

  test("to have run more than there was traps on both builds", () => {
    const core = new RawCore();
    queue(core, 2);
    expect(() => core.calls.turn(0, 3)).toThrow(Trap);
  });
});
