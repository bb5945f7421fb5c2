/** The page of the report in Chromium: used as a person would use it, and judged by what it shows. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTemplate } from "../../bench/report/build.mjs";
import { goalFigureAsText } from "../../bench/report/model/format.ts";
import { renderReport } from "../../bench/report/report.ts";
import type { Report } from "../../bench/results.ts";
import type { Browser, BrowserPage } from "../../hosts/browser.ts";
import { chromium } from "../../hosts/chromium.ts";
import { HARMFUL, LONG_TITLE, sampleReport } from "./sample.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots", import.meta.url));
const START_MS_MAX = 120_000;
/** What browsers call good is a tenth. */
const LAYOUT_SHIFT_MAX = 0.01;
/** Unfolded it has 30,000. */
const FOLDED_HEIGHT_PX_MAX = 8000;

/** Takes down what goes wrong, from before the page's own script; the page knows nothing of it. */
const WITNESS = `
  globalThis.troubles = [];
  globalThis.shift = 0;
  for (const level of ["error", "warn"]) console[level] = (...values) => troubles.push(level + ": " + values.join(" "));
  addEventListener("error", (event) => troubles.push("error: " + (event.message ?? event.target?.src)), true);
  addEventListener("unhandledrejection", (event) => troubles.push("rejection: " + event.reason));
  addEventListener("securitypolicyviolation", (event) => troubles.push("policy: " + event.violatedDirective));
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shift += value;
  }).observe({ type: "layout-shift", buffered: true });
`;

/** How the page is used and read, in the page. */
const IN_PAGE = `
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const text = (element) => (element?.textContent ?? "").replaceAll(/\\s+/g, " ").trim();
  const section = (name) => document.getElementById("workload-" + name);
  const choose = (label, root = document) => {
    const option = all(".options label", root).find((each) => text(each) === label);
    option.querySelector("input").click();
  };
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const until = async (holds) => {
    while (!holds()) await frame();
    return true;
  };
`;

const report = sampleReport();
const search = await chromium.find();
if (process.env.CI !== undefined) {
  test("Chromium is on this machine", () => expect(search).toMatchObject({ found: true }));
}

