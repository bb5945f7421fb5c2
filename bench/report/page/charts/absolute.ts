/** Owns hosts side by side: a row for each host, on it a symbol for what each contender took. */
import * as Plot from "@observablehq/plot";
import type { Look } from "../appearance.ts";
import { alongX, type Domain, logAxis, STYLE, TIP } from "./axes.ts";

const ROW_PX = 26;
const TOP_PX = 4;
const BOTTOM_PX = 24;
const NAME_PX = 78;

export interface AbsolutePoint {
  readonly row: string;
  readonly name: string;
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  readonly title: string;
}

export interface AbsoluteOptions {
  readonly width: number;
  readonly rows: readonly string[];
  readonly domain: Domain;
  readonly asText: (value: number) => string;
  readonly lookOf: (name: string) => Look;
  readonly emphasis: string;
}

export function absoluteHeight(rows: number): number {
  return rows * ROW_PX + TOP_PX + BOTTOM_PX;
}

export function absoluteChart(points: readonly AbsolutePoint[], options: AbsoluteOptions): Element {
  const { width, rows, domain, asText, lookOf, emphasis } = options;
  const names = [...new Set(points.map(({ name }) => name))];
  const x = logAxis(domain, width - NAME_PX);
  const main = points.filter(({ name }) => name === emphasis);
  const others = points.filter(({ name }) => name !== emphasis);
  return Plot.plot({
    width,
    height: absoluteHeight(rows.length),
    marginTop: TOP_PX,
    marginBottom: BOTTOM_PX,
    marginLeft: NAME_PX,
    marginRight: 16,
    style: STYLE,
    x: x.scale,
    y: { type: "point", domain: [...rows], label: null, padding: 0.5 },
    color: { type: "categorical", domain: names, range: names.map((name) => lookOf(name).color) },
    symbol: { domain: names, range: names.map((name) => lookOf(name).symbol) },
    marks: [
      Plot.ruleY(rows, { stroke: "var(--grid)" }),
      ...alongX(x.ticks, asText),
      Plot.axisY({ tickSize: 0, label: null, fill: "var(--ink)" }),
      Plot.link(points, {
        x1: "p25",
        x2: "p75",
        y: "row",
        stroke: "name",
        strokeWidth: 1.5,
        strokeOpacity: 0.6,
      }),
      Plot.dot(others, { x: "median", y: "row", stroke: "name", symbol: "name", r: 4, strokeWidth: 1.5 }),
      Plot.dot(main, { x: "median", y: "row", fill: "name", symbol: "name", r: 6 }),
      Plot.tip(points, Plot.pointer({ x: "median", y: "row", title: "title", ...TIP })),
    ],
  });
}
