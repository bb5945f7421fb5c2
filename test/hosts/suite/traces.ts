/**
 * One trace everywhere: the fuzzer's programs, whose traces CPython has judged on one host, run here under the virtual
 * clock and told in full, so that they can be compared byte by byte.
 */
import { FEATURES_OF_ASYNC_FUNCTIONS, generateMany } from "../../fuzz/generate.ts";
import { runProgram, runProgramAsync } from "../../fuzz/interpreter.ts";

/** As many of each style. */
export const PROGRAMS = 200;
const FIRST_SEED = 1;

export async function traces(): Promise<string[]> {
  const told = generateMany(FIRST_SEED, PROGRAMS).map((program) => JSON.stringify(runProgram(program)));
  const features = FEATURES_OF_ASYNC_FUNCTIONS;
  for (const program of generateMany(FIRST_SEED, PROGRAMS, { features })) {
    told.push(JSON.stringify(await runProgramAsync(program)));
  }
  return told;
}
