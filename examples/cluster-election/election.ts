/**
 * Owns a whole cluster in a simulated network, whose partitions follow from a seed, and what must hold in it: no term has two leaders, and
 * once the network is whole there is one.
 */
import { getRunningLoop, sleep, TaskGroup } from "wasyncio";
import { type ExploredRun, type SeededRandom, SimulatedNetwork } from "wasyncio/testing";
import { ElectionNode } from "./node.ts";

export const NODES = ["ada", "bob", "cyd", "dan", "eve"];

const PARTITIONS = 3;
/** How long until it is cut, and until it is whole again. */
const WHOLE_MS = [300, 1200] as const;
const CUT_MS = [300, 1500] as const;
const SETTLE_MS = 2000;

/** What was elected: for each term its leader. */
export type Terms = Map<number, string>;

/** Two leaders in one term. */
export class SplitBrain extends Error {
  override readonly name = "SplitBrain";
}

export interface ElectionOptions {
  /** Plants the bug of nodes that note their vote only once it is saved. */
  readonly bug?: boolean;
}

/**
 * Runs the cluster through its partitions.
 * @returns who was elected in which term.
 * @throws SplitBrain.
 */
export function* election(
  network: SimulatedNetwork,
  random: SeededRandom,
  { bug = false }: ElectionOptions = {},
): Generator<unknown, Terms, unknown> {
  const terms: Terms = new Map();
  const between = (least: number, most: number) => least + (most - least) * random.next();
  let split: SplitBrain | undefined;
  const group = new TaskGroup();
  const elected = (name: string, term: number) => {
    const other = terms.get(term);
    terms.set(term, name);
    if (other === undefined) return;
    split = new SplitBrain(`term ${term} has two leaders, ${other} and ${name}`);
    group.cancel();
  };
  yield* group.with(function* () {
    const nodes = NODES.map((name) => {
      const peers = NODES.filter((peer) => peer !== name);
      return new ElectionNode(name, { peers, between, elected, votesWhenSaved: bug });
    });
    for (const node of nodes)
      group.createTask(node.run(), { name: node.name, context: network.host(node.name).context() });
    for (let i = 0; i < PARTITIONS; i++) {
      yield* sleep(between(...WHOLE_MS));
      const mixed = random.shuffle([...NODES]);
      const size = 1 + random.below(NODES.length - 1);
      network.partition(mixed.slice(0, size), mixed.slice(size));
      yield* sleep(between(...CUT_MS));
      network.heal();
    }
    yield* sleep(SETTLE_MS);
    const leaders = nodes.filter(({ role }) => role === "leader");
    if (leaders.length !== 1) throw new Error(`${leaders.length} leaders in a network that is whole`);
    group.cancel();
  });
  if (split !== undefined) throw split;
  return terms;
}

/** The program for `explore` and `replay`: a cluster in a network of the run's seed. */
export function electionIn(
  options: ElectionOptions,
): (run: ExploredRun) => Generator<unknown, Terms, unknown> {
  return function* cluster({ seed, random }) {
    const network = new SimulatedNetwork({ seed, hosts: NODES });
    getRunningLoop().setNetwork(network);
    return yield* election(network, random, options);
  };
}
