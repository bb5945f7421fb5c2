/** Owns how a workload is measured at its sizes: who takes part, what is left out and why, and what comes of it. */
import {
  type Failure,
  OURS,
  type ProgramAnswer,
  type ProgramConfig,
  type Result,
  type TurnAnswer,
} from "../results.ts";
import type { Contender, Workload } from "../workloads/workload.ts";
import { playerApart, playsApart } from "./apart.ts";
import { pythonPlayers } from "./cpython.ts";
import { clockOf, clockStepMs, collects } from "./host.ts";
import { toSeries } from "./statistics.ts";
import {
  measuringPlayer,
  type Player,
  playRounds,
  QUICK,
  type Scores,
  THOROUGH,
  type Timing,
  timedPlayer,
} from "./turns.ts";

interface Surroundings extends Timing {
  readonly config: ProgramConfig;
}

function surroundingsFor(config: ProgramConfig): Surroundings {
  const clock = clockOf(config.clock);
  return {
    config,
    clock,
    clockStepMs: clockStepMs(clock),
    thoroughness: config.quick ? QUICK : THOROUGH,
  };
}

/** One turn of the contender that is asked for. */
export async function measureTurn(workload: Workload, config: ProgramConfig): Promise<TurnAnswer> {
  const { turnOf = "", sizes: [size = 0] = [] } = config;
  const ends: (() => unknown)[] = [];
  try {
    const contender = workload.contenders[turnOf]!;
    const player = await makePlayer(workload, turnOf, contender, size, surroundingsFor(config), ends);
    return await player.turn();
  } finally {
    for (const end of ends) await end();
  }
}

export async function measureWorkload(
  workload: Workload,
  config: ProgramConfig,
  onProgress: (text: string) => void,
): Promise<ProgramAnswer> {
  const surroundings = surroundingsFor(config);
  const results: Result[] = [];
  const failures: Failure[] = [];
  const contenders = await present(workload);
  for (const size of config.sizes ?? (config.quick ? workload.quickSizes : workload.sizes)) {
    results.push(...(await measureSize(workload, contenders, size, surroundings, onProgress, failures)));
  }
  return { clockStepMs: surroundings.clockStepMs, collects, results, failures };
}

/** Those contenders that the host has what it takes for. */
async function present(workload: Workload): Promise<[name: string, contender: Contender][]> {
  const all = Object.entries(workload.contenders);
  const exist = await Promise.all(all.map(([, { exists }]) => exists?.() ?? true));
  return all.filter((_, index) => exist[index]);
}

async function measureSize(
  workload: Workload,
  contenders: readonly [string, Contender][],
  size: number,
  surroundings: Surroundings,
  onProgress: (text: string) => void,
  failures: Failure[],
): Promise<Result[]> {
  const { config, thoroughness } = surroundings;
  const fail = (contender: string, error: unknown) => {
    failures.push({ workload: workload.name, size, contender, error: messageOf(error) });
  };
  const ends: (() => unknown)[] = [];
  try {
    const players: Player[] = [];
    for (const [name, contender] of contenders) {
      if (size > (contender.sizeMax ?? Number.POSITIVE_INFINITY)) continue;
      if (playsApart(workload, config)) {
        players.push(playerApart(name, size, config));
        continue;
      }
      onProgress(`N=${size}, ${name} warms up`);
      try {
        players.push(await makePlayer(workload, name, contender, size, surroundings, ends));
      } catch (error) {
        fail(name, error);
      }
    }
    if (players.length === 0) return [];
    players.push(...pythonPlayers(workload, size, config));
    const scores = await playRounds(players, {
      thoroughness,
      onRound: (round, rounds) => onProgress(`N=${size}, round ${round} of ${rounds}`),
      onFailure: fail,
    });
    const order = players.map(({ name }) => name);
    return workload.figures.map((figure) => toResult(workload, figure, size, scores, order));
  } finally {
    for (const end of ends) await end();
  }
}

async function makePlayer(
  workload: Workload,
  name: string,
  contender: Contender,
  size: number,
  surroundings: Surroundings,
  ends: (() => unknown)[],
): Promise<Player> {
  const side = await contender.start(size, surroundings.clock);
  if (side.end !== undefined) ends.push(() => side.end?.());
  if ("measure" in side) return measuringPlayer(name, side);
  return await timedPlayer(name, workload.figures[0]!, side, surroundings);
}

function toResult(
  workload: Workload,
  figure: string,
  size: number,
  scores: Scores,
  order: readonly string[],
): Result {
  const ours = scores.get(OURS)?.get(figure);
  const series = order.flatMap((contender) => {
    const rounds = scores.get(contender)?.get(figure);
    if (rounds === undefined) return [];
    return [toSeries(contender, rounds, contender === OURS ? undefined : ours)];
  });
  return { workload: workload.name, figure, size, series };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
