/** The command `npm run bench:report -- RESULTS.json [PAGE.html]`: makes the page of results that were written earlier. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { renderReport } from "./report.ts";
import { ReportError } from "./report-format.ts";

const PAGE = "bench/report/index.html";
const BAD_USE = 2;

const [results, page = PAGE] = process.argv.slice(2);
if (results === undefined || results.startsWith("-")) {
  console.error(`npm run bench:report -- RESULTS.json [PAGE.html]\n\nThe page is ${PAGE} unless given.`);
  process.exitCode = BAD_USE;
} else {
  try {
    const html = await renderReport(JSON.parse(await readFile(results, "utf8")));
    await mkdir(dirname(resolve(page)), { recursive: true });
    await writeFile(page, html);
    console.log(`written to ${resolve(page)}`);
  } catch (error) {
    const isTheirs = error instanceof ReportError || error instanceof SyntaxError || isMissing(error);
    if (!isTheirs) throw error;
    console.error(`bench:report: ${results}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
