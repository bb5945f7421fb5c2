/**
 * Owns one run of an explored program: a fresh loop on a virtual clock, in the orders and with the faults that were chosen for it, and
 * what came of it. Knows nothing of who chooses.
 */
import { asyncgensOf } from "../core/asyncgens.ts";
import { type Coroutine, iscoroutine, iscoroutinefunction, type Startable } from "../core/coroutine.ts";
import { CancelledError } from "../core/errors.ts";
import { isInterrupt } from "../core/interrupt.ts";
import { EventLoop } from "../core/loop.ts";
import type { Report } from "../core/reporting.ts";
import type { Arranger } from "../core/scheduler.ts";
import { pendingTasks, Task } from "../core/task.ts";
import { KIND_TIMER } from "../core/wasm.ts";
import { type Group, groupsOf, isStep } from "./batch.ts";
import { deadlockOf, pendingInWords } from "./deadlock.ts";
import { RunError } from "./errors.ts";
import type { ExploredRun, Program } from "./program.ts";
import { SeededRandom } from "./random.ts";
import type { Cancellation, ClockFault, Fault, GroupOrder } from "./schedule.ts";
import type { SealedHost } from "./sealed-host.ts";
import { FIFO, type Strategy } from "./strategies.ts";
import { hashOf } from "./token.ts";
import { type Track, Tracks, type TurnRecord } from "./tracks.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What is chosen for a run. */
export interface RunPlan {
  readonly seed: number;
  readonly strategy: Strategy;
  readonly faults: readonly Fault[];
  readonly maxSteps: number;
  readonly idleMs: number;
  /** Whether what looks like a deadlock is given as long as a promise that is not the loop's. */
  readonly isPatient: boolean;
  /** Whether to note who ran when, and to count the steps of tasks. */
  readonly isTraced: boolean;
}

/** Why a run has failed. */
export interface Failure {
  readonly error: unknown;
  /** Equal for failures of the same kind. */
  readonly kind: string;
  /** The program cannot be explored like that, whatever the schedule. */
  readonly isMisuse: boolean;
}

/** What came of a run. */
export interface Outcome<T> {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  readonly turns: number;
  readonly steps: number;
  /** How many entries could have changed places with another. */
  readonly choices: number;
  /** Where the order was another than the loop's own. */
  readonly orders: readonly GroupOrder[];
  /** Of a traced run. */
  readonly trace: readonly TurnRecord[];
  readonly fingerprint: number;
  readonly tracks: readonly Track[];
  /** The program waits for promises, so it takes the host's microtasks. */
  readonly needsHost: boolean;
  /** Those of the faults that have come about. */
  readonly faultsMet: readonly Fault[];
}

/** How many turns what is about to end when the program ends is given for it. */
const LAST_TURNS = 64;
/** How many steps what is cancelled at the end may take to clean up. */
const CLEAN_UP_STEPS_MAX = 10_000;

/** As how much of the time for which nothing happens one look counts at most. */
const LOOK_MS_MAX = 5;

/** Ends a run on the caller's stack, since it takes the host's microtasks. */
class NeedsHost extends Error {}

export class Run<T> implements Arranger {
  readonly #program: Program<T>;
  readonly #plan: RunPlan;
  readonly #sealed: SealedHost;
  /** What looks like a deadlock is looked into here. */
  readonly #clock = new VirtualClock({ deadlockAfterMs: Number.POSITIVE_INFINITY });
  readonly #loop: EventLoop;
  readonly #orders: GroupOrder[] = [];
  readonly #tracks = new Tracks();
  readonly #trace: TurnRecord[] = [];
  readonly #reports: Report[] = [];
  readonly #faultsMet: Fault[] = [];
  readonly #isTracked: boolean;
  readonly #clockFaults: readonly ClockFault[];
  readonly #cancellation: Cancellation | undefined;
  #onHost = false;
  #needsHost = false;
  #adopted = 0;
  #turn = 0;
  #steps = 0;
  #choices = 0;
  #fingerprint = 0;
  /** The task that is to be cancelled has come to the wait in question; it was cancelled. */
  #due: Track | undefined;
  #cancelled: Track | undefined;
  #main: Task<T> | undefined;
  #value: T | undefined;
  #failure: Failure | undefined;

