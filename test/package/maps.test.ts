/** The source maps that are shipped: a stack names the lines of the sources, and the sources are in them, without their comments. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { node, ROOT } from "./node-child.ts";

test("a stack leads to the line of the source, which the map holds", async () => {
  const script = `
    import { run, Semaphore } from "wasyncio";
    run(function* () { new Semaphore(-1); }).catch((error) => console.log(error.stack));
  `;
  const stack = await node("--enable-source-maps", "--input-type=module", "--eval", script);
  const lineOf = (frame: string) => {
    const [, path = "", line] =
      new RegExp(`at ${frame} \\(.*?/(src/(?!shared/).*\\.ts):(\\d+):`).exec(stack) ?? [];
    const text = readFileSync(join(ROOT, path), "utf8");
    return text.split("\n")[Number(line) - 1];
  };
  expect(lineOf("new Semaphore")).toContain("checkCount(");
  expect(lineOf("Task.step")).toContain(".next(");

  const map = JSON.parse(readFileSync(join(ROOT, "dist/src/shared/wasyncio.js.map"), "utf8")) as {
    sources: string[];
    sourcesContent: (string | null)[];
  };
  const at = map.sources.findIndex((source) => source.endsWith("src/sync/semaphore.ts"));
  const lines = readFileSync(join(ROOT, "src/sync/semaphore.ts"), "utf8").split("\n");
  const shown = map.sourcesContent[at]?.split("\n");
  expect(shown).toEqual(lines.map((line) => (/^ *(?:\/[*/]|\*)/.test(line) ? "" : line)));
});
