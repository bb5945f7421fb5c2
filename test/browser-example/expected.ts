/** What each part of the page shows at its end, whatever the engine: its last line, and its tasks with their outcomes. */
import type { Show } from "../../examples/browser/src/player.ts";
import { treeOf } from "../../examples/browser/src/timeline/tree.ts";

export interface ExpectedPart {
  /** The last line that its program prints. */
  readonly lastLine: RegExp;
  /** From top to bottom, each with two blanks for every creator above it. */
  readonly rows: readonly string[];
}

/** The parts of "Run all", in their order. */
export const EXPECTED: Readonly<Record<string, ExpectedPart>> = {
  hello: {
    lastLine: /^both were here: Ada and Grace$/,
    rows: ["main returned", "  Ada returned", "  Grace returned"],
  },
  breakfast: {
    lastLine: /^served tea and bread with butter$/,
    rows: ["main returned", "  tea returned", "  toast returned", "    butter returned"],
  },
  group: {
    lastLine: /^came out, when all had cleaned up: Error: out of luck$/,
    rows: ["main returned", "  quick returned", "  first cancelled", "  doomed failed", "  second cancelled"],
  },
  queue: {
    lastLine: /^10 items, shared \d \+ \d \+ \d$/,
    rows: [
      "main returned",
      ...["producer a", "producer b", "consumer 1", "consumer 2", "consumer 3"].map(
        (name) => `  ${name} returned`,
      ),
    ],
  },
  cancel: {
    lastLine: /^cancelled, after it had cleaned up: no longer needed$/,
    rows: ["main returned", "  patient cancelled"],
  },
  timeouts: {
    lastLine: /^answered, TimeoutError, SyntaxError$/,
    rows: ["main returned", "  answers returned", "  too slow failed", "  no JSON failed"],
  },
  pages: {
    lastLine: /^one by one [\d.]+ ms, at once [\d.]+ ms$/,
    rows: [
      "main returned",
      ...["ada alone", "grace alone", "barbara alone", "guido alone", "ada", "grace", "barbara", "guido"].map(
        (name) => `  ${name} returned`,
      ),
    ],
  },
  periodic: { lastLine: /^\d ticks, then none$/, rows: ["main returned"] },
  callback: { lastLine: /^told: the result$/, rows: ["main returned", "  producer returned"] },
  loops: {
    lastLine: /^(?:left|right): 6 and 3 beats$/,
    rows: ["left", "right"].flatMap((name) => [
      "main returned",
      `  ${name}, six beats returned`,
      `  ${name}, three beats returned`,
    ]),
  },
  hour: {
    lastLine: /^60 minutes took \d+ ms$/,
    rows: ["main returned", "  heartbeat cancelled", "  report returned"],
  },
};

/** The tasks of a show, as they stand in the table. */
export function rowsOf({ timeline }: Pick<Show, "timeline">): string[] {
  return treeOf(timeline.rows).map(({ task, depth }) => `${"  ".repeat(depth)}${task.name} ${task.outcome}`);
}
