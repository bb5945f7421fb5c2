/**
 * Owns a report for the tests of the page: every host, contenders that are absent on some, failures, ratios from 0.05x to
 * 900x, one size or many, series without samples, long names, zeros. It is made by a seeded generator and measures nothing.
 */
import { judge } from "../../bench/bars.ts";
import { contenders } from "../../bench/contenders.ts";
import {
  FORMAT,
  type HostReport,
  OURS,
  type Report,
  type Result,
  type Series,
  VERSION,
  type WorkloadInfo,
} from "../../bench/results.ts";
import { workloads as known } from "../../bench/workloads/index.ts";
import { describe } from "../../bench/workloads/workload.ts";

/** How much longer than wasyncio a contender takes, about. */
const FACTORS: Readonly<Record<string, number>> = {
  twin: 0.9,
  // About an eighth, which is the goal: a goal that is not decided.
  generators: 0.09,
  setImmediate: 14,
  queueMicrotask: 2.4,
  MessageChannel: 60,
  setTimeout: 7,
  native: 1.2,
  "node:net": 0.7,
  effect: 9,
  "effect-all": 3,
  effection: 70,
  asyncio: 24,
  uvloop: 12,
};

interface SampleHost {
  readonly name: string;
  readonly version: string;
  readonly slowness: number;
  readonly lacks: readonly string[];
  readonly collects: boolean;
  readonly clockStepMs: number;
}

const IN_PAGES = ["setImmediate", "node:net", "asyncio", "uvloop"];
const LATER = ["asyncio", "uvloop"];

const HOSTS: readonly SampleHost[] = [
  { name: "Node 20", version: "20.20.2", slowness: 1, lacks: [], collects: true, clockStepMs: 0.00004 },
  { name: "Node 22", version: "22.22.0", slowness: 0.95, lacks: LATER, collects: true, clockStepMs: 0.00004 },
  { name: "Node 24", version: "24.9.0", slowness: 0.9, lacks: LATER, collects: true, clockStepMs: 0.00004 },
  { name: "Node 26", version: "26.1.0", slowness: 0.88, lacks: LATER, collects: true, clockStepMs: 0.00004 },
  { name: "Deno", version: "2.9.6", slowness: 1, lacks: LATER, collects: true, clockStepMs: 0.0001 },
  { name: "Bun", version: "1.4.5", slowness: 1.3, lacks: LATER, collects: true, clockStepMs: 0.00004 },
  {
    name: "Chromium",
    version: "150.0.1",
    slowness: 1.1,
    lacks: IN_PAGES,
    collects: false,
    clockStepMs: 0.005,
  },
  {
    name: "Firefox",
    version: "140.12esr",
    slowness: 1.7,
    lacks: IN_PAGES,
    collects: false,
    clockStepMs: 0.02,
  },
  { name: "workerd", version: "2026-07-30", slowness: 1.2, lacks: IN_PAGES, collects: false, clockStepMs: 1 },
];

/** A name that is longer than there is room for, and text that would do harm if it were taken for markup. */
export const HARMFUL = `</script><img src=x onerror="globalThis.harmed = true"><!-- {{results}} $& -->`;
const CORE_ALONE = "core-alone";
export const LONG_TITLE =
  "a workload whose title somebody has made far longer than any sensible person would";

const odd: WorkloadInfo = {
  name: "odd-one",
  title: LONG_TITLE,
  about: `About ${HARMFUL}.`,
  unit: "ns",
  per: "operation",
  sizeOf: "things",
  figures: ["time"],
};

const EMPTY_EVERYWHERE: WorkloadInfo = {
  ...odd,
  name: "never-ran",
  title: "what ran nowhere",
  about: "Nobody gave a figure.",
};

export function sampleReport(seed = 1): Report {
  const random = generator(seed);
  const infos = [...known.map(describe), odd, EMPTY_EVERYWHERE];
  const hosts: HostReport[] = HOSTS.map((host) => measured(host, infos, random));
  hosts.push(
    {
      name: "WebKit",
      status: "not found",
      howToGet: "apt-get install webkit2gtk-driver xvfb",
      tookMs: 3,
      results: [],
      failures: [],
    },
    {
      name: "edge-light",
      status: "failed",
      error: `it broke\nat ${HARMFUL}`,
      tookMs: 800,
      results: [],
      failures: [],
    },
  );
  return {
    format: FORMAT,
    version: VERSION,
    startedAt: "2026-11-22T14:03:00.000Z",
    tookMs: 4_520_000,
    quick: false,
    machine: {
      cpu: "Sample CPU, made up @ 2.40GHz",
      cores: 2,
      memoryBytes: 16 * 1024 ** 3,
      platform: "linux",
      arch: "x64",
      release: "6.12.0",
      load: 0.4,
    },
    versions: {
      wasyncio: "0.1.0",
      tinybench: "6.2.3",
      effect: "4.1.0",
      effection: "4.1.1",
      asyncio: "3.13.5",
    },
    missing: [{ name: "uvloop", howToGet: "apt-get install python3-uvloop" }],
    workloads: infos,
    contenders,
    hosts,
    bars: judge(
      hosts,
      infos.map(({ name }) => name),
    ),
  };
}

