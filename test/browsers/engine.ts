/** Owns what is expected of a browser that runs programs and shows pages. A test file names the engine; knows none. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Browser } from "../../hosts/browser.ts";
import { runChild } from "../../hosts/child.ts";
import type { HostSession, Json } from "../../hosts/driver.ts";
import type { PageDriver } from "../../hosts/page.ts";
import { installedFolder } from "../hosts/package.ts";
import { startedBy, stillRunning } from "./started.ts";

const PROGRAM = fileURLToPath(new URL("./program.mjs", import.meta.url));
const PNG_SIGNATURE = "89504e470d0a1a0a";
const RUN_MS_MAX = 30_000;

export interface Engine {
  /** The driver's module in hosts/, and what it calls its page host. */
  readonly module: string;
  readonly page: PageDriver;
  readonly worker: PageDriver;
  /** How to get the browser. */
  readonly howToGet: string;
  /** The package that drives it, where there is one. */
  readonly driving?: string;
}

/** Tests an engine where it is there; where all have to be, its being missing is a failure. */
export async function onEngine(engine: Engine): Promise<void> {
  const search = await engine.page.find();
  if (process.env.CI !== undefined) {
    test(`${engine.page.name} is on this machine`, () => expect(search).toMatchObject({ found: true }));
  }
  describe.skipIf(!search.found)(engine.page.name, () => {
    describe("find", () => finding(engine));
    describe("in a page", () => running(engine.page, "page"));
    describe("in a worker", () => running(engine.worker, "worker"));
    describe("a browser", () => showing(engine.page));
    describe("the end", () => ending(engine));
  });
}

