/** Owns growth with N: a panel a host, a line a contender, both axes logarithmic. */
import { OURS } from "../../../../results.ts";
import { countAsText, figureAsText, shortCount } from "../../../model/format.ts";
import { sizesOf } from "../../../model/survey.ts";
import { lookOf } from "../../appearance.ts";
import { logDomain } from "../../charts/axes.ts";
import { LINES_HEIGHT, linesChart } from "../../charts/lines.ts";
import { Chart } from "../chart.tsx";
import type { ViewProps } from "../workload.tsx";
import { Panels } from "./panels.tsx";
import { canStand, leftOutAsText, oursOrAll, pointsOf } from "./points.ts";

export function GrowthView({ report, workload, figure }: ViewProps) {
  const all = pointsOf(report, workload, figure);
  const points = all.filter(canStand);
  const xs = sizesOf(report, workload, figure);
  const y = logDomain(points.map(({ series }) => series.median));
  const asText = (value: number): string => figureAsText(value, workload.unit);
  return (
    <div class="view">
      <h4>
        Time per {workload.per} over N{workload.figures.length > 1 && `, ${figure}`}
      </h4>
      <Panels report={report} view="growth" points={points}>
        {(own) => (
          <Chart
            label={oursOrAll(own)
              .map(
                ({ size, series }) => `${series.contender} at ${countAsText(size)}: ${asText(series.median)}`,
              )
              .join("; ")}
            height={LINES_HEIGHT}
            draw={(width) =>
              linesChart(
                own.map(({ size, series, title }) => ({
                  name: series.contender,
                  x: size,
                  y: series.median,
                  title,
                })),
                { width, xs, y, xAsText: shortCount, yAsText: asText, lookOf, emphasis: OURS },
              )
            }
          />
        )}
      </Panels>
      <p class="note">{leftOutAsText(all)}</p>
    </div>
  );
}