  constructor(program: Program<T>, plan: RunPlan, sealed: SealedHost) {
    this.#program = program;
    this.#plan = plan;
    this.#sealed = sealed;
    sealed.refused = undefined;
    this.#loop = new EventLoop({ host: this.#sealed.host, clock: this.#clock });
    this.#loop.setDefaultExecutor(sealed.executor);
    this.#loop.setExceptionHandler((_loop, report) => void this.#reports.push(report as Report));
    this.#clockFaults = plan.faults.filter((fault): fault is ClockFault => fault.kind !== "cancel");
    this.#cancellation = plan.faults.find((fault): fault is Cancellation => fault.kind === "cancel");
    this.#isTracked = plan.isTraced || this.#cancellation !== undefined;
  }

  // ── The course of a run ───────────────────────────────────────────────────────────────────────────────────────

  /** On the caller's stack. If the outcome `needsHost`, it has not come about: run it on the host. */
  runSync(): Outcome<T> {
    const course = this.#course();
    for (let step = course.next(); step.done !== true; ) {
      try {
        const value = this.#loop.runSync(step.value);
        step = course.next(value);
      } catch (error) {
        step = course.throw(error);
      }
    }
    return this.#outcome();
  }

  /** With the host's microtasks. */
  async run(): Promise<Outcome<T>> {
    this.#onHost = true;
    const stopWatch = this.#watchIdle();
    try {
      const course = this.#course();
      for (let step = course.next(); step.done !== true; ) {
        try {
          const value = await this.#loop.runUntilComplete(step.value);
          step = course.next(value);
        } catch (error) {
          step = course.throw(error);
        }
      }
    } finally {
      stopWatch();
    }
    return this.#outcome();
  }

  *#course(): Generator<Startable<unknown>, void, unknown> {
    const { scheduler } = this.#loop;
    scheduler.arranger = this;
    try {
      this.#main = this.#start();
      this.#value = (yield this.#main) as T;
    } catch (error) {
      this.#fail(error);
    }
    scheduler.arranger = undefined;
    if (this.#needsHost && !this.#onHost) {
      this.#loop.close();
      return;
    }
    // In the middle of a batch, whose order the core does not know.
    if (isInterrupt(this.#failure?.error)) {
      this.#loop.close();
      return;
    }
    if (this.#failure === undefined) yield* this.#findWhatIsLeft();
    yield* this.#cleanUp();
  }

  #start(): Task<T> {
    const run = this.#forProgram();
    const options = { name: "main" };
    // On the caller's stack a plain function is called by a coroutine, since it most probably returns one.
    const isCoroutine = iscoroutinefunction(this.#program) || !this.#onHost;
    if (isCoroutine) return this.#loop.createTask(this.#begin(run), options);
    return this.#loop.createTask(() => this.#program(run) as Coroutine<T>, options);
  }

  /** A plain function may return either, or neither. */
  *#begin(run: ExploredRun): Coroutine<T> {
    const made = this.#program(run);
    if (iscoroutine(made)) return (yield* made) as T;
    if (made instanceof Promise) {
      this.adopted();
      // It will be called again where it can go on, and this time does not count.
      made.catch(() => {});
    }
    return made as T;
  }

