/** Owns medians, quartiles and ratios by rounds. Knows nothing of where numbers come from. */
import type { Series, Spread } from "../results.ts";

/** Interpolates between neighbours. Throws if there are no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("no values to take a quantile of");
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), p25: quantile(values, 0.25), p75: quantile(values, 0.75) };
}

/** A contender's samples by round, next to those of the one it is compared with. */
export function toSeries(
  contender: string,
  rounds: readonly (readonly number[])[],
  against?: readonly (readonly number[])[],
): Series {
  const series = { contender, rounds, ...spread(rounds.flat()) };
  if (against === undefined) return series;
  const ratios = ratiosByRound(rounds, against);
  return ratios.length === 0 ? series : { ...series, ratio: spread(ratios) };
}

/** The two sides of a round were measured one right after the other, so a machine that slows down slows both. */
export function ratiosByRound(
  theirs: readonly (readonly number[])[],
  ours: readonly (readonly number[])[],
): number[] {
  const ratios: number[] = [];
  for (let round = 0; round < Math.min(theirs.length, ours.length); round++) {
    const [their, our] = [theirs[round]!, ours[round]!];
    if (their.length === 0 || our.length === 0) continue;
    const ratio = median(their) / median(our);
    // A difference that is nothing, or below it by noise, has no ratio.
    if (Number.isFinite(ratio) && ratio > 0) ratios.push(ratio);
  }
  return ratios;
}
