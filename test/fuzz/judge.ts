// Runs programs on both sides and tells where they part.
//
// Owns one campaign: batches, comparison, and the report of a mismatch with its program made small. Must not know
// how either side runs a program. It is generic over the contender so that a planted bug can be one.

import type { Json, Oracle } from "../oracle/oracle.ts";
import { type Difference, firstDifference, formatDifference } from "./compare.ts";
import type { Program, Run } from "./program.ts";
import { shrink } from "./shrink.ts";

/** Whoever claims to do as asyncio does. */
export type Contender = (programs: readonly Program[]) => readonly Run[] | Promise<readonly Run[]>;

export interface Mismatch {
  readonly program: Program;
  readonly difference: Difference;
  readonly expected: Run;
}

const BATCH_SIZE = 250;
const INTERPRETER = "from fuzz.interpreter import run_all as run";

/** What asyncio makes of the programs. */
export function askOracle(oracle: Oracle, programs: readonly Program[]): Promise<Run[]> {
  return oracle.runPython(INTERPRETER, programs as unknown as Json) as unknown as Promise<Run[]>;
}

/** The programs on which the contender differs from asyncio. `onBatch` hears how many have been run so far. */
export async function judge(
  oracle: Oracle,
  programs: readonly Program[],
  contender: Contender,
  onBatch: (count: number, mismatches: number) => void = () => {},
): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = [];
  for (let start = 0; start < programs.length; start += BATCH_SIZE) {
    const batch = programs.slice(start, start + BATCH_SIZE);
    // Asked before the contender sets to work: the oracle has a thread of its own.
    const asked = askOracle(oracle, batch);
    const actual = await contender(batch);
    const expected = await asked;
    for (const [index, program] of batch.entries()) {
      const difference = firstDifference(expected[index]!, actual[index]!);
      if (difference) mismatches.push({ program, difference, expected: expected[index]! });
    }
    onBatch(start + batch.length, mismatches.length);
  }
  return mismatches;
}

/** The mismatch in a program that is as small as could be found. */
export async function minimise(oracle: Oracle, mismatch: Mismatch, contender: Contender): Promise<Mismatch> {
  let smallest = mismatch;
  await shrink(mismatch.program, async (program) => {
    const [found] = await judge(oracle, [program], contender);
    if (found === undefined) return false;
    smallest = found;
    return true;
  });
  return smallest;
}

export function formatMismatch({ program, difference, expected }: Mismatch): string {
  return [
    `seed ${program.seed}:`,
    formatDifference(difference, expected),
    "the program, for test/fuzz/regressions.json:",
    JSON.stringify(program),
  ].join("\n");
}
