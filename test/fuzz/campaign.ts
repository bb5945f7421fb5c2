// A campaign of any length, for people: `npm run fuzz -- --programs 20000 --seed 7`.
//
// Owns what a person sees of it. Must not know how programs are written, run or compared. It is started by
// main.mjs, since Node 20 cannot run TypeScript by itself.

import { startOracle } from "../oracle/oracle.ts";
import { FEATURES, type Feature, generateMany } from "./generate.ts";
import { runAll } from "./interpreter.ts";
import { formatMismatch, judge, minimise } from "./judge.ts";

export interface CampaignOptions {
  readonly programs: number;
  readonly seed: number;
  readonly features: readonly string[];
}

/** Enough to generate and hold at once. */
const CHUNK = 1000;
const MINIMISED_MAX = 5;

/** Runs the programs, writes what it finds and gives back how many of them made a difference. */
export async function campaign({ programs, seed, features }: CampaignOptions): Promise<number> {
  const unknown = features.filter((feature) => !(FEATURES as readonly string[]).includes(feature));
  if (unknown.length > 0)
    throw new Error(`no such feature: ${unknown.join(", ")}; there are ${FEATURES.join(", ")}`);

  const options = features.length > 0 ? { features: features as readonly Feature[] } : {};
  const oracle = startOracle();
  const startMs = performance.now();
  let found = 0;
  try {
    for (let done = 0; done < programs; done += CHUNK) {
      const chunk = generateMany(seed + done, Math.min(CHUNK, programs - done), options);
      for (const mismatch of await judge(oracle, chunk, runAll)) {
        if (++found > MINIMISED_MAX) continue;
        write(`\n${formatMismatch(await minimise(oracle, mismatch, runAll))}\n\n`);
      }
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      write(
        `${done + chunk.length} of ${programs} programs from seed ${seed}, ${found} differ, ${seconds} s\n`,
      );
    }
  } finally {
    await oracle.close();
  }
  return found;
}

function write(text: string): void {
  process.stdout.write(text);
}
