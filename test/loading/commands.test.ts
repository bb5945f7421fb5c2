/** The installed package on the hosts that are commands: by import and by require, without a permission or a flag. */
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { runChild } from "../../hosts/child.ts";
import { bun, deno, otherNodes, thisNode } from "../../hosts/process.ts";
import { isExpected } from "../hosts/presence.ts";
import { ANSWER, exportsIn, projectFolder } from "./folder.ts";

const PRINTED = `main().then((answer) => console.log(JSON.stringify(answer)));`;
const folder = projectFolder({
  "import.mjs": `import main from "./program.mjs"; ${PRINTED}`,
  "require.cjs": `const main = require("./program.mjs").default; ${PRINTED}`,
  "names.cjs": `console.log(JSON.stringify(
    ["wasyncio", "wasyncio/testing", "wasyncio/http", "wasyncio/edge"].map((name) => typeof require(name)),
  ))`,
  "missing.mjs": `
    delete globalThis.WebAssembly;
    const { LoopError, run, runSync, sleep } = await import("wasyncio");
    const errors = [];
    for (const use of [() => run(() => sleep(1)), () => runSync(() => sleep(1))]) {
      try {
        errors.push(await use());
      } catch (error) {
        errors.push([error instanceof LoopError, error.code, error.message]);
      }
    }
    console.log(JSON.stringify(errors));`,
});
const missing = [true, "ERR_WEBASSEMBLY_MISSING", expect.stringMatching(/no WebAssembly.*--jitless/)];

async function printed(command: readonly [string, readonly string[]], file: string): Promise<unknown> {
  const [path, args] = command;
  const { code, stdout, stderr } = await runChild(path, [...args, join(folder, file)], {
    cwd: folder,
    timeoutMs: 50_000,
  });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const nodes = [thisNode, ...otherNodes.filter(({ name }) => name !== thisNode.name)].map(
  (node) => [node.name, node] as const,
);

describe.each(nodes)("%s", async (_name, node) => {
  describe.skipIf(!(await isExpected(node)))("a program", () => {
    test("imports the package", async () => {
      expect(await printed(node.command(), "import.mjs")).toEqual(ANSWER);
    });

    test("requires the package, and a module that imports it", async () => {
      expect(await printed(node.command(), "names.cjs")).toEqual(Array(4).fill("object"));
      expect(await printed(node.command(), "require.cjs")).toEqual(ANSWER);
    });

    test("without WebAssembly gets an error that says what to do", async () => {
      expect(await printed(node.command(), "missing.mjs")).toEqual([missing, missing]);
      expect(await printed(node.command(["--jitless"]), "missing.mjs")).toEqual([missing, missing]);
    });
  });
});

describe.skipIf(!(await isExpected(deno)))("Deno", () => {
  test("a program imports the package without any permission", async () => {
    expect(await printed(deno.command(["run", "--no-prompt", "--no-remote"]), "import.mjs")).toEqual(ANSWER);
  });

  test("a program requires the package", async () => {
    // To require is to read files, which Deno asks for.
    const command = deno.command(["run", "--no-prompt", "--no-remote", "--allow-read"]);
    expect(await printed(command, "require.cjs")).toEqual(ANSWER);
  });

  test("a program without WebAssembly gets an error that says what to do", async () => {
    const command = deno.command(["run", "--no-prompt", "--no-remote"]);
    expect(await printed(command, "missing.mjs")).toEqual([missing, missing]);
  });
});

describe.skipIf(!(await isExpected(bun)))("Bun", () => {
  test.each(["import.mjs", "require.cjs"])("a program loads the package by %s", async (file) => {
    expect(await printed(bun.command(), file)).toEqual(ANSWER);
  });

  test("a program without WebAssembly gets an error that says what to do", async () => {
    expect(await printed(bun.command(), "missing.mjs")).toEqual([missing, missing]);
  });
});

describe("the package's modules", () => {
  const entries = entryFiles();

  test("are found", () => {
    expect(entries).toEqual(expect.arrayContaining(["dist/src/entry/node.js", "dist/src/entry/default.js"]));
    expect(entries.length).toBeGreaterThanOrEqual(9);
  });

  test("wait for nothing while they load, so that require works", async () => {
    // esbuild refuses to make CommonJS of a module that awaits at its top level.
    const toCommonJs = (entryPoints: string[]) =>
      build({
        absWorkingDir: join(folder, "node_modules/wasyncio"),
        entryPoints,
        outdir: join(folder, "cjs"),
        bundle: true,
        write: false,
        format: "cjs",
        platform: "node",
        external: ["*.wasm", "*.wasm?module", "cloudflare:*", "bullmq", "@sinonjs/fake-timers", "vitest"],
        logLevel: "silent",
      });
    expect((await toCommonJs(entries)).warnings).toEqual([]);
    await expect(toCommonJs([join(folder, "missing.mjs")])).rejects.toThrow(/[Tt]op-level await/);
  });
});

/** The files that package.json's exports name, for whichever condition. */
function entryFiles(): string[] {
  const files = Object.values(exportsIn(folder)).flatMap((target) =>
    typeof target === "string" ? target : Object.values(target),
  );
  return [...new Set(files.filter((file) => file.endsWith(".js")))].map((file) => file.replace(/^\.\//, ""));
}
