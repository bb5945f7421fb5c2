/**
 * Owns what is expected of the page in a browser, whichever it is: it is used as a person would, by its buttons and links,
 * and judged by what it shows.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserDriver, BrowserPage } from "../../hosts/browser.ts";
import { EXPECTED } from "./expected.ts";
import { type ServedPage, servePage } from "./served-page.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots", import.meta.url));
/** Firefox takes a dozen seconds to start, and more on a busy machine. */
const START_MS_MAX = 150_000;
const RUN_ALL_MS_MAX = 90_000;

/** How the page is used and read, in the page. */
const IN_PAGE = `
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const text = (element) => (element?.textContent ?? "").trim();
  const button = (label) => all("button").find((each) => (each.ariaLabel ?? text(each)) === label);
  const status = () => text(document.querySelector("[role=status]"));
  const section = (part) => document.getElementById(part);
  const output = (part) => all("[role=log] p .text", section(part)).map(text);
  const source = (part) => section(part).querySelector("details code").textContent;
  const rows = (part) => all("tbody tr", section(part)).map((row) => {
    const name = row.querySelector(".task");
    const depth = Number(name.style.getPropertyValue("--depth"));
    return "  ".repeat(depth) + text(row.querySelector(".name")) + " " + text(row.querySelector(".outcome .word"));
  });
  const until = (holds) => new Promise((resolve) => {
    const look = () => (holds() ? resolve(true) : setTimeout(look, 25));
    look();
  });
`;

interface PartSeen {
  readonly part: string;
  readonly status: string;
  readonly reason: string;
  readonly lastLine: string;
  readonly rows: readonly string[];
  readonly lines: number;
}

/** Where the bars of a part are, in pixels. */
interface BarSeen {
  readonly name: string;
  readonly label: string;
  /** As it stands there: `504 ms`. */
  readonly took: string;
  readonly left: number;
  readonly right: number;
  readonly steps: number;
}

/** Tests the page in a browser, where it is there; where all have to be, its being missing is a failure. */
export async function onEngine(driver: BrowserDriver): Promise<void> {
  const search = await driver.find();
  if (process.env.CI !== undefined) {
    test(`${driver.name} is on this machine`, () => expect(search).toMatchObject({ found: true }));
  }
  describe.skipIf(!search.found)(driver.name, () => pageIn(driver));
}

