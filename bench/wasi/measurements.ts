/**
 * Owns what the core's own benchmark (assembly/bench, a WASI command) is asked and what it answers, whatever runs it.
 * Knows nothing of any implementation of WASI.
 */

/** How to measure. Times in milliseconds. */
export interface CoreBenchOptions {
  /** How long a sample takes at least; more where the clock is coarse. 20 unless given. */
  readonly sampleMs?: number;
  /** How many samples of each measurement. 5 unless given. */
  readonly samples?: number;
  /** Timers are measured at 10^3 and every tenfold up to here, 10^6 at most. 100,000 unless given. */
  readonly timersMax?: number;
}

/** One workload at one size. */
export interface CoreMeasurement {
  readonly name: string;
  readonly size: number;
  /** How many operations are in one sample. */
  readonly operations: number;
  /** Nanoseconds per operation, a number a sample. */
  readonly ns: readonly number[];
}

/** What can be measured: `operations` is here what one round does. */
export type CoreWorkload = Omit<CoreMeasurement, "ns">;

/** How a run of the command ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
}

const SAMPLE_MS = 20;
const SAMPLES = 5;
const TIMERS_MAX = 100_000;
const PROGRAM = "core-bench";
const EXIT_CLOCK_FROZEN = 3;

export function withDefaults(options: CoreBenchOptions): Required<CoreBenchOptions> {
  return { sampleMs: SAMPLE_MS, samples: SAMPLES, timersMax: TIMERS_MAX, ...options };
}

/** Arguments to measure everything, by the command's own clock. */
export function argumentsToMeasure(options: CoreBenchOptions): string[] {
  const { sampleMs, samples, timersMax } = withDefaults(options);
  return [PROGRAM, sampleMs, samples, timersMax].map(String);
}

/** Arguments to list what can be measured. */
export function argumentsToList(options: CoreBenchOptions): string[] {
  return [PROGRAM, 0, 0, withDefaults(options).timersMax].map(String);
}

/** Arguments to run the workload at `index` of the list, without asking a clock. */
export function argumentsToRun(options: CoreBenchOptions, index: number, rounds: number): string[] {
  return [...argumentsToList(options), String(index), String(rounds)];
}

export function measurementsOf(result: CommandResult): CoreMeasurement[] {
  return read<CoreMeasurement>(result);
}

export function workloadsOf(result: CommandResult): CoreWorkload[] {
  return read<CoreWorkload>(result);
}

function read<T>({ exitCode, stdout }: CommandResult): T[] {
  if (exitCode === EXIT_CLOCK_FROZEN) {
    throw new Error(
      "the host's clock stands still while code runs; use runWasiBench, which times from outside",
    );
  }
  if (exitCode !== 0) {
    throw new Error(
      `the core's benchmark ended with ${exitCode}; are sampleMs, samples and timersMax whole numbers?`,
    );
  }
  return (JSON.parse(stdout) as { readonly measurements: T[] }).measurements;
}
