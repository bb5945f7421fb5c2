/** The program that replays tokens of known bugs on a host, again and again. */
import { bugs } from "../bugs/index.ts";
import { outcomeOfReplay } from "../bugs/search.ts";

export interface Asked {
  /** For each bug in their order, a token. */
  readonly tokens: readonly string[];
  readonly times: number;
}

/** @returns for each bug how often each error came. */
export default async function main({ tokens, times }: Asked): Promise<Record<string, number>[]> {
  const outcomes: Record<string, number>[] = [];
  for (const [i, bug] of bugs.entries()) {
    const counts: Record<string, number> = {};
    for (let time = 0; time < times; time++) {
      const outcome = await outcomeOfReplay(bug, tokens[i] as string);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    outcomes.push(counts);
  }
  return outcomes;
}
