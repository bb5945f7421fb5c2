/** Owns how a report's series become points of charts: those that a logarithmic axis can have, each with its words. */
import { OURS, type Report, type Series, type WorkloadInfo } from "../../../../results.ts";
import { countAsText, figureAsText } from "../../../model/format.ts";
import { isLogarithmic, measuredHosts, resultsOf } from "../../../model/survey.ts";

export interface SeriesPoint {
  readonly host: string;
  readonly figure: string;
  readonly size: number;
  readonly series: Series;
  readonly title: string;
}

export function pointsOf(report: Report, workload: WorkloadInfo, figure?: string): SeriesPoint[] {
  return measuredHosts(report).flatMap((host) =>
    resultsOf(host, workload, figure).flatMap((result) =>
      result.series.map((series) => ({
        host: host.name,
        figure: result.figure,
        size: result.size,
        series,
        title: [
          `${series.contender} on ${host.name}`,
          `${figureAsText(series.median, workload.unit)} per ${workload.per}`,
          `quartiles ${figureAsText(series.p25, workload.unit)} to ${figureAsText(series.p75, workload.unit)}`,
          `N = ${countAsText(result.size)}${result.figure === "time" ? "" : `, ${result.figure}`}`,
        ].join("\n"),
      })),
    ),
  );
}

export function canStand({ series }: SeriesPoint): boolean {
  return [series.median, series.p25, series.p75].every((each) => isLogarithmic(each));
}

/** How a chart is described in words: by wasyncio's points, or by everyone's if it did not take part. */
export function oursOrAll(points: readonly SeriesPoint[]): readonly SeriesPoint[] {
  const ours = points.filter(({ series }) => series.contender === OURS);
  return ours.length > 0 ? ours : points;
}

/** What the charts say of those that cannot. */
export function leftOutAsText(all: readonly SeriesPoint[]): string {
  const left = all.filter((each) => !canStand(each)).length;
  if (left === 0) return "";
  return `${left} of ${all.length} figures are zero, less than the host’s clock can tell, and cannot stand on a logarithmic axis; they are in the table.`;
}