function measured(host: SampleHost, infos: readonly WorkloadInfo[], random: () => number): HostReport {
  const results = infos
    .filter(({ name }) => name !== EMPTY_EVERYWHERE.name)
    .filter(({ name }) => host.collects || !name.startsWith("memory-"))
    .filter(({ name }) => !(name.startsWith("tcp-") || name === "start-up") || host.collects)
    .flatMap((info) => resultsOf(host, info, random));
  return {
    name: host.name,
    version: host.version,
    status: "measured",
    tookMs: 400_000 * (0.5 + random()),
    clockStepMs: host.clockStepMs,
    collects: host.collects,
    results,
    failures:
      host.name === "workerd"
        ? [
            {
              workload: "timers-set-fire",
              size: 100_000,
              contender: "setTimeout",
              error: "Error: 10,000 timers at most",
            },
            { workload: "tcp-echo", error: `Error: ${HARMFUL}\n    at somewhere` },
          ]
        : [],
  };
}

function resultsOf(host: SampleHost, info: WorkloadInfo, random: () => number): Result[] {
  const workload = known.find(({ name }) => name === info.name);
  const sizes = workload?.sizes ?? [8];
  if (info.name === CORE_ALONE) return coreAlone(host, info, sizes, random);
  const names =
    workload === undefined ? [OURS, "effect", "somebody-else-entirely"] : Object.keys(workload.contenders);
  const all = [...new Set([OURS, "twin", ...names, ...(host.lacks.includes("asyncio") ? [] : ["asyncio"])])];
  const base = info.unit === "bytes" ? 90 : info.unit === "ms" ? 1.5 : 80 * (1 + random());
  return sizes
    .flatMap((size) =>
      info.figures.map((figure, at) => ({
        workload: info.name,
        figure,
        size,
        series: all
          .filter((name) => !host.lacks.includes(name))
          // A million timeouts would take minutes.
          .filter((name) => !(name === "setTimeout" && size > 100_000))
          .map((name) => {
            const growth = 1 + Math.log10(size) * (name === "twin" ? 0.5 : 0.2);
            const extreme = info.name === odd.name ? (name === "effect" ? 100 : 0.05) : 1;
            const factor = (FACTORS[name] ?? 1) * (0.6 + random()) * extreme;
            // On a clock of whole milliseconds the median of lateness is nothing.
            const isZero = figure === "p50" && host.clockStepMs === 1;
            const part = info.unit === "ms" ? (at + 1) ** 2 / 4 : at === 0 ? 1 : at === 1 ? 0.8 : 0.2;
            return series(
              name,
              isZero ? 0 : base * host.slowness * growth * (name === OURS ? 1 : factor) * part,
              random,
            );
          }),
      })),
    )
    .map(withRatios);
}

/** The core under WASI is not compared with anything: neither with wasyncio nor by ratios. */
function coreAlone(
  host: SampleHost,
  info: WorkloadInfo,
  sizes: readonly number[],
  random: () => number,
): Result[] {
  const names = ["wasi-shim", ...(host.name.startsWith("Node") ? ["node:wasi"] : [])];
  return sizes.flatMap((size) =>
    info.figures.map((figure) => ({
      workload: info.name,
      figure,
      size,
      series: names.map((name) => series(name, 20 * host.slowness * (1 + Math.log10(size)), random)),
    })),
  );
}

function series(contender: string, typical: number, random: () => number): Series {
  const rounds = Array.from({ length: 9 }, () =>
    Array.from({ length: 5 }, () => typical * (0.92 + random() * 0.2)),
  );
  const samples = rounds.flat().sort((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor(share * (samples.length - 1))] ?? 0;
  return { contender, rounds, median: at(0.5), p25: at(0.25), p75: at(0.75) };
}

function withRatios(result: Result): Result {
  const ours = result.series.find(({ contender }) => contender === OURS)?.median ?? 0;
  return {
    ...result,
    series: result.series.map((each) =>
      each.contender === OURS || ours === 0
        ? each
        : {
            ...each,
            ratio: { median: each.median / ours, p25: each.p25 / ours / 1.04, p75: (each.p75 / ours) * 1.04 },
          },
    ),
  };
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
