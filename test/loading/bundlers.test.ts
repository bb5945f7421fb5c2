/** The installed package through bundlers, each by its own API and without configuration: what they make runs. */
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build as esbuild } from "esbuild";
import { createServer, type InlineConfig, build as viteBuild } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../hosts/browser.ts";
import { runChild } from "../../hosts/child.ts";
import { chromium } from "../../hosts/chromium.ts";
import type { Json } from "../../hosts/driver.ts";
import { answersAlone } from "../hosts/alone.ts";
import { moduleOf } from "../hosts/bundle.ts";
import { isExpected } from "../hosts/presence.ts";
import { type Services, startServices } from "../hosts/services.ts";
import { type Bundled, conditionsIn, esbuildOf, rolldownOf, viteOf, webpackOf } from "./bundling.ts";
import { ANSWER, projectFolder } from "./folder.ts";
import { type Site, serveFolders } from "./site.ts";

const page = (script: string) => `<!doctype html><meta charset="utf-8"><title>wasyncio</title>
  <link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

const folder = projectFolder({
  "index.html": page("/page.js"),
  "out/esbuild.html": page("esbuild-page.js"),
  "out/webpack.html": page("webpack-page.js"),
  "out/rolldown.html": page("rolldown-page.js"),
  "page.js": `import main from "./program.mjs"; globalThis.answer = main();`,
  "command.js": `import main from "./program.mjs";
    main().then((answer) => console.log(JSON.stringify(answer)));`,
});
const out = join(folder, "out");
/** A page with workers of its own, as bundlers look for them. */
const withWorker = projectFolder({
  "index.html": page("/page.js"),
  "tasks.js": `import { connect } from "wasyncio/executors/worker";
    export const inc = (n) => n + 1;
    export function* count(n) { for (let i = 0; i < n; i++) yield i; return "end"; }
    export async function reach(handle) {
      const loop = connect(handle);
      for (let i = 1; i <= 1000; i++) loop.callSoonThreadsafe("add", i);
      return await loop.runCoroutineThreadsafe("sum");
    }`,
  "tasks.worker.js": `import { expose } from "wasyncio/executors/worker"; import * as tasks from "./tasks.js"; expose(tasks);`,
  "page.js": `import { run, toThread } from "wasyncio";
    import { getRunningLoop, sleep } from "wasyncio";
    import { fromWorker, ThreadPoolExecutor, transfer } from "wasyncio/executors";
    const tasks = fromWorker();
    const executor = new ThreadPoolExecutor({
      maxWorkers: 2,
      worker: () => new Worker(new URL("./tasks.worker.js", import.meta.url), { type: "module" }),
    });
    globalThis.answer = run(async () => {
      const counted = executor.submit(tasks.count, 3);
      const progress = [];
      for await (const each of counted) progress.push(each);
      const mapped = [];
      for await (const each of executor.map(tasks.inc, [1, 2, 3])) mapped.push(each);
      let sum = 0;
      const handle = getRunningLoop().remote({ add: (n) => { sum += n; }, *sum() { yield* sleep(1); return sum; } });
      const reached = await executor.submit(tasks.reach, transfer(handle, [handle.port]));
      await executor.shutdown();
      let nothing;
      try {
        await new ThreadPoolExecutor({ worker: () => new Worker("/nothing.js", { type: "module" }) }).submit(tasks.inc, 1);
      } catch (error) {
        nothing = error.code;
      }
      return [progress, await counted, mapped, await toThread((n) => n * 2, 21), reached, nothing];
    });`,
});
const ANSWER_OF_WORKERS = [[0, 1, 2], "end", [2, 3, 4], 42, 500500, "ERR_WORKER_REFUSED"];

async function printedBy(file: string): Promise<unknown> {
  const { code, stdout, stderr } = await runChild(process.execPath, [join(out, file)], { timeoutMs: 30_000 });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const command = (output: string) => ({ folder, input: "command.js", output });
const pageScript = (output: string) => ({ folder, input: "page.js", output });

describe("esbuild", () => {
  test("for Node: what it makes runs there", async () => {
    expect(await esbuildOf(command("esbuild-node.mjs"), { platform: "node" })).toEqual(["node"]);
    expect(await printedBy("esbuild-node.mjs")).toEqual(ANSWER);
  });

  test("for Node as CommonJS: what it makes runs there", async () => {
    await esbuildOf(command("esbuild-node.cjs"), { platform: "node", format: "cjs" });
    expect(await printedBy("esbuild-node.cjs")).toEqual(ANSWER);
  });

  test("for no platform: the default entry, which asks for no module of Node", async () => {
    expect(await esbuildOf(command("esbuild-neutral.mjs"), { platform: "neutral" })).toEqual(["default"]);
    expect(await printedBy("esbuild-neutral.mjs")).toEqual(ANSWER);
  });

  test.each([
    ["workerd", "core.wasm"],
    ["edge-light", "core.wasm?module"],
  ])("for %s: the core stays a module next to the bundle", async (condition, core) => {
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
    expect(conditionsIn(Object.keys(external.metafile?.inputs ?? {}))).toEqual([condition]);
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
    expect(await webpackOf(command("webpack-node.cjs"), "node")).toEqual(["node"]);
    expect(await printedBy("webpack-node.cjs")).toEqual(ANSWER);
  });
});

describe("rolldown", () => {
  test("for Node: what it makes runs there", async () => {
    expect(await rolldownOf(command("rolldown-node.mjs"), "node")).toEqual(["node"]);
    expect(await printedBy("rolldown-node.mjs")).toEqual(ANSWER);
  });
});

describe("Vite", () => {
  test("for a server: what it makes runs on Node", async () => {
    expect(await viteOf(command("vite-node.mjs"))).toEqual(["node"]);
    expect(await printedBy("vite-node.mjs")).toEqual(ANSWER);
  });
});

describe.each(Object.entries(answersAlone))("wasyncio/%s alone", (name, answer) => {
  const alone = (output: string) => ({
    folder,
    input: `alone/${name}.js`,
    output: `alone/${name}/${output}`,
  });
  let services: Services;

  beforeAll(async () => {
    services = await startServices();
    await moduleOf(`alone/${name}.ts`, join(folder, `alone/${name}.mjs`));
    const { url } = services;
    writeFileSync(
      join(folder, alone("").input),
      `import main from "./${name}.mjs";
      main({ url: "${url}" }).then((answer) => console.log(JSON.stringify(answer)));`,
    );
  });
  afterAll(() => services?.close());

  test.each<[bundler: string, output: string, bundle: (bundled: Bundled) => Promise<string[]>]>([
    ["esbuild", "esbuild.mjs", (bundled) => esbuildOf(bundled, { platform: "node" })],
    ["esbuild for no platform", "neutral.mjs", (bundled) => esbuildOf(bundled, { platform: "neutral" })],
    ["webpack", "webpack.cjs", (bundled) => webpackOf(bundled, "node")],
    ["rolldown", "rolldown.mjs", (bundled) => rolldownOf(bundled, "node")],
    ["Vite", "vite.mjs", viteOf],
  ])("runs as %s bundles it", async (_bundler, output, bundle) => {
    expect(await bundle(alone(output))).toHaveLength(1);
    expect(await printedBy(alone(output).output)).toEqual(answer);
  });
});

describe.skipIf(!(await isExpected(chromium)))("in Chromium", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await serveFolders({
      "/vite/": join(out, "vite"),
      "/out/": out,
      "/workers/": join(withWorker, "out"),
    });
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

  const ofVite = (base: string, root = folder): InlineConfig => ({
    root,
    base,
    configFile: false,
    mode: "production",
    logLevel: "silent",
    cacheDir: join(root, "vite-cache"),
    build: { outDir: join(root, root === folder ? "out/vite" : "out") },
    server: { host: "127.0.0.1", port: 0, watch: null },
    // What only a worker imports is seen late, and then Vite loads the page anew.
    optimizeDeps: root === folder ? {} : { include: ["wasyncio/executors/worker"] },
  });

  test("what esbuild makes for browsers runs", async () => {
    expect(await esbuildOf(pageScript("esbuild-page.js"), { platform: "browser" })).toEqual(["browser"]);
    expect(await answerAt(`${site.origin}/out/esbuild.html`)).toEqual(ANSWER);
  });

  test("what webpack makes for browsers runs", async () => {
    expect(await webpackOf(pageScript("webpack-page.js"), "web")).toEqual(["browser"]);
    expect(await answerAt(`${site.origin}/out/webpack.html`)).toEqual(ANSWER);
  });

  test("what rolldown makes for browsers runs", async () => {
    expect(await rolldownOf(pageScript("rolldown-page.js"), "browser")).toEqual(["browser"]);
    expect(await answerAt(`${site.origin}/out/rolldown.html`)).toEqual(ANSWER);
  });

  test("what Vite builds runs", async () => {
    await viteBuild(ofVite("/vite/"));
    expect(await answerAt(`${site.origin}/vite/index.html`)).toEqual(ANSWER);
  });

  test("workers that Vite builds run the calls of an executor", async () => {
    await viteBuild(ofVite("/workers/", withWorker));
    expect(await answerAt(`${site.origin}/workers/index.html`)).toEqual(ANSWER_OF_WORKERS);
  });

  test.each([
    ["of a program", folder, ANSWER],
    ["with workers", withWorker, ANSWER_OF_WORKERS],
  ])("Vite's server for developing serves what runs, %s", async (_what, root, expected) => {
    const server = await createServer(ofVite("/", root));
    try {
      await server.listen();
      const address = server.httpServer?.address();
      if (address === null || typeof address !== "object") throw new Error("Vite's server has no address");
      expect(await answerAt(`http://127.0.0.1:${address.port}/`)).toEqual(expected);
    } finally {
      await server.close();
    }
  });
});
