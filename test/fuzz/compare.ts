// Where two runs of one program part.
//
// Owns the comparison and its report. Must not know who ran the program. Outcomes are JSON and compared as
// such: the order of keys says nothing, the order of entries everything.

import type { Json } from "../oracle/oracle.ts";
import type { Run } from "./program.ts";

export interface Difference {
  /** The index of the entry, or undefined when the traces are equal and something else is not. */
  readonly at: number | undefined;
  readonly what: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

const ENTRIES_BEFORE = 8;

/** The first difference, or undefined when the two runs are the same. */
export function firstDifference(expected: Run, actual: Run): Difference | undefined {
  const length = Math.max(expected.trace.length, actual.trace.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [expected.trace[at], actual.trace[at]];
    if (!isEqual(one, other)) return { at, what: "trace", expected: one, actual: other };
  }
  for (const what of ["ended", "time", "states"] as const) {
    const [one, other] = [expected[what], actual[what]];
    if (!isEqual(one, other)) return { at: undefined, what, expected: one, actual: other };
  }
  return undefined;
}

/** The difference as a person reads it: what both agree on up to there, then one line for each side. */
export function formatDifference(difference: Difference, expected: Run): string {
  const { at, what } = difference;
  const agreed =
    at === undefined
      ? [`the traces are equal, but "${what}" is not:`]
      : expected.trace.slice(Math.max(0, at - ENTRIES_BEFORE), at).map((entry) => `    ${format(entry)}`);
  return [
    ...agreed,
    `  - ${format(difference.expected)}   (asyncio)`,
    `  + ${format(difference.actual)}   (wasyncio)`,
  ].join("\n");
}

export function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [Object.entries(one), other as { readonly [key: string]: Json | undefined }];
  return (
    left.length === Object.keys(other).length &&
    left.every(([key, item]) => Object.hasOwn(right, key) && isEqual(item, right[key]))
  );
}

function format(value: Json | undefined): string {
  if (value === undefined) return "nothing more";
  if (!Array.isArray(value) || value.length !== 4 || typeof value[0] !== "number")
    return JSON.stringify(value);
  const [time, who, what, outcome] = value;
  return `${String(time).padStart(5)} ms  ${who}: ${what}  ${JSON.stringify(outcome)}`;
}
