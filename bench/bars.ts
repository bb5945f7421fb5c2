/**
 * The goals, as data, and how results are held against them. Unless a goal says otherwise it is for Node 20; where that was not
 * measured, for the first Node that was.
 */
import {
  findResult,
  findSeries,
  type HostReport,
  OURS,
  type Spread,
  type Unit,
  type Verdict,
} from "./results.ts";

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

/** At least this many times as good as another contender. */
interface RatioBar extends Place {
  readonly against: string;
  readonly times: number;
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

export type Bar = RatioBar | LimitBar | GrowthBar;

const NODE = "Node 20";

const chain = { workload: "call-soon-chain", what: "callSoon chain", size: 20_000 };
const batch = { workload: "call-soon-batch", what: "callSoon batch of 100,000", size: 100_000 };
const setCancel = { workload: "timers-set-cancel", what: "timers set+cancel, 100,000 random", size: 100_000 };
const setFire = { workload: "timers-set-fire", what: "timers set+fire, 100,000", size: 100_000 };
const taskSwitch = { workload: "task-switch", what: "task switch, 1,000 tasks", size: 1000 };
const spawnGather = { workload: "spawn-gather", what: "spawn+gather of 1,000", size: 1000 };
const pingPong = { workload: "ping-pong", what: "Future ping-pong", size: 10_000 };
const cancel = { workload: "cancel", what: "cancel of 10,000 sleeping tasks", size: 10_000 };
const million = { size: 1_000_000 };

export const bars: readonly Bar[] = [
  { ...chain, against: "setImmediate", times: 10 },
  { ...chain, against: "queueMicrotask", times: 2 },
  { ...chain, against: "uvloop", times: 15 },
  { ...batch, against: "setImmediate", times: 2 },
  { ...batch, against: "queueMicrotask", times: 1.5 },
  { ...batch, against: "uvloop", times: 8 },
  { ...setCancel, against: "setTimeout", times: 10 },
  { ...setCancel, against: "setTimeout", times: 10, host: "Deno" },
  { ...setCancel, against: "setTimeout", times: 1.5, host: "Bun" },
  { ...setCancel, against: "uvloop", times: 20 },
  { ...setFire, against: "setTimeout", times: 5 },
  { ...setFire, ...million, what: "timers set+fire, 1,000,000 against 10,000", from: 10_000, atMostTimes: 3 },
  { ...taskSwitch, against: "native", times: 1 },
  { ...taskSwitch, against: "effect", times: 8 },
  { ...taskSwitch, against: "uvloop", times: 10 },
  { ...spawnGather, against: "native", times: 0.5 },
  { ...spawnGather, against: "effect", times: 8 },
  { ...spawnGather, against: "uvloop", times: 12 },
  { ...pingPong, against: "native", times: 0.8 },
  { ...pingPong, against: "effect", times: 6 },
  { ...pingPong, against: "uvloop", times: 8 },
  { ...cancel, against: "effect", times: 10 },
  { ...cancel, against: "asyncio", times: 10 },
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
  { ...chain, against: "twin", times: 1 / 3 },
  { ...batch, against: "twin", times: 1 / 3 },
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
  { workload: "start-up", what: "start-up over an empty script", size: 1, atMost: 10, unit: "ms" },
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

function hostOf(bar: Bar, hosts: readonly HostReport[]): HostReport | undefined {
  if (bar.host !== undefined) return hosts.find(({ name }) => name === bar.host);
  return hosts.find(({ name }) => name === NODE) ?? hosts.find(({ name }) => name.startsWith("Node "));
}

function judgeOne(bar: Bar, host: HostReport | undefined): Verdict {
  const hostName = host?.name ?? bar.host ?? NODE;
  const spread = host === undefined ? undefined : figureFor(bar, host);
  const [unit, limit, sense, words] = wording(bar);
  const about = { goal: `${bar.what}: ${words}`, workload: bar.workload, host: hostName, unit, limit, sense };
  if (spread === undefined) return { ...about, status: "not measured" };
  const { median, p25, p75 } = spread;
  const missedBy = sense === "at least" ? 1 - median / limit : median / limit - 1;
  return { ...about, value: median, quartiles: [p25, p75], status: statusOf(spread, sense, limit), missedBy };
}

/** Decided where both quartiles lie on one side of the limit. */
function statusOf({ p25, p75 }: Spread, sense: Verdict["sense"], limit: number): Verdict["status"] {
  const reaches = (value: number) => (sense === "at least" ? value >= limit : value <= limit);
  if (reaches(p25) !== reaches(p75)) return "not decided";
  return reaches(p25) ? "pass" : "fail";
}

function wording(bar: Bar): readonly [Verdict["unit"], limit: number, Verdict["sense"], words: string] {
  if ("against" in bar) {
    const { times, against } = bar;
    const words =
      times < 1 && against === "twin"
        ? `within ${round(1 / times)}x of the ${against}`
        : `at least ${round(times)}x ${against === "twin" ? "the twin" : against}`;
    return ["x", times, "at least", words];
  }
  if ("from" in bar) return ["x", bar.atMostTimes, "at most", `at most ${bar.atMostTimes}x the cost of each`];
  return [bar.unit, bar.atMost, "at most", `at most ${bar.atMost} ${bar.unit}`];
}

function figureFor(bar: Bar, host: HostReport): Spread | undefined {
  const { workload, size, figure = "time" } = bar;
  const result = findResult(host, { workload, figure, size });
  if ("against" in bar) return findSeries(result, bar.against)?.ratio;
  const ours = findSeries(result, OURS);
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

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
