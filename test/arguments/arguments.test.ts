/**
 * Every export and method of the package is passed invalid arguments, and either refuses them with an error with a code, at the
 * call, or takes them with its TSDoc as witness. The tables say which; one without a row for each symbol fails here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AREAS, declarations } from "./areas.ts";
import type { Callable } from "./declarations.ts";
import { complaintsAbout, complaintsAboutReading, symbolOf, uncovered } from "./walker.ts";

/** Interfaces that programs give to the package, and functions. */
const GIVEN_BY_USERS = [
  "BaseProtocol",
  "Body",
  "BufferedProtocol",
  "CallElsewhere",
  "ClientConnected",
  "Clock",
  "Comparator",
  "CookieJarLike",
  "Coroutine",
  "DatagramProtocol",
  "ExceptionHandler",
  "ExecutorLike",
  "Handler",
  "Host",
  "HostFactory",
  "HostSignals",
  "HostTimer",
  "NamedNetwork",
  "Network",
  "NetworkLoop",
  "PausableTransport",
  "Program",
  "Protocol",
  "RunnerTimers",
  "SinonTimers",
  "SubprocessProtocol",
  "TaskConstructor",
  "TaskFactory",
  "TaskStorage",
  "VirtualTest",
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
    expect(await complaintsAbout(area, name, declared)).toEqual([]);
  });

  it("can be read whatever its state", async () => {
    expect(await complaintsAboutReading(area, declarations.readable)).toEqual([]);
  });
});
