// Runs lots of mixed programs, and tells what was wrong with each that failed, made small.
//
// Owns the search and its reports. Must not know how it was started.

import { bareHost } from "../../tasks/hosts.ts";
import { shrink } from "../shrink.ts";
import { generateMixed } from "./generate.ts";
import { inAnyOrder } from "./orders.ts";
import type { MixedProgram } from "./program.ts";
import { type RunMixedOptions, runMixed } from "./run.ts";

export interface Failure {
  readonly program: MixedProgram;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

export interface SearchOptions extends RunMixedOptions {
  readonly programs: number;
  readonly seed: number;
  /** After so many failures there is no need to go on. */
  readonly failuresMax: number;
  readonly onProgress?: (done: number, failures: number) => void;
}

const LOT = 1000;
const FAILURES_MAX = 50;

/** This runtime's host, and one without async context: once a process has used it, it is in use for good. */
export const HOSTS = {
  "with async context": { hasAsyncContext: true },
  "without async context": { hasAsyncContext: false, host: () => bareHost() },
} as const satisfies Readonly<Record<string, RunMixedOptions>>;

/** The same, in orders that are not the loop's own. */
export function shuffled(host: RunMixedOptions): RunMixedOptions {
  return { ...host, reorder: inAnyOrder };
}

/** Whether one of so many programs fails, which is told. */
export async function findsOne(
  programs: number,
  seed: number,
  host: RunMixedOptions,
  print: (text: string) => void,
): Promise<boolean> {
  const [failure] = await search({ ...host, programs, seed, failuresMax: 1 });
  if (failure !== undefined) print(formatFailure(failure));
  return failure !== undefined;
}

/** A long campaign, for `npm run fuzz`. Answers how many programs failed. */
export async function mixedCampaign(
  programs: number,
  seed: number,
  host: RunMixedOptions,
  print: (text: string) => void,
): Promise<number> {
  const failures = await search({
    ...host,
    programs,
    seed,
    failuresMax: FAILURES_MAX,
    onProgress: (done, failed) => print(`${done} of ${programs} programs, ${failed} failed`),
  });
  const reported = new Set<string>();
  for (const failure of failures) {
    const kind = kindOf(failure);
    if (reported.has(kind)) continue;
    reported.add(kind);
    print(formatFailure(await minimiseMixed(failure, host)));
  }
  if (failures.length > 0) print(`failed: seeds ${failures.map(({ program }) => program.seed).join(", ")}`);
  return failures.length;
}

/** So that all programs find the host's async context in use, the first as well. */
const FIRST: MixedProgram = { seed: 0, style: "async", main: [{ op: "sleep", ms: 0 }], objects: [] };

/** The programs that fail, of so many from a seed on. */
export async function search(options: SearchOptions): Promise<Failure[]> {
  const { programs, seed, failuresMax, onProgress } = options;
  const failures: Failure[] = [];
  await runMixed(FIRST, options);
  for (let done = 0; done < programs && failures.length < failuresMax; done++) {
    const failure = await fails(generateMixed(seed + done), options);
    if (failure !== undefined) failures.push(failure);
    if ((done + 1) % LOT === 0) onProgress?.(done + 1, failures.length);
  }
  return failures;
}

export async function fails(program: MixedProgram, options: RunMixedOptions): Promise<Failure | undefined> {
  const { violations, trace } = await runMixed(program, options);
  return violations.length === 0 ? undefined : { program, violations, trace };
}

/** The same failure, in a program that is as small as could be found. */
export async function minimiseMixed(failure: Failure, options: RunMixedOptions): Promise<Failure> {
  const wanted = kindOf(failure);
  let smallest = failure;
  await shrink(failure.program, async (program) => {
    const found = await fails(program, options);
    if (found === undefined || kindOf(found) !== wanted) return false;
    smallest = found;
    return true;
  });
  return smallest;
}

/** What is wrong, without the numbers and names. */
function kindOf({ violations }: Failure): string {
  return (violations[0] ?? "").replaceAll(/\d+|'[^']*'|:.*/gs, "");
}

export function formatFailure({ program, violations, trace }: Failure): string {
  return [
    `seed ${program.seed}:`,
    ...violations.map((violation) => `  ! ${violation}`),
    ...trace.map((entry) => `    ${entry}`),
    "the program, for test/fuzz/mixed/regressions.json:",
    JSON.stringify(program),
  ].join("\n");
}
