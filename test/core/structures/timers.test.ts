/** The timer heap: order, ties, and what counts as due. */
import { describe, expect, test } from "vitest";
import { KIND_TIMER, SLOT_MASK } from "../../../assembly/abi.ts";
import { Random, seeds } from "../../random.ts";
import { RawCore, Trap } from "./raw.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

function set(core: RawCore, ...deadlinesMs: number[]): number[] {
  return deadlinesMs.map((deadlineMs) => core.calls.timerStart(deadlineMs) & SLOT_MASK);
}

describe("the timer heap", () => {
  test("timers come in the order of their deadlines, equal ones in the order in which they were set", () => {
    const core = new RawCore();
    const [a, b, c, d, e] = set(core, 5, 3, 5, -1, 3);
    expect(core.turn(10, 0)).toEqual([d, b, e, a, c]);
  });

  test("a thousand equal deadlines keep their order, though every third was cancelled", () => {
    const core = new RawCore();
    const slots = Array.from({ length: 1000 }, () => core.calls.timerStart(7));
    const kept = slots.filter((slot, i) => {
      if (i % 3 === 0) core.calls.timerCancel(slot);
      return i % 3 !== 0;
    });
    expect(core.turn(7, 0)).toEqual(kept.map((slot) => slot & SLOT_MASK));
  });

  test("a timer is due at its deadline and not before", () => {
    const core = new RawCore();
    const [timer] = set(core, 10);
    expect(core.turn(9.99, 0)).toEqual([]);
    expect(core.turn(10, 0)).toEqual([timer]);
  });

  test.each([1, 30, 300, 3000])(
    "a timer is due at its deadline after %i years, where the clock's steps are wide",
    (years) => {
      const core = new RawCore();
      const [timer] = set(core, years * YEAR_MS);
      expect(core.turn(years * YEAR_MS - 1, 0)).toEqual([]);
      expect(core.turn(years * YEAR_MS, 0)).toEqual([timer]);
    },
  );

  test("a deadline of Infinity never comes, one of -Infinity at once", () => {
    const core = new RawCore();
    const [, past] = set(core, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    expect(core.calls.nextDeadlineMs()).toBe(Number.NEGATIVE_INFINITY);
    expect(core.turn(Number.MAX_VALUE, 0)).toEqual([past]);
    expect(core.calls.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    expect(core.turn(Number.MAX_VALUE, 1)).toEqual([]);
    expect(core.calls.slotsLive(KIND_TIMER)).toBe(1);
  });

  test("NaN is refused on both builds", () => {
    expect(() => new RawCore().calls.timerStart(Number.NaN)).toThrow(Trap);
  });

  test("a due timer keeps its deadline and its slot until it has run, also when it is cancelled", () => {
    const core = new RawCore();
    const timer = core.calls.timerStart(3.25);
    core.turn(4, 0);
    expect(core.calls.timerDeadlineMs(timer)).toBe(3.25);
    expect(core.calls.timerCancel(timer)).toBe(3.25);
    expect(core.calls.slotsLive(KIND_TIMER)).toBe(1);
    core.turn(4, 1);
    expect(core.calls.slotsLive(KIND_TIMER)).toBe(0);
  });

  test.each(seeds())("seed %i: 20,000 timers over several pages come as a sort would have them", (seed) => {
    const core = new RawCore();
    const random = new Random(seed);
    let timers = Array.from({ length: 20_000 }, () => {
      const deadlineMs = random.between(0, 5000) / 4;
      return { deadlineMs, slot: core.calls.timerStart(deadlineMs) };
    });
    timers = timers.filter(({ slot }) => {
      const cancelled = random.chance(0.3);
      if (cancelled) core.calls.timerCancel(slot);
      return !cancelled;
    });
    expect(core.check()).toBe(0);
    timers.sort((one, other) => one.deadlineMs - other.deadlineMs);
    let ran = 0;
    for (let nowMs = 0; timers.length > 0; nowMs += 100) {
      const due = timers.filter(({ deadlineMs }) => deadlineMs <= nowMs);
      timers = timers.slice(due.length);
      const batch = core.turn(nowMs, ran);
      expect(batch).toEqual(due.map(({ slot }) => slot & SLOT_MASK));
      ran = batch.length;
      expect(core.calls.nextDeadlineMs()).toBe(timers[0]?.deadlineMs ?? Number.POSITIVE_INFINITY);
    }
    expect(core.check()).toBe(0);
  });
});
