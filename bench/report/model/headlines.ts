/** Owns the headlines: how wasyncio compares with each contender on one host, over all workloads. */
import type { ContenderInfo, Report } from "../../results.ts";
import { type Comparison, floorOf, geometricMean, inOrder, tellingComparisons } from "./survey.ts";

const HEADLINES_MAX = 8;

export interface Headline {
  readonly contender: ContenderInfo;
  /** The geometric mean over the workloads. */
  readonly mean: number;
  /** One a workload, the smallest ratio first. */
  readonly comparisons: readonly Comparison[];
  /** Those that were left out, since they measure a floor. */
  readonly floors: readonly Comparison[];
  readonly worst: Comparison;
  readonly best: Comparison;
}

/** The contenders that were compared in most workloads, in the order of tables. */
export function headlines(report: Report, host: string): Headline[] {
  const all = allHeadlines(report, host);
  const chosen = [...all].sort((a, b) => b.comparisons.length - a.comparisons.length).slice(0, HEADLINES_MAX);
  return all.filter((each) => chosen.includes(each));
}

function allHeadlines(report: Report, host: string): Headline[] {
  const here = tellingComparisons(report).filter((each) => each.host === host);
  const contenders = inOrder(report, new Set(here.map(({ contender }) => contender)));
  return contenders.flatMap((contender) => {
    const all = here.filter((each) => each.contender === contender.name);
    const floors = all.filter((each) => floorOf(each) !== undefined);
    const own = all
      .filter((each) => floorOf(each) === undefined)
      .sort((a, b) => a.ratio.median - b.ratio.median);
    const worst = own[0];
    const best = own.at(-1);
    if (worst === undefined || best === undefined) return [];
    const mean = geometricMean(own.map(({ ratio }) => ratio.median));
    return [{ contender, mean, comparisons: own, floors, worst, best }];
  });
}
