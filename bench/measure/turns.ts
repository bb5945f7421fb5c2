/**
 * Owns how contenders take turns, and how long a turn is. Knows nothing of what they do, nor of who reads the result.
 *
 * Only ratios within one run mean anything: absolute times on a shared machine drift by a factor of two within an hour.
 * So the contenders take turns, round by round, and ratios are taken within a round.
 */
import { Bench } from "tinybench";
import type { TurnAnswer } from "../results.ts";
import type { Clock, MeasuringSide, TimedSide } from "../workloads/workload.ts";
import { collectGarbage } from "./host.ts";

/** How much of everything. */
export interface Thoroughness {
  readonly roundsMin: number;
  readonly roundsMax: number;
  /** What all rounds of one workload at one size may take, in milliseconds: fewer rounds where each is long. */
  readonly budgetMs: number;
  /** What the samples of one turn may take, in milliseconds. */
  readonly turnMs: number;
  /** And its warm-up. */
  readonly warmupMs: number;
  readonly samplesMax: number;
  /** A contender one run of which takes longer is left out, in milliseconds. */
  readonly runMsMax: number;
  readonly warmupsMax: number;
}

export const THOROUGH: Thoroughness = {
  roundsMin: 5,
  roundsMax: 9,
  budgetMs: 15_000,
  turnMs: 250,
  // Steps of async functions take the engine half a second to learn.
  warmupMs: 700,
  samplesMax: 5,
  runMsMax: 20_000,
  // A collection makes the engine forget optimized code, so each side warms up after the one that starts its turn.
  warmupsMax: 20,
};

export const QUICK: Thoroughness = {
  roundsMin: 2,
  roundsMax: 3,
  budgetMs: 4000,
  turnMs: 80,
  warmupMs: 300,
  samplesMax: 3,
  runMsMax: 5000,
  warmupsMax: 20,
};

/** A contender that is ready, and takes its turns. */
export interface Player {
  readonly name: string;
  /** Answers its samples: for each figure, in the workload's unit. */
  turn(): Promise<TurnAnswer>;
}

/** A sample lasts this many steps of the clock, so that the clock's coarseness does not matter. */
const CLOCK_STEPS_PER_SAMPLE = 50;
/** And at least this long, where the clock is fine. */
const SAMPLE_MS_MIN = 1;
/** What takes this long needs no warm-up. */
const SELF_WARMING_MS = 500;
/** What takes this long is not run a second time to learn its pace. */
const PACE_MS_MAX = 4 * SELF_WARMING_MS;

export interface Timing {
  readonly thoroughness: Thoroughness;
  readonly clock: Clock;
  readonly clockStepMs: number;
}

/** A timed side, measured once to learn how long it takes. Answers nanoseconds. */
export async function timedPlayer(
  name: string,
  figure: string,
  side: TimedSide,
  { thoroughness, clock, clockStepMs }: Timing,
): Promise<Player> {
  const sampleMsMin = Math.max(SAMPLE_MS_MIN, CLOCK_STEPS_PER_SAMPLE * clockStepMs);
  const { countedMs, wallMs } = await pace(side, clock, sampleMsMin);
  if (wallMs > thoroughness.runMsMax) {
    throw new Error(`left out, since one run takes ${Math.round(wallMs / 1000)} s`);
  }
  const runs = Math.max(1, Math.ceil(sampleMsMin / countedMs));
  const sampleMs = runs * wallMs;
  const { turnMs, warmupMs, samplesMax, warmupsMax } = thoroughness;
  const samples = clamp(Math.floor(turnMs / sampleMs), 1, samplesMax);
  const warmups = sampleMs > SELF_WARMING_MS ? 0 : clamp(Math.floor(warmupMs / sampleMs), 1, warmupsMax);
  const turn = async () => {
    collectGarbage();
    const bench = new Bench({
      iterations: samples,
      time: 0,
      warmup: warmups > 0,
      warmupIterations: warmups,
      warmupTime: 0,
      throws: true,
      retainSamples: true,
      now: clock,
    });
    // Awaiting what is no promise costs one microtask a sample, which is nothing.
    const [task] = await bench.add(name, () => runRepeatedly(side, runs), { async: true }).run();
    if (task === undefined || !("latency" in task.result)) throw new Error(`${name} was not measured`);
    const ms = task.result.latency.samples ?? [];
    return { [figure]: ms.map((each) => (each / (side.operations * runs)) * 1e6) };
  };
  return { name, turn };
}

