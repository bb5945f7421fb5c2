// The tests of mixed programs, for a host with async context and for one without: each in a file of its own, since a
// process that has used it uses it for good.

import { describe, expect, test } from "vitest";
import { fails, formatFailure, HOSTS, minimiseMixed, search, shuffled } from "./campaign.ts";
import { generateMixed } from "./generate.ts";
import type { MixedProgram } from "./program.ts";
import regressions from "./regressions.json" with { type: "json" };
import { type RunMixedOptions, runMixed } from "./run.ts";

const PROGRAMS = 400;
const SECOND_SEED = 2001;
const THIRD_SEED = 4001;
const FAILURES_MAX = 5;

interface Regression {
  readonly wrong: string;
  readonly program: MixedProgram;
}

export function mixedCases(name: keyof typeof HOSTS): void {
  const host = HOSTS[name];

  /** The failures as a person reads them, the first made small. */
  const reports = async (seed: number, how: RunMixedOptions = host): Promise<string[]> => {
    const options = { ...how, programs: PROGRAMS, seed, failuresMax: FAILURES_MAX };
    const [first, ...others] = await search(options);
    if (first === undefined) return [];
    const smallest = await minimiseMixed(first, how);
    return [formatFailure(smallest), ...others.map(({ program }) => `seed ${program.seed} as well`)];
  };

  describe(`mixed programs, ${name}, keep every property`, () => {
    test(`seeds 1 to ${PROGRAMS}`, async () => {
      expect(await reports(1)).toEqual([]);
    });

    test(`seeds from ${SECOND_SEED} on`, async () => {
      expect(await reports(SECOND_SEED)).toEqual([]);
    });

    test(`seeds from ${THIRD_SEED} on, in orders that are not the loop's own`, async () => {
      expect(await reports(THIRD_SEED, shuffled(host))).toEqual([]);
    });

    for (const { wrong, program } of regressions as unknown as readonly Regression[]) {
      test(wrong, async () => {
        const failure = await fails(program, host);
        expect(failure === undefined ? [] : formatFailure(failure)).toEqual([]);
      });
    }

    test("go the same way each time", async () => {
      for (let seed = 1; seed <= 50; seed++) {
        const program = generateMixed(seed);
        if (JSON.stringify(program).includes('"foreignTimer"')) continue;
        const [one, other] = [await runMixed(program, host), await runMixed(program, host)];
        expect(withoutTaskNames(other.trace)).toEqual(withoutTaskNames(one.trace));
      }
    });
  });
}

/** Tasks are counted over all the loops of a process. */
function withoutTaskNames(trace: readonly string[]): string[] {
  return trace.map((entry) => entry.replaceAll(/Task-\d+/g, "Task"));
}
