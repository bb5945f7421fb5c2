/** The known bugs, mended: ten thousand runs of each find nothing. */
import { describe, expect, it } from "vitest";
import { bugs } from "../bugs/index.ts";
import { search } from "../bugs/search.ts";

/** By each of two strategies. */
const RUNS = 5000;
const RUNS_MS_MAX = 600_000;

describe.each(["random", "pct"] as const)(
  `explore, in ${RUNS} runs by the strategy %s, finds nothing`,
  (strategy) => {
    it.each(bugs.map((bug) => [bug.name, bug] as const))(
      "where %s was mended",
      async (_name, bug) => {
        expect(await search(bug, true, { strategy, runs: RUNS })).toBeUndefined();
      },
      RUNS_MS_MAX,
    );
  },
);
