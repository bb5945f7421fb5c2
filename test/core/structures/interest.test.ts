/** The interest table: a channel is queued when what is wanted is there, whichever came first. */
import { describe, expect, test } from "vitest";
import { KIND_CHANNEL, READABLE, SLOT_MASK, WRITABLE } from "../../../assembly/abi.ts";
import { RawCore, Trap } from "./raw.ts";

const BOTH = READABLE | WRITABLE;

describe("channels", () => {
  test.each([
    [
      "wanted, then there",
      (calls: RawCore["calls"], channel: number) => {
        calls.channelWant(channel, READABLE);
        calls.channelReady(channel, BOTH);
      },
    ],
    [
      "there, then wanted",
      (calls: RawCore["calls"], channel: number) => {
        calls.channelReady(channel, BOTH);
        calls.channelWant(channel, READABLE);
      },
    ],
  ])("%s: queued once, and only what is wanted is used up", (_name, meet) => {
    const core = new RawCore();
    const { calls } = core;
    const channel = calls.channelOpen();
    meet(calls, channel);
    calls.channelReady(channel, READABLE);
    expect(core.turn(0, 0)).toEqual([channel & SLOT_MASK]);
    expect(calls.channelTake(channel)).toBe(READABLE);
    calls.channelWant(channel, READABLE);
    expect(core.turn(0, 1)).toEqual([]);
    calls.channelWant(channel, WRITABLE);
    expect(core.turn(0, 0)).toEqual([channel & SLOT_MASK]);
    expect(calls.channelTake(channel)).toBe(WRITABLE);
  });

  test("what is there without being wanted waits, and what is wanted without being there too", () => {
    const core = new RawCore();
    const channel = core.calls.channelOpen();
    core.calls.channelReady(channel, READABLE);
    core.calls.channelWant(channel, WRITABLE);
    expect(core.turn(0, 0)).toEqual([]);
  });

  test("no longer wanted when its turn comes: nothing to take, and the readiness stays", () => {
    const core = new RawCore();
    const { calls } = core;
    const channel = calls.channelOpen();
    calls.channelWant(channel, READABLE);
    calls.channelReady(channel, READABLE);
    calls.channelWant(channel, 0);
    core.turn(0, 0);
    expect(calls.channelTake(channel)).toBe(0);
    calls.channelWant(channel, READABLE);
    expect(core.turn(0, 1)).toEqual([channel & SLOT_MASK]);
  });

  test("queued again while it takes its turn: the next batch has it", () => {
    const core = new RawCore();
    const { calls } = core;
    const channel = calls.channelOpen();
    calls.channelWant(channel, READABLE);
    calls.channelReady(channel, READABLE);
    core.turn(0, 0);
    calls.channelTake(channel);
    calls.channelReady(channel, READABLE);
    expect(core.turn(0, 1)).toEqual([channel & SLOT_MASK]);
  });

  test("channelClose: an idle channel's slot is free at once", () => {
    const { calls } = new RawCore();
    expect(calls.channelClose(calls.channelOpen())).toBe(1);
    expect(calls.slotsLive(KIND_CHANNEL)).toBe(0);
  });

  test("channelClose: a queued channel keeps its slot until its turn, whatever comes in between", () => {
    const core = new RawCore();
    const { calls } = core;
    const channel = calls.channelOpen();
    calls.channelWant(channel, READABLE);
    calls.channelReady(channel, READABLE);
    expect(calls.channelClose(channel)).toBe(0);
    expect(calls.channelClose(channel)).toBe(0);
    calls.channelReady(channel, WRITABLE);
    calls.channelWant(channel, BOTH);
    expect(core.check()).toBe(0);
    expect(core.turn(0, 0)).toEqual([channel & SLOT_MASK]);
    expect(calls.channelTake(channel)).toBe(0);
    expect(calls.slotsLive(KIND_CHANNEL)).toBe(0);
    expect(core.turn(0, 1)).toEqual([]);
  });

  test("channelTake of a channel that is not queued traps on both builds", () => {
    const { calls } = new RawCore();
    const channel = calls.channelOpen();
    expect(() => calls.channelTake(channel)).toThrow(Trap);
  });
});
