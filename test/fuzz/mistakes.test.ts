// The mistakes that an implementation of asyncio is most likely to make, each with the smallest program found that
// shows it.
//
// They come from a naive port of asyncio into which each mistake was planted on purpose, and which the fuzzer and the
// shrinker then convicted. A campaign meets some of them only once in thousands of programs.

import { afterAll, describe, expect, test } from "vitest";
import { startOracle } from "../oracle/oracle.ts";
import { runAll } from "./interpreter.ts";
import { formatMismatch, judge } from "./judge.ts";
import mistakes from "./mistakes.json" with { type: "json" };
import type { Program } from "./program.ts";

const oracle = startOracle();
afterAll(() => oracle.close());

describe("wasyncio does not make the mistake that", () => {
  test.each(mistakes)("$catches", async ({ program }) => {
    const mismatches = await judge(oracle, [program as unknown as Program], runAll);
    expect(mismatches.map(formatMismatch)).toEqual([]);
  });
});
