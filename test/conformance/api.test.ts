/** Compares asyncio's public names with ours: docs/asyncio.md lists all that are missing, and none that exist. */
import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import * as main from "wasyncio";
import * as subprocess from "wasyncio/subprocess";
import { startOracle } from "../oracle/oracle.ts";

/** Of the sub-paths, those that have what is asyncio's own. */
const wasyncio = { ...main, ...subprocess };

const oracle = startOracle();
afterAll(() => oracle.close());

/** The public classes whose methods are compared, besides the loop's. */
const CLASSES = [
  "Task",
  "Future",
  "Handle",
  "TimerHandle",
  "Server",
  "StreamReader",
  "StreamWriter",
  "Queue",
  "Lock",
  "Event",
  "Condition",
  "Semaphore",
  "Barrier",
  "Runner",
  "TaskGroup",
  "Timeout",
];
/** Fields that are there in each object and not in its class. */
const FIELDS = new Set(["Queue.maxsize", "Barrier.parties", "StreamWriter.transport"]);

const QUESTION = `
import asyncio

def names(cls):
    return [name for name in dir(cls) if not name.startswith("_")]

def run(classes):
    return [
        *asyncio.__all__,
        *("loop." + name for name in names(asyncio.AbstractEventLoop)),
        *(f"{cls}.{name}" for cls in classes for name in names(getattr(asyncio, cls))),
    ]
`;

it("What is missing in docs/asyncio.md is what is missing", async () => {
  const names = await oracle.runPython<string[]>(QUESTION, CLASSES);
  expect(listed()).toEqual(names.filter((name) => !isHere(name)).sort());
});

function listed(): string[] {
  const page = readFileSync(new URL("../../docs/asyncio.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("\n## What is missing\n"));
  const firstColumn = [...section.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell = ""]) => cell).join(" ");
  // With a sign of equality it is an argument.
  return [...firstColumn.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name).sort();
}

function isHere(name: string): boolean {
  const [member = "", owner] = name.split(".").reverse();
  if (isExported(member) && (owner === undefined || owner === "loop")) return true;
  if (owner === undefined) return false;
  const of = (wasyncio as Record<string, unknown>)[owner === "loop" ? "EventLoop" : owner];
  return FIELDS.has(name) || camelCase(member) in (of as { prototype: object }).prototype;
}

function isExported(name: string): boolean {
  return name in wasyncio || camelCase(name) in wasyncio;
}

/** What begins with an underscore is private here. */
function camelCase(name: string): string {
  return name.replace(/(?!^)_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
