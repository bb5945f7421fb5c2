/**
 * Owns how the runs of one program are made: on the caller's stack, which is much faster, unless the program waits for promises.
 * Knows nothing of why they are made.
 */
import { isAsyncFunction } from "../core/coroutine.ts";
import { DeadlockError } from "../core/errors.ts";
import { keepCores } from "../core/scheduler.ts";
import { makeDefaultHost } from "../host/host.ts";
import { knowLines } from "./batch.ts";
import type { Limits } from "./options.ts";
import type { Outcome, RunPlan } from "./outcome.ts";
import type { Program } from "./program.ts";
import { Run } from "./run.ts";
import { type Departure, departuresOf, type Schedule } from "./schedule.ts";
import { SealedHost } from "./sealed-host.ts";
import { Follow, type Strategy } from "./strategies.ts";

/** While a program is explored, loops are made of cores that are kept, and it is known what waits in which line. */
export async function exploring<T>(body: () => Promise<T>): Promise<T> {
  keepCores(true);
  knowLines(true);
  try {
    return await body();
  } finally {
    keepCores(false);
    knowLines(false);
  }
}

/** How long runs may keep the thread before the host gets it back. */
const SLICE_MS = 20;

/** How a run is to be made. */
export interface Planned extends Omit<RunPlan, keyof Limits | "strategy" | "isPatient"> {
  readonly strategy: () => Strategy;
}

/** What came of a schedule: as much of it as applied, and what did not. */
export interface Followed<T> extends Outcome<T> {
  readonly schedule: Schedule;
  readonly left: readonly Departure[];
}

export class Runs<T> {
  readonly #program: Program<T>;
  readonly #limits: Limits;
  readonly #sealed = new SealedHost(makeDefaultHost());
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
    const { maxSteps, idleMs } = this.#limits;
    const make = () => {
      const strategy = plan.strategy();
      const isPatient = !this.#deadlocksAreReal;
      return new Run(this.#program, { ...plan, maxSteps, idleMs, strategy, isPatient }, this.#sealed);
    };
    await this.#giveWay();
    if (this.#onHost) return this.#noted(await make().run());
    const outcome = make().runSync();
    const { failure, needsHost } = outcome;
    const isDoubtful = failure?.error instanceof DeadlockError && !this.#deadlocksAreReal;
    if (!needsHost && !isDoubtful) return outcome;
    const again = this.#noted(await make().run());
    if (!isDoubtful || !this.#deadlocksAreReal) this.#onHost = true;
    return again;
  }

  #noted(outcome: Outcome<T>): Outcome<T> {
    if (outcome.failure?.error instanceof DeadlockError) this.#deadlocksAreReal = true;
    return outcome;
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
      schedule: { seed, departures: outcome.orders.flatMap(departuresOf), faults: outcome.faultsMet },
      left: [...followed.left],
    };
  }

  /** Lets the host have its thread now and then. */
  async #giveWay(): Promise<void> {
    const nowMs = this.#sealed.real.now();
    if (nowMs < this.#sliceEndMs) return;
    if (this.#sliceEndMs > 0) await new Promise<void>((resolve) => this.#sealed.real.wakeSoon(resolve));
    this.#sliceEndMs = this.#sealed.real.now() + SLICE_MS;
  }
}
