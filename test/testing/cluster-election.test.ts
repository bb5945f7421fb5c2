// The election of examples/cluster-election: right under any partitions, and its planted bug is found.

import { expect, test } from "vitest";
import { runSync } from "wasyncio";
import { SeededRandom, SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import {
  type ElectionOptions,
  election,
  NODES,
  SplitBrain,
  type Terms,
} from "../../examples/cluster-election/election.ts";
import { seeds } from "../random.ts";

/** So many are enough for the bug to show. */
const SEEDS = 40;

function elect(seed: number, options?: ElectionOptions): Terms {
  const network = new SimulatedNetwork({ seed, hosts: NODES });
  const program = election(network, new SeededRandom(seed), options);
  return runSync(program, { clock: new VirtualClock(), network });
}

/** What the first seed fails with for which it fails. */
function firstFailure(options?: ElectionOptions): readonly [seed: number, error: unknown] | undefined {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      elect(seed, options);
    } catch (error) {
      return [seed, error instanceof AggregateError ? error.errors[0] : error];
    }
  }
  return undefined;
}

test("no term has two leaders, and each partition is followed by a leader", () => {
  expect(firstFailure()).toBeUndefined();
}, 60_000);

test.each(seeds())("the same seed elects the same leaders, seed %i", (seed) => {
  expect(elect(seed)).toEqual(elect(seed));
});

test("nodes that note their vote only once it is saved vote twice, and some seed tells", () => {
  const [seed, error] = firstFailure({ bug: true }) ?? [];
  expect(error).toBeInstanceOf(SplitBrain);
  expect(() => elect(seed as number, { bug: true })).toThrow();
  elect(seed as number);
});
