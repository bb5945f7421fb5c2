/**
 * Owns examples/shell as a user of the package would have it, built by Vite in a project where the packed package is installed,
 * and what is expected of it in a browser, whichever it is: it is used as a person would, by its inputs and buttons.
 */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserDriver, BrowserPage } from "../../hosts/browser.ts";
import { installedFolder } from "../hosts/package.ts";
import { isExpected } from "../hosts/presence.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shell", import.meta.url));
/** Firefox takes a dozen seconds to start, and more on a busy machine. */
const START_MS_MAX = 150_000;
const PATIENCE_MS = 40_000;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

/** What a strict page allows: workers of a Blob are what it has to allow beside its own scripts. */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; img-src data:",
};

async function serveShell(name: string): Promise<{ url: string; close(): Promise<void> }> {
  const project = join(installedFolder(), "pages", `shell-${name}`);
  rmSync(project, { recursive: true, force: true });
  cpSync(EXAMPLE, project, { recursive: true, filter: (path) => basename(path) !== "tsconfig.json" });
  const folder = join(project, "output");
  await build({
    root: project,
    configFile: join(project, "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: folder },
  });
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    try {
      const body = readFileSync(join(folder, path === "/" ? "index.html" : path));
      response.writeHead(200, { ...HEADERS, "content-type": TYPES[extname(path) || ".html"] });
      response.end(body);
    } catch {
      response.writeHead(404, HEADERS).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const IN_PAGE = `
  const $ = (selector) => document.querySelector(selector);
  const rows = () => [...document.querySelectorAll("#programs li")].map((row) => row.querySelector("span").textContent);
  const submit = (form) => form.requestSubmit();
  const until = async (holds) => {
    const end = performance.now() + ${PATIENCE_MS};
    while (!holds()) {
      if (performance.now() > end) throw new Error("waited in vain: " + rows() + " | " + $("#output").textContent.slice(0, 200));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const runLine = async (line) => {
    $("#command").value = line;
    submit($("#line"));
    const count = line.split("|").length;
    await until(() => rows().length === count && rows().every((state) => state === "runs"));
  };
  const type = (text) => {
    $("#typed").value = text;
    submit($("#input"));
  };
  const kill = (at) => document.querySelectorAll("#programs button")[at].click();
`;

/** Uses the page in a browser. Where that is not there, its tests are skipped, or fail where all browsers have to be. */
export async function shellOnEngine(driver: BrowserDriver): Promise<void> {
  describe.skipIf(!(await isExpected(driver)))(`the shell in ${driver.name}`, () => {
    let browser: Browser;
    let served: Awaited<ReturnType<typeof serveShell>>;
    let page: BrowserPage;

    beforeAll(async () => {
      served = await serveShell(driver.name.replaceAll(/\W+/g, "-").toLowerCase());
      browser = await driver.open();
      page = await browser.page(served.url);
    }, START_MS_MAX);
    afterAll(async () => {
      await browser?.close();
      await served?.close();
    }, START_MS_MAX);

    const inPage = (program: string) => page.evaluate(`(async () => { ${IN_PAGE} ${program} })()`);

    test("the page is isolated", async () => {
      expect(await inPage("return [crossOriginIsolated, $('#isolation').textContent]")).toEqual([
        true,
        expect.stringContaining("shares memory"),
      ]);
    });

    test("three programs in a row answer what is typed, as it is typed, and end with the input", async () => {
      const said = await inPage(`
        await runLine("cat | upper | count");
        type("one");
        await until(() => $("#output").textContent.includes("1 ONE"));
        type("two");
        await until(() => $("#output").textContent.includes("2 TWO"));
        $("#end").click();
        await until(() => rows().every((state) => state === "has exited with 0"));
        return $("#output").textContent;`);
      expect(said).toBe("1 ONE\n2 TWO\n");
    });

    test.each([0, 1, 2])("program %i of three is killed, and the others end", async (at) => {
      const states = await inPage(`
        await runLine("yes | cat | count");
        await until(() => $("#output").textContent.length > 1000);
        kill(${at});
        await until(() => rows()[${at}] === "was killed (-9)" && rows().slice(${at}).every((state) => state !== "runs"));
        for (let i = 0; i < ${at}; i++) if (rows()[i] === "runs") kill(i);
        await until(() => rows().every((state) => state !== "runs"));
        return rows();`);
      expect((states as string[])[at]).toBe("was killed (-9)");
    });

    test("a program that computes for ever is killed, and the page goes on", async () => {
      const said = await inPage(`
        await runLine("spin | cat");
        kill(0);
        await until(() => rows().join() === "was killed (-9),has exited with 0");
        await runLine("cat");
        type("still here");
        await until(() => $("#output").textContent === "still here\\n");
        $("#end").click();
        await until(() => rows().join() === "has exited with 0");
        return $("#output").textContent;`);
      expect(said).toBe("still here\n");
    });

    test("a program that there is not is said so", async () => {
      const said = await inPage(`
        $("#command").value = "nonsuch";
        submit($("#line"));
        await until(() => $("#output").textContent.includes("nonsuch"));
        return $("#output").textContent;`);
      expect(said).toContain("there is no program 'nonsuch'");
    });
  });
}
