/**
 * Owns the tests of the date and timers of the code under test on a virtual clock: by @sinonjs/fake-timers and by vitest's own.
 */

import { afterEach, describe, expect, it, vi } from "vitest";
import { adopt, createTask, Event, run, runSync, sleep, timeout } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { type FakeTimersOptions, fakeTimers } from "wasyncio/testing/fake-timers";
import { webHost } from "../../src/host/web.ts";
import { byMessage, byTimer } from "../../src/host/web-wakes.ts";

/** As other people's code waits. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const NEW_YEAR = Date.UTC(2030, 0, 1);

/** A program that sleeps on the loop, by setTimeout and by setInterval, and says what came when. */
async function program(clock: VirtualClock): Promise<[string, number, number, number][]> {
  const events: [string, number, number, number][] = [];
  const startMs = performance.now();
  const note = (what: string) =>
    events.push([what, clock.time(), Date.now() - NEW_YEAR, Math.round(performance.now() - startMs)]);
  const interval = setInterval(() => note("interval"), 400);
  const task = createTask(async () => {
    await sleep(500);
    note("sleep");
  });
  await delay(300);
  note("delay");
  setTimeout(() => note("timer"), 600);
  await task;
  await sleep(500);
  clearInterval(interval);
  return events;
}

const EVENTS = [
  ["delay", 300, 300, 300],
  ["interval", 400, 400, 400],
  ["sleep", 500, 500, 500],
  ["interval", 800, 800, 800],
  ["timer", 900, 900, 900],
];

