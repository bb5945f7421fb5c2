/** Owns memory: what each contender takes, and how much of that is on the heap and outside it. */
import { figureAsText } from "../../../model/format.ts";
import { partsChart, partsHeight } from "../../charts/parts.ts";
import { Chart } from "../chart.tsx";
import { Swatches } from "../legend.tsx";
import type { ViewProps } from "../workload.tsx";
import { Panels } from "./panels.tsx";
import { pointsOf } from "./points.ts";

export function MemoryView({ report, workload, size }: ViewProps) {
  const [whole, ...parts] = workload.figures;
  const points = pointsOf(report, workload).filter((each) => each.size === size);
  const totals = points.filter(({ figure }) => figure === whole);
  const shown = parts.length > 0 ? parts : [whole ?? ""];
  const max = Math.max(1, ...totals.map(({ series }) => series.median));
  const asText = (value: number): string => figureAsText(value, workload.unit);
  return (
    <div class="view">
      <div class="tools">
        <h4>Bytes per {workload.per}</h4>
        <Swatches names={shown} />
      </div>
      <Panels report={report} view="memory" points={totals}>
        {(own, host) => (
          <Chart
            label={own.map(({ series }) => `${series.contender} ${asText(series.median)}`).join("; ")}
            height={partsHeight(own.length)}
            draw={(width) =>
              partsChart(
                points
                  .filter((each) => each.host === host && shown.includes(each.figure))
                  // What the collector gave back meanwhile is no part.
                  .map(({ figure, series }) => ({
                    row: series.contender,
                    part: figure,
                    value: Math.max(0, series.median),
                  })),
                own.map(({ series, title }) => ({ row: series.contender, value: series.median, title })),
                { width, max, parts: shown, asText },
              )
            }
          />
        )}
      </Panels>
    </div>
  );
}