/** What one run takes, by doubling the runs until the clock can tell. Also the first warm-up. */
async function pace(
  side: TimedSide,
  clock: Clock,
  sampleMsMin: number,
): Promise<{ countedMs: number; wallMs: number }> {
  for (let runs = 1; ; runs *= 2) {
    const beganMs = performance.now();
    const clockBeganMs = clock();
    const { overriddenDuration } = (await runRepeatedly(side, runs)) ?? {};
    const countedMs = overriddenDuration ?? clock() - clockBeganMs;
    const wallMs = performance.now() - beganMs;
    // The first runs are slower than those that count: what they say of the pace must not come from the very first.
    const isEnough = runs > 1 ? countedMs >= sampleMsMin || wallMs > SELF_WARMING_MS : wallMs > PACE_MS_MAX;
    if (isEnough) {
      return { countedMs: Math.max(countedMs, Number.MIN_VALUE) / runs, wallMs: wallMs / runs };
    }
  }
}

/** Where only a part of each run counts, the sum of the parts; named as tinybench wants it. */
async function runRepeatedly(
  side: TimedSide,
  runs: number,
): Promise<{ overriddenDuration: number } | undefined> {
  let countedMs: number | undefined;
  for (let i = 0; i < runs; i++) {
    const answer = side.run();
    const sample = answer instanceof Promise ? await answer : answer;
    if (sample !== undefined) countedMs = (countedMs ?? 0) + sample.countedMs;
  }
  return countedMs === undefined ? undefined : { overriddenDuration: countedMs };
}

export function measuringPlayer(name: string, side: MeasuringSide): Player {
  const turn = async () => {
    collectGarbage();
    const figures = await side.measure();
    return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [figure, [value]]));
  };
  return { name, turn };
}

/** For each player and figure, the samples round by round. */
export type Scores = Map<string, Map<string, number[][]>>;

export interface PlayOptions {
  readonly thoroughness: Thoroughness;
  readonly onRound?: (round: number, rounds: number) => void;
  /** A player that failed is out; the others go on. */
  readonly onFailure: (player: string, error: unknown) => void;
}

/** Lets all players take turns. Each round starts with a different one, so that none always comes after the same one. */
export async function playRounds(players: readonly Player[], options: PlayOptions): Promise<Scores> {
  const { roundsMin, roundsMax, budgetMs } = options.thoroughness;
  const scores: Scores = new Map();
  let playing = [...players];
  let rounds = roundsMax;
  for (let round = 0; round < rounds && playing.length > 0; round++) {
    options.onRound?.(round + 1, rounds);
    const beganMs = performance.now();
    const out = new Set<Player>();
    for (let i = 0; i < playing.length; i++) {
      const player = playing[(i + round) % playing.length]!;
      try {
        note(scores, player.name, await player.turn());
      } catch (error) {
        out.add(player);
        scores.delete(player.name);
        options.onFailure(player.name, error);
      }
    }
    playing = playing.filter((player) => !out.has(player));
    if (round === 0)
      rounds = clamp(Math.floor(budgetMs / (performance.now() - beganMs)), roundsMin, roundsMax);
  }
  return scores;
}

function note(scores: Scores, player: string, figures: TurnAnswer): void {
  const own = scores.get(player) ?? new Map<string, number[][]>();
  scores.set(player, own);
  for (const [figure, samples] of Object.entries(figures)) {
    const rounds = own.get(figure) ?? [];
    own.set(figure, rounds);
    rounds.push([...samples]);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
