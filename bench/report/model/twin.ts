/**
 * Owns the answer to "what does WebAssembly buy?": wasyncio against its core in plain JavaScript, over all workloads, sizes
 * and hosts. It is read off the data; nothing here knows how it will come out.
 */
import type { Report, WorkloadInfo } from "../../results.ts";
import {
  type Comparison,
  comparisons,
  fullestSize,
  geometricMean,
  grouped,
  TWIN,
  tellingFigure,
} from "./survey.ts";

/** What is less than this is nothing to speak of. */
const NOTABLE = 1.02;

export type Standing = "ahead" | "behind" | "level";

/** One workload at one N, over the hosts. */
export interface TwinRow {
  readonly workload: WorkloadInfo;
  readonly figure: string;
  readonly size: number;
  /** One a host. */
  readonly comparisons: readonly Comparison[];
  readonly mean: number;
  readonly standing: Standing;
  /** On how many hosts this is the standing. */
  readonly agreeing: number;
}

export interface TwinAnswer {
  /** Every workload and N, the best for WebAssembly first. */
  readonly rows: readonly TwinRow[];
  /** Those at the N where most can be compared, one a workload. */
  readonly telling: readonly TwinRow[];
  readonly counts: Readonly<Record<Standing, number>>;
  readonly hosts: readonly string[];
  readonly mean: number;
}

/** Ahead or behind where at least three quarters of the rounds say so. */
export function standingOf({ ratio }: Comparison): Standing {
  if (ratio.p25 > 1) return "ahead";
  return ratio.p75 < 1 ? "behind" : "level";
}

function isOn(side: "ahead" | "behind", mean: number): boolean {
  return side === "ahead" ? mean > NOTABLE : mean < 1 / NOTABLE;
}

/** Undefined where the twin was not measured. */
export function answerOnTwin(report: Report): TwinAnswer | undefined {
  const all = comparisons(report).filter(
    ({ contender, figure, workload }) => contender === TWIN && figure === tellingFigure(workload),
  );
  if (all.length === 0) return undefined;
  const rows = rowsOf(all).sort((a, b) => b.mean - a.mean);
  const counts = { ahead: 0, behind: 0, level: 0 };
  for (const each of all) counts[standingOf(each)] += 1;
  return {
    rows,
    telling: rows.filter(({ workload, size }) => size === fullestSize(report, workload)),
    counts,
    hosts: [...new Set(all.map(({ host }) => host))],
    // Each workload counts once, however many sizes and hosts it has.
    mean: geometricMean(
      grouped(rows, ({ workload }) => workload.name).map((own) => geometricMean(own.map(({ mean }) => mean))),
    ),
  };
}

function rowsOf(all: readonly Comparison[]): TwinRow[] {
  return grouped(all, ({ workload, size }) => `${workload.name} ${size}`).flatMap((own) => {
    const first = own[0];
    if (first === undefined) return [];
    const mean = geometricMean(own.map(({ ratio }) => ratio.median));
    const standings = own.map(standingOf);
    // Level where hosts do not agree: neither side has more than half of them, or their mean says otherwise.
    const standing =
      (["ahead", "behind"] as const).find(
        (side) => standings.filter((each) => each === side).length * 2 > own.length && isOn(side, mean),
      ) ?? "level";
    return [
      {
        workload: first.workload,
        figure: first.figure,
        size: first.size,
        comparisons: own,
        mean,
        standing,
        agreeing: standings.filter((each) => each === standing).length,
      },
    ];
  });
}
