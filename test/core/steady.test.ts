/**
 * Memory: in its steady state the core allocates nothing, a pending timer costs what it has to, and everything that is
 * cancelled comes back.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type EventLoop, sleep } from "wasyncio";
import { KIND_TIMER } from "../../src/core/wasm.ts";
import { virtualLoop } from "./collect.ts";
import { RawCore } from "./structures/raw.ts";

const COUNT = 100_000;
const AT_ONCE = 1000;
const MILLION = 1_000_000;
const TIMER_BYTES_MAX = 33;
const RELEASE_BYTES_MAX = 24 * 1024;

/** Schedules `AT_ONCE` callbacks again and again, until `count` have run. */
function* schedule(loop: EventLoop, count: number, timers: boolean): Generator<unknown, number, unknown> {
  let ran = 0;
  const callback = () => {
    ran++;
  };
  while (ran < count) {
    for (let i = 0; i < AT_ONCE; i++) {
      if (timers) loop.callLater(i % 10, callback);
      else loop.callSoon(callback);
    }
    yield* sleep(10);
  }
  return ran;
}

describe("the steady state allocates nothing in linear memory", () => {
  test.each([
    ["timers", true],
    ["callSoons", false],
  ])("over 100,000 %s of an EventLoop", (_name, timers) => {
    const loop = virtualLoop();
    loop.runSync(schedule(loop, 2 * AT_ONCE, timers));
    const { memoryBytes } = loop.scheduler.core;
    expect(loop.runSync(schedule(loop, COUNT, timers))).toBe(COUNT);
    expect(loop.scheduler.core.memoryBytes).toBe(memoryBytes);
    loop.close();
  });

  test("over 100,000 of each in the core itself, a part of the timers cancelled", () => {
    const core = new RawCore();
    const { calls } = core;
    let nowMs = 0;
    const round = () => {
      for (let i = 0; i < AT_ONCE; i++) {
        calls.handleQueue();
        const timer = calls.timerStart(nowMs + (i % 7));
        if (i % 3 === 0) calls.timerCancel(timer);
      }
      nowMs += 10;
      calls.turn(nowMs, calls.turn(nowMs, 0));
    };
    round();
    const { memoryBytes } = core;
    for (let i = 0; i < COUNT / AT_ONCE; i++) round();
    expect(core.memoryBytes).toBe(memoryBytes);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });

  test("over 100,000 futures and tasks in the core itself", () => {
    const core = new RawCore();
    const { calls } = core;
    const round = () => {
      const tasks = Array.from({ length: AT_ONCE }, () => {
        const task = calls.taskStart(0, 1);
        const future = calls.futureOpen(0);
        calls.callbackAdd(future);
        calls.taskWait(task, future);
        calls.futureSettle(future);
        return task;
      });
      const ran = calls.turn(0, 0);
      for (const task of tasks) {
        calls.taskStep(task);
        calls.taskEnd(task, 0, 0);
      }
      calls.turn(0, ran);
    };
    round();
    const { memoryBytes } = core;
    for (let i = 0; i < COUNT / AT_ONCE; i++) round();
    expect(core.memoryBytes).toBe(memoryBytes);
    expect(core.live()).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("a million pending timers", () => {
  test("cost 33 bytes each at most, and all slots come back on cancel, to be used again", () => {
    const core = new RawCore();
    const { calls } = core;
    const slots = new Int32Array(MILLION);
    for (let i = 0; i < MILLION; i++) slots[i] = calls.timerStart((i * 7919) % 100_003);
    expect(calls.slotsLive(KIND_TIMER)).toBe(MILLION);
    const { memoryBytes } = core;
    expect(memoryBytes / MILLION).toBeLessThanOrEqual(TIMER_BYTES_MAX);
    for (const slot of slots) calls.timerCancel(slot);
    expect(calls.slotsLive(KIND_TIMER)).toBe(0);
    expect(calls.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < MILLION; i++) calls.timerStart(i);
    expect(core.memoryBytes).toBe(memoryBytes);
  });
});

test("thirty years under a virtual clock pass, though its numbers lie wide apart by then", () => {
  const loop = virtualLoop();
  const decadeMs = 10 * 365 * 24 * 3600 * 1000;
  loop.runSync(
    (function* () {
      for (let i = 0; i < 3; i++) yield* sleep(decadeMs);
    })(),
  );
  expect(loop.time()).toBe(3 * decadeMs);
  loop.close();
});

describe("the release build", () => {
  const bytes = readFileSync(new URL("../../build/core.release.wasm", import.meta.url));

  test("imports nothing", () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
  });

  test("has 24 KiB at most", () => {
    expect(bytes.byteLength).toBeLessThanOrEqual(RELEASE_BYTES_MAX);
  });
});

test("the core brings no static data, which its first table would overwrite", () => {
  const { memory } = new RawCore();
  expect(memory.buffer.byteLength).toBe(0x10000);
  expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
});

test("the tests run on the build of the core that their project names", () => {
  const loop = virtualLoop();
  expect(loop.scheduler.core.calls.check !== undefined).toBe(process.env.WASYNCIO_CORE === "debug");
  loop.close();
});
