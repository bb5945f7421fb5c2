/** Owns the headlines: how wasyncio compares with each contender on one host, over all workloads. */
import type { ContenderInfo, Report } from "../../results.ts";
import { type Comparison, floorOf, geometricMean, inOrder, tellingComparisons } from "./survey.ts";

const HEADLINES_MAX = 8;

export interface Headline {
  readonly contender: ContenderInfo;
  /** The geometric mean over the workloads. */
  readonly mean: number;
  /** One a workload, the smallest ratio first: those of generators, unless there are none. */
  readonly comparisons: readonly Comparison[];
  /** The same of workloads whose tasks are async functions; absent where there are none or none else. */
  readonly ofAsync?: { readonly mean: number; readonly comparisons: readonly Comparison[] };
  /** Those that were left out, since they measure a floor. */
  readonly floors: readonly Comparison[];
  readonly worst: Comparison;
  readonly best: Comparison;
}

/** The contenders that were compared in most workloads, and wasyncio's own other kind of function, in the order of tables. */
export function headlines(report: Report, host: string): Headline[] {
  const all = allHeadlines(report, host);
  const weight = ({ contender, comparisons }: Headline) =>
    contender.kind === "sibling" ? Number.POSITIVE_INFINITY : comparisons.length;
  const chosen = [...all].sort((a, b) => weight(b) - weight(a)).slice(0, HEADLINES_MAX);
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
    const generators = own.filter(({ workload }) => workload.functions !== "async");
    const ofAsync = own.filter(({ workload }) => workload.functions === "async");
    const comparisons = generators.length > 0 ? generators : ofAsync;
    const worst = comparisons[0];
    const best = comparisons.at(-1);
    if (worst === undefined || best === undefined) return [];
    return [
      {
        contender,
        mean: meanOf(comparisons),
        comparisons,
        ...(comparisons !== ofAsync &&
          ofAsync.length > 0 && { ofAsync: { mean: meanOf(ofAsync), comparisons: ofAsync } }),
        floors,
        worst,
        best,
      },
    ];
  });
}

function meanOf(comparisons: readonly Comparison[]): number {
  return geometricMean(comparisons.map(({ ratio }) => ratio.median));
}
