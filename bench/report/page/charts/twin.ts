/** Owns the chart of WebAssembly against JavaScript: a row a workload, on it a symbol a host, around the line between. */
import * as Plot from "@observablehq/plot";
import { ratioAsText } from "../../model/format.ts";
import type { TwinRow } from "../../model/twin.ts";
import type { Look } from "../appearance.ts";
import { alongX, type Domain, logAxis, STYLE, TIP } from "./axes.ts";
import { comparisonAsText } from "./ratios.ts";

const NARROW_PX = 640;
const NAME_PX = 310;
const VALUE_PX = 46;
const TOP_PX = 24;
const BOTTOM_PX = 24;

export function twinHeight(rows: number, width: number): number {
  return rows * rowPx(width) + TOP_PX + BOTTOM_PX;
}

export interface TwinOptions {
  readonly width: number;
  readonly domain: Domain;
  readonly nameOf: (row: TwinRow) => string;
  readonly lookOf: (host: string) => Look;
}

export function twinChart(rows: readonly TwinRow[], { width, domain, nameOf, lookOf }: TwinOptions): Element {
  const isNarrow = width < NARROW_PX;
  const marginLeft = isNarrow ? 4 : NAME_PX;
  const x = logAxis(domain, width - marginLeft - VALUE_PX);
  const points = rows.flatMap((row) => row.comparisons.map((each) => ({ ...each, row: nameOf(row) })));
  const hosts = [...new Set(points.map(({ host }) => host))];
  const label = { frameAnchor: "top", dy: -14, fill: "var(--muted)", fontWeight: 600 } as const;
  return Plot.plot({
    width,
    height: twinHeight(rows.length, width),
    marginTop: TOP_PX,
    marginBottom: BOTTOM_PX,
    marginLeft,
    marginRight: VALUE_PX,
    style: STYLE,
    x: x.scale,
    y: { domain: rows.map(nameOf), label: null, padding: 0.5, ...(isNarrow && { axis: null }) },
    color: { type: "categorical", domain: hosts, range: hosts.map((host) => lookOf(host).color) },
    symbol: { domain: hosts, range: hosts.map((host) => lookOf(host).symbol) },
    marks: [
      Plot.rect([domain], { x1: 1, x2: (d) => d[1], fill: "var(--ahead)", fillOpacity: 0.06 }),
      Plot.rect([domain], { x1: (d) => d[0], x2: 1, fill: "var(--behind)", fillOpacity: 0.06 }),
      Plot.text([1], { ...label, x: 1, text: () => "WebAssembly ahead →", textAnchor: "start", dx: 6 }),
      Plot.text([1], { ...label, x: 1, text: () => "← JavaScript ahead", textAnchor: "end", dx: -6 }),
      ...alongX(x.ticks, ratioAsText),
      isNarrow
        ? Plot.text(rows, {
            y: nameOf,
            text: nameOf,
            frameAnchor: "left",
            textAnchor: "start",
            dy: -11,
            lineWidth: width / 13,
            textOverflow: "ellipsis",
            fill: "var(--ink)",
          })
        : Plot.axisY({
            tickSize: 0,
            label: null,
            lineWidth: 26,
            textOverflow: "ellipsis",
            fill: "var(--ink)",
          }),
      Plot.ruleX([1], { stroke: "var(--ink)", strokeWidth: 1.25 }),
      Plot.link(points, {
        y: "row",
        x1: (each) => each.ratio.p25,
        x2: (each) => each.ratio.p75,
        stroke: "host",
        strokeOpacity: 0.45,
      }),
      Plot.dot(points, {
        y: "row",
        x: (each) => each.ratio.median,
        stroke: "host",
        symbol: "host",
        r: 3.6,
        strokeWidth: 1.5,
      }),
      Plot.text(rows, {
        y: nameOf,
        text: (each) => ratioAsText(each.mean),
        frameAnchor: "right",
        dx: VALUE_PX - 2,
        textAnchor: "end",
        fontWeight: 650,
        fontSize: 12,
        fill: (each) => (each.mean >= 1 ? "var(--ahead)" : "var(--behind)"),
      }),
      Plot.tip(
        points,
        Plot.pointer({
          y: "row",
          x: (each) => each.ratio.median,
          ...TIP,
          title: (each) => `${each.row}\n${comparisonAsText(each)}`,
        }),
      ),
    ],
  });
}

function rowPx(width: number): number {
  return width < NARROW_PX ? 36 : 24;
}
