/**
 * Owns the search: which runs a program has, and what is done about the first that fails. Knows nothing of how a run goes.
 */
import { checkFunction } from "../core/checks.ts";
import { isInsideLoop } from "../core/current.ts";
import { LoopError } from "../core/errors.ts";
import { ExplorationError, type Finding } from "./errors.ts";
import { Exhaustive } from "./exhaustive.ts";
import { randomCancellation, randomFaults } from "./faults.ts";
import { type ExploreOptions, readExploreOptions, type Search } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { Program } from "./program.ts";
import { mixed, SeededRandom } from "./random.ts";
import { exploring, Runs } from "./runs.ts";
import { departuresOf, type Fault, type Schedule } from "./schedule.ts";
import { shortened, shrunk } from "./shrink.ts";
import { FIFO, PriorityOrder, RandomOrder, type Strategy } from "./strategies.ts";
import { hashOf, tokenOf } from "./token.ts";
import { traceInText } from "./trace.ts";
import type { Track } from "./tracks.ts";

/** How many schedules may be run to make a failure smaller, by leaving out; and by trying few departures one after the other. */
const SHRINK_RUNS_MAX = 1000;
const SMALL_RUNS_MAX = 500;
/** How many steps these runs may take, so that programs that never end come to an end here. */
const SHRINK_STEPS_MAX = 2_000_000;
/** Departures that are few enough to read. */
const FEW = 1;
const ERROR_LINES_MAX = 10;

/** What has come of a search that has found nothing. */
export interface ExploreReport {
  /** How many runs there were, those with cancellations included. */
  readonly runs: number;
  /** The search's seed. */
  readonly seed: number;
  /** How many of the runs were under orders that none before them had. */
  readonly schedules: number;
  /** How many waits tasks were cancelled at. */
  readonly cancellations: number;
  /** Whether the strategy was "exhaustive" and there are no further schedules within its depth. */
  readonly exhausted: boolean;
  /** How many steps and callbacks there were in all runs. */
  readonly steps: number;
}

/**
 * Runs a program many times, each time under another legal schedule, on a virtual clock. What may change places: steps of different
 * tasks that are ready in the same turn, timers of equal deadline, I/O of different connections. What keeps its order:
 * callbacks, and whatever has waited in the same fair line. The first run has the loop's own order.
 *
 * A run fails if the program throws, if it comes to a deadlock, if an exception reaches the loop's exception handler, and if tasks
 * are left when it ends.
 *
 * @param program - a generator function, an async function, or a function that calls one. It is called once for each run, with an
 * object that has the run's `seed`, `random` numbers and `clock`. All that it does has to follow from these.
 * @param options.runs - how many runs, by default 1000.
 * @param options.seed - the same seed makes the same runs; by default 1.
 * @param options.strategy - `"random"`, `"pct"` or `"exhaustive"`; see `ExploreOptions` for it and the further options.
 * @returns a promise of what was run, if every run has passed; rejected with an ExplorationError if one has failed, which has a
 * shrunken schedule, a trace and a token for `replay`; with a RunError for a program that cannot be explored; with an
 * ArgumentError, and with a LoopError ERR_LOOP_RUNNING when called from a running loop.
 *
 * @example
 * ```ts
 * await explore(function* () {
 *   const account = new Account(100);
 *   const tasks = [createTask(account.withdraw(80)), createTask(account.withdraw(80))];
 *   yield* gather(...tasks);
 *   if (account.balance < 0) throw new Error("overdrawn");
 * });
 * ```
 */
export async function explore<T>(program: Program<T>, options?: ExploreOptions): Promise<ExploreReport> {
  checkFunction("explore", program, "a program, which is a generator function or an async function");
  const search = readExploreOptions(options);
  mustBeOutside("explore()");
  return await exploring(() => new Exploration(program, search).run());
}

/** @throws LoopError ERR_LOOP_RUNNING. */
export function mustBeOutside(caller: string): void {
  if (!isInsideLoop()) return;
  throw new LoopError("ERR_LOOP_RUNNING", `${caller} makes loops of its own; call it outside of any`);
}

const fifo = () => FIFO;

class Exploration<T> {
  readonly #search: Search;
  readonly #runs: Runs<T>;
  /** Of each order of a whole run that there was, a number. */
  readonly #orders = new Set<number>();
  #count = 0;
  #steps = 0;
  #cancellations = 0;

  constructor(program: Program<T>, search: Search) {
    this.#search = search;
    this.#runs = new Runs(program, search);
  }

