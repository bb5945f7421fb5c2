// A long campaign of random programs, for `npm run fuzz`.
//
// Owns the progress and the reports. Must not know how it was started: that is main.mjs.

import { startOracle } from "../oracle/oracle.ts";
import { FEATURES, FEATURES_OF_ASYNC_FUNCTIONS, generateMany } from "./generate.ts";
import { runAll, runAllAsync } from "./interpreter.ts";
import { formatMismatch, judge, minimise } from "./judge.ts";

export interface CampaignOptions {
  readonly programs: number;
  readonly seed: number;
  /** Runs async functions instead of generators. */
  readonly asyncFunctions: boolean;
  readonly print: (text: string) => void;
}

/** Programs that are made and judged at a time. */
const LOT = 1000;

/** Answers how many programs did not end as on CPython. */
export async function campaign({ programs, seed, asyncFunctions, print }: CampaignOptions): Promise<number> {
  const oracle = startOracle();
  const contender = asyncFunctions ? runAllAsync : runAll;
  const features = asyncFunctions ? FEATURES_OF_ASYNC_FUNCTIONS : FEATURES;
  let mismatches = 0;
  try {
    for (let done = 0; done < programs; ) {
      const count = Math.min(LOT, programs - done);
      const found = await judge(oracle, generateMany(seed + done, count, { features }), contender);
      for (const mismatch of found) print(formatMismatch(await minimise(oracle, mismatch, contender)));
      mismatches += found.length;
      done += count;
      print(`${done} of ${programs} programs, ${mismatches} with a difference`);
    }
  } finally {
    await oracle.close();
  }
  return mismatches;
}
