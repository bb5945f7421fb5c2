/** Owns a distribution: a panel a host, a line a contender, over the percentiles that were taken. */
import { OURS } from "../../../../results.ts";
import { figureAsText } from "../../../model/format.ts";
import { lookOf } from "../../appearance.ts";
import { logDomain } from "../../charts/axes.ts";
import { LINES_HEIGHT, linesChart } from "../../charts/lines.ts";
import { Chart } from "../chart.tsx";
import type { ViewProps } from "../workload.tsx";
import { Panels } from "./panels.tsx";
import { canStand, leftOutAsText, oursOrAll, pointsOf } from "./points.ts";

export function PercentilesView({ report, workload, size }: ViewProps) {
  const all = pointsOf(report, workload).filter((each) => each.size === size);
  const points = all.filter(canStand);
  const y = logDomain(points.map(({ series }) => series.median));
  const asText = (value: number): string => figureAsText(value, workload.unit);
  return (
    <div class="view">
      <h4>How late, by percentile</h4>
      <Panels report={report} view="percentiles" points={points}>
        {(own) => (
          <Chart
            label={oursOrAll(own)
              .map(({ figure, series }) => `${series.contender} ${figure}: ${asText(series.median)}`)
              .join("; ")}
            height={LINES_HEIGHT}
            draw={(width) =>
              linesChart(
                own.map(({ figure, series, title }) => ({
                  name: series.contender,
                  x: figure,
                  y: series.median,
                  title,
                })),
                {
                  width,
                  xs: workload.figures,
                  y,
                  xAsText: String,
                  yAsText: asText,
                  lookOf,
                  emphasis: OURS,
                },
              )
            }
          />
        )}
      </Panels>
      <p class="note">{leftOutAsText(all)}</p>
    </div>
  );
}
