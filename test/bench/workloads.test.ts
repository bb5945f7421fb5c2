/** Every contender of every workload does what it says, at a small size: each counts what it did, and fails if it was not all. */
import { describe, expect, test } from "vitest";
import { findPython } from "../../bench/cli/python.ts";
import { contenders } from "../../bench/contenders.ts";
import { clockOf } from "../../bench/measure/host.ts";
import { workloads } from "../../bench/workloads/index.ts";
import type { Side } from "../../bench/workloads/workload.ts";
import { expectCount, GENERATORS, withTwin } from "../../bench/workloads/workload.ts";
import { runChild } from "../../hosts/child.ts";
// In the built programs the sub-paths bring their threads and processes themselves.
import "../../src/entry/parts/executors.node.ts";
import "../../src/entry/parts/subprocess.node.ts";

/** What is small enough for a test; a stream must be of whole chunks. */
const SIZES: Readonly<Record<string, number>> = { "tcp-stream": 64 * 1024 };
const sizeOf = (workload: string) => SIZES[workload] ?? 20;

const all = workloads.flatMap((workload) =>
  Object.entries(workload.contenders).map(
    ([name, contender]) => [workload.name, name, workload, contender] as const,
  ),
);

describe("workloads", () => {
  test.each(all)("%s by %s is done in full, twice", async (_workload, _name, workload, contender) => {
    expect((await contender.exists?.()) ?? true).toBe(true);
    const side = await contender.start(sizeOf(workload.name), clockOf("wall"));
    try {
      await useTwice(side, workload.figures);
    } finally {
      await side.end?.();
    }
  });

  test("one of async functions is named after one of generators, says so, and has generators beside it", () => {
    for (const { name, functions, contenders: its } of workloads) {
      const { [GENERATORS]: generators } = its;
      if (Object.keys(its).length === 0) continue;
      expect([name.endsWith("-async"), generators !== undefined], name).toEqual([
        functions === "async",
        functions === "async",
      ]);
      if (functions === "async")
        expect(workloads.map((each) => each.name)).toContain(name.replace("-async", ""));
    }
  });

  test("each has a name of its own, and contenders that tables know", () => {
    const names = workloads.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const known = contenders.map(({ name }) => name);
    for (const [, name] of all) expect(known).toContain(name);
    for (const { sizes, quickSizes } of workloads)
      expect(sizes).toEqual(expect.arrayContaining([...quickSizes]));
  });
});

async function useTwice(side: Side, figures: readonly string[]): Promise<void> {
  for (let i = 0; i < 2; i++) {
    if ("measure" in side) {
      const measured = await side.measure();
      expect(Object.keys(measured)).toEqual(figures);
      for (const value of Object.values(measured)) expect(value).not.toBeNaN();
      continue;
    }
    expect(side.operations).toBeGreaterThan(0);
    const sample = await side.run();
    if (sample !== undefined) expect(sample.countedMs).toBeGreaterThan(0);
  }
}

test("expectCount: what was not done in full is an error that says how far it came", () => {
  expect(() => expectCount("timers fired", 99, 100)).toThrow("timers fired: 99 instead of 100");
});

test("withTwin: the twin's contender is wasyncio's, of the workload that was bundled with the twin", () => {
  const [chain] = workloads;
  const other = { ...chain!, contenders: { wasyncio: { start: () => ({ operations: 1, run() {} }) } } };
  const joined = withTwin(chain!, other).contenders;
  expect(Object.keys(joined).slice(0, 3)).toEqual(["wasyncio", "twin", "setImmediate"]);
  expect(joined.twin).toBe(other.contenders.wasyncio);
  expect(joined.wasyncio).toBe(chain!.contenders.wasyncio);
  expect(withTwin(chain!, undefined)).toBe(chain);
});

const { python } = await findPython("bench/cpython.py");

describe.skipIf(python === undefined)("cpython.py", () => {
  test("knows workloads of ours by their names", () => {
    expect(workloads.map(({ name }) => name)).toEqual(expect.arrayContaining([...python!.workloads]));
  });

  test.each(python?.workloads.map((name) => [name]) ?? [])("%s is done in full", async (workload) => {
    for (const loop of python!.loops) {
      const args = ["bench/cpython.py", workload, loop, `${sizeOf(workload)}`, "2", "1", "wall"];
      const { code, stdout, stderr } = await runChild(python!.path, args, { timeoutMs: 30_000 });
      expect([code, stderr]).toEqual([0, ""]);
      const samples = JSON.parse(stdout) as number[];
      expect(samples).toHaveLength(2);
      for (const sample of samples) expect(sample).toBeGreaterThan(0);
    }
  });
});
