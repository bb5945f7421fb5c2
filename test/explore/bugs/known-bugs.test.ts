/**
 * The known bugs are found: not in the loop's own order, but within a thousand runs under others, by a schedule that is
 * small and that shows the bug again whenever it is replayed. Without the bug, nothing is found.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ExplorationError, StrategyName } from "wasyncio/testing";
import { seeds } from "../../random.ts";
import { type Bug, bugs } from "./index.ts";
import { outcomeOfReplay, RUNS_MAX, search, sizeOf, summaryOf } from "./search.ts";
import { rowOf, withTable } from "./table.ts";

const STRATEGIES = ["random", "pct"] as const;
const DEPARTURES_MEDIAN_MAX = 3;

const PAGE = fileURLToPath(new URL("../../../docs/time-travel.md", import.meta.url));

const found = new Map<string, ExplorationError>();

async function find(bug: Bug, strategy: StrategyName): Promise<ExplorationError> {
  const key = `${bug.name} by ${strategy}`;
  const error = found.get(key) ?? (await search(bug, false, { strategy }));
  if (error === undefined) throw new Error(`${key} was not found in ${RUNS_MAX} runs`);
  found.set(key, error);
  return error;
}

describe.each(bugs.map((bug) => [bug.name, bug] as const))("explore finds %s", (_name, bug) => {
  it("but not in the loop's own order, with the bug or without", async () => {
    for (const mended of [false, true])
      expect(await search(bug, mended, { runs: 1, cancellations: false })).toBeUndefined();
  });

  it.each(STRATEGIES)("by the strategy %s, and the replay fails as it did", async (strategy) => {
    const { run, token, cause } = await find(bug, strategy);
    expect(run).toBeGreaterThan(1);
    for (let time = 0; time < 3; time++) expect(await outcomeOfReplay(bug, token)).toBe(summaryOf(cause));
  });

  it.each(seeds())("and nothing where it is mended (seed %i)", async (seed) => {
    for (const strategy of STRATEGIES)
      expect(await search(bug, true, { seed, strategy, runs: 50 })).toBeUndefined();
  });
});

it.each(STRATEGIES)("explore by %s shrinks schedules to three departures in the median", async (strategy) => {
  const sizes: number[] = [];
  for (const bug of bugs) sizes.push(sizeOf(await find(bug, strategy)));
  sizes.sort((one, other) => one - other);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(DEPARTURES_MEDIAN_MAX);
});

// `npx vitest run test/explore/bugs --project once -u` writes it.
it("docs/time-travel.md has the table of what was found", async () => {
  const rows: string[] = [];
  for (const bug of bugs) {
    const errors: ExplorationError[] = [];
    for (const strategy of STRATEGIES) errors.push(await find(bug, strategy));
    rows.push(rowOf(bug, errors));
  }
  await expect(withTable(readFileSync(PAGE, "utf8"), rows)).toMatchFileSnapshot(PAGE);
});
