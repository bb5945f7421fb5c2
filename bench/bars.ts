/**
 * The goals, as data, and how results are held against them. Where a first goal proved out of reach, the goal is what is near the
 * limit, so that a missed one means something; docs/benchmarks.md has both, and why. Unless a goal says otherwise it is for Node
 * 20; where that was not measured, for the first Node that was.
 */
import { contenders } from "./contenders.ts";
import { ratiosByRound, spread } from "./measure/statistics.ts";
import {
  findResult,
  findSeries,
  type HostReport,
  OURS,
  type Result,
  type Spread,
  type Unit,
  type Verdict,
} from "./results.ts";
import { GENERATORS } from "./workloads/workload.ts";

/** Where a goal counts. */
interface Place {
  readonly workload: string;
  /** As in tables: "callSoon chain". */
  readonly what: string;
  readonly size: number;
  /** "time" unless given. */
  readonly figure?: string;
  /** The host by its name; Node unless given. */
  readonly host?: string;
}

/** Against another contender: of wasyncio, unless `of` names another. */
interface ComparingBar extends Place {
  readonly against: string;
  readonly of?: string;
}

/** At least this many times as good. */
interface RatioBar extends ComparingBar {
  readonly times: number;
}

/** At most so many times the other's figure. */
interface WithinBar extends ComparingBar {
  readonly within: number;
}

/** A figure of ours that has a limit of its own. */
interface LimitBar extends Place {
  readonly atMost: number;
  readonly unit: Unit;
}

/** A figure of ours at `size` that is at most this many times what it is at a smaller one. */
interface GrowthBar extends Place {
  readonly from: number;
  readonly atMostTimes: number;
}

/** A figure of ours that is at most this many times another one of ours. */
interface FigureBar extends Place {
  readonly besideFigure: string;
  readonly atMostTimes: number;
}

export type Bar = RatioBar | WithinBar | LimitBar | GrowthBar | FigureBar;

const NODE = "Node 20";

const chain = { workload: "call-soon-chain", what: "callSoon chain", size: 20_000 };
const batch = { workload: "call-soon-batch", what: "callSoon batch of 100,000", size: 100_000 };
const setCancel = { workload: "timers-set-cancel", what: "timers set+cancel, 100,000 random", size: 100_000 };
const setFire = { workload: "timers-set-fire", what: "timers set+fire, 100,000", size: 100_000 };
const taskSwitch = { workload: "task-switch", what: "task switch, 1,000 tasks", size: 1000 };
const spawnGather = { workload: "spawn-gather", what: "spawn+gather of 1,000", size: 1000 };
const pingPong = { workload: "ping-pong", what: "Future ping-pong", size: 10_000 };
const cancel = { workload: "cancel", what: "cancel of 10,000 sleeping tasks", size: 10_000 };
const asyncSwitch = {
  workload: "task-switch-async",
  what: "task switch of async functions, 1,000 tasks",
  size: 1000,
};
const asyncLines = {
  workload: "read-lines-async",
  what: "lines out of a full reader, async function",
  size: 10_000,
};
const nativeAwaits = { workload: "native-awaits", size: 100_000, against: "native" };
const besideAsync = { ...nativeAwaits, what: "native awaits beside async functions" };
const besideGenerators = { ...nativeAwaits, what: "native awaits beside generators", of: GENERATORS };
const executorCall = { workload: "executor-call", what: "a call in a warm thread", size: 1000 };
const executorFib = { workload: "executor-fib", what: "toThread(fib, 32) on two threads", size: 8 };
const remoteCall = { workload: "remote-call", what: "callSoonThreadsafe from a thread", size: 20_000 };
const subprocess = { workload: "subprocess", what: "a process from start to end", size: 20 };
const requests = (workload: string, what: string, size: number, within: number) => ({
  workload,
  what: `a request of 1 KiB, ${what}, ${size.toLocaleString("en")} connections`,
  size,
  figure: "1 KiB",
  against: "node:net",
  within,
});
const million = { size: 1_000_000 };

const connection = (workload: string, what: string, atMostKiB: number) => ({
  workload: `network-memory-${workload}`,
  what: `memory of a connection, ${what}`,
  size: 5000,
  figure: "resident",
  atMost: atMostKiB * 1024,
  unit: "bytes" as const,
});

