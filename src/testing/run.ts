/**
 * Owns one run of an explored program, from its beginning to its end: a fresh loop on a virtual clock, and what came of it. What
 * happens turn by turn is the business of turns.ts. Knows nothing of who chooses.
 */
import { asyncgensOf } from "../core/asyncgens.ts";
import { type Coroutine, iscoroutine, iscoroutinefunction, type Startable } from "../core/coroutine.ts";
import { CancelledError } from "../core/errors.ts";
import { isInterrupt } from "../core/interrupt.ts";
import { EventLoop } from "../core/loop.ts";
import type { Report } from "../core/reporting.ts";
import { pendingTasks, type Task } from "../core/task.ts";
import { RunError } from "./errors.ts";
import { watchIdle } from "./idle-watch.ts";
import { whatIsLeft, whatWasSwallowed } from "./left-behind.ts";
import type { Failure, Outcome, RunPlan } from "./outcome.ts";
import type { ExploredRun, Program } from "./program.ts";
import { SeededRandom } from "./random.ts";
import type { SealedHost } from "./sealed-host.ts";
import { Turns } from "./turns.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** How many turns what is about to end when the program ends is given for it. */
const LAST_TURNS = 64;
/** How many steps what is cancelled at the end may take to clean up. */
const CLEAN_UP_STEPS_MAX = 10_000;

export class Run<T> {
  readonly #program: Program<T>;
  readonly #plan: RunPlan;
  readonly #sealed: SealedHost;
  /** What looks like a deadlock is looked into here. */
  readonly #clock = new VirtualClock({ deadlockAfterMs: Number.POSITIVE_INFINITY });
  readonly #loop: EventLoop;
  readonly #reports: Report[] = [];
  readonly #turns: Turns;
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
    this.#turns = new Turns(this.#loop.scheduler, plan);
  }

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
    this.#turns.isOnHost = true;
    const stopWatch = watchIdle(this.#loop.scheduler, this.#turns, this.#sealed, this.#plan);
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
    scheduler.arranger = this.#turns;
    try {
      this.#main = this.#start();
      this.#value = (yield this.#main) as T;
    } catch (error) {
      this.#fail(error);
    }
    scheduler.arranger = undefined;
    if (this.#turns.needsHost && !this.#turns.isOnHost) {
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
    const isCoroutine = iscoroutinefunction(this.#program) || !this.#turns.isOnHost;
    if (isCoroutine) return this.#loop.createTask(this.#begin(run), options);
    return this.#loop.createTask(() => this.#program(run) as Coroutine<T>, options);
  }

  /** A plain function may return either, or neither. */
  *#begin(run: ExploredRun): Coroutine<T> {
    const made = this.#program(run);
    if (iscoroutine(made)) return (yield* made) as T;
    if (made instanceof Promise) {
      this.#turns.adopted();
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
        return self.#turns.cancelled?.name;
      },
    };
  }

  /** Without the arranger: what is about to end has a few turns for it, and the rest is a failure. */
  *#findWhatIsLeft(): Generator<Startable<unknown>, void, unknown> {
    const loop = this.#loop;
    const { scheduler } = loop;
    const { cancelled } = this.#turns;
    try {
      for (let turn = 0; turn < LAST_TURNS; turn++) {
        if (pendingTasks(scheduler).length === 0 && (turn > 1 || cancelled === undefined)) break;
        yield loop.createTask(oneTurn());
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    const wrong = whatIsLeft(loop, cancelled) ?? whatWasSwallowed(cancelled);
    if (wrong !== undefined) this.#fail(wrong);
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
      if (this.#turns.isOnHost && asyncgensOf(loop).size > 0) yield loop.shutdownAsyncgens();
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
    const isCancellation = this.#turns.cancelled !== undefined && error instanceof CancelledError;
    const { refused } = this.#sealed;
    const actual = refused ?? error;
    if (isCancellation && refused === undefined) return;
    const { name, code } = (actual ?? {}) as { name?: unknown; code?: unknown };
    const isMisuse = code === "ERR_REAL_IO" || code === "ERR_FOREIGN_AWAIT";
    this.#failure = { error: actual, kind: `${String(name)}:${String(code)}`, isMisuse };
  }

  #outcome(): Outcome<T> {
    if (this.#sealed.refused !== undefined) this.#fail(this.#sealed.refused);
    return { value: this.#value, failure: this.#failure, ...this.#turns.notes };
  }
}

function* oneTurn(): Generator<unknown, void, unknown> {
  yield;
}
