/**
 * One trace everywhere: the fuzzer's programs, whose traces CPython has judged on one host, run here under the virtual
 * clock and told in full, so that they can be compared byte by byte; and what is found in programs that are explored.
 */
import { FEATURES_OF_ASYNC_FUNCTIONS, generateMany } from "../../fuzz/generate.ts";
import { runProgram, runProgramAsync } from "../../fuzz/interpreter.ts";
import { FEATURES_OF_EVERY_HOST, generateMixed } from "../../fuzz/mixed/generate.ts";
import { runMixed } from "../../fuzz/mixed/run.ts";
import { explored } from "./explored.ts";

/** As many of each style. */
export const PROGRAMS = 200;
/** And of those that properties judge. */
const MIXED_PROGRAMS = 400;
const FIRST_SEED = 1;

export async function traces(): Promise<string[]> {
  const told = generateMany(FIRST_SEED, PROGRAMS).map((program) => JSON.stringify(runProgram(program)));
  const features = FEATURES_OF_ASYNC_FUNCTIONS;
  for (const program of generateMany(FIRST_SEED, PROGRAMS, { features })) {
    told.push(JSON.stringify(await runProgramAsync(program)));
  }
  for (let seed = FIRST_SEED, left = MIXED_PROGRAMS; left > 0; seed++) {
    // Judged as where there is no async context, which those that count do not need.
    const run = await runMixed(generateMixed(seed, FEATURES_OF_EVERY_HOST), { hasAsyncContext: false });
    if (!run.isSameEverywhere) continue;
    told.push(JSON.stringify(run));
    left--;
  }
  return [...told, ...(await explored())];
}