describe.skipIf(!search.found)("the report's page", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasyncio-report-page-"));
  let browser: Browser;
  let page: BrowserPage;

  const ask = <T>(expression: string) =>
    page.evaluate(`(async () => { ${IN_PAGE} return ${expression}; })()`) as Promise<T>;

  async function open(name: string, shown: Report): Promise<BrowserPage> {
    const html = await renderReport(shown, join(folder, "template.html"));
    const hash = createHash("sha256").update(WITNESS).digest("base64");
    const file = join(folder, `${name}.html`);
    writeFileSync(
      file,
      html
        .replace("script-src ", () => `script-src 'sha256-${hash}' `)
        .replace("<style>", () => `<script>${WITNESS}</script><style>`),
    );
    return browser.page(pathToFileURL(file).href);
  }

  async function screenshot(file: string): Promise<void> {
    await page.screenshot(file);
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    // More than an empty page.
    expect(bytes.length).toBeGreaterThan(40_000);
  }

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await buildTemplate(join(folder, "template.html"));
    browser = await chromium.open();
    page = await open("sample", report);
  }, START_MS_MAX);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  }, START_MS_MAX);

  test("begins with what was measured, large figures and the goals, within the first screen", async () => {
    expect(await ask("text(document.querySelector('.about'))")).toMatch(
      /22 November 2026.*Sample CPU.*wasyncio 0\.1\.0.*Node 20 \(20\.20\.2\)/,
    );
    expect(await ask("text(document.querySelector('.run'))")).toBe("full run");
    const figures = await ask<string[]>("all('.headline .figure').map(text)");
    expect(figures.length).toBeGreaterThan(4);
    for (const figure of figures) expect(figure).toMatch(/^[\d.,]+×$/);
    expect(await ask("document.getElementById('goals').getBoundingClientRect().top < innerHeight")).toBe(
      true,
    );
  });

  test("shows every goal with its figure and status, by a sign and a word", async () => {
    const seen = await ask<string[][]>(
      "all('.goal').map((each) => [each.dataset.status, text(each.querySelector('.sign')), text(each.querySelector('.got'))])",
    );
    expect(seen.length).toBe(report.bars.length);
    const signs = { pass: "✓", fail: "✕", "not decided": "≈", "not measured": "–" };
    const expected = report.bars.map(({ status, value, unit }) => [
      status,
      signs[status],
      expect.stringContaining(value === undefined ? "not measured" : goalFigureAsText(value, unit)),
    ]);
    // Goals about the same thing stand together.
    expect(seen).toEqual(expect.arrayContaining(expected));
    for (const status of ["pass", "fail", "not decided", "not measured"] as const) {
      const count = report.bars.filter((each) => each.status === status).length;
      expect(seen.filter(([each]) => each === status).length).toBe(count);
    }
    await ask("(choose('✕ failed ' + all('.goal[data-status=fail]').length), await frame())");
    expect(await ask("[...new Set(all('.goal').map((each) => each.dataset.status))]")).toEqual(["fail"]);
    await ask(`(choose("all ${report.bars.length}"), await frame())`);
  });

  test("is folded, down to a few screens; a link to a workload opens it, and only that", async () => {
    expect(await ask("document.documentElement.scrollHeight")).toBeLessThan(FOLDED_HEIGHT_PX_MAX);
    const opened = "all('.fold[open]').map((each) => each.id)";
    expect(await ask(opened)).toEqual([]);
    expect(await ask("text(section('spawn-gather').querySelector('.gist'))")).toMatch(/twin [\d.]+×.*effect/);
    await ask("(document.querySelector('.heat a[href=\"#workload-lock\"]').click(), await frame())");
    expect(await ask(opened)).toEqual(["workload-lock"]);
    const top = "section('lock').getBoundingClientRect().top";
    await ask(`await until(() => ${top} >= 0 && ${top} < innerHeight)`);
    // Once more, from where the page is already.
    await ask("(section('lock').open = false, document.querySelector('.goals').scrollIntoView())");
    await ask("(document.querySelector('.heat a[href=\"#workload-lock\"]').click(), await frame())");
    expect(await ask(opened)).toEqual(["workload-lock"]);
    const button = "document.querySelector('#workloads > .tools button')";
    await ask(`(${button}.click(), await frame())`);
    expect(await ask("all('.workload:not([open])').length")).toBe(0);
    await ask(`(${button}.click(), await frame())`);
    expect(await ask(opened)).toEqual([]);
  });

  test("is printed unfolded, and is folded again", async () => {
    await ask("(section('lock').open = true, dispatchEvent(new Event('beforeprint')), await frame())");
    expect(await ask("all('.fold:not([open])').length")).toBe(0);
    expect(await ask("all('.chart').filter((chart) => chart.querySelector('svg') === null).length")).toBe(0);
    await ask("(dispatchEvent(new Event('afterprint')), await frame())");
    expect(await ask("all('.fold[open]').map((each) => each.id)")).toEqual(["workload-lock"]);
    await ask("(section('lock').open = false)");
  });

  test("every chart is described in words, and no two landmarks share a name", async () => {
    const labels = await ask<(string | null)[]>(
      "all('[role=img]').map((each) => each.getAttribute('aria-label'))",
    );
    expect(labels.length).toBeGreaterThan(100);
    expect(labels.filter((label) => label === null || label.trim() === "")).toEqual([]);
    await ask("all('.figures').forEach((each) => { each.open = true; })");
    await ask("await until(() => all('.figures .wide').length === all('.figures').length)");
    const names = await ask<string[]>(
      `all("main, nav, section[aria-label], section[aria-labelledby]").map((each) =>
        each.getAttribute("aria-label") ?? text(document.getElementById(each.getAttribute("aria-labelledby"))))`,
    );
    expect(names).toEqual(
      expect.arrayContaining(["Page", "Hosts", "Table of hosts", "At a glance: Node 20"]),
    );
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    await ask("all('.figures').forEach((each) => { each.open = false; })");
  });

  test("a row that measures a floor is shown next to the mean, and not part of it", async () => {
    const card = "all('.headline').find((each) => text(each.querySelector('.against')) === 'setTimeout')";
    expect(await ask(`text(${card}.querySelector('.floor'))`)).toMatch(/^without callSoon, a chain: .*1 ms/);
    expect(await ask("all('.heat td.floor').length")).toBe(1);
    expect(await ask("text(section('call-soon-chain').querySelector('.gist'))")).not.toContain("setTimeout");
  });

  test("has a section for every workload, with its charts; or says that there is no figure", async () => {
    await ask("(dispatchEvent(new Event('beforeprint')), await frame())");
    const seen = await ask<Record<string, { title: string; views: string[]; empty: number }>>(
      `Object.fromEntries(all(".workload").map((each) => [each.id.slice("workload-".length), {
        title: text(each.querySelector("h3")),
        views: all("[data-view]", each).map((view) => view.dataset.view),
        empty: all(".chart", each).filter((chart) => chart.querySelector("svg [aria-label]") === null).length,
      }]))`,
    );
    expect(Object.keys(seen)).toEqual(report.workloads.map(({ name }) => name));
    for (const { empty } of Object.values(seen)) expect(empty).toBe(0);
    // No mark of an axis is without its label.
    expect(await ask("all('svg [aria-label*=tick] text').filter((label) => text(label) === '').length")).toBe(
      0,
    );
    expect(seen["call-soon-chain"]?.views).toEqual(["ratios", "absolute"]);
    expect(seen["timers-set-cancel"]?.views).toEqual(["ratios", "growth", "absolute"]);
    expect(seen.jitter?.views).toEqual(["ratios", "percentiles", "growth", "absolute"]);
    expect(seen["memory-task"]?.views).toEqual(["ratios", "memory"]);
    expect(seen["core-alone"]?.views).toEqual(["growth", "absolute"]);
    expect(seen["odd-one"]?.title).toBe(LONG_TITLE);
    expect(seen["never-ran"]?.views).toEqual([]);
    expect(await ask("text(section('never-ran'))")).toContain("No host gave a figure");
  });

  test("the ratios of a workload can be had by host and by contender, and at another N", async () => {
    const panels = "all('[data-view=ratios] figcaption', section('timers-set-cancel')).map(text)";
    expect(await ask(panels)).toEqual(
      report.hosts.filter(({ status }) => status === "measured").map(({ name }) => name),
    );
    await ask("(choose('contender', document.querySelector('#workloads > .tools')), await frame())");
    expect(await ask(panels)).toEqual(["twin", "setTimeout", "asyncio"]);
    await ask("(choose('1,000,000', section('timers-set-cancel')), await frame())");
    expect(await ask(panels)).toEqual(["twin", "asyncio"]);
    await ask("(choose('host', document.querySelector('#workloads > .tools')), await frame())");
  });

  test("a table holds the figures of a workload", async () => {
    await ask(
      "(section('jitter').open = true, section('jitter').querySelector('.figures summary').click(), await until(() => all('tbody tr', section('jitter')).length > 0))",
    );
    const [head, ...rows] = await ask<string[][]>(
      "all('tr', section('jitter')).map((row) => all('th, td', row).map(text))",
    );
    expect(head).toEqual([
      ...[
        "host",
        "figure",
        "contender",
        "N",
        "per callback",
        "quartiles",
        "ratio",
        "quartiles of ratio",
        "samples",
      ],
    ]);
    const results = report.hosts
      .flatMap((host) => host.results)
      .filter(({ workload }) => workload === "jitter");
    expect(rows.length).toBe(results.reduce((sum, { series }) => sum + series.length, 0));
    expect(rows[0]?.slice(0, 4)).toEqual(["Node 20", "p50", "wasyncio", "1,000"]);
    expect(rows.every((row) => row.length === head?.length && row.at(-1) === "45")).toBe(true);
  });

  test("says what WebAssembly buys, on which side, and in charts", async () => {
    expect(await ask("text(document.querySelector('#webassembly .lead'))")).toMatch(
      /WebAssembly is ahead in \d+ of \d+ comparisons, behind in \d+/,
    );
    const sides = await ask<[string, string[]][]>(
      "all('.side').map((side) => [text(side.querySelector('h3')), all('li b', side).map(text)])",
    );
    expect(sides.map(([title]) => title)).toEqual([
      expect.stringMatching(/^Where it wins/),
      expect.stringMatching(/^Where it loses/),
    ]);
    const [wins, losses] = sides.map(([, ratios]) => ratios.map((ratio) => Number.parseFloat(ratio)));
    expect(wins?.every((ratio) => ratio > 1)).toBe(true);
    // The sample's odd workload is 20 times as fast in JavaScript on each host.
    expect(losses?.length).toBeGreaterThan(0);
    expect(losses?.every((ratio) => ratio < 1)).toBe(true);
    expect(await ask("all('#webassembly .panels figure').length")).toBeGreaterThan(3);
  });

  test("the overview is of the host that is chosen", async () => {
    await ask("(choose('Firefox', document.querySelector('#overview')), await frame())");
    expect(await ask("text(document.querySelector('#glance-title'))")).toBe("At a glance: Firefox");
    const columns = await ask<string[]>("all('.heat thead th').map(text)");
    expect(columns).toContain("setTimeout");
    expect(columns).not.toContain("setImmediate");
    expect(await ask("all('.headline .against').map(text)")).not.toContain("asyncio");
    await ask("(choose('Node 20', document.querySelector('#overview')), await frame())");
  });

  test("lists what was not found, with how to get it, and every failure", async () => {
    const hosts = await ask<string>("text(document.querySelector('#hosts'))");
    expect(hosts).toContain("apt-get install webkit2gtk-driver xvfb");
    expect(hosts).toContain("uvloop: apt-get install python3-uvloop");
    expect(hosts).toContain("workerd, timers-set-fire, setTimeout, N = 100,000 Error: 10,000 timers at most");
    expect(await ask("text(section('tcp-echo').querySelector('.failures'))")).toContain("workerd failed");
  });

  test("takes no text for markup", async () => {
    expect(await ask("text(section('odd-one'))")).toContain(HARMFUL.replaceAll(/\s+/g, " "));
    expect(await ask("[globalThis.harmed ?? null, document.images.length]")).toEqual([null, 0]);
  });

  test("is light or dark as is chosen, and remembers it", async () => {
    const background = "getComputedStyle(document.body).backgroundColor";
    await ask("scrollTo({ top: 0 })");
    await ask("(choose('Light'), await frame())");
    const light = await ask(background);
    await screenshot(`${SCREENSHOTS}/report-light.png`);
    await ask("(choose('Dark'), await frame())");
    const dark = await ask(background);
    await screenshot(`${SCREENSHOTS}/report-dark.png`);
    expect(dark).not.toBe(light);
    await page.close();
    page = await open("sample", report);
    // Each page is a window of its own, without what another has stored.
    expect(await ask("document.documentElement.dataset.theme ?? 'auto'")).toBe("auto");
    await ask("(choose('Dark'), await frame(), history.length)");
    expect(await ask("localStorage.getItem('wasyncio-report-theme')")).toBe("dark");
  });

  test("offers the samples as the JSON that it was made of", async () => {
    const text = await ask<string>(`new Promise((resolve) => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => (blob.text().then(resolve), make(blob));
      document.querySelector("#data button").click();
    })`);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)));
  });

  test("moves nothing while it is scrolled through, and is no wider than its window", async () => {
    await ask("all('.fold').forEach((each) => { each.open = true; })");
    // What opens moves what is below it, as is wanted.
    await ask(
      "(scrollTo({ top: 0, behavior: 'instant' }), await frame(), await frame(), (globalThis.shift = 0))",
    );
    await ask(`(async () => {
      for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
        scrollTo({ top, behavior: "instant" });
        await frame();
      }
    })()`);
    expect(await ask("PerformanceObserver.supportedEntryTypes")).toContain("layout-shift");
    expect(await ask("globalThis.shift")).toBeLessThan(LAYOUT_SHIFT_MAX);
    expect(await ask("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    // All that was passed has been drawn.
    expect(await ask("all('.chart').filter((chart) => chart.querySelector('svg') === null).length")).toBe(0);
  });

  test("gets along with a report of nothing", async () => {
    const kept = page;
    page = await open("nothing", { ...report, hosts: [], workloads: [], bars: [], missing: [], quick: true });
    expect(await ask("text(document.querySelector('.run'))")).toMatch(/^quick run/);
    expect(await ask("troubles")).toEqual([]);
    await page.close();
    page = kept;
  });

  test("nothing went wrong, and nothing was refused by the policy", async () => {
    expect(await ask("troubles")).toEqual([]);
  });
});
