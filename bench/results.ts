/**
 * The result of a run of the benchmarks, as JSON: what the runner, the goals and the report share.
 * Types, the format's number, and how a result is found. A reader checks `format` and `version` first.
 *
 * All times are milliseconds where a name says Ms, else in the workload's unit. A ratio is a contender's figure over
 * wasyncio's of the same round: 8 means that wasyncio took an eighth, 0.5 that it took twice as much.
 */
import type { Json } from "../hosts/driver.ts";

export const FORMAT = "wasyncio-bench";
export const VERSION = 2;

/** What time is taken by: that which passes, or that in which a processor works for the process. */
export type ClockName = "wall" | "processor";

/** What all ratios are about. */
export const OURS = "wasyncio";

export interface Report {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Few rounds and small sizes: good for a first look, not for a judgement. */
  readonly quick: boolean;
  /** The requested clock, by default "wall"; hosts that cannot measure processor time use the wall clock in any case. */
  readonly clock?: ClockName;
  readonly machine: Machine;
  /** Versions of what was compared, by name: wasyncio, effect, effection, tinybench, asyncio, uvloop. */
  readonly versions: Readonly<Record<string, string>>;
  /** What was missing from the comparison, and how to get it. */
  readonly missing: readonly Missing[];
  /** Every workload that was asked for, in the order of tables. */
  readonly workloads: readonly WorkloadInfo[];
  /** Every contender that any workload knows, in the order of tables. */
  readonly contenders: readonly ContenderInfo[];
  readonly hosts: readonly HostReport[];
  readonly bars: readonly Verdict[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  /** The load of the last minute when the run began, as of `uptime`: what others did on the machine. */
  readonly load: number;
}

export interface Missing {
  readonly name: string;
  readonly howToGet: string;
}

export type Unit = "ns" | "ms" | "bytes";

export interface WorkloadInfo {
  readonly name: string;
  /** A heading: "timers, set and cancelled". */
  readonly title: string;
  /** What exactly happens, in a sentence or two. */
  readonly about: string;
  readonly unit: Unit;
  /** What one figure is for: "timer", "switch". */
  readonly per: string;
  /** What N counts: "timers pending". */
  readonly sizeOf: string;
  /** What the tasks of wasyncio are made of: generators unless given. */
  readonly functions?: "async";
  /** The figures that each contender has, one unless the workload is about a distribution or about parts. */
  readonly figures: readonly string[];
  /**
   * Contenders whose figure here is how long their host makes everyone wait, each with an explanation. They are shown, and
   * left out of every mean: what a wait is a multiple of says nothing.
   */
  readonly floors?: Readonly<Record<string, string>>;
}

export interface ContenderInfo {
  readonly name: string;
  /**
   * `ours`: wasyncio; `twin`: its core in JavaScript; `sibling`: wasyncio with the other kind of function; `host`: what the host
   * has; `peer`: a library; `python`; `wasi`: only the core.
   */
  readonly kind: "ours" | "twin" | "sibling" | "host" | "peer" | "python" | "wasi";
}

export interface HostReport {
  /** As its driver calls it: "Node 20", "Chromium". */
  readonly name: string;
  readonly version?: string;
  readonly status: "measured" | "not found" | "failed";
  /** With "not found". */
  readonly howToGet?: string;
  /** With "failed". */
  readonly error?: string;
  readonly tookMs: number;
  /** The smallest step of the host's clock that was seen, in milliseconds. */
  readonly clockStepMs?: number;
  /** Whether garbage could be collected at the beginning of every turn. */
  readonly collects?: boolean;
  readonly results: readonly Result[];
  /** Workloads that gave nothing here, each with the reason. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly workload: string;
  readonly size?: number;
  readonly contender?: string;
  readonly error: string;
}

/** One figure of one workload at one size on one host. */
export interface Result {
  readonly workload: string;
  readonly figure: string;
  readonly size: number;
  readonly series: readonly Series[];
}

/** What one contender took. */
export interface Series {
  readonly contender: string;
  /** Raw samples, round by round, in the workload's unit. */
  readonly rounds: readonly (readonly number[])[];
  /** Of all samples. */
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  /** Against wasyncio, round by round; absent for wasyncio itself, and where it has no figure. */
  readonly ratio?: Spread;
}

export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
}

/** One line of the table of goals, and what came of it. */
export interface Verdict {
  /** The goal as a sentence: "callSoon chain: at least 12x setImmediate". */
  readonly goal: string;
  readonly workload: string;
  readonly host: string;
  /** The figure that the goal is about, a median; absent where it was not measured. */
  readonly value?: number;
  /** The quartiles of the value, in the order of numbers; with it. */
  readonly quartiles?: readonly [p25: number, p75: number];
  /** What the value is of: a ratio, or the workload's unit. */
  readonly unit: "x" | Unit;
  readonly limit: number;
  readonly sense: "at least" | "at most";
  /** "not decided" where the limit lies between the quartiles: another run might say something else. */
  readonly status: "pass" | "fail" | "not decided" | "not measured";
  /** By which share of the limit the median misses it; zero or less where it does not. */
  readonly missedBy?: number;
}

/** What one host's program answers for one workload. */
export interface ProgramAnswer {
  readonly clockStepMs: number;
  readonly collects: boolean;
  readonly results: readonly Result[];
  readonly failures: readonly Failure[];
}

/** Its answer when asked for one turn: samples, by figure. */
export type TurnAnswer = Readonly<Record<string, readonly number[]>>;

/** Its input. */
export interface ProgramConfig {
  readonly workload: string;
  readonly quick: boolean;
  /** "wall" unless given. */
  readonly clock?: ClockName;
  /** The sizes to measure at; the workload's own unless given. */
  readonly sizes?: readonly number[];
  /**
   * How this very program is started, without what it is told: then each turn of async functions, and of whoever is compared
   * with them, has a process of its own. In this one unless given.
   */
  readonly command?: readonly string[];
  /** One turn of this contender, and nothing else, which is answered as a TurnAnswer. */
  readonly turnOf?: string;
  /** Where CPython's side is measured: on hosts that can start processes. */
  readonly python?: PythonConfig;
}

export interface PythonConfig {
  readonly path: string;
  /** Path of cpython.py. */
  readonly script: string;
  /** Which of "asyncio" and "uvloop" are available. */
  readonly loops: readonly string[];
  /** The workloads that cpython.py knows. */
  readonly workloads: readonly string[];
}

/** The types above are JSON, which their interfaces cannot show. */
export function asJson(value: ProgramAnswer | TurnAnswer | ProgramConfig): Json {
  return value as unknown as Json;
}

export function findResult(
  host: HostReport,
  wanted: { readonly workload: string; readonly figure: string; readonly size: number },
): Result | undefined {
  return host.results.find(
    ({ workload, figure, size }) =>
      workload === wanted.workload && figure === wanted.figure && size === wanted.size,
  );
}

export function findSeries(result: Result | undefined, contender: string): Series | undefined {
  return result?.series.find((series) => series.contender === contender);
}
