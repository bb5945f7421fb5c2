/** Runs only the core under node:wasi, on hosts that have it; null on others. A program of ../hosts. */
import type { CoreMeasurement } from "./wasi/measurements.ts";
import { hasNodeWasi, runNodeWasiBench } from "./wasi/node.ts";
import type { CoreBenchConfig } from "./wasi/program.ts";

export default async function main({ base64, options }: CoreBenchConfig): Promise<CoreMeasurement[] | null> {
  return hasNodeWasi() ? await runNodeWasiBench(Buffer.from(base64, "base64"), options) : null;
}
