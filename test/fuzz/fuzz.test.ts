// Random programs, judged by CPython: a fixed lot, a new one each time, and those that once told a difference.

import { afterAll, describe, expect, test } from "vitest";
import { Line } from "../../src/sync/line.ts";
import { startOracle } from "../oracle/oracle.ts";
import { seeds } from "../random.ts";
import { FEATURES_OF_ASYNC_FUNCTIONS as features, generateMany } from "./generate.ts";
import { runAll, runAllAsync } from "./interpreter.ts";
import { type Contender, formatMismatch, judge, minimise } from "./judge.ts";
import type { Program } from "./program.ts";
import regressions from "./regressions.json" with { type: "json" };

const PROGRAMS = 500;
const ASYNC_PROGRAMS = 250;

const oracle = startOracle();
afterAll(() => oracle.close());

/** The mismatches as a person reads them, the first made small. */
async function reports(programs: readonly Program[], contender: Contender): Promise<string[]> {
  const [first, ...others] = await judge(oracle, programs, contender);
  if (first === undefined) return [];
  const smallest = await minimise(oracle, first, contender);
  return [formatMismatch(smallest), ...others.map(({ program }) => `seed ${program.seed} as well`)];
}

const fresh = seeds().at(-1) as number;

describe("random programs end as on CPython, entry by entry", () => {
  test(`generators, seeds 1 to ${PROGRAMS}`, async () => {
    expect(await reports(generateMany(1, PROGRAMS), runAll)).toEqual([]);
  });

  test(`generators, ${PROGRAMS} new ones from seed ${fresh} on`, async () => {
    expect(await reports(generateMany(fresh, PROGRAMS), runAll)).toEqual([]);
  });

  test(`async functions, ${ASYNC_PROGRAMS} new ones from seed ${fresh} on`, async () => {
    expect(await reports(generateMany(fresh, ASYNC_PROGRAMS, { features }), runAllAsync)).toEqual([]);
  });

  test("those that once did not, in both styles", async () => {
    const programs = regressions as unknown as Program[];
    expect(await reports(programs, runAll)).toEqual([]);
    expect(await reports(programs, runAllAsync)).toEqual([]);
  });
});

describe("a bug planted in wasyncio", () => {
  test("is caught: waiters in a line are woken in the wrong order", async () => {
    const { wakeNext } = Line.prototype;
    Line.prototype.wakeNext = function (this: Line): boolean {
      let last = this.first;
      while (last?.following !== undefined) last = last.following;
      return last?.wake() ?? false;
    };
    try {
      const mismatches = await judge(oracle, generateMany(1, PROGRAMS), runAll);
      expect(mismatches.length).toBeGreaterThan(0);
    } finally {
      Line.prototype.wakeNext = wakeNext;
    }
  });
});
