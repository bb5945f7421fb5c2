/** The source maps that are shipped: a stack names the lines of the sources, and the sources are in them. */
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
  expect(lineOf("new Semaphore")).toContain("throw new ArgumentError(");
  expect(lineOf("Task.step")).toContain(".next(");

  const map = JSON.parse(readFileSync(join(ROOT, "dist/src/shared/wasyncio.js.map"), "utf8")) as {
    sources: string[];
    sourcesContent: (string | null)[];
  };
  const at = map.sources.findIndex((source) => source.endsWith("src/sync/semaphore.ts"));
  expect(map.sourcesContent[at]).toBe(readFileSync(join(ROOT, "src/sync/semaphore.ts"), "utf8"));
});
