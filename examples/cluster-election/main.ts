/**
 * Elects leaders in a cluster of five nodes, in a network in memory that falls apart and heals, under many schedules:
 *
 *   node build/examples/cluster-election/main.js [--bug] [--runs 100] [--seed 1] [--replay TOKEN]
 */
import { parseArgs } from "node:util";
import { ExplorationError, explore, replay } from "wasyncio/testing";
import { electionIn } from "./election.ts";

const { values } = parseArgs({
  options: {
    bug: { type: "boolean", default: false },
    runs: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    replay: { type: "string" },
  },
});

const program = electionIn({ bug: values.bug });
try {
  if (values.replay !== undefined) await replay(program, values.replay);
  const { runs } = await explore(program, { runs: Number(values.runs), seed: Number(values.seed) });
  console.log(`${runs} runs, and never two leaders in one term`);
} catch (error) {
  if (!(error instanceof ExplorationError)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
