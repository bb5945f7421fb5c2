/** Owns absolute figures with the hosts side by side. */
import { OURS } from "../../../../results.ts";
import { figureAsText } from "../../../model/format.ts";
import { lookOf } from "../../appearance.ts";
import { absoluteChart, absoluteHeight } from "../../charts/absolute.ts";
import { logDomain } from "../../charts/axes.ts";
import { Chart } from "../chart.tsx";
import type { ViewProps } from "../workload.tsx";
import { canStand, leftOutAsText, oursOrAll, pointsOf } from "./points.ts";

export function AbsoluteView({ report, workload, figure, size }: ViewProps) {
  const all = pointsOf(report, workload, figure).filter((each) => each.size === size);
  const points = all.filter(canStand);
  if (points.length === 0) return <p class="note">{leftOutAsText(all)}</p>;
  const rows = report.hosts
    .map(({ name }) => name)
    .filter((name) => points.some(({ host }) => host === name));
  const domain = logDomain(points.flatMap(({ series }) => [series.p25, series.p75]));
  const asText = (value: number): string => figureAsText(value, workload.unit);
  return (
    <div class="view" data-view="absolute">
      <h4>
        Hosts side by side, {workload.figures.length > 1 ? `${figure} ` : ""}per {workload.per}
      </h4>
      <Chart
        label={oursOrAll(points)
          .map(({ host, series }) => `${host} ${series.contender} ${asText(series.median)}`)
          .join("; ")}
        height={absoluteHeight(rows.length)}
        draw={(width) =>
          absoluteChart(
            points.map(({ host, series, title }) => ({
              row: host,
              name: series.contender,
              median: series.median,
              p25: series.p25,
              p75: series.p75,
              title,
            })),
            { width, rows, domain, asText, lookOf, emphasis: OURS },
          )
        }
      />
      <p class="note">{leftOutAsText(all)}</p>
    </div>
  );
}
