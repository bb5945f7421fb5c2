/**
 * Owns how the runs of one program are made: on the caller's stack, which is much faster, unless the program waits for promises.
 * Knows nothing of why they are made.
 */
import { isAsyncFunction } from "../core/coroutine.ts";
import { DeadlockError } from "../core/errors.ts";
import { type Host, makeDefaultHost } from "../host/host.ts";
import type { Limits } from "./options.ts";
import { type Outcome, type Program, Run, type RunPlan } from "./run.ts";
import { departuresOf, type Schedule } from "./schedule.ts";
import { Follow, type Strategy } from "./strategies.ts";

/** How long runs may keep the thread before the host gets it back. */
const SLICE_MS = 20;

/** How a run is to be made. */
export interface Planned extends Omit<RunPlan, keyof Limits | "strategy"> {
  readonly strategy: () => Strategy;
}

/** What came of a schedule: as much of it as applied, and what did not. */
export interface Followed<T> extends Outcome<T> {
  readonly schedule: Schedule;
  readonly isComplete: boolean;
}

export class Runs<T> {
  readonly #program: Program<T>;
  readonly #limits: Limits;
  readonly #host: Host = makeDefaultHost();
  #onHost: boolean;
  /** A deadlock on the caller's stack is one on the host too. */
  #deadlocksAreReal = false;
  #sliceEndMs = 0;

  constructor(program: Program<T>, limits: Limits) {
    this.#program = program;
    this.#limits = limits;
    this.#onHost = isAsyncFunction(program);
  }

  /** One run. The strategy is made afresh if it has to be run twice. */
  async run(plan: Planned): Promise<Outcome<T>> {
    const make = () =>
      new Run(this.#program, { ...plan, ...this.#limits, strategy: plan.strategy() }, this.#host);
    await this.#giveWay();
    if (this.#onHost) return await make().run();
    const outcome = make().runSync();
    const { failure, needsHost } = outcome;
    const isDoubtful = failure?.error instanceof DeadlockError && !this.#deadlocksAreReal;
    if (!needsHost && !isDoubtful) return outcome;
    const again = await make().run();
    if (isDoubtful && again.failure?.error instanceof DeadlockError) this.#deadlocksAreReal = true;
    else this.#onHost = true;
    return again;
  }

  /** A schedule, as far as it applies. */
  async follow(schedule: Schedule, isTraced: boolean): Promise<Followed<T>> {
    const { seed, faults } = schedule;
    let followed = new Follow([]);
    const strategy = () => {
      followed = new Follow(schedule.departures);
      return followed;
    };
    const outcome = await this.run({ seed, strategy, faults, isTraced });
    return {
      ...outcome,
      schedule: { seed, departures: outcome.orders.flatMap(departuresOf), faults },
      isComplete: followed.left.size === 0 && outcome.faultsMet === faults.length,
    };
  }

  /** Lets the host have its thread now and then. */
  async #giveWay(): Promise<void> {
    const nowMs = this.#host.now();
    if (nowMs < this.#sliceEndMs) return;
    if (this.#sliceEndMs > 0) await new Promise<void>((resolve) => this.#host.wakeSoon(resolve));
    this.#sliceEndMs = this.#host.now() + SLICE_MS;
  }
}
