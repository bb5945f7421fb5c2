/** Runs the programs of docs/debugging.md, docs/asyncio.md and docs/time-travel.md, and compares what they print with what the pages say. */
import { describe, expect, it } from "vitest";
import { linesPrintedBy, programsWithLines } from "./programs.ts";

/** The lines as the page writes them: `…` for what differs from run to run, and without the frames of stacks. */
function asThePageHasThem(lines: readonly string[], page: readonly string[]): string[] {
  const left = lines.filter((line) => !/^\s+at /.test(line));
  return left.map((line) => page.find((known) => isLike(line, known)) ?? line);
}

function isLike(line: string, known: string): boolean {
  const parts = known.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}

describe.each([
  ["docs/debugging.md", 6],
  ["docs/asyncio.md", 1],
  ["docs/time-travel.md", 1],
] as const)("%s", (page, count) => {
  const programs = programsWithLines(page);

  it("has as many programs as are known here", () => {
    expect(programs).toHaveLength(count);
  });

  it.each(programs.map((program, index) => [index + 1, ...program] as const))(
    "program %i prints what the page says",
    async (number, program, printed) => {
      const lines = await linesPrintedBy(`${page.replace(/\W/g, "-")}-${number}`, program);
      expect(asThePageHasThem(lines, printed)).toEqual(printed);
    },
  );
});
