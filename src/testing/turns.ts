/**
 * Owns the turns of one run: each is put into the order that was chosen for it, meets the faults that were chosen for it, and is
 * noted. Knows nothing of how a run begins and ends.
 */
import type { Arranger, Scheduler } from "../core/scheduler.ts";
import { Task } from "../core/task.ts";
import { type Group, groupsOf, isStep } from "./batch.ts";
import { RunError } from "./errors.ts";
import type { Notes, RunPlan } from "./outcome.ts";
import type { Cancellation, ClockFault, Fault, GroupOrder } from "./schedule.ts";
import { FIFO, type Strategy } from "./strategies.ts";
import { hashOf } from "./token.ts";
import { type Track, Tracks, type TurnRecord } from "./tracks.ts";

/** Ends a run on the caller's stack, since it takes the host's microtasks. */
class NeedsHost extends Error {}

export class Turns implements Arranger {
  /** Whether it runs with the host's microtasks. */
  isOnHost = false;
  /** The program waits for promises, so it takes those. */
  needsHost = false;
  /** How often it has come to wait for a promise. */
  adoptions = 0;
  /** How many there have been. */
  count = 0;
  /** The task that was cancelled. */
  cancelled: Track | undefined;
  readonly #scheduler: Scheduler;
  readonly #plan: RunPlan;
  readonly #isTracked: boolean;
  readonly #clockFaults: readonly ClockFault[];
  readonly #cancellation: Cancellation | undefined;
  readonly #orders: GroupOrder[] = [];
  readonly #tracks = new Tracks();
  readonly #trace: TurnRecord[] = [];
  readonly #faultsMet: Fault[] = [];
  #steps = 0;
  #choices = 0;
  #fingerprint = 0;
  /** The task that is to be cancelled has come to the wait in question. */
  #due: Track | undefined;

  constructor(scheduler: Scheduler, plan: RunPlan) {
    this.#scheduler = scheduler;
    this.#plan = plan;
    this.#clockFaults = plan.faults.filter((fault): fault is ClockFault => fault.kind !== "cancel");
    this.#cancellation = plan.faults.find((fault): fault is Cancellation => fault.kind === "cancel");
    this.#isTracked = plan.isTraced || this.#cancellation !== undefined;
  }

  get notes(): Notes {
    return {
      turns: this.count,
      steps: this.#steps,
      choices: this.#choices,
      orders: this.#orders,
      trace: this.#trace,
      fingerprint: this.#fingerprint,
      tracks: this.#tracks.all,
      needsHost: this.needsHost,
      faultsMet: this.#faultsMet,
    };
  }

  adopted(): void {
    this.adoptions++;
    this.needsHost = true;
  }

  arrange(count: number): void {
    const { core } = this.#scheduler;
    const turn = ++this.count;
    const { maxSteps, strategy, isTraced } = this.#plan;
    this.#steps += count;
    if (this.needsHost && !this.isOnHost) throw new NeedsHost();
    if (this.#steps > maxSteps) {
      throw new RunError(
        "ERR_STEPS_EXCEEDED",
        `the program has not ended after ${maxSteps} steps; it may never end under this schedule, or else it needs ` +
          "a greater maxSteps",
      );
    }
    const faults = this.#plan.faults.length === 0 ? [] : this.#meetFaults(turn, count);
    const read = isTraced ? this.#tracks.read(core, count) : undefined;
    if (this.#isTracked) this.#countSteps(count);
    const groups = count > 1 && (strategy !== FIFO || isTraced) ? groupsOf(core, count) : [];
    const ran = read === undefined ? undefined : [...read.names];
    if (read !== undefined)
      this.#fingerprint = hashOf(
        `${this.#scheduler.host.now()}:${read.kinds}${faults.join()}`,
        this.#fingerprint,
      );
    for (const group of groups) this.#arrangeGroup(group, turn, strategy, read?.names, ran);
    if (!this.needsHost && count > 0) this.#lookForStrands(count);
    if (read === undefined || ran === undefined) return;
    this.#trace.push({ turn, timeMs: this.#scheduler.host.now(), ran, ready: read.names, faults });
  }

  #arrangeGroup(group: Group, turn: number, strategy: Strategy, ready?: string[], ran?: string[]): void {
    this.#choices += group.size;
    strategy.arrange(group, turn);
    group.keepChains();
    if (!group.isChanged) return;
    const { places, order } = group;
    group.apply(this.#scheduler.core.batch);
    this.#orders.push({ turn, places, order });
    if (ready === undefined || ran === undefined) return;
    this.#fingerprint = hashOf(order.join(), this.#fingerprint);
    for (const [i, place] of places.entries())
      ran[place] = ready[places[order[i] as number] as number] as string;
  }

  /** The steps of async functions go on in microtasks, which do not come before this stack ends. */
  #lookForStrands(count: number): void {
    const { core } = this.#scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (!isStep(entry) || entry.scopeOfStrand === undefined) continue;
      this.needsHost = true;
      if (!this.isOnHost) throw new NeedsHost();
    }
  }

  #countSteps(count: number): void {
    const { core } = this.#scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (!isStep(entry)) continue;
      const track = this.#tracks.of(entry);
      track.steps++;
      const { task, wait } = this.#cancellation ?? {};
      if (track.number === task && track.steps === wait && this.cancelled === undefined) this.#due = track;
    }
  }

  // ── Faults ────────────────────────────────────────────────────────────────────────────────────────────────────

  #meetFaults(turn: number, count: number): string[] {
    const met: string[] = [];
    const { host } = this.#scheduler;
    for (const fault of this.#clockFaults) {
      const { kind, ms } = fault;
      if (fault.turn !== turn) continue;
      host.skipTo?.(host.now() + ms);
      this.#faultsMet.push(fault);
      met.push(kind === "jump" ? `the clock jumps ${ms} ms` : `it was slow, by ${ms} ms`);
    }
    const due = this.#due;
    if (due !== undefined && (this.#cancellation?.at === "start" || this.#isInBatch(due.task, count))) {
      this.#due = undefined;
      if (due.task instanceof Task && !due.task.done()) {
        this.cancelled = due;
        this.#faultsMet.push(this.#cancellation as Cancellation);
        this.#scheduler.enterCallback(undefined);
        due.task.cancel();
        met.push(`${due.name} is cancelled`);
      }
    }
    return met;
  }

  #isInBatch(task: object, count: number): boolean {
    const { core } = this.#scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (isStep(entry) && this.#tracks.of(entry).task === task) return true;
    }
    return false;
  }
}
