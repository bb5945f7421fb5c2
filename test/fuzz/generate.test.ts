// The programs themselves: repeatable, varied, mostly alive, and judged the same however Python hashes.

import { afterAll, describe, expect, test } from "vitest";
import { startOracle } from "../oracle/oracle.ts";
import { FEATURES, generate, generateMany } from "./generate.ts";
import { askOracle } from "./judge.ts";
import type { Program, Run } from "./program.ts";

const PROGRAMS = generateMany(1, 2000);
const oracle = startOracle();
afterAll(() => oracle.close());

function opsOf(programs: readonly Program[]): ReadonlySet<string> {
  return new Set(JSON.stringify(programs).match(/(?<="op":")\w+/g));
}

/** What the ops did: "sleep" or, where it failed, "sleep CancelledError". */
function happenings(runs: readonly Run[]): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const { trace } of runs) {
    for (const [, , what, outcome] of trace) {
      const kind = what.split(" ")[0]!;
      seen.add(kind);
      if (typeof outcome === "object" && outcome !== null && "error" in outcome) {
        seen.add(`${kind} ${outcome.error}`);
      }
    }
  }
  return seen;
}

describe("generate", () => {
  test("gives the same program for the same seed", () => {
    expect(generate(42)).toEqual(generate(42));
    expect(generate(42)).not.toEqual(generate(43));
  });

  test("uses no feature that it is not given", () => {
    const used = opsOf(generateMany(1, 200, { features: ["future", "gather"] }));
    expect(used).toContain("gather");
    const foreign = ["wait", "waitFor", "shield", "timeout", "group", "acquire", "put", "callSoon", "setVar"];
    expect(foreign.filter((op) => used.has(op))).toEqual([]);
  });
});

describe("2,000 generated programs on asyncio", () => {
  const first = askOracle(oracle, PROGRAMS);

  test("run the same a second time, and with another hash seed", async () => {
    const other = startOracle({ hashSeed: 4711 });
    try {
      // Compared as text, since comparing and printing two million values is slow.
      const expected = JSON.stringify(await first);
      expect(JSON.stringify(await askOracle(oracle, PROGRAMS)) === expected).toBe(true);
      expect(JSON.stringify(await askOracle(other, PROGRAMS)) === expected).toBe(true);
    } finally {
      await other.close();
    }
  });

  test("mostly come to an end, in the midst of errors and cancellations", async () => {
    const runs = await first;
    const share = (holds: (run: Run) => boolean): number => runs.filter(holds).length / runs.length;
    expect(share(({ ended }) => ended === "finished")).toBeGreaterThan(0.75);
    expect(share(({ ended }) => ended === "runaway")).toBe(0);
    expect(share(({ trace }) => trace.length > 20)).toBeGreaterThan(0.75);
    expect(share((run) => happenings([run]).has("end CancelledError"))).toBeGreaterThan(0.3);
  });

  test("reach every op, in its good and its bad endings", async () => {
    const seen = happenings(await first);
    expect([...opsOf(PROGRAMS)].filter((op) => !seen.has(op))).toEqual([]);
    expect([...WORTH_SEEING].filter((what) => !seen.has(what))).toEqual([]);
    expect(FEATURES).toHaveLength(17);
  });
});

/** Endings that a campaign would be blind without. */
const WORTH_SEEING = [
  ...[
    "sleep",
    "await",
    "gather",
    "wait",
    "asCompleted",
    "waitFor",
    "shield",
    "timeout",
    "group",
    "acquire",
    "with",
  ],
  ...["waitOn", "waitUntil", "put", "get", "join", "try", "call", "repeat"],
]
  .map((op) => `${op} CancelledError`)
  .concat([
    "waitFor TimeoutError",
    "timeout TimeoutError",
    "completed TimeoutError",
    "group ExceptionGroup",
    "groupSpawn RuntimeError",
    "reschedule RuntimeError",
    "setResult InvalidStateError",
    "release RuntimeError",
    "release ValueError",
    "waitOn BrokenBarrierError",
    "put QueueShutDown",
    "get QueueShutDown",
    "putNowait QueueFull",
    "getNowait QueueEmpty",
    "taskDone ValueError",
    "unhandled",
    "caught",
  ]);
