/**
 * The core's own benchmark as a program of hosts/: every host that may compile bytes runs it. Knows nothing of how it is
 * started.
 */
import type { CoreBenchOptions, CoreMeasurement } from "./measurements.ts";
import { runWasiBench } from "./shim.ts";

export interface CoreBenchConfig {
  /** build/core.bench.wasm. */
  readonly base64: string;
  readonly options: CoreBenchOptions;
}

export default async function main({ base64, options }: CoreBenchConfig): Promise<CoreMeasurement[]> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return await runWasiBench(bytes, options);
}