describe("fakeTimers", () => {
  it("has the date and the timers of the code under test move with the clock, in one order", async () => {
    const real = [Date, setTimeout, performance.now];
    const clock = new VirtualClock();
    const timers = fakeTimers(clock, { now: NEW_YEAR });
    try {
      expect(await run(() => program(clock), { clock })).toEqual(EVENTS);
    } finally {
      timers.uninstall();
    }
    expect([Date, setTimeout, performance.now]).toEqual(real);
  });

  it("leaves the loop's own timers alone on hosts that have none but the global ones", async () => {
    const clock = new VirtualClock({ autojumpAfterMs: 5 });
    const timers = fakeTimers(clock, { now: NEW_YEAR });
    const makeHost = webHost({
      name: "page",
      sliceMs: 4,
      perRequest: false,
      wakeSoon: byMessage(byTimer),
      fetchOfPage: true,
    });
    try {
      expect(await run(() => program(clock), { clock, host: makeHost() })).toEqual(EVENTS);
      await run(() => sleep(1), { host: makeHost() });
    } finally {
      timers.uninstall();
    }
  });

  it("begins with the real date, and knows fractions of milliseconds only in the clock", async () => {
    const clock = new VirtualClock();
    const beforeMs = Date.now();
    const timers = fakeTimers(clock);
    try {
      await run(
        async () => {
          const startMs = Date.now();
          for (let i = 0; i < 4; i++) await sleep(0.75);
          expect([clock.time(), Date.now() - startMs]).toEqual([3, 3]);
          await delay(1);
          expect(clock.time()).toBe(4);
        },
        { clock },
      );
    } finally {
      timers.uninstall();
    }
    expect(Date.now() - beforeMs).toBeLessThan(10_000);
  });

  it("moves them by hand where the clock does not jump", async () => {
    const clock = new VirtualClock({ autojump: false });
    const timers = fakeTimers(clock, { now: NEW_YEAR });
    const rang: number[] = [];
    try {
      setTimeout(() => rang.push(Date.now() - NEW_YEAR), 50);
      clock.advance(49);
      expect(rang).toEqual([]);
      await clock.advance(51);
      expect(rang).toEqual([50]);
      const running = run(() => delay(10).then(() => sleep(10)), { clock });
      await clock.advance(15);
      expect(Date.now() - NEW_YEAR).toBe(115);
      await clock.advance(5);
      await running;
    } finally {
      timers.uninstall();
    }
  });

  it("makes a deadline of the loop and a timer of the code under test meet", async () => {
    const clock = new VirtualClock();
    const timers = fakeTimers(clock);
    try {
      const slow = () => timeout(100, () => adopt(delay(101)));
      await expect(run(slow, { clock })).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
      const quick = () => timeout(100, () => adopt(delay(99)));
      await run(quick, { clock });
    } finally {
      timers.uninstall();
    }
  });

  it("sees a timer that is set while the loop sleeps, after something real", async () => {
    const clock = new VirtualClock();
    const soon = setImmediate;
    const timers = fakeTimers(clock);
    try {
      await run(
        async () => {
          await new Promise<void>((resolve) => soon(() => soon(resolve)));
          await delay(1000);
        },
        { clock },
      );
      expect(clock.time()).toBe(1000);
    } finally {
      timers.uninstall();
    }
  });

  it("moves only the date if that is to be faked", async () => {
    const clock = new VirtualClock();
    const timers = fakeTimers(clock, { now: new Date(NEW_YEAR), toFake: ["Date"] });
    try {
      await run(() => sleep(1000), { clock });
      expect(Date.now()).toBe(NEW_YEAR + 1000);
    } finally {
      timers.uninstall();
    }
  });

  it("tells of a deadlock all the same", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 30 });
    const timers = fakeTimers(clock);
    try {
      const stuck = run(() => new Event().wait(), { clock });
      await expect(stuck).rejects.toMatchObject({ code: "ERR_DEADLOCK" });
    } finally {
      timers.uninstall();
    }
  });

  it("moves the date under runSync", () => {
    const clock = new VirtualClock();
    const timers = fakeTimers(clock, { now: NEW_YEAR });
    try {
      runSync(sleep(60_000), { clock });
      expect(Date.now()).toBe(NEW_YEAR + 60_000);
    } finally {
      timers.uninstall();
    }
  });

  it("refuses what it cannot fake, and a clock that drives others, and leaves nothing installed", () => {
    const clock = new VirtualClock();
    const wrong = [
      { now: Number.NaN },
      { now: "today" },
      { toFake: "Date" },
      { toFake: ["setImmediate"] },
      { toFake: [1] },
    ] as unknown as FakeTimersOptions[];
    for (const options of wrong) expect(() => fakeTimers(clock, options)).toThrow("fakeTimers needs");
    expect(() => fakeTimers({} as VirtualClock)).toThrow("a VirtualClock");
    const real = setTimeout;
    const timers = fakeTimers(clock);
    try {
      expect(() => fakeTimers(clock)).toThrow();
    } finally {
      timers[Symbol.dispose]();
    }
    expect(setTimeout).toBe(real);
  });
});

describe("VirtualClock.drive", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("has vi's fake timers move with the clock", async () => {
    vi.useFakeTimers({ now: NEW_YEAR });
    const clock = new VirtualClock();
    const letGo = clock.drive(vi);
    expect(await run(() => program(clock), { clock })).toEqual(EVENTS);
    letGo();
    await run(() => sleep(1000), { clock });
    expect(Date.now() - NEW_YEAR).toBe(1000);
  });

  it("needs them installed, and drives one set at a time", () => {
    const clock = new VirtualClock();
    expect(() => clock.drive(vi)).toThrow(
      "drive needs fake timers that are installed, as by vi.useFakeTimers()",
    );
    expect(() => clock.drive({} as typeof vi)).toThrow("drive needs fake timers");
    vi.useFakeTimers();
    const letGo = clock.drive(vi);
    expect(() => clock.drive(vi)).toThrow("drive needs to let go");
    letGo();
    clock.drive(vi)();
  });

  it("is not needed for a clock that leaves them alone", async () => {
    vi.useFakeTimers();
    const clock = new VirtualClock();
    await run(() => sleep(1000), { clock });
    await run(() => sleep(1));
    expect(clock.time()).toBe(1000);
  });
});
