/**
 * Executors, calls from workers and WASI programs in pages of the installed package, without a bundler: where a policy forbids
 * workers of a Blob or the evaluation of source, and in each engine with and without memory that is shared with workers.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserDriver } from "../../hosts/browser.ts";
import { chromium } from "../../hosts/chromium.ts";
import type { Json } from "../../hosts/driver.ts";
import { firefox } from "../../hosts/firefox.ts";
import { webkit, webkitSharingMemory } from "../../hosts/webkit.ts";
import { isExpected } from "../hosts/presence.ts";
import { programInAssembly } from "../wasi/programs.ts";
import { exportsIn, projectFolder } from "./folder.ts";
import { type Site, serveFolders } from "./site.ts";

const STRICT = "default-src 'self'; script-src 'self' 'nonce-map' 'wasm-unsafe-eval'";
const POLICIES = { strict: STRICT, blob: `${STRICT}; worker-src 'self' blob:` };

const PACKAGE = "/app/node_modules/wasyncio";
/** Workers have no import map. */
const IN_WORKERS = `${PACKAGE}/dist/src/executors/worker/index.js`;

const folder = projectFolder({
  "tasks.js": `import { connect } from "${IN_WORKERS}";
    export const inc = (n) => n + 1;
    export async function reach(handle) {
      const loop = connect(handle);
      for (let i = 1; i <= 1000; i++) loop.callSoonThreadsafe("add", i);
      return await loop.runCoroutineThreadsafe("sum");
    }
    export function block(handle) {
      return connect(handle).waitForCoroutine("long").length;
    }
    export async function fail(handle) {
      try {
        await connect(handle).runCoroutineThreadsafe("failing");
      } catch (error) {
        return [error.name, error.code];
      }
    }`,
  "tasks.worker.js": `import { expose } from "${IN_WORKERS}"; import * as tasks from "./tasks.js"; expose(tasks);`,
  "page.js": `import { adopt, getRunningLoop, run, sleep, toThread } from "wasyncio";
    import { fromModule, fromWorker, ThreadPoolExecutor, transfer } from "wasyncio/executors";
    import { createSubprocessWasi, PIPE } from "wasyncio/wasi";

    const here = import.meta.url;
    const bytes = fetch(new URL("count.wasm", here)).then((response) => response.arrayBuffer());
    const inModule = fromModule(new URL("tasks.js", here));
    const inWorker = fromWorker();
    const own = new ThreadPoolExecutor({
      maxWorkers: 1,
      worker: () => new Worker(new URL("tasks.worker.js" + location.search, here), { type: "module" }),
    });
    const missing = new ThreadPoolExecutor({ worker: () => new Worker(new URL("nothing.js", here)) });

    function* handleOf(then) {
      let sum = 0;
      const handle = getRunningLoop().remote({
        add: (n) => { sum += n; },
        *sum() { yield* sleep(1); return sum; },
        *long() { yield* sleep(1); return "x".repeat(300_000); },
        failing: async () => { throw Object.assign(new RangeError("no"), { code: "E_LOOP" }); },
      });
      return yield* own.submit(then, transfer(handle, [handle.port]));
    }
    function* countBy(stdin, input) {
      const counting = yield* createSubprocessWasi(yield* adopt(bytes), { stdin, stdout: PIPE });
      return new TextDecoder().decode((yield* counting.communicate(input))[0]);
    }
    const trials = {
      function: () => toThread((n) => n * 2, 21),
      module: () => toThread(inModule.inc, 1),
      own: () => own.submit(inWorker.inc, 2),
      functionInOwn: () => own.submit((n) => n * 2, 4),
      missing: () => missing.submit(inWorker.inc, 1),
      reach: () => handleOf(inWorker.reach),
      fail: () => handleOf(inWorker.fail),
      block: () => handleOf(inWorker.block),
      wasi: () => countBy("1\\n2\\n"),
      wasiPipe: () => countBy(PIPE, "1\\n2\\n3\\n"),
    };
    globalThis.answer = run(function* () {
      const told = {};
      for (const [name, trial] of Object.entries(trials)) {
        try {
          told[name] = yield* trial();
        } catch ({ code, message }) {
          told[name] = { code, message };
        }
      }
      yield* own.shutdown();
      return told;
    });`,
});
writeFileSync(join(folder, "count.wasm"), programInAssembly("count"));
writeFileSync(
  join(folder, "page.html"),
  `<!doctype html><meta charset="utf-8"><title>wasyncio</title><link rel="icon" href="data:,">
    <script type="importmap" nonce="map">${JSON.stringify({ imports: importMap() })}</script>
    <script type="module" src="page.js"></script>`,
);

