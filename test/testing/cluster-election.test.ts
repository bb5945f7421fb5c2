// The election of examples/cluster-election: right under any partitions, and explore finds its planted bug.

import { expect, test } from "vitest";
import { ExplorationError, explore, replay } from "wasyncio/testing";
import { electionIn, SplitBrain } from "../../examples/cluster-election/election.ts";
import { seeds } from "../random.ts";

const RUNS = 10;
/** Of a thousand, the bug shows in more than a hundred. */
const RUNS_FOR_THE_BUG = 200;

test.each(seeds())(
  "no term has two leaders, and each partition is followed by a leader, seed %i",
  async (seed) => {
    expect(await explore(electionIn({}), { runs: RUNS, seed })).toMatchObject({ runs: RUNS });
  },
  60_000,
);

test("nodes that note their vote only once it is saved vote twice: explore finds it, and replay repeats it", async () => {
  const program = electionIn({ bug: true });
  const error = await explore(program, { runs: RUNS_FOR_THE_BUG }).catch((found: unknown) => found);
  expect(error).toBeInstanceOf(ExplorationError);
  const { token, cause, run } = error as ExplorationError;
  expect(run).toBeGreaterThan(1);
  expect(cause).toBeInstanceOf(SplitBrain);
  for (let i = 0; i < 3; i++) await expect(replay(program, token)).rejects.toThrow((cause as Error).message);
  // Without the bug, the same seed is no trouble.
  await explore(electionIn({}), { runs: run });
}, 60_000);
