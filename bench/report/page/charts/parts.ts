/** Owns what something consists of: bars from zero, such as bytes on the heap and outside it. A linear axis, as lengths add up. */
import * as Plot from "@observablehq/plot";
import { STYLE, TIP } from "./axes.ts";

const ROW_PX = 24;
const TOP_PX = 4;
const BOTTOM_PX = 22;
const NAME_PX = 98;
const VALUE_PX = 62;

export interface Part {
  readonly row: string;
  readonly part: string;
  readonly value: number;
}

export interface Total {
  readonly row: string;
  readonly value: number;
  readonly title: string;
}

export interface PartsOptions {
  readonly width: number;
  readonly max: number;
  readonly parts: readonly string[];
  readonly asText: (value: number) => string;
}

export function partsHeight(rows: number): number {
  return rows * ROW_PX + TOP_PX + BOTTOM_PX;
}

export function partsChart(
  all: readonly Part[],
  totals: readonly Total[],
  { width, max, parts, asText }: PartsOptions,
): Element {
  const ticks = Math.max(2, Math.floor((width - NAME_PX - VALUE_PX) / 70));
  return Plot.plot({
    width,
    height: partsHeight(totals.length),
    marginTop: TOP_PX,
    marginBottom: BOTTOM_PX,
    marginLeft: NAME_PX,
    marginRight: VALUE_PX,
    style: STYLE,
    x: { domain: [0, max], label: null },
    y: { domain: totals.map(({ row }) => row), label: null, padding: 0.3 },
    color: { type: "categorical", domain: [...parts], range: parts.map((_, at) => `var(--part-${at})`) },
    marks: [
      Plot.gridX({ ticks, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.axisX({ ticks, tickFormat: asText, tickSize: 0, label: null }),
      Plot.axisY({ tickSize: 0, label: null, lineWidth: 9, textOverflow: "ellipsis", fill: "var(--ink)" }),
      Plot.barX(all, { y: "row", x: "value", fill: "part", order: [...parts] }),
      Plot.ruleX([0], { stroke: "var(--ink)" }),
      Plot.text(totals, {
        y: "row",
        text: (each) => asText(each.value),
        frameAnchor: "right",
        dx: VALUE_PX - 2,
        textAnchor: "end",
        fill: "var(--ink)",
        fontWeight: 650,
        fontSize: 12,
      }),
      Plot.tip(totals, Plot.pointerY({ y: "row", x: "value", title: "title", ...TIP })),
    ],
  });
}
