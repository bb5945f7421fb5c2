/**
 * Owns the exhaustive search: every schedule with up to so many departures, those with fewer first. Knows nothing of how
 * a schedule is run.
 *
 * Each is the one that it continues with one more departure, at the same turn or later, so none comes twice except by
 * different moves that lead to the same order; those are told by the order. Orders that differ only by exchanges that make no
 * difference count as one, as sleep sets have it. What a step of a task reads and writes, JavaScript does not tell, so two steps
 * always count as different.
 */
import type { Group } from "./batch.ts";
import type { Departure } from "./schedule.ts";
import { Follow, type Strategy } from "./strategies.ts";

export class Exhaustive {
  readonly #depth: number;
  readonly #queue: (readonly Departure[])[] = [];
  readonly #queueMax: number;
  readonly #known = new Set<string>();
  #head = 0;
  /** Whether schedules had to be left out, since there are more than can be run. */
  overflowed = false;

  /** @param depth - how many departures. @param runs - how many schedules at most, the loop's own order included. */
  constructor(depth: number, runs: number) {
    this.#depth = depth;
    this.#queueMax = runs - 1;
  }

  /** The next one to run, once the loop's own order, `[]`, has been; undefined if all have been. */
  next(): readonly Departure[] | undefined {
    return this.#queue[this.#head++];
  }

  /** Runs it, and adds what it can be continued with. */
  run(departures: readonly Departure[]): Strategy {
    return new ExhaustiveOrder(this, departures, departures.length < this.#depth);
  }

  /** Adds a schedule, unless there is one with the same key. Returns whether there is room for more. */
  add(departures: readonly Departure[], key: string): boolean {
    if (this.overflowed || this.#known.has(key)) return !this.overflowed;
    this.overflowed = this.#queue.length >= this.#queueMax;
    if (this.overflowed) return false;
    this.#known.add(key);
    this.#queue.push(departures);
    return true;
  }
}

/** One run, which finds what it can be continued with. */
class ExhaustiveOrder implements Strategy {
  readonly #departures: readonly Departure[];
  readonly #search: Exhaustive;
  readonly #isContinued: boolean;
  readonly #follow: Follow;

  constructor(search: Exhaustive, departures: readonly Departure[], isContinued: boolean) {
    this.#search = search;
    this.#departures = departures;
    this.#isContinued = isContinued;
    this.#follow = new Follow(departures);
  }

  arrange(group: Group, turn: number): void {
    const original = normal(group, group.order);
    this.#follow.arrange(group, turn);
    const departures = this.#departures;
    if (!this.#isContinued || group.isIndifferent || turn < (departures.at(-1)?.turn ?? 0)) return;
    const { order, places, size } = group;
    const elsewhere = departures.filter((each) => each.turn !== turn || !places.includes(each.from));
    const prefix = `${elsewhere.map(({ turn, from, to }) => `${turn}.${from}.${to}`).join()}:${turn}.${places[0]}:`;
    let hasRoom = true;
    for (let from = 0; from < size && hasRoom; from++) {
      for (let to = 0; to < size && hasRoom; to++) {
        group.order = [...order];
        if (!group.move(from, to)) continue;
        const key = normal(group, group.order);
        if (key === original) continue;
        const departure = { turn, from: places[from] as number, to: places[to] as number };
        hasRoom = this.#search.add([...departures, departure], prefix + key);
      }
    }
    group.order = order;
  }
}

/** An order, the same for all that differ only by exchanging neighbours that commute. */
function normal(group: Group, order: readonly number[]): string {
  const sorted = [...order];
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < sorted.length; i++) {
      const one = sorted[i - 1] as number;
      const other = sorted[i] as number;
      if (one < other || !group.commute(one, other)) continue;
      sorted[i - 1] = other;
      sorted[i] = one;
      changed = true;
    }
  }
  return sorted.join();
}