  #forProgram(): ExploredRun {
    const self = this;
    const { seed } = this.#plan;
    let random: SeededRandom | undefined;
    return {
      seed,
      clock: this.#clock,
      get random() {
        random ??= new SeededRandom(seed);
        return random;
      },
      get cancelled() {
        return self.#cancelled?.name;
      },
    };
  }

  /** Without the arranger: what is about to end has a few turns for it, and the rest is a failure. */
  *#findWhatIsLeft(): Generator<Startable<unknown>, void, unknown> {
    const loop = this.#loop;
    const { scheduler } = loop;
    const isCancelled = this.#cancelled !== undefined;
    try {
      for (let turn = 0; turn < LAST_TURNS; turn++) {
        if (pendingTasks(scheduler).length === 0 && (turn > 1 || !isCancelled)) break;
        yield loop.createTask(oneTurn());
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    const left = pendingInWords(scheduler);
    if (isCancelled) {
      const timers = scheduler.calls.slotsLive(KIND_TIMER) - (scheduler.network?.timers ?? 0);
      if (timers > 0) left.push(timers === 1 ? "a timer" : `${timers} timers`);
      const generators = asyncgensOf(loop).size;
      if (generators > 0)
        left.push(generators === 1 ? "an async generator" : `${generators} async generators`);
    }
    if (left.length > 0) {
      const when = isCancelled ? `'${this.#cancelled?.name}' was cancelled, and when` : "when";
      this.#fail(
        new RunError(
          "ERR_LEFT_BEHIND",
          `${when} the program had ended, this was left: ${left.join("; ")}; wait for it or cancel it, as a TaskGroup does`,
        ),
      );
    }
    const task = this.#cancelled?.task;
    if (
      task instanceof Task &&
      task.done() &&
      !task.cancelled() &&
      task.exception() === null &&
      task.cancelling() > 0
    ) {
      this.#fail(
        new RunError(
          "ERR_CANCELLATION_SWALLOWED",
          `the task '${this.#cancelled?.name}' was asked to cancel and has ended as if it had not been; rethrow the ` +
            "CancelledError once the task has cleaned up",
        ),
      );
    }
  }

  /** Whatever has come of it: nothing goes on in the background. */
  *#cleanUp(): Generator<Startable<unknown>, void, unknown> {
    const loop = this.#loop;
    const { scheduler } = loop;
    let steps = 0;
    scheduler.arranger = {
      arrange: (count) => {
        steps += count;
        if (steps > CLEAN_UP_STEPS_MAX)
          throw new RunError("ERR_STEPS_EXCEEDED", "too many steps to clean up");
      },
      adopted() {},
    };
    try {
      for (let left = pendingTasks(scheduler); left.length > 0; left = pendingTasks(scheduler)) {
        for (const task of left) task.cancelAtEnd();
        for (let turn = 0; turn < LAST_TURNS && left.some((task) => !task.done()); turn++)
          yield loop.createTask(oneTurn());
        if (left.some((task) => !task.done())) break;
      }
      if (this.#onHost && asyncgensOf(loop).size > 0) yield loop.shutdownAsyncgens();
    } catch {
      // Its failure is known, or it has none that counts.
    }
    scheduler.arranger = undefined;
    loop.close();
    const [report] = this.#reports;
    if (report === undefined) return;
    const { exception } = report;
    const why = exception instanceof Error ? exception.message : String(exception ?? "");
    this.#fail(new RunError("ERR_UNHANDLED", `${report.message}: ${why}`, { cause: exception }));
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const isCancellation = this.#cancelled !== undefined && error instanceof CancelledError;
    const { refused } = this.#sealed;
    const actual = refused ?? error;
    if (isCancellation && refused === undefined) return;
    const { name, code } = (actual ?? {}) as { name?: unknown; code?: unknown };
    const isMisuse = code === "ERR_REAL_IO" || code === "ERR_FOREIGN_AWAIT";
    this.#failure = { error: actual, kind: `${String(name)}:${String(code)}`, isMisuse };
  }

  #outcome(): Outcome<T> {
    if (this.#sealed.refused !== undefined) this.#fail(this.#sealed.refused);
    return {
      value: this.#value,
      failure: this.#failure,
      turns: this.#turn,
      steps: this.#steps,
      choices: this.#choices,
      orders: this.#orders,
      trace: this.#trace,
      fingerprint: this.#fingerprint,
      tracks: this.#tracks.all,
      needsHost: this.#needsHost,
      faultsMet: this.#faultsMet,
    };
  }

  // ── Turn by turn ──────────────────────────────────────────────────────────────────────────────────────────────

  adopted(): void {
    this.#adopted++;
    this.#needsHost = true;
  }

  arrange(count: number): void {
    const { core } = this.#loop.scheduler;
    const turn = ++this.#turn;
    const { maxSteps, strategy, isTraced } = this.#plan;
    this.#steps += count;
    if (this.#needsHost && !this.#onHost) throw new NeedsHost();
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
      this.#fingerprint = hashOf(`${this.#clock.time()}:${read.kinds}${faults.join()}`, this.#fingerprint);
    for (const group of groups) this.#arrangeGroup(group, turn, strategy, read?.names, ran);
    if (!this.#needsHost && count > 0) this.#lookForStrands(count);
    if (read === undefined || ran === undefined) return;
    this.#trace.push({ turn, timeMs: this.#clock.time(), ran, ready: read.names, faults });
  }

  #arrangeGroup(group: Group, turn: number, strategy: Strategy, ready?: string[], ran?: string[]): void {
    this.#choices += group.size;
    strategy.arrange(group, turn);
    group.keepChains();
    if (!group.isChanged) return;
    const { places, order } = group;
    group.apply(this.#loop.scheduler.core.batch);
    this.#orders.push({ turn, places, order });
    if (ready === undefined || ran === undefined) return;
    this.#fingerprint = hashOf(order.join(), this.#fingerprint);
    for (const [i, place] of places.entries())
      ran[place] = ready[places[order[i] as number] as number] as string;
  }

  /** The steps of async functions go on in microtasks, which do not come before this stack ends. */
  #lookForStrands(count: number): void {
    const { core } = this.#loop.scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (!isStep(entry) || entry.scopeOfStrand === undefined) continue;
      this.#needsHost = true;
      if (!this.#onHost) throw new NeedsHost();
    }
  }

  #countSteps(count: number): void {
    const { core } = this.#loop.scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (!isStep(entry)) continue;
      const track = this.#tracks.of(entry);
      track.steps++;
      const { task, wait } = this.#cancellation ?? {};
      if (track.number === task && track.steps === wait && this.#cancelled === undefined) this.#due = track;
    }
  }

  // ── Faults ────────────────────────────────────────────────────────────────────────────────────────────────────

  #meetFaults(turn: number, count: number): string[] {
    const met: string[] = [];
    const { host } = this.#loop.scheduler;
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
        this.#cancelled = due;
        this.#faultsMet.push(this.#cancellation as Cancellation);
        this.#loop.scheduler.enterCallback(undefined);
        due.task.cancel();
        met.push(`${due.name} is cancelled`);
      }
    }
    return met;
  }

  #isInBatch(task: object, count: number): boolean {
    const { core } = this.#loop.scheduler;
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (isStep(entry) && this.#tracks.of(entry).task === task) return true;
    }
    return false;
  }

  // ── Nothing happens ───────────────────────────────────────────────────────────────────────────────────────────

  /** Ends the run if the loop waits for what never comes. Returns a function that ends the watch. */
  #watchIdle(): () => void {
    const { real } = this.#sealed;
    const { idleMs, isPatient } = this.#plan;
    let isOver = false;
    let isLooking = false;
    let turnBefore = -1;
    let lookedMs = 0;
    let idleForMs = 0;
    const look = () => {
      isLooking = false;
      if (isOver || this.#sealed.pending > 0) return;
      const nowMs = real.now();
      // A process that the system has let wait has waited for nothing itself.
      idleForMs += Math.min(nowMs - lookedMs, LOOK_MS_MAX);
      lookedMs = nowMs;
      if (this.#turn !== turnBefore) {
        turnBefore = this.#turn;
        idleForMs = 0;
      } else if (idleForMs >= idleMs || (!isPatient && !this.#isAbroad())) {
        this.#loop.scheduler.interrupt(this.#whyIdle());
        return;
      }
      lookSoon();
    };
    // By then no microtask is left that could make the loop go on.
    const lookSoon = () => {
      if (isLooking) return;
      isLooking = true;
      real.wakeSoon(look);
    };
    this.#sealed.quiet = lookSoon;
    return () => {
      isOver = true;
      this.#sealed.quiet = () => {};
    };
  }

  /** Whether it waits, as far as is known, for something that is not the loop's. */
  #isAbroad(): boolean {
    return this.#adopted > 0 || pendingTasks(this.#loop.scheduler).some((task) => task.waitsFor.length === 0);
  }

  #whyIdle(): Error {
    const { scheduler } = this.#loop;
    if (!this.#isAbroad()) return deadlockOf(scheduler);
    return new RunError(
      "ERR_FOREIGN_AWAIT",
      `nothing has happened for ${this.#plan.idleMs} ms, and the program waits for a promise that is not the loop's: ` +
        `${pendingInWords(scheduler).join("; ")}; give it a stand-in, or a greater idleMs`,
    );
  }
}

function* oneTurn(): Generator<unknown, void, unknown> {
  yield;
}
