/** The core's own benchmark where the clock stands still while code runs: it is timed from outside. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, test } from "vitest";
import type { CoreMeasurement } from "../../bench/wasi/measurements.ts";
import { workerd } from "../../hosts/workerd.ts";
import { expectPlausible, QUICK } from "./plausible.ts";

const TIMEOUT_MS = 60_000;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasyncio-wasi-bench-"));
  copyFileSync(inRepository("build/core.bench.wasm"), join(folder, "core.wasm"));
  await build({
    entryPoints: [inRepository("bench/wasi/program-workerd.ts")],
    outfile: join(folder, "program.js"),
    bundle: true,
    format: "esm",
    logLevel: "error",
    external: ["./core.wasm"],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the benchmark of the core runs on workerd", { timeout: TIMEOUT_MS }, async () => {
  const session = await workerd.start();
  try {
    const measurements = await session.run({
      file: join(folder, "program.js"),
      // Long against the millisecond that each of the host's turns may take.
      config: { options: { ...QUICK, sampleMs: 20 } },
      timeoutMs: TIMEOUT_MS,
    });
    expectPlausible(measurements as unknown as CoreMeasurement[]);
  } finally {
    await session.close();
  }
});

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
