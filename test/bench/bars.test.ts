/** The goals, held against given results. */
import { expect, test } from "vitest";
import { type Bar, bars, isMissedBeyond, judge, needsPython } from "../../bench/bars.ts";
import { contenders } from "../../bench/contenders.ts";
import { toSeries } from "../../bench/measure/statistics.ts";
import type { HostReport, Result } from "../../bench/results.ts";
import { workloads } from "../../bench/workloads/index.ts";

function host(name: string, ...results: Result[]): HostReport {
  return { name, status: "measured", tookMs: 1, results, failures: [] };
}

function result(workload: string, size: number, ours: number, others: Record<string, number>): Result {
  return roundsResult(workload, size, [ours], others);
}

/** With one sample of ours in each round. */
function roundsResult(
  workload: string,
  size: number,
  ours: readonly number[],
  others: Record<string, number>,
): Result {
  const rounds = ours.map((sample) => [sample]);
  const series = Object.entries(others).map(([name, value]) =>
    toSeries(
      name,
      ours.map(() => [value]),
      rounds,
    ),
  );
  return { workload, figure: "time", size, series: [toSeries("wasyncio", rounds), ...series] };
}

const place = { workload: "timers", what: "timers", size: 100 };
const ratioBar: Bar = { ...place, against: "setTimeout", times: 5 };
const limitBar: Bar = { ...place, atMost: 100, unit: "bytes" };
const growthBar: Bar = { ...place, from: 10, atMostTimes: 3 };

const verdictOf = (bar: Bar, ...hosts: HostReport[]) => judge(hosts, ["timers"], [bar])[0];

test("judge: a ratio passes at its limit and fails below it", () => {
  const passing = verdictOf(ratioBar, host("Node 20", result("timers", 100, 10, { setTimeout: 50 })));
  expect(passing).toEqual({
    goal: "timers: at least 5x setTimeout",
    workload: "timers",
    host: "Node 20",
    value: 5,
    quartiles: [5, 5],
    unit: "x",
    limit: 5,
    sense: "at least",
    status: "pass",
    missedBy: 0,
  });
  const failing = verdictOf(ratioBar, host("Node 20", result("timers", 100, 10, { setTimeout: 40 })));
  expect(failing).toMatchObject({ value: 4, status: "fail" });
  expect(failing?.missedBy).toBeCloseTo(0.2);
});

test("judge: at most so many times another's figure, of ours or of a third", () => {
  const within: Bar = { ...place, against: "generators", within: 6 };
  const node = host("Node 20", result("timers", 100, 50, { generators: 10, native: 4 }));
  expect(verdictOf(within, node)).toEqual({
    goal: "timers: at most 6x generators",
    workload: "timers",
    host: "Node 20",
    value: 5,
    quartiles: [5, 5],
    unit: "x",
    limit: 6,
    sense: "at most",
    status: "pass",
    missedBy: expect.closeTo(-1 / 6),
  });
  expect(verdictOf({ ...within, within: 4 }, node)).toMatchObject({ status: "fail", missedBy: 0.25 });
  const ofAThird: Bar = { ...place, against: "native", of: "generators", within: 2 };
  expect(verdictOf(ofAThird, node)).toMatchObject({ value: 2.5, status: "fail" });
  const twice: Bar = { ...place, against: "native", of: "generators", times: 0.4 };
  expect(verdictOf(twice, node)).toMatchObject({ value: 0.4, status: "pass" });
  expect(verdictOf({ ...ofAThird, of: "effect" }, node)).toMatchObject({ status: "not measured" });
});

test("needsPython: where a goal for this very host is against CPython", () => {
  const on = (name: string) => ["task-switch-async", "task-switch"].map((each) => needsPython(name, each));
  expect([on("Node 24"), on("Node 26"), on("Deno")]).toEqual([
    [true, false],
    [false, false],
    [false, false],
  ]);
});

test("judge: a limit is for our own figure", () => {
  const passing = verdictOf(limitBar, host("Node 20", result("timers", 100, 99, { setTimeout: 500 })));
  expect(passing).toMatchObject({ value: 99, unit: "bytes", sense: "at most", status: "pass" });
  const failing = verdictOf(limitBar, host("Node 20", result("timers", 100, 150, {})));
  expect(failing).toMatchObject({ value: 150, status: "fail", missedBy: 0.5 });
});

test("judge: growth is our figure over that at the smaller size", () => {
  const node = host("Node 20", result("timers", 10, 20, {}), result("timers", 100, 70, {}));
  expect(verdictOf(growthBar, node)).toMatchObject({ value: 3.5, status: "fail" });
});

