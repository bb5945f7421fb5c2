/**
 * The core without any JavaScript: a WASI command that measures itself (../wasi). It is a program of its own, so the
 * runner starts it (cli/core-alone.ts); here it is only described.
 */
import type { Workload } from "./workload.ts";

export const coreAlone: Workload = {
  name: "core-alone",
  title: "the core alone, as a WASI program",
  about:
    "The core with a benchmark around it, compiled to one .wasm, under each WASI there is: no call crosses over.",
  unit: "ns",
  per: "operation",
  sizeOf: "callbacks, tasks or timers",
  figures: [
    "callSoonChain",
    "callSoonBatch",
    "taskYield",
    "futureWait",
    "timersSetCancel",
    "timersSetFire",
    "timersChurn",
  ],
  sizes: [1, 1000, 10_000, 100_000, 1_000_000],
  quickSizes: [1, 1000, 10_000, 100_000],
  contenders: {},
};
