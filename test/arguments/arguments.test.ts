/**
 * Every export and method of the package is handed wrong arguments, and either refuses them by an error with a code, at the
 * call, or takes them with its TSDoc as witness. The tables say which; one without a row for each symbol fails here.
 */
import { describe, expect, it } from "vitest";
import { type Callable, readDeclarations } from "./declarations.ts";
import { NOT_YET } from "./not-yet.ts";
import type { Area } from "./rows.ts";
import { CONTEXTS, COROUTINES, FUTURES, LOOPS, RUNNERS } from "./tables/core.ts";
import { CONNECTIONS, STREAMS } from "./tables/io.ts";
import { LOCKS, QUEUES } from "./tables/sync.ts";
import { TASKS } from "./tables/tasks.ts";
import { EDGE, HTTP, SERVING, TESTING } from "./tables/web.ts";
import { complaintsAbout, symbolOf, uncovered } from "./walker.ts";

const AREAS: Readonly<Record<string, Area>> = {
  contexts: CONTEXTS,
  coroutines: COROUTINES,
  futures: FUTURES,
  loops: LOOPS,
  runners: RUNNERS,
  tasks: TASKS,
  locks: LOCKS,
  queues: QUEUES,
  streams: STREAMS,
  connections: CONNECTIONS,
  http: HTTP,
  edge: EDGE,
  serving: SERVING,
  testing: TESTING,
};

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
  "HostTimer",
  "PausableTransport",
  "Protocol",
  "TaskConstructor",
  "TaskFactory",
  "TaskStorage",
];

const declarations = readDeclarations();

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
});