test("judge: one figure of ours beside another, round by round", () => {
  const beside: Bar = { ...place, figure: "three", besideFigure: "one", atMostTimes: 1.1 };
  const [one, three] = [10, 12].map((value) => result("timers", 100, value, {}));
  const node = host("Node 20", { ...one!, figure: "one" }, { ...three!, figure: "three" });
  expect(verdictOf(beside, node)).toMatchObject({
    goal: "timers: at most 1.1x that of one",
    value: 1.2,
    status: "fail",
  });
  expect(verdictOf(beside, host("Node 20", { ...three!, figure: "three" }))).toMatchObject({
    status: "not measured",
  });
});

test("judge: where the quartiles lie on both sides of the limit, nothing is decided", () => {
  // By the median alone each of them would pass.
  const about = (bar: Bar, ...results: Result[]) => verdictOf(bar, host("Node 20", ...results));
  expect(about(limitBar, roundsResult("timers", 100, [20, 90, 300], {}))).toMatchObject({
    value: 90,
    quartiles: [55, 195],
    status: "not decided",
  });
  expect(about(ratioBar, roundsResult("timers", 100, [20, 40, 90], { setTimeout: 220 }))).toMatchObject({
    status: "not decided",
  });
  const before = roundsResult("timers", 10, [40, 50, 60], {});
  expect(about(growthBar, before, roundsResult("timers", 100, [100, 120, 190], {}))).toMatchObject({
    value: 2.4,
    quartiles: [110 / 55, 155 / 45],
    status: "not decided",
  });
  // A quartile at the limit reaches it.
  expect(about(limitBar, roundsResult("timers", 100, [80, 90, 110], {}))).toMatchObject({
    quartiles: [85, 100],
    status: "pass",
  });
});

test("judge: what was not measured is neither passed nor failed", () => {
  for (const bar of [ratioBar, limitBar, growthBar]) {
    const verdict = verdictOf(bar, host("Node 20", result("timers", 1000, 10, { setTimeout: 50 })));
    expect(verdict).toMatchObject({ status: "not measured" });
    expect(verdict).not.toHaveProperty("value");
  }
  expect(verdictOf(ratioBar)).toMatchObject({ status: "not measured", host: "Node 20" });
});

test("judge: Node 20 is asked first, then any Node, and no other host unless the goal names it", () => {
  const [slow, fast] = [40, 60].map((value) => result("timers", 100, 10, { setTimeout: value }));
  const [node24, node20, bun] = [host("Node 24", slow!), host("Node 20", fast!), host("Bun", slow!)];
  expect(verdictOf(ratioBar, bun, node24, node20)).toMatchObject({ host: "Node 20", value: 6 });
  expect(verdictOf(ratioBar, bun, node24)).toMatchObject({ host: "Node 24", value: 4 });
  expect(verdictOf(ratioBar, bun)).toMatchObject({ status: "not measured" });
  expect(verdictOf({ ...ratioBar, host: "Bun" }, node20, bun)).toMatchObject({ host: "Bun", value: 4 });
});

test("judge: only goals of the workloads that were asked for", () => {
  expect(judge([], ["cancel"]).map(({ workload }) => workload)).toEqual(["cancel", "cancel"]);
});

test("isMissedBeyond: a quarter is forgiven, more is not, and what was not measured or not decided is no miss", () => {
  const missing = (value: number) =>
    verdictOf(ratioBar, host("Node 20", result("timers", 100, 10, { setTimeout: value })))!;
  expect(isMissedBeyond(missing(38), 0.25)).toBe(false);
  expect(isMissedBeyond(missing(37), 0.25)).toBe(true);
  expect(isMissedBeyond(verdictOf(ratioBar)!, 0.25)).toBe(false);
  const undecided = verdictOf(limitBar, host("Node 20", roundsResult("timers", 100, [20, 140, 300], {})))!;
  expect(undecided).toMatchObject({ status: "not decided", missedBy: expect.closeTo(0.4) });
  expect(isMissedBeyond(undecided, 0.25)).toBe(false);
});

test("bars: each is about a workload, a size and a figure that are measured, and about contenders that take part", () => {
  expect(bars.length).toBeGreaterThan(50);
  for (const bar of bars) {
    const workload = workloads.find(({ name }) => name === bar.workload);
    expect(workload?.sizes, bar.what).toContain(bar.size);
    expect(workload?.figures).toContain(bar.figure ?? "time");
    if ("from" in bar) expect(workload?.sizes).toContain(bar.from);
    if ("besideFigure" in bar) expect(workload?.figures).toContain(bar.besideFigure);
    if (!("against" in bar)) continue;
    for (const each of [bar.against, bar.of ?? "wasyncio"])
      expect(contenders.map(({ name }) => name)).toContain(each);
  }
});
