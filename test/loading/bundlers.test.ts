/** The installed package through bundlers, each by its own API and without configuration: what they make runs. */
import { basename, join } from "node:path";
import { type BuildOptions, build as esbuild } from "esbuild";
import { createServer, type InlineConfig, build as viteBuild } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import type { Browser } from "../../hosts/browser.ts";
import { runChild } from "../../hosts/child.ts";
import { chromium } from "../../hosts/chromium.ts";
import type { Json } from "../../hosts/driver.ts";
import { isExpected } from "../hosts/presence.ts";
import { ANSWER, projectFolder } from "./folder.ts";
import { type Site, serveFolders } from "./site.ts";

const page = (script: string) => `<!doctype html><meta charset="utf-8"><title>wasyncio</title>
  <link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

const folder = projectFolder({
  "index.html": page("/page.js"),
  "out/esbuild.html": page("esbuild-page.js"),
  "out/webpack.html": page("webpack-page.js"),
  "page.js": `import main from "./program.mjs"; globalThis.answer = main();`,
  "command.js": `import main from "./program.mjs";
    main().then((answer) => console.log(JSON.stringify(answer)));`,
});
const out = join(folder, "out");

/** Of all bundlers: the entry point that was chosen. */
function entriesIn(inputs: readonly string[]): string[] {
  const entries = inputs.filter((path) => path.includes("node_modules/wasyncio/dist/src/entry/"));
  return [...new Set(entries.map((path) => basename(path)))];
}

async function printedBy(file: string): Promise<unknown> {
  const { code, stdout, stderr } = await runChild(process.execPath, [file], { timeoutMs: 30_000 });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function esbuildOf(input: string, output: string, options: BuildOptions): Promise<string[]> {
  const { metafile, warnings } = await esbuild({
    entryPoints: [join(folder, input)],
    outfile: join(out, output),
    bundle: true,
    format: "esm",
    metafile: true,
    logLevel: "silent",
    ...options,
  });
  expect(warnings).toEqual([]);
  return entriesIn(Object.keys(metafile?.inputs ?? {}));
}

/** @returns the entry point that was chosen. */
function webpackOf(input: string, output: string, target: "web" | "node"): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const compiler = webpack({
      context: folder,
      mode: "production",
      target,
      entry: join(folder, input),
      output: { path: out, filename: output },
    });
    if (compiler === null) throw new Error("webpack made no compiler");
    compiler.run((error, stats) => {
      compiler.close(() => {
        if (error || stats === undefined) return reject(error);
        const { errors, warnings, modules } = stats.toJson({ modules: true, nestedModules: true });
        expect(errors).toEqual([]);
        expect(warnings).toEqual([]);
        const all = (modules ?? []).flatMap((module) => [module, ...(module.modules ?? [])]);
        resolve(entriesIn(all.map(({ name }) => name ?? "")));
      });
    });
  });
}

describe("esbuild", () => {
  test("for Node: what it makes runs there", async () => {
    expect(await esbuildOf("command.js", "esbuild-node.mjs", { platform: "node" })).toContain("node.js");
    expect(await printedBy(join(out, "esbuild-node.mjs"))).toEqual(ANSWER);
  });

  test("for Node as CommonJS: what it makes runs there", async () => {
    await esbuildOf("command.js", "esbuild-node.cjs", { platform: "node", format: "cjs" });
    expect(await printedBy(join(out, "esbuild-node.cjs"))).toEqual(ANSWER);
  });

  test("for no platform: the default entry, which asks for no module of Node", async () => {
    expect(await esbuildOf("command.js", "esbuild-neutral.mjs", { platform: "neutral" })).toEqual([
      "default.js",
    ]);
    expect(await printedBy(join(out, "esbuild-neutral.mjs"))).toEqual(ANSWER);
  });

  test.each([
    ["workerd", "core.wasm"],
    ["edge-light", "core.wasm?module"],
  ])("for %s: the core stays a module beside the bundle", async (condition, core) => {
    const options: BuildOptions = {
      entryPoints: [join(folder, "command.js")],
      outdir: join(out, condition),
      bundle: true,
      format: "esm",
      platform: "neutral",
      conditions: [condition],
      external: ["node:*", "cloudflare:*"],
      metafile: true,
      logLevel: "silent",
    };
    const external = await esbuild({
      ...options,
      external: ["node:*", "cloudflare:*", "*.wasm", "*.wasm?module"],
      write: false,
    });
    expect(entriesIn(Object.keys(external.metafile?.inputs ?? {}))).toEqual([`${condition}.js`]);
    const [left] = Object.values(external.metafile?.outputs ?? {});
    expect(left?.imports.map(({ path }) => basename(path))).toContain(core);

    const copied = await esbuild({ ...options, loader: { ".wasm": "copy" } });
    const outputs = Object.keys(copied.metafile?.outputs ?? {}).map((path) => basename(path));
    expect(outputs).toEqual(expect.arrayContaining([expect.stringMatching(/^core-\w+\.wasm/), "command.js"]));
    expect(copied.warnings).toEqual([]);
  });
});

describe("webpack", () => {
  test("for Node: what it makes runs there", async () => {
    expect(await webpackOf("command.js", "webpack-node.cjs", "node")).toContain("node.js");
    expect(await printedBy(join(out, "webpack-node.cjs"))).toEqual(ANSWER);
  });
});

describe.skipIf(!(await isExpected(chromium)))("in Chromium", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await serveFolders({ "/vite/": join(out, "vite"), "/out/": out });
    browser = await chromium.open();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function answerAt(url: string): Promise<Json> {
    const shown = await browser.page(url);
    try {
      return await shown.evaluate("globalThis.answer");
    } finally {
      await shown.close();
    }
  }

  const ofVite = (base: string): InlineConfig => ({
    root: folder,
    base,
    configFile: false,
    mode: "production",
    logLevel: "silent",
    cacheDir: join(folder, "vite-cache"),
    build: { outDir: join(out, "vite") },
    server: { host: "127.0.0.1", port: 0, watch: null },
  });

  test("what esbuild makes for browsers runs", async () => {
    expect(await esbuildOf("page.js", "esbuild-page.js", { platform: "browser" })).toEqual(["browser.js"]);
    expect(await answerAt(`${site.origin}/out/esbuild.html`)).toEqual(ANSWER);
  });

  test("what webpack makes for browsers runs", async () => {
    expect(await webpackOf("page.js", "webpack-page.js", "web")).toEqual(["browser.js"]);
    expect(await answerAt(`${site.origin}/out/webpack.html`)).toEqual(ANSWER);
  });

  test("what Vite builds runs", async () => {
    await viteBuild(ofVite("/vite/"));
    expect(await answerAt(`${site.origin}/vite/index.html`)).toEqual(ANSWER);
  });

  test("Vite's server for developing serves what runs", async () => {
    const server = await createServer(ofVite("/"));
    try {
      await server.listen();
      const address = server.httpServer?.address();
      if (address === null || typeof address !== "object") throw new Error("Vite's server has no address");
      expect(await answerAt(`http://127.0.0.1:${address.port}/`)).toEqual(ANSWER);
    } finally {
      await server.close();
    }
  });
});
