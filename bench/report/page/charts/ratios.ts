/** Owns the chart of ratios: a row for each contender or host, around the line where both are the same. */
import * as Plot from "@observablehq/plot";
import { figureAsText, ratioAsText } from "../../model/format.ts";
import type { Comparison } from "../../model/survey.ts";
import { alongX, type Domain, logAxis, STYLE, TIP } from "./axes.ts";

const ROW_PX = 20;
const TOP_PX = 4;
const BOTTOM_PX = 22;
const VALUE_PX = 46;
const NAME_PX = 98;

export function ratiosHeight(rows: number): number {
  return rows * ROW_PX + TOP_PX + BOTTOM_PX;
}

/** The bar goes from 1x to the median, the line across its end from the lower to the upper quartile. */
export function ratiosChart(
  all: readonly Comparison[],
  { width, domain, nameOf }: { width: number; domain: Domain; nameOf: (each: Comparison) => string },
): Element {
  const x = logAxis(domain, width - NAME_PX - VALUE_PX);
  const side = (each: Comparison): string => (each.ratio.median >= 1 ? "var(--ahead)" : "var(--behind)");
  return Plot.plot({
    width,
    height: ratiosHeight(all.length),
    marginTop: TOP_PX,
    marginBottom: BOTTOM_PX,
    marginLeft: NAME_PX,
    marginRight: VALUE_PX,
    style: STYLE,
    x: x.scale,
    y: { domain: all.map(nameOf), label: null, padding: 0.35 },
    marks: [
      ...alongX(x.ticks, ratioAsText),
      Plot.axisY({ tickSize: 0, label: null, lineWidth: 9, textOverflow: "ellipsis", fill: "var(--ink)" }),
      Plot.barX(all, { y: nameOf, x1: 1, x2: (each) => each.ratio.median, fill: side, fillOpacity: 0.42 }),
      Plot.ruleX([1], { stroke: "var(--ink)", strokeWidth: 1.25 }),
      Plot.link(all, {
        y: nameOf,
        x1: (each) => each.ratio.p25,
        x2: (each) => each.ratio.p75,
        stroke: side,
        strokeWidth: 2,
      }),
      Plot.dot(all, { y: nameOf, x: (each) => each.ratio.median, fill: side, r: 3.2 }),
      Plot.text(all, {
        y: nameOf,
        text: (each) => ratioAsText(each.ratio.median),
        frameAnchor: "right",
        dx: VALUE_PX - 2,
        textAnchor: "end",
        fill: side,
        fontWeight: 650,
        fontSize: 12,
      }),
      Plot.tip(
        all,
        Plot.pointerY({ y: nameOf, x: (each) => each.ratio.median, title: comparisonAsText, ...TIP }),
      ),
    ],
  });
}

/** All of one comparison, in lines. */
export function comparisonAsText(each: Comparison): string {
  const { unit } = each.workload;
  return [
    `${each.contender} on ${each.host}`,
    `${ratioAsText(each.ratio.median)} (${ratioAsText(each.ratio.p25)} to ${ratioAsText(each.ratio.p75)})`,
    `${figureAsText(each.theirs, unit)}, wasyncio ${figureAsText(each.ours, unit)}`,
  ].join("\n");
}