function pageIn(driver: BrowserDriver): void {
  const name = driver.name.toLowerCase();
  let served: ServedPage;
  let browser: Browser;
  let page: BrowserPage;

  const ask = <T>(expression: string) =>
    page.evaluate(`(async () => { ${IN_PAGE} return ${expression}; })()`) as Promise<T>;
  const screenshot = async (file: string) => {
    await page.screenshot(file);
    const bytes = readFileSync(file);
    // A PNG, and more than an empty page.
    expect(bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    expect(bytes.length).toBeGreaterThan(20_000);
  };

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    served = await servePage(name);
    browser = await driver.open();
    page = await browser.page(served.url);
  }, START_MS_MAX);

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  }, START_MS_MAX);

  test("is built with the installed package, by its entry for browsers", () => {
    const ours = served.modules.filter((path) => path.includes("/node_modules/wasyncio/"));
    expect(ours.some((path) => path.endsWith("/dist/src/entry/browser.js"))).toBe(true);
    expect(ours.filter((path) => path.endsWith("/entry/node.js"))).toEqual([]);
    // None of it comes from the repository around.
    expect(served.modules.filter((path) => path.includes("/dist/src/") && !ours.includes(path))).toEqual([]);
  });

  test("opens with the first part running, and runs no other by itself", async () => {
    expect(await ask("all('main > section').map((each) => each.id)")).toEqual([
      ...Object.keys(EXPECTED),
      "watch",
    ]);
    await ask("await until(() => status() === '1 returned')");
    expect(await ask("all('[data-status]').map((each) => each.dataset.status)")).toEqual([
      "returned",
      ...Object.keys(EXPECTED).map(() => "idle"),
    ]);
    expect(await ask("rows('hello')")).toEqual(EXPECTED.hello?.rows);
  });

  test(
    "shows programs that run by themselves where they are pasted",
    async () => {
      const shown = await ask<Record<string, string>>(
        `Object.fromEntries(${JSON.stringify([...Object.keys(EXPECTED), "watch"])}.map((part) => [part, source(part)]))`,
      );
      for (const [part, text] of Object.entries(shown)) {
        expect(text, part).toMatch(/^import \{[^}]*\brun\b[^}]*\} from "wasyncio";$/m);
        expect(text, part).not.toMatch(/\bexport\b|\bplay\b|\.\.\//);
      }
      for (const [part, { lastLine }] of Object.entries(EXPECTED)) {
        const path = await served.paste(`${part}.ts`, shown[part] ?? "");
        const printed = await ask<string[]>(`new Promise((resolve, reject) => {
          const { log } = console;
          const lines = [];
          console.log = (...values) => lines.push(values.join(" "));
          import("${path}").finally(() => (console.log = log)).then(() => resolve(lines), reject);
        })`);
        expect(printed.at(-1), part).toMatch(lastLine);
      }
      // It goes on until it is cancelled, and here it cannot be.
      await served.paste("watch.ts", shown.watch ?? "");
    },
    RUN_ALL_MS_MAX,
  );

  test(
    "Run all runs every part that ends by itself, and shows how it goes and what comes of it",
    async () => {
      // An engine without a graphics card may draw a frame only now and then, so whichever part it is that is seen running.
      await ask("(button('Run all').click(), await until(() => all('main .outcome.running').length > 0))");
      await ask("await until(() => / returned$/.test(status()) || /failed|cancelled/.test(status()))");
      const seen = await ask<PartSeen[]>(`all("main > section").map((each) => ({
        part: each.id,
        status: text(each.querySelector(".summary .word")),
        reason: text(each.querySelector(".summary .text")),
        lastLine: output(each.id).at(-1) ?? "",
        rows: rows(each.id),
        lines: all("[role=log] p", each).length,
      }))`);
      const expected = Object.entries(EXPECTED).map(([part, { lastLine, rows }]) => ({
        part,
        status: "returned",
        reason: "",
        lastLine: expect.stringMatching(lastLine),
        rows,
        lines: expect.toSatisfy((lines: number) => lines > 0),
      }));
      expect(seen).toEqual([
        ...expected,
        { part: "watch", status: "", reason: "", lastLine: "", rows: [], lines: 0 },
      ]);
      expect(await ask("status()")).toBe(`${Object.keys(EXPECTED).length} returned`);
      await ask("scrollTo({ top: 0, behavior: 'instant' })");
      await screenshot(`${SCREENSHOTS}/browser-${name}.png`);
    },
    RUN_ALL_MS_MAX,
  );

  test("draws the bars where the tasks were: created, running steps, ended", async () => {
    const bars = await ask<BarSeen[]>(`all("tbody tr", section("hello")).map((row) => {
      const { left, right } = row.querySelector(".bar").getBoundingClientRect();
      return {
        name: text(row.querySelector(".name")),
        label: row.querySelector("svg[role=img]").getAttribute("aria-label"),
        took: text(row.querySelector(".took")),
        left,
        right,
        steps: all(".step", row).length,
      };
    })`);
    const [main, ada, grace] = bars as [BarSeen, BarSeen, BarSeen];
    const lengths = [main, ada, grace].map(({ left, right, took }) => (right - left) / milliseconds(took));
    for (const length of lengths) expect(length / (lengths[0] as number)).toBeCloseTo(1, 1);
    expect(grace.right).toBeLessThan(ada.right);
    // Lengths in per cent are rounded.
    expect(main.right - ada.right).toBeGreaterThan(-1);
    expect(ada.left - main.left).toBeGreaterThan(-1);
    expect([ada.steps, grace.steps]).toEqual([3, 3]);
    expect(ada.label).toMatch(/^from .+ to .+, created by main, 3 steps$/);
  });

  test("distinguishes outcomes by shape and pattern, not only by colour", async () => {
    const drawn = await ask<string[][]>(`["Ada", "doomed", "second"].map((name) => {
      const row = all("tbody tr").find((each) => text(each.querySelector(".name")) === name);
      return [getComputedStyle(row.querySelector(".fill")).fill, row.querySelector(".end path:last-of-type").getAttribute("d")];
    })`);
    expect(drawn.map(([fill]) => fill?.replace(/.*#(\w+).*/, "$1"))).toEqual(["none", "dots", "stripes"]);
    expect(new Set(drawn.map(([, shape]) => shape)).size).toBe(3);
  });

  test("Cancel cancels the main task of an endless part, which unwinds before everybody's eyes", async () => {
    await ask("(button('Run watch').click(), await until(() => rows('watch').length === 4))");
    const before = await ask<number>("all('.step', section('watch')).length");
    await ask(`await until(() => all(".step", section("watch")).length > ${before + 3})`);
    // Its tasks need 850 ms to clean up.
    const unwinding = await ask<string[]>(
      "(button('Cancel').click(), await until(() => all('.unwinding', section('watch')).length > 0), rows('watch'))",
    );
    expect(unwinding[0]).toBe("main running");
    await screenshot(`${SCREENSHOTS}/browser-${name}-unwinding.png`);
    await ask("await until(() => / cancelled$/.test(status()))");
    expect(await ask("rows('watch')")).toEqual([
      "main cancelled",
      "  supervisor cancelled",
      "    north cancelled",
      "    south cancelled",
    ]);
    expect(await ask("all('.cancel-asked', section('watch')).length")).toBe(4);
    const ends = await ask<number[]>(
      "all('.bar', section('watch')).map((bar) => bar.getBoundingClientRect().right)",
    );
    const [main, supervisor, north, south] = ends as [number, number, number, number];
    expect([north < south, south < supervisor]).toEqual([true, true]);
    // The two ends are less than a pixel apart, and lengths in per cent are rounded.
    expect(main - supervisor).toBeGreaterThan(-1);
    expect(await ask("text(section('watch').querySelector('.summary .text'))")).toContain(
      "by the Cancel button",
    );
  });

  test("Run runs one part again, and Clear forgets all runs", async () => {
    await ask("(button('Run callback').click(), await until(() => status() === 'callback is running'))");
    await ask("await until(() => status() === '11 returned, 1 cancelled')");
    expect(
      await ask("(button('Clear').click(), await until(() => rows('hello').length === 0), status())"),
    ).toBe("nothing has run yet");
  });

  test("needs nothing that is not there, and has nothing to complain of", async () => {
    expect(await ask("troubles")).toEqual([]);
    expect(served.missing).toEqual([]);
  });
}

/** A duration as the page writes it. */
function milliseconds(text: string): number {
  const [value, unit] = text.split(" ");
  return Number(value) * (unit === "s" ? 1000 : 1);
}
