/** Owns lines on logarithmic axes: growth with N, lateness by percentile, ratios over N. A line is a series with a look. */
import * as Plot from "@observablehq/plot";
import type { Look } from "../appearance.ts";
import { alongY, type Domain, logAxis, STYLE, TIP } from "./axes.ts";

export const LINES_HEIGHT = 210;
const LEFT_PX = 46;
const BOTTOM_PX = 24;

export interface LinePoint {
  readonly name: string;
  /** A size, on a logarithmic axis; or a word. */
  readonly x: number | string;
  readonly y: number;
  readonly title: string;
}

export interface LinesOptions {
  readonly width: number;
  readonly xs: readonly (number | string)[];
  readonly y: Domain;
  readonly xAsText: (x: number) => string;
  readonly yAsText: (y: number) => string;
  readonly lookOf: (name: string) => Look;
  /** Drawn heavier, on top. */
  readonly emphasis?: string;
  /** A line across, where two sides are the same. */
  readonly ruleAt?: number;
}

export function linesChart(points: readonly LinePoint[], options: LinesOptions): Element {
  const { width, xs, lookOf, emphasis, ruleAt } = options;
  const names = [...new Set(points.map(({ name }) => name))];
  const sizes = xs.filter((x) => typeof x === "number");
  const isSizes = sizes.length === xs.length;
  const y = logAxis(options.y, LINES_HEIGHT - BOTTOM_PX);
  const isMain = ({ name }: LinePoint): boolean => name === emphasis;
  const layers = [points.filter((each) => !isMain(each)), points.filter(isMain)];
  const dot = { x: "x", y: "y", stroke: "name", symbol: "name" } as const;
  return Plot.plot({
    width,
    height: LINES_HEIGHT,
    marginTop: 8,
    marginRight: 14,
    marginBottom: BOTTOM_PX,
    marginLeft: LEFT_PX,
    style: STYLE,
    x: isSizes
      ? {
          type: "log",
          domain: [Math.min(...sizes), Math.max(...sizes)],
          label: null,
        }
      : { type: "point", domain: [...xs], label: null },
    y: y.scale,
    color: { type: "categorical", domain: names, range: names.map((name) => lookOf(name).color) },
    symbol: { domain: names, range: names.map((name) => lookOf(name).symbol) },
    marks: [
      ...alongY(y.ticks, options.yAsText),
      isSizes
        ? Plot.axisX(sizes, { text: options.xAsText, tickSize: 3, label: null })
        : Plot.axisX({ tickSize: 3, label: null }),
      ...(ruleAt === undefined ? [] : [Plot.ruleY([ruleAt], { stroke: "var(--ink)", strokeWidth: 1.25 })]),
      ...layers.flatMap((layer, at) => [
        Plot.line(layer, { x: "x", y: "y", z: "name", stroke: "name", strokeWidth: at === 0 ? 1.25 : 3 }),
        Plot.dot(layer, { ...dot, r: at === 0 ? 2.8 : 4, ...(at === 1 && { fill: "name" }) }),
      ]),
      Plot.tip(points, Plot.pointer({ x: "x", y: "y", title: "title", ...TIP })),
    ],
  });
}
