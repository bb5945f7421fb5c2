/** What the page says by itself from the data: ratios in words, headlines, groups of goals, and what WebAssembly buys. */
import { describe, expect, test } from "vitest";
import { figureAsText, ratioAsText, shortCount } from "../../bench/report/model/format.ts";
import { headlines } from "../../bench/report/model/headlines.ts";
import {
  comparisons,
  fullestSize,
  geometricMean,
  goalGroups,
  referenceHost,
} from "../../bench/report/model/survey.ts";
import { answerOnTwin } from "../../bench/report/model/twin.ts";
import type { HostReport, Report, Result, Spread, WorkloadInfo } from "../../bench/results.ts";
import { sampleReport } from "./sample.ts";

const info: WorkloadInfo = {
  name: "one",
  title: "one",
  about: "",
  unit: "ns",
  per: "call",
  sizeOf: "calls",
  figures: ["time"],
};

/** A report of one workload, in which the contenders have these ratios. */
function reportOf(
  hosts: Readonly<Record<string, readonly (readonly [size: number, ratios: Record<string, Spread>])[]>>,
): Report {
  const result = ([size, ratios]: readonly [number, Record<string, Spread>]): Result => ({
    workload: info.name,
    figure: "time",
    size,
    series: [
      { contender: "wasyncio", rounds: [[10]], median: 10, p25: 10, p75: 10 },
      ...Object.entries(ratios).map(([contender, ratio]) => ({
        contender,
        rounds: [[10 * ratio.median]],
        median: 10 * ratio.median,
        p25: 10 * ratio.p25,
        p75: 10 * ratio.p75,
        ratio,
      })),
    ],
  });
  return {
    ...sampleReport(),
    workloads: [info],
    hosts: Object.entries(hosts).map(
      ([name, results]): HostReport => ({
        name,
        status: "measured",
        tookMs: 1,
        results: results.map(result),
        failures: [],
      }),
    ),
  };
}

const spread = (median: number, width = 0.02): Spread => ({
  median,
  p25: median * (1 - width),
  p75: median * (1 + width),
});

describe("format", () => {
  test.each([
    [0.052, "0.05×"],
    [0.004, "0.004×"],
    [1, "1×"],
    [1.234, "1.23×"],
    [2.46, "2.5×"],
    [13.4, "13×"],
    [1240.4, "1,240×"],
  ])("ratioAsText(%d) is %s", (ratio, text) => expect(ratioAsText(ratio)).toBe(text));

  test.each([
    [65.2, "ns", "65.2 ns"],
    [999.9, "ns", "1 µs"],
    [1_250_000, "ns", "1.25 ms"],
    [0.25, "ms", "250 µs"],
    [0, "ms", "0 ns"],
    [107, "bytes", "107 B"],
    [1536, "bytes", "1.5 KiB"],
    [-12, "bytes", "-12 B"],
    [Number.NaN, "ns", "–"],
  ] as const)("figureAsText(%d, %s) is %s", (value, unit, text) =>
    expect(figureAsText(value, unit)).toBe(text),
  );

  test("shortCount is for axes", () => {
    expect([1, 16, 1000, 20_000, 1_000_000].map(shortCount)).toEqual(["1", "16", "1k", "20k", "1M"]);
  });
});

describe("survey", () => {
  test("the host that is shown first is Node 20, else the first that was measured", () => {
    const sizes = [[1, { twin: spread(2) }]] as const;
    expect(referenceHost(reportOf({ Deno: sizes, "Node 20": sizes }))?.name).toBe("Node 20");
    expect(referenceHost(reportOf({ Deno: sizes, Bun: sizes }))?.name).toBe("Deno");
    expect(referenceHost(reportOf({ Deno: [] }))).toBeUndefined();
  });

  test("comparisons leave out what has no place on a logarithmic axis", () => {
    // JSON has null for what is infinite.
    const infinite = { median: null, p25: 1, p75: null } as unknown as Spread;
    const report = reportOf({ Deno: [[1, { twin: spread(2), effect: spread(0), uvloop: infinite }]] });
    expect(comparisons(report).map(({ contender }) => contender)).toEqual(["twin"]);
  });

  test("fullestSize is the largest at which nearly all contenders were measured", () => {
    const all = { twin: spread(1), effect: spread(1), asyncio: spread(1), uvloop: spread(1) };
    const { uvloop: _, ...most } = all;
    const { asyncio: __, effect: ___, ...few } = most;
    const report = reportOf({
      Deno: [
        [10, all],
        [100, most],
        [1000, few],
      ],
    });
    expect(fullestSize(report, info)).toBe(100);
  });

  test("goals about the same thing are together", () => {
    const { bars } = sampleReport();
    const groups = goalGroups(bars);
    expect(groups.flatMap(({ goals }) => goals).length).toBe(bars.length);
    expect(groups[0]).toMatchObject({
      what: "callSoon chain",
      goals: expect.arrayContaining([expect.objectContaining({ wanted: "at least 12x setImmediate" })]),
    });
  });
});

