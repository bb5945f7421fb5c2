/** What each part of the page shows at its end, whatever the engine: its summary, and its tasks with their outcomes. */
import type { Show } from "../../examples/browser/src/player.ts";
import { treeOf } from "../../examples/browser/src/timeline/tree.ts";

export interface ExpectedPart {
  readonly summary: RegExp;
  /** From top to bottom, each with two blanks for every creator above it. */
  readonly rows: readonly string[];
}

/** The parts of "Run all", in their order. */
export const EXPECTED: Readonly<Record<string, ExpectedPart>> = {
  hello: {
    summary: /^both were here: Ada and Grace$/,
    rows: ["main returned", "  Ada returned", "  Grace returned"],
  },
  breakfast: {
    summary: /^served tea and bread with butter$/,
    rows: ["main returned", "  tea returned", "  toast returned", "    butter returned"],
  },
  group: {
    summary: /^1 error came out, after 2 siblings had cleaned up$/,
    rows: ["main returned", "  quick returned", "  first cancelled", "  doomed failed", "  second cancelled"],
  },
  queue: {
    summary: /^10 items, shared \d \+ \d \+ \d$/,
    rows: [
      "main returned",
      ...["producer a", "producer b", "consumer 1", "consumer 2", "consumer 3"].map(
        (name) => `  ${name} returned`,
      ),
    ],
  },
  cancel: {
    summary: /^cancelled, after it had cleaned up$/,
    rows: ["main returned", "  patient cancelled"],
  },
  timeouts: {
    summary: /^answered, TimeoutError, SyntaxError$/,
    rows: ["main returned", "  answers returned", "  too slow failed", "  no JSON failed"],
  },
  pages: {
    summary: /^one by one [\d.]+ ms, at once [\d.]+ ms$/,
    rows: [
      "main returned",
      ...["ada alone", "grace alone", "barbara alone", "guido alone", "ada", "grace", "barbara", "guido"].map(
        (name) => `  ${name} returned`,
      ),
    ],
  },
  periodic: { summary: /^\d ticks, then none$/, rows: ["main returned"] },
  callback: { summary: /^told: the result$/, rows: ["main returned", "  producer returned"] },
  loops: {
    summary: /^9 and 9 beats, on 2 loops$/,
    rows: ["left", "right"].flatMap((name) => [
      `${name} returned`,
      `  ${name}, six beats returned`,
      `  ${name}, three beats returned`,
    ]),
  },
  hour: {
    summary: /^an hour took \d+ ms$/,
    rows: ["main returned", "  heartbeat cancelled", "  report returned"],
  },
};

/** The tasks of a show, as they stand in the table. */
export function rowsOf({ timeline }: Pick<Show, "timeline">): string[] {
  return treeOf(timeline.rows).map(({ task, depth }) => `${"  ".repeat(depth)}${task.name} ${task.outcome}`);
}
