/**
 * Every export and method of the package is handed wrong arguments, and either refuses them by an error with a code, at the
 * call, or takes them with its TSDoc as witness. The tables say which; one without a row for each symbol fails here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AREAS, declarations } from "./areas.ts";
import type { Callable } from "./declarations.ts";
import { NOT_YET } from "./not-yet.ts";
import { complaintsAbout, complaintsAboutReading, symbolOf, uncovered } from "./walker.ts";

/** Longer takes only what hangs. */
const PATIENCE_MS = 1000;

/** Interfaces that programs give to the package, and functions. */
const GIVEN_BY_USERS = [
  "Body",
  "ClientConnected",
  "Clock",
  "Comparator",
  "Coroutine",
  "ExceptionHandler",
  "Handler",
  "Host",
  "HostFactory",
  "HostSignals",
  "HostTimer",
  "PausableTransport",
  "Protocol",
  "TaskConstructor",
  "TaskFactory",
  "TaskStorage",
];

// Paths of Unix sockets are among the values.
const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "wasyncio-"));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

describe("the tables", () => {
  it("have a row for every symbol, a kind for every parameter and option, and none for what is not declared", () => {
    expect(uncovered(declarations, Object.values(AREAS), GIVEN_BY_USERS)).toEqual([]);
  });
});

describe.each(Object.entries(AREAS))("%s", (_, area) => {
  it.each(Object.keys(area.rows))("%s refuses wrong arguments", async (name) => {
    const declared = declarations.callables.get(symbolOf(name)) as Callable;
    const isOn = (place: string) => !NOT_YET.includes(`${symbolOf(name)} ${place}`);
    expect(await complaintsAbout(area, name, declared, isOn)).toEqual([]);
  });

  it("can be read whatever its state", async () => {
    expect(await complaintsAboutReading(area, declarations.readable)).toEqual([]);
  });
});

describe("what does not hold yet", () => {
  it.each(NOT_YET)("%s is on the list, which is the shorter the better", async (entry) => {
    const [, symbol = "", listed] = /^(.+) ([\w.]+)$/.exec(entry) ?? [];
    const known = Object.values(AREAS).filter(({ rows }) =>
      Object.keys(rows).some((row) => symbolOf(row) === symbol),
    );
    const declared = declarations.callables.get(symbol) as Callable;
    const holding = known.map((area) => complaintsAbout(area, symbol, declared, (place) => place === listed));
    const hangs = new Promise<string[]>((resolve) => setTimeout(resolve, PATIENCE_MS, ["hangs"]));
    const complaints = await Promise.race([Promise.all(holding), hangs]);
    expect(complaints.flat(), "it holds: take it out of not-yet.ts").not.toEqual([]);
  });
});
