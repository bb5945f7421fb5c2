/** Owns logarithmic axes: how far they reach and where they have ticks. Knows nothing of what is drawn on them. */
import { axisX, axisY, gridX, gridY, type Markish, type ScaleOptions } from "@observablehq/plot";
import { isLogarithmic } from "../../model/survey.ts";

const PIXELS_PER_TICK = 38;
/** So much room is left at either end, as a share of the whole. */
const MARGIN = 0.05;

export type Domain = readonly [number, number];

/** Covers everything that fits on the axis, and what should be visible in any case. */
export function logDomain(values: readonly (number | null)[], inSight: readonly number[] = []): Domain {
  const all = [...values.filter(isLogarithmic), ...inSight].map(Math.log10);
  if (all.length === 0) return [0.1, 10];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = Math.max((high - low) * MARGIN, 0.06);
  return [10 ** (low - margin), 10 ** (high + margin)];
}

export interface LogAxis {
  readonly scale: ScaleOptions;
  readonly ticks: readonly number[];
}

export function logAxis(domain: Domain, lengthPx: number): LogAxis {
  return { scale: { type: "log", domain: [...domain], label: null }, ticks: ticksWithin(domain, lengthPx) };
}

/** Labels below, and lines across. Each has its text: the library would leave out some that it finds not round enough. */
export function alongX(ticks: readonly number[], asText: (value: number) => string): Markish[] {
  return [
    gridX([...ticks], { stroke: "var(--grid)", strokeOpacity: 1 }),
    axisX([...ticks], { text: asText, tickSize: 0, label: null }),
  ];
}

/** The same at the left. */
export function alongY(ticks: readonly number[], asText: (value: number) => string): Markish[] {
  return [
    gridY([...ticks], { stroke: "var(--grid)", strokeOpacity: 1 }),
    axisY([...ticks], { text: asText, tickSize: 0, label: null }),
  ];
}

/** What is said of the point next to the pointer. */
export const TIP = { lineHeight: 1.35, fill: "var(--surface)", stroke: "var(--line)" } as const;

/** As many round numbers as there is room for: 1, 2, 5 of each decade; or 1 and 3; or the decades, or some of them. */
function ticksWithin([low, high]: Domain, lengthPx: number): number[] {
  const room = Math.max(2, Math.floor(lengthPx / PIXELS_PER_TICK));
  const steps: readonly (readonly [digits: readonly number[], decades: number])[] = [
    [[1, 1.5, 2, 3, 5, 7], 1],
    [[1, 2, 5], 1],
    [[1, 3], 1],
    ...[1, 2, 3, 4, 6].map((decades) => [[1], decades] as const),
  ];
  const choices = steps.map(([digits, decades]) => {
    const from = Math.floor(Math.log10(low));
    const exponents = Array.from({ length: Math.ceil(Math.log10(high)) - from + 1 }, (_, i) => from + i);
    return exponents
      .filter((exponent) => exponent % decades === 0)
      .flatMap((exponent) => digits.map((digit) => Number(`${digit}e${exponent}`)))
      .filter((tick) => tick >= low && tick <= high);
  });
  return choices.find((ticks) => ticks.length <= room) ?? choices.at(-1) ?? [];
}

/** What all charts have in common. */
export const STYLE = {
  fontSize: "11px",
  fontFamily: "inherit",
  overflow: "visible",
  background: "none",
} as const;