const network: readonly Bar[] = [
  requests("network-protocol", "protocol", 100, 1),
  requests("network-protocol", "protocol", 1000, 1.05),
  requests("network-streams", "streams", 100, 1.05),
  requests("network-streams", "streams", 1000, 1.12),
  requests("network-streams-async", "streams in async functions", 100, 1.25),
  requests("network-streams-async", "streams in async functions", 1000, 1.35),
  {
    ...requests("network-streams", "streams", 100, 1.1),
    what: "a request of 64 KiB, streams, 100 connections",
    figure: "64 KiB",
  },
  ...["network-protocol", "network-streams"].map((workload) => ({
    workload,
    what: `${workload}, three writes a request`,
    size: 100,
    figure: "1 KiB in 3 writes",
    besideFigure: "1 KiB",
    atMostTimes: 1.1,
  })),
  connection("protocol", "protocol", 8),
  connection("streams", "streams", 9),
  connection("streams-async", "streams in async functions", 13.5),
];

export const bars: readonly Bar[] = [
  { ...chain, against: "setImmediate", times: 12 },
  { ...chain, against: "queueMicrotask", times: 1 },
  { ...chain, against: "uvloop", times: 8 },
  { ...batch, against: "setImmediate", times: 2 },
  { ...batch, against: "queueMicrotask", times: 1.5 },
  { ...batch, against: "uvloop", times: 8 },
  { ...setCancel, against: "setTimeout", times: 3.5 },
  { ...setCancel, against: "setTimeout", times: 10, host: "Deno" },
  { ...setCancel, against: "setTimeout", times: 1.5, host: "Bun" },
  { ...setCancel, against: "uvloop", times: 7 },
  { ...setFire, against: "setTimeout", times: 5 },
  { ...setFire, ...million, what: "timers set+fire, 1,000,000 against 10,000", from: 10_000, atMostTimes: 3 },
  { ...taskSwitch, against: "native", times: 1 },
  { ...taskSwitch, against: "effect", times: 8 },
  { ...taskSwitch, against: "uvloop", times: 10 },
  { ...asyncSwitch, against: GENERATORS, within: 8, host: "Node 20" },
  { ...asyncSwitch, against: GENERATORS, within: 8, host: "Node 22" },
  { ...asyncSwitch, against: GENERATORS, within: 6, host: "Node 24" },
  { ...asyncSwitch, against: GENERATORS, within: 6, host: "Node 26" },
  { ...asyncSwitch, against: "effect", times: 0.8, host: "Node 20" },
  { ...asyncSwitch, against: "effect", times: 1, host: "Node 24" },
  { ...asyncSwitch, against: "asyncio", times: 1.8, host: "Node 20" },
  { ...asyncSwitch, against: "asyncio", times: 2.5, host: "Node 24" },
  { ...asyncLines, against: "asyncio", times: 0.85, host: "Node 20" },
  { ...asyncLines, against: "asyncio", times: 1, host: "Node 24" },
  { ...besideAsync, within: 2, host: "Node 20" },
  { ...besideAsync, within: 2, host: "Node 22" },
  { ...besideAsync, within: 1.1, host: "Node 24" },
  { ...besideAsync, within: 1.1, host: "Node 26" },
  { ...besideGenerators, within: 1.1 },
  { ...spawnGather, against: "native", times: 0.22 },
  { ...spawnGather, against: "effect", times: 2.8 },
  { ...spawnGather, against: "uvloop", times: 12 },
  { ...pingPong, against: "native", times: 0.4 },
  { ...pingPong, against: "effect", times: 2.2 },
  { ...pingPong, against: "uvloop", times: 6 },
  { ...cancel, against: "effect", times: 0.7 },
  { ...cancel, against: "asyncio", times: 1.4 },
  {
    ...million,
    workload: "timers-set-cancel",
    what: "timers set+cancel, 1,000,000",
    against: "twin",
    times: 1,
  },
  { ...million, workload: "timers-set-fire", what: "timers set+fire, 1,000,000", against: "twin", times: 1 },
  { ...million, workload: "timers-churn", what: "timers churn, 1,000,000", against: "twin", times: 1 },
  {
    ...million,
    workload: "memory-timer",
    what: "memory of 1,000,000 timers",
    figure: "all in",
    against: "twin",
    times: 1,
  },
  {
    ...million,
    workload: "jitter",
    what: "p99.9 jitter at 1,000,000 timers",
    figure: "p99.9",
    against: "twin",
    times: 1,
  },
  { ...chain, against: "twin", within: 3 },
  { ...batch, against: "twin", within: 3 },
  {
    ...million,
    workload: "memory-timer",
    what: "memory of a pending timer",
    figure: "all in",
    atMost: 100,
    unit: "bytes",
  },
  {
    workload: "memory-task",
    what: "memory of a sleeping task",
    size: 100_000,
    figure: "all in",
    atMost: 600,
    unit: "bytes",
  },
  { ...executorCall, against: "ThreadPoolExecutor", within: 1.2 },
  { ...executorFib, against: "ThreadPoolExecutor", times: 0.95 },
  { ...remoteCall, against: "node:worker_threads", times: 2 },
  { ...subprocess, against: "node:child_process", within: 1.15 },
  ...network,
  { workload: "start-up", what: "start-up over an empty script", size: 1, atMost: 15, unit: "ms" },
];

