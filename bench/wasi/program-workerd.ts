/**
 * The core's own benchmark as a program of hosts/, for workerd, where modules are compiled before anything runs: beside its
 * bundle build/core.bench.wasm lies as core.wasm.
 */
import module from "./core.wasm";
import type { CoreBenchOptions, CoreMeasurement } from "./measurements.ts";
import { runWasiBench } from "./shim.ts";

export default async function main(config: {
  readonly options: CoreBenchOptions;
}): Promise<CoreMeasurement[]> {
  return await runWasiBench(module, config.options);
}
