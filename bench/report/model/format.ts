/** Owns how figures are put into words: ratios, times, bytes, sizes. Knows nothing of where they come from. */
import type { Unit } from "../../results.ts";

const PRECISE_BELOW = 100;

/** "13x", "0.52x", "1,240x": three digits that count at most, two from 10 on. */
export function ratioAsText(ratio: number): string {
  if (ratio >= PRECISE_BELOW) return `${Math.round(ratio).toLocaleString("en-GB")}×`;
  return `${trimmed(ratio, ratio >= 10 ? 0 : ratio >= 2 ? 1 : 2)}×`;
}

/** A figure with the unit that suits its order of magnitude. */
export function figureAsText(value: number, unit: Unit): string {
  // JSON writes what is no number as null.
  if (!Number.isFinite(value)) return "–";
  if (unit === "bytes") return scaled(value, [1, 1024, 1024 ** 2, 1024 ** 3], ["B", "KiB", "MiB", "GiB"]);
  const ns = unit === "ms" ? value * 1e6 : value;
  return scaled(ns, [1, 1e3, 1e6, 1e9], ["ns", "µs", "ms", "s"]);
}

/** What a goal asks for or got. */
export function goalFigureAsText(value: number, unit: Unit | "x"): string {
  return unit === "x" ? ratioAsText(value) : figureAsText(value, unit);
}

/** "100,000". */
export function countAsText(count: number): string {
  return count.toLocaleString("en-GB");
}

/** "1M", "100k": for axes. */
export function shortCount(count: number): string {
  if (count >= 1e6) return `${trimmed(count / 1e6, 1)}M`;
  if (count >= 1e3) return `${trimmed(count / 1e3, 1)}k`;
  return trimmed(count, 1);
}

/** "1 h 4 min", "3 min 20 s". */
export function durationAsText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** "1 host", "3 hosts". */
export function counted(count: number, noun: string): string {
  return `${countAsText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function scaled(value: number, steps: readonly number[], names: readonly string[]): string {
  const size = Math.abs(value);
  // Rounded to three digits, 999.7 ns are 1 µs already.
  const at = Math.max(
    0,
    steps.findLastIndex((step) => Number((size / step).toPrecision(3)) >= 1),
  );
  return `${threeDigits(value / (steps[at] ?? 1))} ${names[at]}`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-GB");
  return trimmed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function trimmed(value: number, digits: number): string {
  // What would round to nothing keeps its first digit.
  const rounded = value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(1) : value.toFixed(digits);
  return String(Number(rounded));
}
