/**
 * Owns the questions that the page asks of a report: who took part where, at which sizes, and every ratio as one flat list.
 * Knows nothing of how anything is shown.
 */
import {
  type ContenderInfo,
  findResult,
  findSeries,
  type HostReport,
  OURS,
  type Report,
  type Result,
  type Series,
  type Spread,
  type Verdict,
  type WorkloadInfo,
} from "../../results.ts";

export const TWIN = "twin";
const REFERENCE_HOST = "Node 20";
/** What a workload with several figures is judged by, where it has it; its first figure else. */
const TELLING_FIGURE = "p99.9";

/** A contender or two may be missing at a large N, where they would take minutes. */
const NEARLY_ALL = 0.75;

/** One contender against wasyncio: at one workload, figure and size, on one host. */
export interface Comparison {
  readonly workload: WorkloadInfo;
  readonly host: string;
  readonly figure: string;
  readonly size: number;
  readonly contender: string;
  readonly ratio: Spread;
  /** What it took, and what wasyncio took. */
  readonly theirs: number;
  readonly ours: number;
}

/** What the contender waited for, where that is what its figure measures: such a ratio belongs into no mean. */
export function floorOf({ workload, contender }: Comparison): string | undefined {
  return workload.floors?.[contender];
}

export function measuredHosts({ hosts }: Report): HostReport[] {
  return hosts.filter(({ status, results }) => status === "measured" && results.length > 0);
}

/** The host that is shown first: where most goals count, else the first that was measured. */
export function referenceHost(report: Report): HostReport | undefined {
  const hosts = measuredHosts(report);
  return hosts.find(({ name }) => name === REFERENCE_HOST) ?? hosts[0];
}

export function tellingFigure({ figures }: WorkloadInfo): string {
  return figures.find((figure) => figure === TELLING_FIGURE) ?? figures[0] ?? "time";
}

/** The results of a workload on a host, in the order of sizes; of all figures unless one is given. */
export function resultsOf(host: HostReport, { name }: WorkloadInfo, figure?: string): Result[] {
  return host.results
    .filter((result) => result.workload === name && (figure === undefined || result.figure === figure))
    .filter(({ series }) => series.length > 0)
    .sort((a, b) => a.size - b.size);
}

/** Every N at which the workload was measured anywhere; for this figure, if one is given. */
export function sizesOf(report: Report, workload: WorkloadInfo, figure?: string): number[] {
  const sizes = measuredHosts(report).flatMap((host) =>
    resultsOf(host, workload, figure).map(({ size }) => size),
  );
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** The largest N at which nearly as many contenders were measured, over all hosts, as at any. */
export function fullestSize(
  report: Report,
  workload: WorkloadInfo,
  figure = tellingFigure(workload),
): number | undefined {
  const shares = sizesOf(report, workload, figure).map((size) => {
    const all = measuredHosts(report).map((host) =>
      findResult(host, { workload: workload.name, figure, size }),
    );
    return { size, count: all.reduce((sum, result) => sum + (result?.series.length ?? 0), 0) };
  });
  const most = Math.max(...shares.map(({ count }) => count));
  return shares.findLast(({ count }) => count >= most * NEARLY_ALL)?.size;
}

/** The contenders that have a figure in this workload anywhere, in the order of tables. */
export function contendersOf(report: Report, workload: WorkloadInfo): ContenderInfo[] {
  const present = new Set(
    measuredHosts(report).flatMap((host) =>
      resultsOf(host, workload).flatMap(({ series }) => series.map(({ contender }) => contender)),
    ),
  );
  return inOrder(report, present);
}

/** The contenders of these names, in the order of tables; one that the report does not introduce comes last, as a peer. */
export function inOrder(report: Report, names: ReadonlySet<string>): ContenderInfo[] {
  const known = report.contenders.filter(({ name }) => names.has(name));
  const unknown = [...names].filter((name) => !report.contenders.some((each) => each.name === name));
  return [...known, ...unknown.map((name) => ({ name, kind: "peer" as const }))];
}

/** Every ratio that can be stood on a logarithmic axis: of workloads, of hosts, in the order of tables. */
export function comparisons(report: Report): Comparison[] {
  return report.workloads.flatMap((workload) =>
    measuredHosts(report).flatMap((host) =>
      resultsOf(host, workload).flatMap((result) => comparisonsOf(workload, host, result)),
    ),
  );
}

function comparisonsOf(workload: WorkloadInfo, host: HostReport, result: Result): Comparison[] {
  const ours = findSeries(result, OURS)?.median;
  return result.series.flatMap(({ contender, ratio, median }) =>
    ours === undefined || contender === OURS || !isPositive(ratio)
      ? []
      : [
          {
            workload,
            host: host.name,
            figure: result.figure,
            size: result.size,
            contender,
            ratio,
            theirs: median,
            ours,
          },
        ],
  );
}

/** Whether all of a spread fits on a logarithmic axis: JSON writes infinities and NaN as null. */
function isPositive(ratio: Spread | undefined): ratio is Spread {
  return ratio !== undefined && [ratio.median, ratio.p25, ratio.p75].every((each) => isLogarithmic(each));
}

export function isLogarithmic(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value > 0;
}

/** Those of the telling figure, at the N where most can be compared. */
export function tellingComparisons(report: Report): Comparison[] {
  const sizes = new Map(report.workloads.map((each) => [each.name, fullestSize(report, each)]));
  return comparisons(report).filter(
    ({ workload, figure, size }) => figure === tellingFigure(workload) && size === sizes.get(workload.name),
  );
}

/** The middle of ratios: half of 2x and 0.5x is 1x. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Those with the same key together, in the order in which the keys appear. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** How many samples a figure is based on. */
export function sampleCount({ rounds }: Series): number {
  return rounds.reduce((sum, round) => sum + round.length, 0);
}

export interface GoalGroup {
  /** "callSoon chain". */
  readonly what: string;
  readonly goals: readonly (Verdict & { readonly wanted: string })[];
}

/** Goals that are about the same thing, together: a goal says "what: what is wanted". */
export function goalGroups(bars: readonly Verdict[]): GoalGroup[] {
  const groups = new Map<string, (Verdict & { wanted: string })[]>();
  for (const verdict of bars) {
    const at = verdict.goal.lastIndexOf(": ");
    const [what, wanted] =
      at < 0 ? [verdict.workload, verdict.goal] : [verdict.goal.slice(0, at), verdict.goal.slice(at + 2)];
    const goals = groups.get(what) ?? [];
    groups.set(what, goals);
    goals.push({ ...verdict, wanted });
  }
  return [...groups].map(([what, goals]) => ({ what, goals }));
}
