/** Medians, quartiles and ratios by rounds, on numbers that can be reckoned by hand. */
import { expect, test } from "vitest";
import { median, quantile, ratiosByRound, spread, toSeries } from "../../bench/measure/statistics.ts";

test("median: the middle, or halfway between the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow(RangeError);
});

test("quantile: interpolates, and leaves what it is given as it is", () => {
  const values = [50, 10, 40, 20, 30];
  expect(spread(values)).toEqual({ median: 30, p25: 20, p75: 40 });
  expect(quantile(values, 0.9)).toBeCloseTo(46);
  expect(quantile(values, 1)).toBe(50);
  expect(values).toEqual([50, 10, 40, 20, 30]);
});

test("ratiosByRound: within a round, so that a slow round is slow for all", () => {
  expect(ratiosByRound([[20], [200], [60]], [[10], [100], [20]])).toEqual([2, 2, 3]);
});

test("ratiosByRound: what is nothing, or less by noise, has no ratio", () => {
  expect(ratiosByRound([[20], [20], [20]], [[0], [-1], [10]])).toEqual([2]);
});

test("toSeries: all samples for the median, rounds for the ratio; none for the one compared with", () => {
  const ours = [[1, 2, 3], [4]];
  expect(toSeries("wasyncio", ours)).toEqual({
    contender: "wasyncio",
    rounds: ours,
    median: 2.5,
    p25: 1.75,
    p75: 3.25,
  });
  expect(toSeries("setTimeout", [[10, 20, 30], [16]], ours).ratio).toEqual({ median: 7, p25: 5.5, p75: 8.5 });
});
