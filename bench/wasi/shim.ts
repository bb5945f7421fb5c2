/**
 * Owns the run of the core's own benchmark under @bjorn3/browser_wasi_shim: on every host that has WebAssembly, also where
 * the clock stands still while code runs, as on workerd. Uses nothing of any one host.
 */
import { ConsoleStdout, File, OpenFile, WASI } from "@bjorn3/browser_wasi_shim";
import {
  argumentsToList,
  argumentsToMeasure,
  argumentsToRun,
  type CommandResult,
  type CoreBenchOptions,
  type CoreMeasurement,
  type CoreWorkload,
  measurementsOf,
  withDefaults,
  workloadsOf,
} from "./measurements.ts";

/** After this many readings without a change, the clock stands still. Browsers' clocks move in steps of up to 1 ms. */
const CLOCK_QUESTIONS = 1_000_000;
/** Rounds are doubled up to here. */
const ROUNDS_MAX = 2 ** 30;

/**
 * Measures only the core.
 *
 * @param source - build/core.bench.wasm, as bytes or, where bytes must not be compiled, as a module.
 */
export async function runWasiBench(
  source: Uint8Array | WebAssembly.Module,
  options: CoreBenchOptions = {},
): Promise<CoreMeasurement[]> {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  if (clockStandsStill()) return await timeFromOutside(module, options);
  return measurementsOf(await runCommand(module, argumentsToMeasure(options)));
}

async function runCommand(module: WebAssembly.Module, args: string[]): Promise<CommandResult> {
  let stdout = "";
  const wasi = new WASI(
    args,
    [],
    [
      new OpenFile(new File([])),
      ConsoleStdout.lineBuffered((line) => {
        stdout += line;
      }),
      new OpenFile(new File([])),
    ],
    { debug: false },
  );
  const instance = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: wasi.wasiImport,
  });
  const exitCode = wasi.start(instance as unknown as Parameters<WASI["start"]>[0]);
  return { exitCode, stdout };
}

function clockStandsStill(): boolean {
  const startMs = performance.now();
  for (let i = 0; i < CLOCK_QUESTIONS; i++) if (performance.now() !== startMs) return false;
  return true;
}

/** Such a clock goes on when the host has had its turn: so each sample is a run of its own, between two such turns. */
async function timeFromOutside(
  module: WebAssembly.Module,
  options: CoreBenchOptions,
): Promise<CoreMeasurement[]> {
  const measurements: CoreMeasurement[] = [];
  const workloads = workloadsOf(await runCommand(module, argumentsToList(options)));
  for (const [index, workload] of workloads.entries()) {
    measurements.push(await timeWorkload(module, options, workload, index));
  }
  return measurements;
}

async function timeWorkload(
  module: WebAssembly.Module,
  options: CoreBenchOptions,
  workload: CoreWorkload,
  index: number,
): Promise<CoreMeasurement> {
  const { sampleMs, samples } = withDefaults(options);
  const timeMs = async (rounds: number) => {
    const startMs = await clockMs();
    await runCommand(module, argumentsToRun(options, index, rounds));
    return (await clockMs()) - startMs;
  };
  // A run without rounds is what the run itself costs: the instance, the preparation and the host's turns.
  const emptyMs = Math.min(await timeMs(0), await timeMs(0), await timeMs(0));
  let rounds = 1;
  while (rounds < ROUNDS_MAX && (await timeMs(rounds)) - emptyMs < sampleMs) rounds *= 2;
  const operations = rounds * workload.operations;
  const ns: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    ns.push((Math.max((await timeMs(rounds)) - emptyMs, 0) * 1e6) / operations);
  }
  return { ...workload, operations, ns };
}

/** The time after the host's next turn. */
async function clockMs(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now();
}