function importMap(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(exportsIn(folder)).map(([name, target]) => {
      const file = typeof target === "string" ? target : (target.browser ?? target.default);
      return [join("wasyncio", name), join(PACKAGE, file as string)];
    }),
  );
}

const failing = (code: string, remedy: string) => ({ code, message: expect.stringContaining(remedy) });
const ALLOWED = {
  function: 42,
  module: 2,
  own: 3,
  functionInOwn: 8,
  missing: failing("ERR_WORKER_REFUSED", "check its URL"),
  reach: 500500,
  fail: ["RangeError", "E_LOOP"],
  block: failing("ERR_WAIT_UNSUPPORTED", "serve the page with COOP and COEP"),
  wasi: "2\n",
  wasiPipe: failing("ERR_HOST_UNSUPPORTED", "serve the page with COOP and COEP"),
};
const SHARING = { ...ALLOWED, block: 300_000, wasiPipe: "3\n" };

function inPages(
  driver: BrowserDriver,
  tests: (answerOf: (page: string, isolated?: boolean) => Promise<Json>) => void,
) {
  let browser: Browser;
  const sites: Site[] = [];

  beforeAll(async () => {
    for (const isolated of [false, true])
      sites.push(await serveFolders({ "/app/": folder }, POLICIES, isolated));
    browser = await driver.open();
  });
  afterAll(async () => {
    await browser?.close();
    for (const site of sites) await site.close();
  });

  tests(async (path, isolated = false) => {
    const page = await browser.page(`${sites[isolated ? 1 : 0]?.origin}/app/${path}`);
    try {
      return await page.evaluate("globalThis.answer");
    } finally {
      await page.close();
    }
  });
}

/** What is expected of pages, and of such as are isolated from other origins. */
const engines = [
  ["Chromium", chromium, ALLOWED, SHARING],
  ["Firefox", firefox, ALLOWED, SHARING],
  ["WebKit", webkit, ALLOWED, ALLOWED],
  ["WebKit that shares memory, as Safari does", webkitSharingMemory, null, SHARING],
] as const;

describe.each(engines)("%s", async (_name, driver, plain, isolated) => {
  describe.skipIf(!(await isExpected(driver)))("pages", () => {
    inPages(driver, (answerOf) => {
      test.skipIf(plain === null)("without shared memory, calls come by messages alone", async () => {
        expect(await answerOf("page.html")).toEqual(plain);
      });

      test("that are isolated from other origins", async () => {
        expect(await answerOf("page.html", true)).toEqual(isolated);
      });
    });
  });
});

describe.skipIf(!(await isExpected(chromium)))("a page in Chromium whose policy", () => {
  inPages(chromium, (answerOf) => {
    test("allows workers of its own alone runs what they expose, and is told the remedy for all else", async () => {
      const refused = failing("ERR_WORKER_REFUSED", "give { worker: () => new Worker(new URL(...)) }");
      expect(await answerOf("page.html?strict")).toEqual({
        ...ALLOWED,
        function: refused,
        module: refused,
        functionInOwn: failing("ERR_FUNCTION_SOURCE", "export it from a module"),
        wasi: failing("EPERM", "allow worker-src blob:"),
      });
    });

    test("allows workers of a Blob runs modules and programs, and no source", async () => {
      const source = failing("ERR_FUNCTION_SOURCE", "export it from a module");
      const expected = { ...ALLOWED, function: source, functionInOwn: source };
      expect(await answerOf("page.html?blob")).toEqual(expected);
      expect(await answerOf("page.html?blob", true)).toEqual({
        ...SHARING,
        function: source,
        functionInOwn: source,
      });
    });
  });
});
