/**
 * The known bugs are found: not in the loop's own order, but within a thousand runs under others, by a schedule that is
 * small and that shows the bug again whenever it is replayed. Without the bug, nothing is found.
 */
import { describe, expect, it } from "vitest";
import { type ExplorationError, explore, replay } from "wasyncio/testing";
import { seeds } from "../../random.ts";
import { bugs } from "./index.ts";
import { search, sizeOf } from "./search.ts";

const STRATEGIES = ["random", "pct"] as const;
const DEPARTURES_MEDIAN_MAX = 3;

describe.each(bugs.map((bug) => [bug.name, bug] as const))("explore finds %s", (_name, bug) => {
  it("but not in the loop's own order, with the bug or without", async () => {
    for (const mended of [false, true])
      expect(await explore(() => bug.program(mended), { runs: 1 })).toMatchObject({ runs: 1 });
  });

  it.each(STRATEGIES)("by the strategy %s, and the replay fails as it did", async (strategy) => {
    const found = await search(bug, false, { strategy });
    expect(found?.run).toBeGreaterThan(1);
    const { token, cause } = found as ExplorationError;
    for (let time = 0; time < 3; time++)
      await expect(replay(() => bug.program(false), token)).rejects.toThrow((cause as Error).message);
  });

  it.each(seeds())("and nothing where it is mended (seed %i)", async (seed) => {
    for (const strategy of STRATEGIES)
      expect(await search(bug, true, { seed, strategy, runs: 50 })).toBeUndefined();
  });
});

it.each(STRATEGIES)("explore with %s shrinks the schedules to three departures in the median", async (strategy) => {
  const sizes: number[] = [];
  for (const bug of bugs) sizes.push(sizeOf((await search(bug, false, { strategy })) as ExplorationError));
  sizes.sort((one, other) => one - other);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(DEPARTURES_MEDIAN_MAX);
});
