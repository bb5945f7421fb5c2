/**
 * The installed package in pages without a bundler: a module script and an import map. And where a page does not allow, or
 * the browser does not have, WebAssembly.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../hosts/browser.ts";
import { chromium } from "../../hosts/chromium.ts";
import type { Json } from "../../hosts/driver.ts";
import { firefox } from "../../hosts/firefox.ts";
import { webkit } from "../../hosts/webkit.ts";
import { isExpected } from "../hosts/presence.ts";
import { ANSWER, exportsIn, projectFolder } from "./folder.ts";
import { type Site, serveFolders } from "./site.ts";

const POLICIES = {
  strict: "default-src 'self'; script-src 'self' 'nonce-map'",
  wasm: "default-src 'self'; script-src 'self' 'nonce-map' 'wasm-unsafe-eval'",
};

const folder = projectFolder({
  "page.js": `import main from "./program.mjs";
    globalThis.answer = main(new URL("fetched.json", import.meta.url).href);`,
  "fetched.json": '{ "by": "wasyncio/http" }',
  "module.js": `import { run, setModule, sleep } from "wasyncio";
    globalThis.answer = (async () => {
      const response = await fetch("/app/node_modules/wasyncio/dist/core.wasm");
      setModule(await WebAssembly.compileStreaming(response));
      return await run(sleep(1, "on the embedder's module"));
    })();`,
  "error.js": errorScript(""),
  "missing.js": errorScript("delete globalThis.WebAssembly;"),
});
for (const name of ["page", "module", "error", "missing"])
  writeFileSync(join(folder, `${name}.html`), pageWith(`${name}.js`));

function pageWith(script: string): string {
  return `<!doctype html><meta charset="utf-8"><title>wasyncio</title><link rel="icon" href="data:,">
    <script type="importmap" nonce="map">${JSON.stringify({ imports: importMap() })}</script>
    <script type="module" src="${script}"></script>`;
}

/** What a browser has to be told: the names that the package exports, and their files. */
function importMap(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(exportsIn(folder)).map(([name, target]) => {
      const file = typeof target === "string" ? target : (target.browser ?? target.default);
      return [join("wasyncio", name), join("/app/node_modules/wasyncio", file as string)];
    }),
  );
}

/** A page that loads the package, and holds the error of its first use. */
function errorScript(before: string): string {
  return `globalThis.answer = (async () => {
    ${before}
    const { LoopError, run, setModule, sleep } = await import("wasyncio");
    const errors = [];
    for (const use of [() => run(() => sleep(1)), () => run(() => sleep(1)), () => setModule({})]) {
      try {
        errors.push(await use());
      } catch (error) {
        errors.push([error instanceof LoopError, error.code, error.message]);
      }
    }
    return errors;
  })();`;
}

const drivers = [chromium, firefox, webkit].map((driver) => [driver.name, driver] as const);

describe.each(drivers)("%s", async (_name, driver) => {
  let browser: Browser;
  let site: Site;

  async function answerOf(path: string): Promise<Json> {
    const page = await browser.page(`${site.origin}/app/${path}`);
    try {
      return await page.evaluate("globalThis.answer");
    } finally {
      await page.close();
    }
  }

  describe.skipIf(!(await isExpected(driver)))("a page", () => {
    beforeAll(async () => {
      site = await serveFolders({ "/app/": folder }, POLICIES);
      browser = await driver.open();
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    test("runs the program by a module script and an import map", async () => {
      expect(await answerOf("page.html")).toEqual({ ...ANSWER, fetched: { by: "wasyncio/http" } });
    });

    test("runs it where its policy has 'wasm-unsafe-eval'", async () => {
      expect(await answerOf("page.html?wasm")).toEqual({ ...ANSWER, fetched: { by: "wasyncio/http" } });
    });

    test("hands in a module that it has compiled itself", async () => {
      expect(await answerOf("module.html")).toBe("on the embedder's module");
    });

    test("whose policy has not gets an error that says so, whenever a loop is asked for", async () => {
      const [first, second] = (await answerOf("error.html?strict")) as [Json, Json, Json];
      expect(first).toEqual([
        true,
        "ERR_WEBASSEMBLY_FORBIDDEN",
        expect.stringContaining("'wasm-unsafe-eval'"),
      ]);
      expect(second).toEqual(first);
    });

    test("without WebAssembly gets an error that says what to do", async () => {
      const missing = [true, "ERR_WEBASSEMBLY_MISSING", expect.stringMatching(/no WebAssembly.*enable it/)];
      expect(await answerOf("missing.html")).toEqual([missing, missing, missing]);
    });
  });
});
