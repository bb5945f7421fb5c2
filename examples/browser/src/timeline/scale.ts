/**
 * Owns the axis: where each time is, in per cent of the width, where its marks are, and how times are written. Knows nothing
 * of tasks.
 */

export interface Scale {
  /** Where a time is, in per cent of the width. */
  readonly percent: (timeMs: number) => number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** An axis is never shorter, or a program that ends at once would show only the clock's noise. */
const LENGTH_MIN_MS = 2;
const TICKS_MAX = 5;
/** What is left free at the right end, for the mark of how a task ended. */
const MARGIN_PERCENT = 3;
const STEPS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000].concat(
  [2, 5, 10, 20, 60].map((minutes) => minutes * 60_000),
);

/** An axis from zero to `lengthMs`. */
export function scaleTo(lengthMs: number): Scale {
  const length = Math.max(lengthMs, LENGTH_MIN_MS);
  const stepMs = STEPS_MS.find((step) => length / step <= TICKS_MAX) ?? niceHours(length);
  const ticks: Tick[] = [];
  for (let atMs = 0; atMs <= length; atMs += stepMs) ticks.push({ atMs, label: formatMs(atMs) });
  const percent = (timeMs: number) =>
    (Math.min(Math.max(timeMs, 0), length) / length) * (100 - MARGIN_PERCENT);
  return { percent, ticks };
}

function niceHours(lengthMs: number): number {
  return Math.ceil(lengthMs / 3_600_000 / TICKS_MAX) * 3_600_000;
}

/** A duration for people: `0.4 ms`, `400 ms`, `1.2 s`, `10 min`. */
export function formatMs(durationMs: number): string {
  if (durationMs === 0) return "0";
  if (durationMs < 10) return `${trimmed(durationMs, 1)} ms`;
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${trimmed(durationMs / 1000, 2)} s`;
  return `${trimmed(durationMs / 60_000, 1)} min`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