  async run(): Promise<ExploreReport> {
    const { runs, seed, strategy, cancellations } = this.#search;
    const all = strategy === "exhaustive" ? new Exhaustive(this.#search.depth, runs) : undefined;
    const first = await this.#try(() => all?.run([]) ?? FIFO, [], true);
    if (cancellations !== undefined) await this.#cancelEverywhere(first);
    if (all !== undefined) await this.#exhaust(all);
    else
      for (let i = 1; i < runs; i++)
        await this.#try(() => this.#strategyOf(i, first), this.#faultsOf(i, first));
    return {
      runs: this.#count,
      seed,
      schedules: this.#orders.size,
      cancellations: this.#cancellations,
      exhausted: all?.overflowed === false,
      steps: this.#steps,
    };
  }

  /** One run, which has to pass. */
  async #try(strategy: () => Strategy, faults: readonly Fault[], isTraced = false): Promise<Outcome<T>> {
    const run = ++this.#count;
    // An exhaustive search is about orders alone, so the program draws the same numbers in all of them.
    const seed = mixed(this.#search.seed, this.#search.strategy === "exhaustive" ? 1 : run);
    const outcome = await this.#runs.run({ seed, strategy, faults, isTraced });
    this.#steps += outcome.steps;
    this.#orders.add(outcome.orders.reduce((hash, { turn, order }) => hashOf(`${turn}:${order}`, hash), 0));
    if (outcome.failure !== undefined) await this.#fail(outcome, run, seed, faults);
    return outcome;
  }

  #strategyOf(run: number, { choices }: Outcome<T>): Strategy {
    const random = new SeededRandom(mixed(this.#search.seed, run)).stream(1);
    if (this.#search.strategy === "pct") return new PriorityOrder(random, this.#search.depth, choices);
    return new RandomOrder(random);
  }

  #faultsOf(run: number, { turns, tracks }: Outcome<T>): Fault[] {
    const { cancellations, clockJumps, slowCallbacks } = this.#search;
    const random = new SeededRandom(mixed(this.#search.seed, run)).stream(2);
    const isCancelled = cancellations !== undefined && random.below(2) === 0;
    const faults: Fault[] = isCancelled ? randomCancellation(random, this.#cancellable(tracks)) : [];
    if (clockJumps || slowCallbacks)
      faults.push(...randomFaults(random, turns, { clockJumps, slowCallbacks }));
    return faults;
  }

  #cancellable(tracks: readonly Track[]): readonly Track[] {
    return tracks.filter(({ name }) => this.#search.cancellations?.(name));
  }

  /** Each task at each of its waits, in the loop's own order. */
  async #cancelEverywhere({ tracks }: Outcome<T>): Promise<void> {
    for (const { number, steps } of this.#cancellable(tracks)) {
      for (let wait = 1; wait <= steps; wait++) {
        const { faultsMet } = await this.#try(fifo, [{ kind: "cancel", task: number, wait, at: "start" }]);
        if (faultsMet.length === 0) continue;
        this.#cancellations++;
        await this.#try(fifo, [{ kind: "cancel", task: number, wait, at: "end" }]);
      }
    }
  }

  /** What continues the loop's own order, which has been run. */
  async #exhaust(all: Exhaustive): Promise<void> {
    for (let departures = all.next(); departures !== undefined; departures = all.next()) {
      const order = departures;
      await this.#try(() => all.run(order), []);
    }
  }

  // ── A failure ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #fail(outcome: Outcome<T>, run: number, seed: number, faults: readonly Fault[]): Promise<never> {
    const { failure, orders } = outcome;
    if (failure === undefined || failure.isMisuse) throw failure?.error;
    const found: Schedule = { seed, departures: orders.flatMap(departuresOf), faults };
    let steps = 0;
    const fails = async (schedule: Schedule) => {
      if (steps > SHRINK_STEPS_MAX) return undefined;
      const again = await this.#runs.follow(schedule, false);
      steps += again.steps;
      return again.failure?.kind === failure.kind ? again.schedule : undefined;
    };
    let schedule = await shrunk(found, fails, SHRINK_RUNS_MAX);
    if (schedule.departures.length > FEW && steps <= SHRINK_STEPS_MAX)
      schedule = await this.#fewer(schedule, failure.kind);
    schedule = await shortened(schedule, fails);
    const last = await this.#runs.follow(schedule, true);
    const own = await this.#runs.follow({ seed, departures: [], faults: [] }, true);
    const token = tokenOf({ program: own.fingerprint, run: last.fingerprint, schedule });
    const isRepeated = last.failure?.kind === failure.kind;
    const error = isRepeated ? last.failure?.error : failure.error;
    const finding: Finding = { ...schedule, token, trace: traceInText(last.trace), run };
    throw new ExplorationError(
      inText(finding, error, this.#search.seed, isRepeated),
      this.#search.seed,
      finding,
      error,
    );
  }

  /** Leaving out may have ended where other, fewer departures would do. */
  async #fewer(schedule: Schedule, kind: string): Promise<Schedule> {
    const { seed, faults, departures } = schedule;
    const all = new Exhaustive(departures.length - 1, SMALL_RUNS_MAX);
    await this.#runs.run({ seed, strategy: () => all.run([]), faults, isTraced: false });
    for (let order = all.next(); order !== undefined; order = all.next()) {
      const { failure, faultsMet } = await this.#runs.run({
        seed,
        strategy: () => all.run(order),
        faults,
        isTraced: false,
      });
      if (failure?.kind === kind && faultsMet.length === faults.length)
        return { seed, departures: order, faults };
    }
    return schedule;
  }
}

function inText(finding: Finding, error: unknown, seed: number, isRepeated: boolean): string {
  const { run, departures, faults, trace, token } = finding;
  const differences = [
    counted(departures.length, "departure", " from the loop's own order"),
    counted(faults.length, "fault"),
  ].filter(Boolean);
  const how = differences.length === 0 ? "in the loop's own order" : `with ${differences.join(" and ")}`;
  const lines = [
    `run ${run} of seed ${seed} failed, ${how}: ${errorInText(error)}`,
    "",
    trace,
    "",
    `to repeat it: await replay(program, "${token}")`,
    `or in the options of an explored test: replay: "${token}"`,
  ];
  if (!isRepeated) {
    lines.push(
      "but it passes when it is repeated, so it is not deterministic: it may use Math.random or Date.now, or what earlier runs left",
    );
  }
  return lines.join("\n");
}

function errorInText(error: unknown): string {
  const text = String(error).split("\n");
  return text.length > ERROR_LINES_MAX
    ? [...text.slice(0, ERROR_LINES_MAX), "..."].join("\n")
    : text.join("\n");
}

function counted(count: number, what: string, more = ""): string {
  if (count === 0) return "";
  return `${count} ${what}${count === 1 ? "" : "s"}${more}`;
}
