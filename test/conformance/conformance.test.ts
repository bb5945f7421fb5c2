// Every item of asyncio's semantics, as a pair of programs: CPython's asyncio in the oracle, wasyncio here.
//
// Owns the comparison. Must not know what an item shows: that is in its two programs, side by side in the files
// named after the groups.

import { afterAll, describe, expect, test } from "vitest";
import { type Json, startOracle } from "../oracle/oracle.ts";
import { combinators } from "./combinators.ts";
import { future } from "./future.ts";
import { type Item, type Record, runItem } from "./harness.ts";
import { lifecycle } from "./lifecycle.ts";
import { scheduling } from "./scheduling.ts";
import { streams } from "./streams.ts";
import { sync } from "./sync.ts";
import { task } from "./task.ts";
import { taskgroup } from "./taskgroup.ts";
import { timeouts } from "./timeouts.ts";

const GROUPS = { scheduling, lifecycle, future, task, combinators, timeouts, taskgroup, sync, streams };
const ITEMS_OF_THE_REFERENCE = 67;

const oracle = startOracle();
const asked = oracle.runPython<{ [key: string]: readonly Json[] }>(
  "from conformance.harness import run_all as run",
  null,
) as unknown as Promise<{ readonly [key: string]: readonly Record[] }>;
afterAll(() => oracle.close());

const keyOf = ({ number, title }: Item): string => `${number} ${title}`;

describe.each(Object.entries(GROUPS))("%s", (_, items) => {
  for (const item of items) {
    const { program, reason, expected } = item;
    if (program === undefined) {
      test(`${keyOf(item)} (not in JavaScript: ${reason})`, async () => {
        expect((await asked)[keyOf(item)]).toEqual(expected?.cpython);
      });
    } else if (reason === undefined) {
      test(keyOf(item), async () => {
        expect(await runItem(program)).toEqual((await asked)[keyOf(item)]);
      });
    } else {
      test(`${keyOf(item)} (differs on purpose: ${reason})`, async () => {
        expect(expected?.wasyncio).not.toEqual(expected?.cpython);
        expect((await asked)[keyOf(item)]).toEqual(expected?.cpython);
        expect(await runItem(program)).toEqual(expected?.wasyncio);
      });
    }
  }
});

describe("the items", () => {
  const items = Object.values(GROUPS).flat();

  test("have a program on either side", async () => {
    expect(items.map(keyOf).sort()).toEqual(Object.keys(await asked).sort());
  });

  test("are all those of the reference", () => {
    const numbers = new Set(items.map(({ number }) => number));
    expect(numbers.size).toBe(ITEMS_OF_THE_REFERENCE);
    expect(Math.max(...numbers)).toBe(ITEMS_OF_THE_REFERENCE);
  });

  test("show in CPython what is written down here", async () => {
    await expect(formatted(await asked)).toMatchFileSnapshot("./cpython.txt");
  });
});

/** All that CPython has answered, for people to read and for changes of a new CPython to be seen. */
function formatted(answers: { readonly [key: string]: readonly Record[] }): string {
  const lines = Object.entries(answers).flatMap(([key, records]) => [
    key,
    ...records.map(([time, what, outcome]) => {
      const shown = outcome === null ? "" : `: ${JSON.stringify(outcome)}`;
      return `${String(time).padStart(12)} ms  ${what.replaceAll("\r\n", "\\r\\n")}${shown}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}
