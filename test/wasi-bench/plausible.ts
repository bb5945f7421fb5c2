/** Owns what can be expected of figures from a machine that may be busy: all are there, and none is absurd. */
import { expect } from "vitest";
import type { CoreMeasurement } from "../../bench/wasi/measurements.ts";

export const QUICK = { sampleMs: 2, samples: 3, timersMax: 10_000 };

/** No operation of the core takes longer, on the slowest machine that anyone would measure on. */
const NS_MAX = 20_000;
const OPERATIONS_MIN = 1_000;

const MEASUREMENTS = [
  ["callSoonChain", 1_000],
  ["callSoonBatch", 1_000],
  ["taskYield", 1_000],
  ["futureWait", 1_000],
  ["timersSetCancel", 1_000],
  ["timersSetCancel", 10_000],
  ["timersSetFire", 1_000],
  ["timersSetFire", 10_000],
  ["timersChurn", 1_000],
  ["timersChurn", 10_000],
];

/** Of the samples the best counts, since the others may have shared the machine. */
export function expectPlausible(measurements: readonly CoreMeasurement[]): void {
  expect(measurements.map(({ name, size }) => [name, size])).toEqual(MEASUREMENTS);
  for (const { operations, ns } of measurements) {
    expect(operations).toBeGreaterThanOrEqual(OPERATIONS_MIN);
    expect(ns).toHaveLength(QUICK.samples);
    expect(Math.min(...ns)).toBeGreaterThan(0.1);
    expect(Math.min(...ns)).toBeLessThan(NS_MAX);
  }
}
