/**
 * Elects leaders in a cluster of five nodes, in a network in memory that falls apart and heals, once for each seed:
 *
 *   node build/examples/cluster-election/main.js [--bug] [--seeds 100] [--first 1]
 */
import { parseArgs } from "node:util";
import { runSync } from "wasyncio";
import { SeededRandom, SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { election, NODES } from "./election.ts";

const { values } = parseArgs({
  options: {
    bug: { type: "boolean", default: false },
    seeds: { type: "string", default: "100" },
    first: { type: "string", default: "1" },
  },
});

const first = Number(values.first);
let elections = 0;
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const network = new SimulatedNetwork({ seed, hosts: NODES });
  try {
    const terms = runSync(election(network, new SeededRandom(seed), values), {
      clock: new VirtualClock(),
      network,
    });
    elections += terms.size;
  } catch (error) {
    console.log(`seed ${seed}: ${error}`);
    process.exit(1);
  }
}
console.log(`${values.seeds} seeds, ${elections} leaders, never two in a term`);