function finding({ module, page, howToGet, driving }: Engine): void {
  afterEach(() => void vi.unstubAllEnvs());

  test("tells the version", async () => {
    expect(await page.find()).toEqual({ found: true, version: expect.stringMatching(/^\d+\.\d+/) });
  });

  test("tells how to get it where the command is missing", async () => {
    vi.stubEnv("PATH", "/nowhere");
    expect(await page.find()).toEqual({ found: false, howToGet });
    await expect(page.open()).rejects.toThrow(howToGet);
    await expect(page.start()).rejects.toThrow(howToGet);
  });

  if (driving === undefined) return;
  test("tells how to get it where the package is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wasyncio-test-"));
    try {
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      await bundleDriver(module, join(folder, "driver.js"));
      const script = `
        const { ${module} } = await import(${JSON.stringify(`${pathToFileURL(folder)}/driver.js`)});
        console.log(JSON.stringify(await ${module}.find()));
      `;
      const args = ["--input-type=module", "--eval", script];
      const { stdout } = await runChild(process.execPath, args, { timeoutMs: RUN_MS_MAX, cwd: folder });
      expect(JSON.parse(stdout)).toEqual({ found: false, howToGet: `npm install ${driving}` });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** A driver as JavaScript, which every Node runs, without the packages that it needs. */
async function bundleDriver(module: string, outfile: string): Promise<void> {
  const source = fileURLToPath(new URL(`../../hosts/${module}.ts`, import.meta.url));
  await build({
    ...{ entryPoints: [source], outfile, bundle: true, format: "esm" },
    ...{ platform: "node", packages: "external", logLevel: "warning" },
  });
}

function running(driver: PageDriver, where: "page" | "worker"): void {
  let session: HostSession;
  const lines: string[] = [];
  const run = (config: Json, timeoutMs = RUN_MS_MAX) =>
    session.run({ file: PROGRAM, config, timeoutMs, onLine: (line) => void lines.push(line) });

  beforeAll(async () => {
    session = await driver.start();
  });
  afterAll(() => session?.close());
  afterEach(() => void lines.splice(0));

  test("a program answers, from where it should run", async () => {
    expect(await run({ act: "tell", text: "grüße \u{1f600}" })).toEqual({
      where,
      isolated: true,
      text: "grüße \u{1f600}",
    });
    expect(await run({ act: "nothing" })).toBeNull();
  });

  test("what it throws, run throws in its words", async () => {
    await expect(run({ act: "throw", text: "so it goes" })).rejects.toThrow(
      /so it goes \(ERR_OF_THE_PROGRAM\)[\s\S]*its cause/,
    );
    await expect(run({ act: "throw-text", text: "only words" })).rejects.toThrow("only words");
  });

  test("a program that is no module fails, and says why", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wasyncio-test-"));
    try {
      const file = join(folder, "broken.mjs");
      writeFileSync(file, "export default function main( {\n");
      await expect(session.run({ file, config: null, timeoutMs: RUN_MS_MAX })).rejects.toThrow(/SyntaxError/);
      const missing = session.run({ file: join(folder, "missing.mjs"), config: null, timeoutMs: RUN_MS_MAX });
      await expect(missing).rejects.toThrow(/program\.js|import/i);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("its lines arrive, in order and before its answer", async () => {
    await run({ act: "print", count: 100 });
    expect(lines).toEqual([
      ...Array.from({ length: 100 }, (_, index) => `line ${index}`),
      "two",
      'lines {"a":1} 7',
    ]);
  });

  test("an uncaught error is a line, and the program goes on", async () => {
    expect(await run({ act: "uncaught", text: "lost" })).toBe("went on");
    expect(lines.join("\n")).toMatch(/^uncaught: .*lost/);
  });

  test("the time-out ends it, and tells what it printed last; the session goes on", async () => {
    // As long as a program takes on this machine at this moment, several times over.
    const startedMs = performance.now();
    await run({ act: "nothing" });
    const timeoutMs = Math.round(1000 + 4 * (performance.now() - startedMs));
    await expect(run({ act: "run for ever" }, timeoutMs)).rejects.toThrow(
      new RegExp(`not done after ${timeoutMs} ms[\\s\\S]*running`),
    );
    expect(await run({ act: "tell" })).toMatchObject({ where });
  });

  test("none of several at once is throttled", async () => {
    // A page that counts as hidden ticks once a second: 40 times as long.
    const startedMs = performance.now();
    expect(await Promise.all([40, 41, 42].map((count) => run({ act: "tick", count })))).toEqual([40, 41, 42]);
    expect(performance.now() - startedMs).toBeLessThan(30_000);
  });

  test("a session that is closed runs nothing, and may be closed again", async () => {
    await session.close();
    await session.close();
    await expect(run({ act: "nothing" })).rejects.toThrow(/closed/);
  });
}

function showing(driver: PageDriver): void {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wasyncio-test-"));
    browser = await driver.open();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const pageOf = (html: string) => browser.page(`data:text/html,${encodeURIComponent(html)}`);

  test("a program runs in a page as everybody's too, where that is asked for", async () => {
    const plain = await driver.with({ isolated: false }).start();
    try {
      expect(
        await plain.run({ file: PROGRAM, config: { act: "tell" }, timeoutMs: RUN_MS_MAX }),
      ).toMatchObject({
        where: "page",
        isolated: false,
      });
    } finally {
      await plain.close();
    }
  });

  test("a page evaluates expressions, waits for promises and throws what they throw", async () => {
    const page = await pageOf("<title>A page</title><script>const seven = 7</script>");
    expect(await page.evaluate("document.title")).toBe("A page");
    expect(await page.evaluate("({ a: [seven, null], b: 'c' })")).toEqual({ a: [7, null], b: "c" });
    expect(await page.evaluate("undefined")).toBeNull();
    expect(await page.evaluate("document.visibilityState")).toBe("visible");
    expect(await page.evaluate("new Promise((r) => setTimeout(r, 50, 'later'))")).toBe("later");
    await expect(page.evaluate("(() => { throw new RangeError('too far') })()")).rejects.toThrow(/too far/);
    await expect(page.evaluate("Promise.reject(new Error('refused'))")).rejects.toThrow(/refused/);
    expect(await page.evaluate("[typeof answer, typeof text, typeof error, typeof page]")).toEqual(
      Array.from({ length: 4 }, () => "undefined"),
    );
    await expect(page.evaluate("no expression")).rejects.toThrow();
    await page.close();
  });

  test("pages are apart from each other", async () => {
    const pages = await Promise.all(["one", "two"].map((title) => pageOf(`<title>${title}</title>`)));
    const waiting = pages[0]?.evaluate("new Promise((r) => { globalThis.go = r })");
    expect(await pages[1]?.evaluate("document.title + typeof go")).toBe("twoundefined");
    await pages[0]?.evaluate("void go('gone')");
    expect(await waiting).toBe("gone");
    await Promise.all(pages.map((page) => page.close()));
  });

  test("a screenshot is a PNG of what is seen", async () => {
    const files = [];
    for (const colour of ["white", "teal"]) {
      const page = await pageOf(`<body style="background: ${colour}"><h1>${colour}</h1>`);
      const file = join(folder, `${colour}.png`);
      await page.screenshot(file);
      await page.close();
      const bytes = readFileSync(file);
      expect(bytes.subarray(0, 8).toString("hex")).toBe(PNG_SIGNATURE);
      // Width and height are the first of the header.
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1280, 800]);
      files.push(bytes);
    }
    expect(files[0]?.equals(files[1] as Buffer)).toBe(false);
  });

  test("a page that cannot be had is an error, and the browser goes on", async () => {
    await expect(browser.page("http://127.0.0.1:1/")).rejects.toThrow();
    const page = await pageOf("<title>still here</title>");
    expect(await page.evaluate("document.title")).toBe("still here");
    await page.close();
  });
}

function ending({ module, page }: Engine): void {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wasyncio-test-"));
    vi.stubEnv("TMPDIR", folder);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test("close leaves no process and no file", async () => {
    const before = startedBy(process.pid);
    const browser = await page.open();
    await browser.page("about:blank");
    const started = startedBy(process.pid).filter((pid) => !before.includes(pid));
    expect(started.length).toBeGreaterThan(2);
    expect(readdirSync(folder)).toHaveLength(1);
    await browser.close();
    await browser.close();
    await vi.waitFor(() => expect(stillRunning(started)).toEqual([]), { timeout: 10_000 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a process that is killed takes its browser with it, files and all", async () => {
    // Where the package that drives it is found.
    const driver = join(installedFolder(), `${module}-driver.js`);
    await bundleDriver(module, driver);
    const script = `
      const { ${module} } = await import(${JSON.stringify(pathToFileURL(driver).href)});
      const browser = await ${module}.open();
      await browser.page("about:blank");
      console.log("open");
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const started: number[] = [];
    try {
      await untilItPrints(child, "open");
      started.push(...startedBy(child.pid as number));
      expect(started.length).toBeGreaterThan(2);
      expect(readdirSync(folder)).toHaveLength(1);
    } finally {
      child.kill("SIGKILL");
    }
    await vi.waitFor(() => expect(stillRunning(started)).toEqual([]), { timeout: 20_000, interval: 100 });
    expect(readdirSync(folder)).toEqual([]);
  });
}

function untilItPrints(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (part) => {
      if (String(part).includes(text)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
}
