/** Owns the table of known bugs in docs/time-travel.md: in which run each was found, and what is left of its schedule. */
import type { ExplorationError } from "wasyncio/testing";
import type { Bug } from "./index.ts";
import { sizeOf } from "./search.ts";

const HEAD = "| bug | written after | random: run | departures | pct: run | departures |";
const TABLE = new RegExp(`${HEAD.replaceAll("|", "\\|")}\\n(\\|.*\\n)*`);

/** A row of it. */
export function rowOf({ name, foundIn = "" }: Bug, found: readonly ExplorationError[]): string {
  const cells = found.flatMap((error) => [error.run, sizeOf(error)]);
  return `| ${[name, foundIn, ...cells].join(" | ")} |`;
}

/** The page with these rows in its table. @throws Error if it has none. */
export function withTable(page: string, rows: readonly string[]): string {
  if (!TABLE.test(page)) throw new Error("the page has no table of bugs");
  return page.replace(TABLE, `${[HEAD, "| --- | --- | ---: | ---: | ---: | ---: |", ...rows].join("\n")}\n`);
}
