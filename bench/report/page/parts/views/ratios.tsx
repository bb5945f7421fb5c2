/** Owns the ratios of one workload: a panel for each host or for each contender, all on one scale. */
import { OURS } from "../../../../results.ts";
import { ratioAsText } from "../../../model/format.ts";
import { type Comparison, comparisons, grouped, inOrder } from "../../../model/survey.ts";
import { logDomain } from "../../charts/axes.ts";
import { ratiosChart, ratiosHeight } from "../../charts/ratios.ts";
import { Chart } from "../chart.tsx";
import type { PanelsBy, ViewProps } from "../workload.tsx";

export function RatiosView({ report, workload, figure, size, by }: ViewProps & { readonly by: PanelsBy }) {
  const all = comparisons(report).filter(
    (each) => each.workload === workload && each.figure === figure && each.size === size,
  );
  if (all.length === 0) return null;
  const order = inOrder(report, new Set(all.map(({ contender }) => contender))).map(({ name }) => name);
  const sorted = [...all].sort((a, b) => order.indexOf(a.contender) - order.indexOf(b.contender));
  const hosts = grouped(sorted, ({ host }) => host).map(([first]) => first?.host);
  const panels =
    by === "host"
      ? report.hosts.flatMap(({ name }) => {
          const own = sorted.filter(({ host }) => host === name);
          return own.length > 0 ? [{ name, own }] : [];
        })
      : order.map((name) => ({
          name,
          own: [...all].filter(({ contender }) => contender === name),
        }));
  const nameOf = by === "host" ? (each: Comparison) => each.contender : (each: Comparison) => each.host;
  const domain = logDomain(
    all.flatMap(({ ratio }) => [ratio.p25, ratio.p75]),
    [1],
  );
  return (
    <div class="view">
      <h4>
        How many times as {workload.unit === "bytes" ? "much" : "long"} as {OURS},{" "}
        {by === "host" ? `on ${hosts.length === 1 ? "the" : "each"} host` : "by contender"}
      </h4>
      <div class="panels narrow" data-view="ratios">
        {panels.map(({ name, own }) => (
          <figure key={name} class="panel">
            <figcaption>{name}</figcaption>
            <Chart
              label={own.map((each) => `${nameOf(each)} ${ratioAsText(each.ratio.median)}`).join("; ")}
              height={ratiosHeight(own.length)}
              draw={(width) => ratiosChart(own, { width, domain, nameOf })}
            />
          </figure>
        ))}
      </div>
    </div>
  );
}
