/** Owns the strip below a headline: a dot for each workload's ratio on one logarithmic axis. */
import * as Plot from "@observablehq/plot";
import { ratioAsText } from "../../model/format.ts";
import type { Comparison } from "../../model/survey.ts";
import { type Domain, STYLE, TIP } from "./axes.ts";

export const STRIP_HEIGHT = 30;

export function stripChart(all: readonly Comparison[], width: number, domain: Domain): Element {
  const x = (each: Comparison): number => each.ratio.median;
  return Plot.plot({
    width,
    height: STRIP_HEIGHT,
    margin: 2,
    axis: null,
    style: STYLE,
    x: { type: "log", domain: [...domain] },
    marks: [
      Plot.link([domain], { x1: (d) => d[0], x2: (d) => d[1], y1: 0, y2: 0, stroke: "var(--grid)" }),
      Plot.ruleX([1], { stroke: "var(--ink)", strokeWidth: 1.25 }),
      Plot.dot(all, {
        x,
        y: 0,
        r: 4,
        fill: (each) => (x(each) >= 1 ? "var(--ahead)" : "var(--behind)"),
        fillOpacity: 0.6,
        stroke: "var(--surface)",
        strokeWidth: 0.75,
      }),
      Plot.tip(
        all,
        Plot.pointerX({
          ...TIP,
          x,
          y: 0,
          title: (each) => `${each.workload.title}\n${ratioAsText(x(each))}`,
        }),
      ),
    ],
  });
}