test("headlines are geometric means over workloads, with the best and the worst", () => {
  const report = sampleReport();
  const all = headlines(report, "Node 20");
  expect(all.length).toBeGreaterThan(4);
  expect(all.length).toBeLessThanOrEqual(8);
  for (const { comparisons: own, mean, worst, best } of all) {
    const ratios = own.map(({ ratio }) => ratio.median);
    expect(new Set(own.map(({ workload }) => workload.name)).size).toBe(own.length);
    expect(mean).toBeCloseTo(geometricMean(ratios), 10);
    expect([worst.ratio.median, best.ratio.median]).toEqual([Math.min(...ratios), Math.max(...ratios)]);
  }
  expect(headlines(report, "WebKit")).toEqual([]);
});

test("headlines are of generators, with async functions beside them; of async functions where there is nothing else", () => {
  const ratios = { effect: spread(8), generators: spread(0.25) };
  const report = reportOf({ Deno: [[1, ratios]] });
  const [deno] = report.hosts as [HostReport];
  const [slow] = reportOf({ Deno: [[1, { effect: spread(2) }]] }).hosts as [HostReport];
  const both: Report = {
    ...report,
    workloads: [
      { ...info, functions: "async" },
      { ...info, name: "two" },
    ],
    hosts: [
      { ...deno, results: [...deno.results, ...slow.results.map((each) => ({ ...each, workload: "two" }))] },
    ],
  };
  const [generators, effect] = headlines(both, "Deno");
  expect(generators).toMatchObject({ contender: { name: "generators", kind: "sibling" }, mean: 0.25 });
  expect(generators).not.toHaveProperty("ofAsync");
  expect(effect).toMatchObject({
    mean: 2,
    ofAsync: { mean: expect.closeTo(8), comparisons: [{ workload: { name: "one" } }] },
  });
});

test("headlines leave out what measures a floor", () => {
  const report = reportOf({
    Deno: [[1, { setTimeout: spread(10_000), effect: spread(2) }]],
  });
  const other = { ...info, name: "two" };
  const [deno] = report.hosts as [HostReport];
  const withFloor: Report = {
    ...report,
    workloads: [{ ...info, floors: { setTimeout: "waits" } }, other],
    hosts: [
      {
        ...deno,
        results: [
          ...deno.results,
          ...(reportOf({ Deno: [[1, { setTimeout: spread(1.5) }]] }).hosts[0]?.results ?? []).map((each) => ({
            ...each,
            workload: other.name,
          })),
        ],
      },
    ],
  };
  const [setTimeout, effect] = headlines(withFloor, "Deno");
  expect(setTimeout).toMatchObject({ mean: 1.5, best: { workload: other }, floors: [{ workload: info }] });
  expect(setTimeout?.comparisons).toHaveLength(1);
  expect(effect).toMatchObject({ mean: 2, floors: [] });
  const floorAlone = { ...withFloor, workloads: withFloor.workloads.slice(0, 1) };
  expect(headlines(floorAlone, "Deno").map(({ contender }) => contender.name)).toEqual(["effect"]);
});

describe("answerOnTwin", () => {
  test("says where most hosts agree, and that it is level where they do not", () => {
    const report = reportOf({
      "Node 20": [
        [10, { twin: spread(2) }],
        [100, { twin: spread(0.5) }],
        [1000, { twin: spread(3) }],
      ],
      Deno: [
        [10, { twin: spread(1.5) }],
        [100, { twin: spread(0.8) }],
        [1000, { twin: spread(0.3) }],
      ],
    });
    const answer = answerOnTwin(report);
    expect(answer?.rows.map(({ size, standing, agreeing }) => [size, standing, agreeing])).toEqual([
      [10, "ahead", 2],
      [1000, "level", 0],
      [100, "behind", 2],
    ]);
    expect(answer?.counts).toEqual({ ahead: 3, behind: 3, level: 0 });
    expect(answer?.hosts).toEqual(["Node 20", "Deno"]);
  });

  test("quartiles on both sides, or a mean of next to nothing, count for neither", () => {
    const wide = answerOnTwin(reportOf({ Deno: [[1, { twin: spread(1.1, 0.5) }]] }));
    expect(wide?.counts).toEqual({ ahead: 0, behind: 0, level: 1 });
    const slight = answerOnTwin(reportOf({ Deno: [[1, { twin: spread(1.01, 0.001) }]] }));
    expect(slight?.rows[0]?.standing).toBe("level");
  });

  test("is nothing where the twin was not measured", () => {
    expect(answerOnTwin(reportOf({ Deno: [[1, { effect: spread(2) }]] }))).toBeUndefined();
  });
});
