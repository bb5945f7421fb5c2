/** Owns measuring only the core: its programs are started on a host, and what they measured becomes results. */
import type { HostDriver, HostSession, Json } from "../../hosts/driver.ts";
import { toSeries } from "../measure/statistics.ts";
import type { Failure, Result, Series } from "../results.ts";
import type { CoreBenchOptions, CoreMeasurement } from "../wasi/measurements.ts";
import { coreAlone } from "../workloads/core-alone.ts";
import type { Programs } from "./programs.ts";

const THOROUGH: CoreBenchOptions = { sampleMs: 50, samples: 9, timersMax: 1_000_000 };
const QUICK: CoreBenchOptions = { sampleMs: 20, samples: 3, timersMax: 100_000 };
const TIMEOUT_MS = 5 * 60_000;

export async function measureCoreAlone(
  driver: HostDriver,
  session: HostSession,
  { programs, quick }: { readonly programs: Programs; readonly quick: boolean },
): Promise<{ readonly results: Result[]; readonly failures: Failure[] }> {
  const options = quick ? QUICK : THOROUGH;
  const failures: Failure[] = [];
  const results = new Map<string, { result: Omit<Result, "series">; series: Series[] }>();
  for (const { contender, file, base64 } of programs.coreProgramsFor(driver)) {
    const config = { options, ...(base64 !== undefined && { base64 }) } as unknown as Json;
    let answer: Json = null;
    try {
      answer = await session.run({ file, config, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      // node:wasi is experimental, and on Node 20 it crashes now and then. The others are measured all the same.
      failures.push({ workload: coreAlone.name, contender, error: String((error as Error).message) });
    }
    for (const { name, size, ns } of (answer ?? []) as unknown as CoreMeasurement[]) {
      const key = `${name} ${size}`;
      const entry = results.get(key) ?? {
        result: { workload: coreAlone.name, figure: name, size },
        series: [],
      };
      results.set(key, entry);
      entry.series.push(toSeries(contender, [ns]));
    }
  }
  return { results: [...results.values()].map(({ result, series }) => ({ ...result, series })), failures };
}
