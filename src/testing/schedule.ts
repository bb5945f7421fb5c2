/**
 * Owns what a schedule is: where a run departs from the loop's own order, and what happens to it. Knows nothing of how a run
 * comes about.
 */

/** What was at place `from` of a turn's batch runs at place `to`, and those in between make room. */
export interface Departure {
  /** The loop's turn, counted from 1. */
  readonly turn: number;
  /** Places in the batch, counted from 0. */
  readonly from: number;
  readonly to: number;
}

/** A task is asked to cancel. */
export interface Cancellation {
  readonly kind: "cancel";
  /** Which task: tasks are counted from 1, the program's own, in the order of their first steps. */
  readonly task: number;
  /** At which of its waits, counted from 1. */
  readonly wait: number;
  /** Whether as soon as it waits, or when it is about to go on. */
  readonly at: "start" | "end";
}

/** The clock goes on by more than the program has waited for. */
export interface ClockFault {
  /** The host slept, or a callback took long. */
  readonly kind: "jump" | "slow";
  /** At the beginning of which turn. */
  readonly turn: number;
  readonly ms: number;
}

/** What befalls a run. */
export type Fault = Cancellation | ClockFault;

/** All that distinguishes one run of a program from another. */
export interface Schedule {
  /** The seed of what the program itself draws. */
  readonly seed: number;
  readonly departures: readonly Departure[];
  readonly faults: readonly Fault[];
}

/** The order of one group of a batch in a run. */
export interface GroupOrder {
  readonly turn: number;
  readonly places: readonly number[];
  readonly order: readonly number[];
}

/** The fewest moves that lead from the loop's own order to this one: whatever is not in the longest rising sequence moves once. */
export function departuresOf({ turn, places, order }: GroupOrder): Departure[] {
  const stays = longestRise(order);
  const departures: Departure[] = [];
  const current = order.map((_, i) => i);
  for (let i = 0; i < order.length; i++) {
    const index = order[i] as number;
    if (stays.has(index)) continue;
    const from = current.indexOf(index);
    current.splice(from, 1);
    const to = i === 0 ? 0 : current.indexOf(order[i - 1] as number) + 1;
    current.splice(to, 0, index);
    if (from !== to) departures.push({ turn, from: places[from] as number, to: places[to] as number });
  }
  return departures;
}

/** The members of a longest rising subsequence. */
function longestRise(order: readonly number[]): ReadonlySet<number> {
  /** For each length, the smallest last member of a rising sequence of it; and what comes before each member in the best one. */
  const lasts: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const index of order) {
    let length = lasts.findIndex((last) => last > index);
    if (length < 0) length = lasts.length;
    before.set(index, lasts[length - 1]);
    lasts[length] = index;
  }
  const rise = new Set<number>();
  for (let at: number | undefined = lasts.at(-1); at !== undefined; at = before.get(at)) rise.add(at);
  return rise;
}
