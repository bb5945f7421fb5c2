// What is due in a network, beside a naive model: a list that is sorted each time.

import { expect, test } from "vitest";
import { Due, Schedule } from "../../src/testing/network/schedule.ts";
import { Random, seeds } from "../random.ts";

const ACTS = 3000;

/** Notes that it has fired. */
class Noting extends Due {
  readonly name: number;
  readonly log: string[];

  constructor(name: number, log: string[]) {
    super();
    this.name = name;
    this.log = log;
  }

  fire(nowMs: number): void {
    this.log.push(`${this.name} at ${nowMs}`);
  }
}

/** A loop with one timer at most, whose time is moved by hand. */
class ManualLoop {
  nowMs = 0;
  timer: { readonly whenMs: number; readonly callback: () => void } | undefined;

  time(): number {
    return this.nowMs;
  }

  callAt(whenMs: number, callback: () => void): { cancel(): void } {
    expect(this.timer, "one timer at a time").toBeUndefined();
    const timer = { whenMs, callback };
    this.timer = timer;
    return {
      cancel: () => {
        if (this.timer === timer) this.timer = undefined;
      },
    };
  }

  isClosed(): boolean {
    return false;
  }

  /** Calls what is due until then. */
  moveTo(nowMs: number): void {
    while (this.timer !== undefined && this.timer.whenMs <= nowMs) {
      const { whenMs, callback } = this.timer;
      this.timer = undefined;
      this.nowMs = whenMs;
      callback();
    }
    this.nowMs = nowMs;
  }
}

interface Planned {
  readonly due: Noting;
  readonly whenMs: number;
}

test.each(seeds())("Schedule fires what is due, by time and then by order, seed %i", (seed) => {
  const random = new Random(seed);
  const loop = new ManualLoop();
  const schedule = new Schedule();
  schedule.moveTo(loop);
  const log: string[] = [];
  const expected: string[] = [];
  const dues = Array.from({ length: 40 }, (_, i) => new Noting(i, log));
  let planned: Planned[] = [];
  for (let i = 0; i < ACTS; i++) {
    const due = random.pick(dues);
    if (random.chance(0.6)) {
      const whenMs = loop.nowMs + random.between(0, 20);
      planned = [...planned.filter((each) => each.due !== due), { due, whenMs }];
      schedule.at(whenMs, due);
    } else if (random.chance(0.5)) {
      planned = planned.filter((each) => each.due !== due);
      schedule.cancel(due);
    } else {
      const untilMs = loop.nowMs + random.between(0, 6);
      // The sort is stable.
      const fired = planned
        .filter(({ whenMs }) => whenMs <= untilMs)
        .sort((one, other) => one.whenMs - other.whenMs);
      expected.push(...fired.map(({ due, whenMs }) => `${due.name} at ${whenMs}`));
      planned = planned.filter(({ whenMs }) => whenMs > untilMs);
      loop.moveTo(untilMs);
    }
    expect(schedule.timers).toBe(planned.length === 0 ? 0 : 1);
  }
  expect(log).toEqual(expected);
  expect(log.length).toBeGreaterThan(500);
});
