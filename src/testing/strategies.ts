/**
 * Owns the strategies: in which order those run that may change places. Knows nothing of what they are.
 */
import type { Group } from "./batch.ts";
import type { SeededRandom } from "./random.ts";
import type { Departure } from "./schedule.ts";

/** Chooses the orders of one run, group by group as they come. */
export interface Strategy {
  /** Changes `group.order`, or leaves it as it is. */
  arrange(group: Group, turn: number): void;
}

/** The loop's own order. */
export const FIFO: Strategy = { arrange() {} };

// ── Random ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How many of the turns of a run are shuffled: a bug may need all of them, or need most to be left alone. */
const SHARES = [1, 0.5, 0.2, 0.05];

/** Shuffles a share of the turns, which is another from run to run. */
export class RandomOrder implements Strategy {
  readonly #random: SeededRandom;
  readonly #share: number;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#share = random.pick(SHARES) as number;
  }

  arrange(group: Group): void {
    if (this.#share === 1 || this.#random.next() < this.#share) this.#random.shuffle(group.order);
  }
}

// ── PCT ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Every task has a random priority, and at `depth` - 1 random points whoever is about to run falls behind all others
 * (Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs", 2010). A bug that takes `depth`
 * constraints on the order of `choices` steps among n tasks is found in a run with a chance of at least 1/(n * choices^(depth - 1)).
 */
export class PriorityOrder implements Strategy {
  readonly #random: SeededRandom;
  readonly #priorities = new WeakMap<object, number>();
  readonly #changes: ReadonlySet<number>;
  #choices = 0;
  #lowest = 0;

  /** @param choices - how many members of groups a run has, roughly. */
  constructor(random: SeededRandom, depth: number, choices: number) {
    this.#random = random;
    const changes = new Set<number>();
    for (let left = Math.min(depth - 1, choices); left > 0; left--) changes.add(random.below(choices));
    this.#changes = changes;
  }

  arrange(group: Group): void {
    const priorities = group.owners.map((owner) => this.#priorityOf(owner));
    const { order } = group;
    order.sort((one, other) => (priorities[other] as number) - (priorities[one] as number) || one - other);
    // Whoever falls behind goes to the end, where it may be overtaken by the next to fall.
    for (let left = order.length, at = 0; left > 0; left--) {
      if (!this.#changes.has(this.#choices++)) {
        at++;
        continue;
      }
      const index = order[at] as number;
      this.#priorities.set(group.owners[index] as object, --this.#lowest);
      order.splice(at, 1);
      order.push(index);
    }
  }

  #priorityOf(owner: object): number {
    let priority = this.#priorities.get(owner);
    if (priority === undefined) {
      priority = this.#random.next();
      this.#priorities.set(owner, priority);
    }
    return priority;
  }
}

// ── Following ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Follows a list of departures as far as they apply, and notes those that do not. */
export class Follow implements Strategy {
  readonly #byTurn = new Map<number, Departure[]>();
  /** Those that did not apply so far. */
  readonly left: Set<Departure>;

  constructor(departures: readonly Departure[]) {
    this.left = new Set(departures);
    for (const departure of departures) {
      const ofTurn = this.#byTurn.get(departure.turn);
      if (ofTurn === undefined) this.#byTurn.set(departure.turn, [departure]);
      else ofTurn.push(departure);
    }
  }

  arrange(group: Group, turn: number): void {
    const { places } = group;
    for (const departure of this.#byTurn.get(turn) ?? []) {
      const from = places.indexOf(departure.from);
      const to = places.indexOf(departure.to);
      if (from >= 0 && to >= 0 && group.move(from, to)) this.left.delete(departure);
    }
  }
}

/** Takes the choices from a list, one for each place that is free: 0 is whoever is next, and so on, round and round. */
export class Choices implements Strategy {
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  arrange(group: Group): void {
    for (let to = 0; to < group.size - 1 && this.#next < this.#choices.length; to++) {
      const choice = this.#choices[this.#next++] as number;
      group.move(to + (choice % (group.size - to)), to);
    }
  }
}
