// wasyncio before the judge: programs that never change, programs that nobody has seen, and those that have once
// made, or would make, a difference.

import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { EventLoop } from "wasyncio";
import { startOracle } from "../oracle/oracle.ts";
import { generateMany } from "./generate.ts";
import { runAll } from "./interpreter.ts";
import { formatMismatch, judge, minimise } from "./judge.ts";
import type { Program } from "./program.ts";
import regressions from "./regressions.json" with { type: "json" };

const PROGRAMS = 500;
const MINIMISED_MAX = 3;
const newSeed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const oracle = startOracle();
afterAll(() => oracle.close());
afterEach(() => {
  vi.restoreAllMocks();
});

/** What is wrong, in words; empty where nothing is. */
async function verdict(programs: readonly Program[]): Promise<string> {
  const mismatches = await judge(oracle, programs, runAll);
  const reports: string[] = [];
  for (const mismatch of mismatches.slice(0, MINIMISED_MAX)) {
    reports.push(formatMismatch(await minimise(oracle, mismatch, runAll)));
  }
  if (mismatches.length > reports.length) reports.push(`and ${mismatches.length - reports.length} more`);
  return reports.join("\n\n");
}

describe("wasyncio does as asyncio does", () => {
  test(`in ${PROGRAMS} programs that stay the same`, async () => {
    expect(await verdict(generateMany(1, PROGRAMS))).toBe("");
  });

  test(`in ${PROGRAMS} new programs, FUZZ_SEED=${newSeed}`, async () => {
    expect(await verdict(generateMany(newSeed, PROGRAMS))).toBe("");
  });

  test.each(regressions)("where it would show that $catches", async ({ program }) => {
    expect(await verdict([program as unknown as Program])).toBe("");
  });
});

describe("the canary", () => {
  test("a callLater that comes one iteration late is caught", async () => {
    const { callLater } = EventLoop.prototype;
    vi.spyOn(EventLoop.prototype, "callLater").mockImplementation(function (
      this: EventLoop,
      ms,
      callback,
      ...args
    ) {
      return callLater.call(this, ms, () => this.callSoon(callback, ...args)) as never;
    });
    expect(await judge(oracle, generateMany(1, PROGRAMS), runAll)).not.toEqual([]);
  });
});
