// The mixed fuzzer must be able to convict: each mistake that is planted in the package has to be found, within a number of
// programs in which nothing is found without it.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MUTANTS, type Mutant } from "./mutants.mjs";

const PROGRAMS = 2000;
const SEED = 9000;
const MAIN = fileURLToPath(new URL("../main.mjs", import.meta.url));
/** A mistake may as well show as a process that never ends, or that a rejection ends which nobody handles. */
const TIMEOUT_MS = 90_000;

interface Outcome {
  readonly output: string;
  readonly cameToNoEnd: boolean;
}

const ENDED_BY_REJECTION = /triggerUncaughtException\(err, true/;

function fuzz(...options: string[]): Promise<Outcome> {
  const args = [MAIN, "--mixed", "--programs", String(PROGRAMS), "--seed", String(SEED), ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve({ output: stdout + stderr, cameToNoEnd: error?.killed === true });
    });
  });
}

function contextOf({ withoutAsyncContext }: Mutant): string[] {
  return withoutAsyncContext === true ? ["--without-async-context"] : [];
}

/** The first are shown, and all of them named at the end. */
function seedsFailedIn(output: string): number[] {
  const shown = [...output.matchAll(/^seed (\d+):$/gm)].map(([, seed]) => Number(seed));
  const named = /^failed: seeds (.*)$/m.exec(output)?.[1]?.split(", ") ?? [];
  return [...shown, ...named.map(Number)];
}

describe(`of ${PROGRAMS} mixed programs`, () => {
  test.each([
    ["with async context", []],
    ["without async context", ["--without-async-context"]],
  ] as const)("none fails where there is no mistake, %s", async (_, context) => {
    const { output, cameToNoEnd } = await fuzz("--mutant=none", ...context);
    expect(seedsFailedIn(output)).toEqual([]);
    expect(cameToNoEnd).toBe(false);
  });

  const mutants = MUTANTS.map((mutant) => [mutant.name, mutant] as const);
  test.each(mutants)("one shows that %s", async (_, mutant) => {
    const source = readFileSync(new URL(`../../../src/${mutant.file}`, import.meta.url), "utf8");
    expect(
      source.split(mutant.text),
      `the mutant is out of date: its text in src/${mutant.file}`,
    ).toHaveLength(2);
    const { output, cameToNoEnd } = await fuzz(`--mutant=${mutant.name}`, ...contextOf(mutant));
    const isFound = seedsFailedIn(output).length > 0 || cameToNoEnd || ENDED_BY_REJECTION.test(output);
    expect(isFound, output).toBe(true);
  });
});
