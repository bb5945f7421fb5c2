/**
 * Owns how a failure reads: who ran when, where the schedule parts from the loop's own order, and how to repeat it.
 */
import { LOOPS_OWN, type TurnRecord } from "./tracks.ts";

/** How many turns are shown before and after one that matters, and at the end. */
const AROUND = 2;
const LAST = 8;
/** How many entries of a batch are named. */
const NAMES_MAX = 12;

/** The turns that matter, a line each. */
export function traceInText(all: readonly TurnRecord[]): string {
  const turns = all.filter((record) => isSpecial(record) || record.ran.some(isNamed));
  const shown = new Set<number>();
  const show = (from: number, to: number) => {
    for (let i = Math.max(0, from); i <= Math.min(turns.length - 1, to); i++) shown.add(i);
  };
  for (const [i, record] of turns.entries()) if (isSpecial(record)) show(i - AROUND, i + AROUND);
  show(turns.length - LAST, turns.length);
  const lines: string[] = [];
  let last = -1;
  for (const i of [...shown].sort((one, other) => one - other)) {
    if (i > last + 1) lines.push("  ...");
    lines.push(...linesOf(turns[i] as TurnRecord));
    last = i;
  }
  return lines.join("\n");
}

/** Where two runs of one schedule part, in words; undefined if they are the same. */
export function whereTheyPart(one: readonly TurnRecord[], other: readonly TurnRecord[]): string | undefined {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [first, second] = [one[i], other[i]].map((each) => each && linesOf(each).join("\n"));
    if (first !== second) return `first:\n${first ?? "  (its end)"}\nthen:\n${second ?? "  (its end)"}`;
  }
  return undefined;
}

function isSpecial({ ran, ready, faults }: TurnRecord): boolean {
  return faults.length > 0 || ran.some((name, i) => name !== ready[i]);
}

function linesOf({ turn, timeMs, ran, ready, faults }: TurnRecord): string[] {
  const head = `turn ${turn}, ${timeMs} ms`;
  const lines = faults.map((fault) => `* ${head}: ${fault}`);
  const isOther = ran.some((name, i) => name !== ready[i]);
  lines.push(`${isOther ? "*" : " "} ${head}: ${namesOf(ran)}`);
  if (isOther) lines.push(`${" ".repeat(head.length + 4)}instead of ${namesOf(ready)}`);
  return lines;
}

function namesOf(names: readonly string[]): string {
  const given = names.filter(isNamed);
  const rest = given.length - NAMES_MAX;
  return given.slice(0, NAMES_MAX).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}

/** The loop's own callbacks, as at the end of a task, tell nobody anything. */
function isNamed(name: string): boolean {
  return name !== "" && name !== LOOPS_OWN;
}
