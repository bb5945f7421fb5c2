/** The core's own benchmark: one module, the same measurements under every implementation of WASI that Node has. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runNodeWasiBench } from "../../bench/wasi/node.ts";
import { runWasiBench } from "../../bench/wasi/shim.ts";
import { expectPlausible, QUICK } from "./plausible.ts";

const bytes = readFileSync(new URL("../../build/core.bench.wasm", import.meta.url));
test("build/core.bench.wasm imports WASI's few functions and nothing else", () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  expect(new Set(imports.map(({ module }) => module))).toEqual(new Set(["wasi_snapshot_preview1"]));
  expect(imports.map(({ name }) => name).sort()).toEqual([
    "args_get",
    "args_sizes_get",
    "clock_time_get",
    "fd_write",
    "proc_exit",
  ]);
});

describe("the benchmark of the core", () => {
  test("runs under the shim, from bytes", async () => {
    expectPlausible(await runWasiBench(bytes, QUICK));
  });

  test("runs under the shim, from a module", async () => {
    expectPlausible(await runWasiBench(new WebAssembly.Module(bytes), QUICK));
  });

  test("runs under node:wasi", async () => {
    expectPlausible(await runNodeWasiBench(bytes, QUICK));
  });

  test("does more when it is given more time", async () => {
    const operationsIn = async (sampleMs: number) => {
      const measurements = await runNodeWasiBench(bytes, { sampleMs, samples: 1, timersMax: 1_000 });
      return measurements.reduce((sum, { operations }) => sum + operations, 0);
    };
    expect(await operationsIn(50)).toBeGreaterThan(4 * (await operationsIn(1)));
  });

  test.each([
    ["too many timers", { timersMax: 1_000_001 }],
    ["too few timers", { timersMax: 10 }],
    ["no samples", { samples: 0 }],
    ["a sample that is no whole number", { sampleMs: 0.5 }],
  ])("refuses %s", async (_what, options) => {
    await expect(runNodeWasiBench(bytes, { ...QUICK, ...options })).rejects.toThrow("ended with 2");
    await expect(runWasiBench(bytes, { ...QUICK, ...options })).rejects.toThrow("ended with 2");
  });
});