/** Those bars that are about what was asked for, each with what came of it. */
export function judge(
  hosts: readonly HostReport[],
  workloads: readonly string[],
  all: readonly Bar[] = bars,
): Verdict[] {
  return all
    .filter((bar) => workloads.includes(bar.workload))
    .map((bar) => judgeOne(bar, hostOf(bar, hosts)));
}

/** Whether a verdict is a miss beyond what a shared machine's noise amounts to. */
export function isMissedBeyond({ status, missedBy = 0 }: Verdict, tolerance: number): boolean {
  return status === "fail" && missedBy > tolerance;
}

/** Whether a goal for this very host is against CPython. */
export function needsPython(host: string, workload: string): boolean {
  return bars.some(
    (bar) =>
      bar.host === host &&
      bar.workload === workload &&
      "against" in bar &&
      contenders.some(({ name, kind }) => name === bar.against && kind === "python"),
  );
}

function hostOf(bar: Bar, hosts: readonly HostReport[]): HostReport | undefined {
  if (bar.host !== undefined) return hosts.find(({ name }) => name === bar.host);
  return hosts.find(({ name }) => name === NODE) ?? hosts.find(({ name }) => name.startsWith("Node "));
}

function judgeOne(bar: Bar, host: HostReport | undefined): Verdict {
  const hostName = host?.name ?? bar.host ?? NODE;
  const figure = host === undefined ? undefined : figureFor(bar, host);
  const [unit, limit, sense, words] = wording(bar);
  const about = { goal: `${bar.what}: ${words}`, workload: bar.workload, host: hostName, unit, limit, sense };
  if (figure === undefined) return { ...about, status: "not measured" };
  const { median, p25, p75 } = figure;
  const missedBy = sense === "at least" ? 1 - median / limit : median / limit - 1;
  return { ...about, value: median, quartiles: [p25, p75], status: statusOf(figure, sense, limit), missedBy };
}

/** Decided where both quartiles lie on one side of the limit. */
function statusOf({ p25, p75 }: Spread, sense: Verdict["sense"], limit: number): Verdict["status"] {
  const reaches = (value: number) => (sense === "at least" ? value >= limit : value <= limit);
  if (reaches(p25) !== reaches(p75)) return "not decided";
  return reaches(p25) ? "pass" : "fail";
}

function wording(bar: Bar): readonly [Verdict["unit"], limit: number, Verdict["sense"], words: string] {
  if ("against" in bar) {
    const against = bar.against === "twin" ? "the twin" : bar.against;
    return "within" in bar
      ? ["x", bar.within, "at most", `at most ${bar.within}x ${against}`]
      : ["x", bar.times, "at least", `at least ${bar.times}x ${against}`];
  }
  if ("besideFigure" in bar)
    return ["x", bar.atMostTimes, "at most", `at most ${bar.atMostTimes}x that of ${bar.besideFigure}`];
  if ("from" in bar) return ["x", bar.atMostTimes, "at most", `at most ${bar.atMostTimes}x the cost of each`];
  return [bar.unit, bar.atMost, "at most", `at most ${bar.atMost} ${bar.unit}`];
}

function figureFor(bar: Bar, host: HostReport): Spread | undefined {
  const { workload, size, figure = "time" } = bar;
  const result = findResult(host, { workload, figure, size });
  if ("against" in bar) return ratioFor(bar, result);
  const ours = findSeries(result, OURS);
  if ("besideFigure" in bar) {
    const beside = findSeries(findResult(host, { workload, figure: bar.besideFigure, size }), OURS);
    return ours && beside && spread(ratiosByRound(ours.rounds, beside.rounds));
  }
  if (!("from" in bar)) return ours;
  const before = findSeries(findResult(host, { workload, figure, size: bar.from }), OURS);
  if (ours === undefined || before === undefined) return undefined;
  // They have no rounds in common: as far apart as their quartiles allow.
  return {
    median: ours.median / before.median,
    p25: ours.p25 / before.p75,
    p75: ours.p75 / before.p25,
  };
}

function ratioFor(bar: RatioBar | WithinBar, result: Result | undefined): Spread | undefined {
  const own = findSeries(result, bar.of ?? OURS);
  const other = findSeries(result, bar.against);
  if (own === undefined || other === undefined) return undefined;
  const ratios =
    "within" in bar ? ratiosByRound(own.rounds, other.rounds) : ratiosByRound(other.rounds, own.rounds);
  return ratios.length === 0 ? undefined : spread(ratios);
}
