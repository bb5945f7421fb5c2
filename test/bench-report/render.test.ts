/** What the page's file contains: the results, unharmed and harmless, and nothing that is fetched from elsewhere. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildReport, buildTemplate } from "../../bench/report/build.mjs";
import { renderReport } from "../../bench/report/report.ts";
import type { Report } from "../../bench/results.ts";
import { runChild } from "../../hosts/child.ts";
import { HARMFUL, sampleReport } from "./sample.ts";

const TEMPLATE_BYTES_MAX = 400_000;

const folder = mkdtempSync(join(tmpdir(), "wasyncio-report-"));
const template = pathToFileURL(join(folder, "template.html"));
const sample = sampleReport();

beforeAll(() => buildTemplate(join(folder, "template.html")));
afterAll(() => rmSync(folder, { recursive: true }));

test("renderReport puts the results into the template so that they can be read again", async () => {
  const html = await renderReport(sample, template);
  const [, json] = /<script type="application\/json" id="results">(.*?)<\/script>/s.exec(html) ?? [];
  expect(JSON.parse(json ?? "")).toEqual(JSON.parse(JSON.stringify(sample)));
  expect(sample.workloads.some(({ about }) => about.includes(HARMFUL))).toBe(true);
  expect(json?.includes("<")).toBe(false);
});

test("renderReport refuses what is no report, and a report of another version", async () => {
  const refusal = (report: unknown) => renderReport(report as Report, template);
  for (const other of [null, [], {}, "text", { format: "other" }]) {
    await expect(refusal(other)).rejects.toMatchObject({ code: "ERR_REPORT" });
  }
  await expect(refusal({ ...sample, version: 99 })).rejects.toThrow(/version 99.*measure once more/);
});

test("renderReport refuses a template that has not one place for results", async () => {
  const file = join(folder, "none.html");
  writeFileSync(file, "<p>nowhere</p>");
  await expect(renderReport(sample, file)).rejects.toMatchObject({ code: "ERR_REPORT" });
});

test("the template holds everything, with the licences of what is in it, and is small", () => {
  const html = readFileSync(template, "utf8");
  expect(html.length).toBeLessThan(TEMPLATE_BYTES_MAX);
  // What does not match is too long to be printed.
  const has = (pattern: RegExp) => pattern.test(html);
  expect(has(/default-src 'none'.*script-src 'sha256-/)).toBe(true);
  expect(has(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?!data:,)/)).toBe(false);
  expect(/<style>(.*?)<\/style>/s.exec(html)?.[1]).not.toMatch(/@import|url\(/);
  for (const words of ["@observablehq/plot 0.6", "d3-scale", "preact", "Permission to use, copy, modify"]) {
    expect(html.includes(words), words).toBe(true);
  }
});

test("the command makes a page of a file of results, and says what is wrong with an invalid one", async () => {
  await buildReport(join(folder, "dist"));
  const run = (...args: string[]) =>
    runChild(process.execPath, [join(folder, "dist/report.js"), ...args], { timeoutMs: 30_000 });
  const results = join(folder, "results.json");
  const page = join(folder, "pages/page.html");
  writeFileSync(results, JSON.stringify(sample));
  expect(await run(results, page)).toMatchObject({ code: 0, stdout: `written to ${page}\n` });
  const rendered = await renderReport(sample, join(folder, "dist/report/template.html"));
  expect(readFileSync(page, "utf8") === rendered).toBe(true);

  writeFileSync(results, "{}");
  rmSync(page);
  const failed = await run(results, page);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("not the results of @wasyncio/bench");
  expect(existsSync(page)).toBe(false);
  expect(await run()).toMatchObject({ code: 2 });
});
