/**
 * Owns how a report becomes a page: the results go into the template that the build has made. Knows nothing of what the page
 * shows, and needs nothing but that file.
 *
 * The place of the results is a block of data, which no browser runs. Within it a `<` could still end the block or open a
 * comment; so each is written as JSON's escape of it, which means the same.
 */
import { readFile } from "node:fs/promises";
import type { Report } from "../results.ts";
import { checkReport, ReportError } from "./report-format.ts";

/** Where the template says that the results belong. */
const PLACE = "{{results}}";

/** Beside the command that this file is bundled into: bench/dist/report/template.html. */
const TEMPLATE = new URL("./report/template.html", import.meta.url);

/** One HTML file with everything in it. Throws ReportError where the report or the template is of another kind. */
export async function renderReport(report: Report, template: URL | string = TEMPLATE): Promise<string> {
  checkReport(report);
  const [before, after, ...more] = (await readFile(template, "utf8")).split(PLACE);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new ReportError(`${template} has not one place for results; build it anew: npm run build`);
  }
  return before + JSON.stringify(report).replaceAll("<", "\\u003c") + after;
}
