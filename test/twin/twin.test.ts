/**
 * The twin itself: that this project's tests run on it, and that it gives the very references that the WebAssembly core
 * gives. What it does is held to the model by test/core/structures, which this project runs too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { newEventLoop } from "wasyncio";
import { CoreTrap } from "../../bench/twin/arena.ts";
import { TwinCalls } from "../../bench/twin/calls.ts";
import type { CoreExports } from "../../src/core/wasm.ts";
import { Random, seeds } from "../random.ts";

const OPERATIONS = 20_000;

const module = new WebAssembly.Module(
  readFileSync(new URL("../../build/core.release.wasm", import.meta.url)),
);

function wasmCalls(): CoreExports {
  return new WebAssembly.Instance(module).exports as unknown as CoreExports;
}

/** The answers to random calls; the same seed makes the same calls, as long as the answers are the same. */
function answersOf(calls: CoreExports, seed: number): number[] {
  const random = new Random(seed);
  const timers: number[] = [];
  const futures: number[] = [];
  const answers: number[] = [];
  let nowMs = 0;
  let ran = 0;
  const take = (slots: number[]) => slots.splice(random.between(0, slots.length - 1), 1)[0] as number;
  for (let i = 0; i < OPERATIONS; i++) {
    const what = random.between(0, 9);
    if (what < 2) {
      answers.push(calls.handleQueue());
    } else if (what < 5) {
      // Far enough away never to be due here, so that each can be cancelled.
      timers.push(calls.timerStart(1e9 + random.between(0, 100)));
      answers.push(timers.at(-1) as number);
    } else if (what === 5 && timers.length > 0) {
      answers.push(calls.timerCancel(take(timers)));
    } else if (what === 6) {
      futures.push(calls.futureOpen(0));
      answers.push(futures.at(-1) as number, calls.callbackAdd(futures.at(-1) as number));
    } else if (what === 7 && futures.length > 0) {
      calls.futureSettle(take(futures));
    } else if (what === 8) {
      calls.timerStart(nowMs + random.between(0, 5));
    } else {
      nowMs += random.between(0, 3);
      ran = calls.turn(nowMs, ran);
      answers.push(ran, calls.nextDeadlineMs(), calls.slotsCapacity());
    }
  }
  return answers;
}

describe("the twin", () => {
  test("is what a loop of this project has", () => {
    const loop = newEventLoop();
    expect(loop.scheduler.core.calls).toBeInstanceOf(TwinCalls);
    loop.close();
  });

  test("has every function that the WebAssembly core exports", () => {
    const twin = new TwinCalls() as unknown as Record<string, unknown>;
    const functions = Object.entries(wasmCalls()).filter(([, each]) => typeof each === "function");
    expect(functions.length).toBeGreaterThan(25);
    expect(functions.filter(([name]) => typeof twin[name] !== "function")).toEqual([]);
  });

  test.each(seeds())("seed %i: hands out the references that the WebAssembly core hands out", (seed) => {
    const answers = answersOf(new TwinCalls(), seed);
    expect(answers).toEqual(answersOf(wasmCalls(), seed));
    expect(new Set(answers).size).toBeGreaterThan(1000);
  });

  test("traps where the core does", () => {
    const twin = new TwinCalls();
    expect(() => twin.timerStart(Number.NaN)).toThrow(CoreTrap);
    expect(() => twin.turn(0, 1)).toThrow(CoreTrap);
    expect(() => twin.slotsLive(5)).toThrow(CoreTrap);
  });
});
