// The judge must be able to convict: canaries with a planted bug have to be caught and made small.

import { afterAll, describe, expect, test } from "vitest";
import { type Json, startOracle } from "../oracle/oracle.ts";
import { generateMany } from "./generate.ts";
import { askOracle, type Contender, formatMismatch, judge, minimise } from "./judge.ts";
import type { Op, Program, Run } from "./program.ts";

const PROGRAMS = generateMany(1, 250);
const oracle = startOracle();
afterAll(() => oracle.close());

/** asyncio itself, with the name of something in it bound to something else while it runs. */
function planted(bug: string): Contender {
  const source = `
import asyncio, collections
from unittest import mock
from fuzz.interpreter import run_all
from oracle import differences

def run(programs):
    with ${bug}:
        return run_all(programs)
`;
  return (programs) => oracle.runPython(source, programs as unknown as Json) as unknown as Promise<Run[]>;
}

function countOps(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Number("op" in value) + Object.values(value).reduce((sum: number, item) => sum + countOps(item), 0);
}

describe("judge", () => {
  test("finds nothing where both sides are asyncio", async () => {
    expect(await judge(oracle, PROGRAMS, (programs) => askOracle(oracle, programs))).toEqual([]);
  });

  test.each([
    [
      "timers that break ties in reverse",
      `mock.patch.object(differences.FifoTimerHandle, "__lt__", lambda a, b: (a._when, -a._sequence) < (b._when, -b._sequence))`,
    ],
    [
      "a sleep that takes one iteration more",
      `mock.patch.object(asyncio.futures, "_set_result_unless_cancelled", lambda f, r: asyncio.get_running_loop().call_soon(lambda: f.done() or f.set_result(r)))`,
    ],
    [
      "a lock that lets newcomers in first",
      `mock.patch.object(asyncio.Lock, "release", lambda lock: setattr(lock, "_locked", False))`,
    ],
  ])("catches %s, and makes its program small", async (_, bug) => {
    const contender = planted(bug);
    const mismatches = await judge(oracle, PROGRAMS, contender);
    expect(mismatches.length).toBeGreaterThan(0);
    const smallest = await minimise(oracle, mismatches[0]!, contender);
    expect(countOps(smallest.program.main)).toBeLessThan(16);
    expect(formatMismatch(smallest)).toMatch(/^seed \d+:\n.*\(asyncio\)\n.*\(wasyncio\)\n/s);
  });
});

describe("a program", () => {
  test("stays one whatever is cut away: ops that lead nowhere are passed over", async () => {
    const ops = PROGRAMS.flatMap(({ main }) => main);
    const loose: Program[] = ops.slice(0, 500).map((op: Op) => ({ seed: 0, objects: [], main: [op] }));
    const runs = await askOracle(oracle, loose);
    expect(runs.filter(({ ended }) => ended === "runaway")).toEqual([]);
  });
});
