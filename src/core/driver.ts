/**
 * Owns the running of a loop: which turn comes when, what of the batch has run, and when the host gets its thread back.
 * Knows nothing of what the batch's entries do.
 *
 * A wake runs turns back to back until nothing is ready or the slice is over. Then the host is asked for the next wake:
 * soon, or at the earliest deadline, or not at all until something happens. Where an entry has resumed an async function,
 * the batch waits until that step is over and goes on from the microtask that has ended it.
 */
import type { Host, HostTimer } from "../host/host.ts";
import { reportAfterMicrotasks } from "./async/out-of-reach.ts";
import type { Scope } from "./async/scope.ts";
import { Steps } from "./async/steps.ts";
import { storageInUse } from "./async/storage.ts";
import { enterContext } from "./context.ts";
import { DeadlockError, LoopError } from "./errors.ts";
import type { EventLoop } from "./loop.ts";
import { noteRun, setRunningLoop } from "./running.ts";
import { Stepper } from "./stepper.ts";
import type { Task } from "./task.ts";
import type { Core, Runnable } from "./wasm.ts";

/** Turns one slice may run, for hosts whose clock stands still while code runs. */
const SLICE_TURNS_MAX = 4096;
/** While no timer is set the clock is asked only in every so many turns. */
const CLOCK_STRIDE_TURNS = 8;

/** What came of a pass: entries were run; there was nothing to run; an async function has its step first; `stop` was called. */
type Pass = "ran" | "idle" | "away" | "stopped";

interface PendingRun {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** @internal */
export class Driver {
  readonly #loop: EventLoop;
  readonly #core: Core;
  readonly #host: Host;
  /** The step that goes on in microtasks. */
  readonly steps = new Steps();
  /** What is taking a step. */
  current: Stepper<unknown> | undefined = undefined;
  readonly #originMs: number;
  #pendingRun: PendingRun | undefined;
  /** Runs on the caller's stack, under a virtual clock. */
  synchronous = false;
  /** A callback or a step has control. */
  executing = false;
  /** The loop runs, and nothing will wake it but an event. */
  asleep = false;
  stopping = false;
  /** A batch has begun: so many entries, of which so many were run. */
  #inBatch = false;
  #count = 0;
  #ran = 0;
  /** The last of them has its step in microtasks. */
  #away = false;
  /** In debug mode: what that entry is, and when its step began. */
  #timed: { readonly about: string; readonly startMs: number } | undefined;
  /** The loop's time as of this turn. */
  #nowMs = 0;
  /** When the host is to have its thread back, and how many turns were run meanwhile. */
  #sliceEndMs = 0;
  #sliceTurns = 0;
  #timersSet = false;
  #wakeRequested = false;
  #stepEndRequested = false;
  #alarm: HostTimer | undefined;
  #alarmDeadlineMs = Number.POSITIVE_INFINITY;
  /** The deadline that the host has called for; it counts as reached even if the clock lags behind. */
  #reachedMs = 0;

  constructor(loop: EventLoop, core: Core, host: Host) {
    this.#loop = loop;
    this.#core = core;
    this.#host = host;
    // Time relative to the start keeps its full precision for as long as anyone runs a loop.
    this.#originMs = host.now();
  }

  /** The loop's time, in milliseconds since it was made. */
  timeMs(): number {
    const nowMs = this.#host.now() - this.#originMs;
    return nowMs > this.#reachedMs ? nowMs : this.#reachedMs;
  }

  get running(): boolean {
    return this.#pendingRun !== undefined || this.synchronous;
  }

  /** A timer was set. The clock is asked in every turn from now on, as long as there are any. */
  noteTimer(): void {
    this.#timersSet = true;
  }

  // ── One pass ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The event loop: begins a turn, or goes on with the one at hand, and runs what it has made ready. */
  #runOnce(): Pass {
    const core = this.#core;
    if (!this.#inBatch) {
      this.#count = core.turn(this.#nowMs, this.#ran);
      this.#ran = 0;
      if (this.#count === 0 && !this.stopping) return "idle";
      this.#inBatch = true;
    }
    const { batch } = core;
    while (this.#ran < this.#count) {
      const runnable = core.objectAt(batch[this.#ran++] as number);
      if (runnable === undefined) continue;
      if (this.#loop.debugging) this.#runTimed(runnable);
      else this.#run(runnable);
      if (this.steps.isOpen) return "away";
    }
    this.#inBatch = false;
    this.#loop.failures.batchEnded();
    return this.stopping ? "stopped" : "ran";
  }

  #run(runnable: Runnable): void {
    // What a callback starts is no task's, in whoever's microtask the batch has gone on.
    if (storageInUse === undefined || runnable instanceof Stepper) runnable.run();
    else storageInUse.run(this.#loop.scopeOfCallback(), runNow, runnable);
  }

  #runTimed(runnable: Runnable): void {
    const about = String(runnable);
    const startMs = this.timeMs();
    this.#run(runnable);
    // The step of an async function goes on in its microtasks.
    if (this.steps.isOpen) this.#timed = { about, startMs };
    else this.#reportIfSlow(about, startMs);
  }

  #reportIfSlow(about: string, startMs: number): void {
    const tookMs = this.timeMs() - startMs;
    if (tookMs >= this.#loop.slowCallbackDuration)
      this.#loop.warn(`Executing ${about} took ${tookMs.toFixed(1)} ms`);
  }

  // ── Running under the host ────────────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askForFirstWake();
      this.#pendingRun = { resolve, reject };
      noteRun(this.#loop, true);
    });
  }

  #askForFirstWake(): void {
    try {
      this.#requestWake();
      this.#host.keepAlive(true);
    } catch (cause) {
      throw new LoopError(
        "ERR_HOST_REFUSED",
        `the host '${this.#host.name}' does not let a loop run here: ${cause}; where all work belongs to requests, ` +
          "as on workerd, call run() while one is handled, or use serve() of wasyncio/edge",
        { cause },
      );
    }
  }

  /** Something became ready outside of a turn. */
  wake(): void {
    this.#awake();
    this.#requestWake();
  }

  #awake(): void {
    this.asleep = false;
    // A virtual clock must not jump past what has become ready; a real one goes on by itself.
    if (this.#host.skipTo !== undefined) this.#setAlarm(Number.POSITIVE_INFINITY);
  }

  /** Ends the run with an error; what is ready stays so. */
  interrupt(error: unknown): void {
    this.#finish((run) => run.reject(error));
  }

  /** Gives up the host's timer, for good. */
  dispose(): void {
    this.#setAlarm(Number.POSITIVE_INFINITY);
  }

  #requestWake(): void {
    if (this.#wakeRequested) return;
    this.#host.wakeSoon(this.#onWake);
    this.#wakeRequested = true;
  }

  readonly #onWake = () => {
    this.#wakeRequested = false;
    this.#called();
  };

  readonly #onAlarm = () => {
    this.#reachedMs = this.#alarmDeadlineMs;
    this.#alarm = undefined;
    this.#alarmDeadlineMs = Number.POSITIVE_INFINITY;
    this.#called();
  };

  /** The host has called, which it does when microtasks have run out: whatever step was open is over with them. */
  #called(): void {
    // A host may deliver messages while code waits in a dialogue: never a slice within a slice.
    if (this.#pendingRun === undefined || this.executing) return;
    this.#nowMs = this.timeMs();
    this.#sliceEndMs = this.#nowMs + this.#host.sliceMs;
    this.#sliceTurns = 0;
    if (this.#away) this.#stepOver();
    else this.#slice();
  }

  /** Makes one pass after the other, until there is nothing to run, or somebody else's turn has come. */
  #slice(): void {
    this.asleep = false;
    setRunningLoop(this.#loop);
    this.executing = true;
    const outer = enterContext(undefined);
    try {
      let pass: Pass;
      do pass = this.#runOnce();
      while (pass === "ran" && !this.#isSliceOver());
      if (pass === "idle") this.#sleep();
      else if (pass === "stopped") this.#finish((run) => run.resolve());
      else if (pass === "away") this.#awaitStep();
      else this.#requestWake();
    } catch (error) {
      this.interrupt(error);
    } finally {
      enterContext(outer);
      this.executing = false;
      if (!this.#away) this.#leave();
    }
  }

  /** One reading of the clock serves the next turn as well. */
  #isSliceOver(): boolean {
    const turns = ++this.#sliceTurns;
    if (!this.#timersSet && turns % CLOCK_STRIDE_TURNS !== 0) return false;
    this.#nowMs = this.timeMs();
    return this.#nowMs > this.#sliceEndMs || turns > SLICE_TURNS_MAX;
  }

  /** The batch goes on from the microtask that ends the step, or when the host says that microtasks have run out. */
  #awaitStep(): void {
    this.current = this.steps.latest ?? this.current;
    this.#goOnLater();
  }

  #goOnLater(): void {
    this.#away = true;
    const { afterMicrotasks } = this.#host;
    if (afterMicrotasks === undefined) {
      if (this.asleep) this.wake();
      else this.#requestWake();
      return;
    }
    if (this.asleep) this.#awake();
    if (this.#stepEndRequested) return;
    this.#stepEndRequested = true;
    Promise.resolve().then(() => afterMicrotasks(this.#onMicrotasksOver));
  }

  readonly #onMicrotasksOver = () => {
    this.#stepEndRequested = false;
    if (!this.#away || this.#pendingRun === undefined || this.executing) return;
    this.#nowMs = this.timeMs();
    this.#stepOver();
  };

  #leave(): void {
    this.current = undefined;
    setRunningLoop(undefined);
  }

  #sleep(): void {
    const deadlineMs = this.#core.calls.nextDeadlineMs();
    if (deadlineMs === Number.POSITIVE_INFINITY) this.#timersSet = false;
    this.#setAlarm(deadlineMs);
    this.asleep = true;
    this.#loop.failures.watchAll();
    if (this.#loop.debugging) reportAfterMicrotasks(this.#loop);
  }

  #setAlarm(deadlineMs: number): void {
    if (deadlineMs === this.#alarmDeadlineMs) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#alarmDeadlineMs = deadlineMs;
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    // By so much the loop's time is ahead of a clock that stands still: the host counts from where its clock is.
    const aheadMs = Math.max(0, this.#reachedMs - (this.#host.now() - this.#originMs));
    this.#alarm = this.#host.wakeAt(deadlineMs + this.#originMs - aheadMs, this.#onAlarm);
  }

  #finish(settle: (run: PendingRun) => void): void {
    const run = this.#pendingRun;
    if (run === undefined) return;
    this.#loop.failures.watchAll();
    this.stopping = false;
    this.asleep = false;
    this.#inBatch = false;
    this.#away = false;
    this.steps.end();
    this.#pendingRun = undefined;
    noteRun(this.#loop, false);
    this.#leave();
    this.#setAlarm(Number.POSITIVE_INFINITY);
    this.#host.keepAlive(false);
    settle(run);
  }

  // ── The steps of async functions ──────────────────────────────────────────────────────────────────────────────

  /** Has it take a step within the code that is running. */
  execute(stepper: Stepper<unknown>): void {
    this.#execute(stepper, false);
  }

  /** The same, as a part of the step that goes on in microtasks. */
  drive(stepper: Stepper<unknown>): void {
    this.#execute(stepper, true);
  }

  #execute(stepper: Stepper<unknown>, inStep: boolean): void {
    const outer = this.executing;
    this.executing = true;
    setRunningLoop(this.#loop);
    try {
      stepper.enter(false);
    } catch (error) {
      this.interrupt(error);
    } finally {
      this.executing = outer;
      if (!outer) {
        if (inStep) this.#afterMicrotask();
        else if (this.steps.isOpen) this.#goOnLater();
        else if (!this.#away) this.#leave();
      }
    }
  }

  /** Has the step last until the microtasks have run out. */
  holdStep(): void {
    if (this.executing || this.#away) this.steps.hold();
  }

  /** The function of a task has ended, whose scope this is. */
  functionEnded(scope: Scope): void {
    if (this.executing) return;
    this.steps.endedIn(scope);
    this.#afterMicrotask();
  }

  /** The body that a stepper waits for has ended: it goes on in place. */
  bodyEnded(scope: Scope, host: Stepper<unknown>): void {
    this.steps.endedIn(scope);
    scope.bodyEnded(host);
    this.drive(host);
  }

  /** A microtask of ours has run. When all who were resumed in this step have come back, the batch goes on. */
  #afterMicrotask(): void {
    if (this.#pendingRun === undefined) {
      this.steps.end();
      this.#leave();
    } else if (this.steps.isOpen) {
      this.#awaitStep();
    } else if (this.#away) {
      this.#stepOver();
    } else {
      this.steps.end();
      this.#leave();
      if (this.asleep) this.wake();
    }
  }

  /** The step in microtasks is over, and the batch goes on. */
  #stepOver(): void {
    this.#away = false;
    this.steps.end();
    const timed = this.#timed;
    this.#timed = undefined;
    if (timed !== undefined) this.#reportIfSlow(timed.about, timed.startMs);
    this.#slice();
  }

  // ── Running on the caller's stack ─────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`, the clock going straight from deadline to deadline. */
  runSync(skipTo: (deadlineMs: number) => void): void {
    this.synchronous = true;
    this.executing = true;
    setRunningLoop(this.#loop);
    const outer = enterContext(undefined);
    try {
      for (;;) {
        this.#nowMs = this.timeMs();
        const pass = this.#runOnce();
        if (pass === "stopped") return;
        // No microtask runs before the end.
        if (pass === "away") this.steps.end();
        if (pass !== "idle") continue;
        const deadlineMs = this.#core.calls.nextDeadlineMs();
        if (deadlineMs === Number.POSITIVE_INFINITY)
          throw new DeadlockError(this.#loop.pendingTasks().map(describePending));
        skipTo(deadlineMs + this.#originMs);
        this.#reachedMs = deadlineMs;
      }
    } finally {
      this.#loop.failures.watchAll();
      this.stopping = false;
      this.synchronous = false;
      this.executing = false;
      this.#inBatch = false;
      enterContext(outer);
      this.#leave();
    }
  }
}

function runNow(runnable: Runnable): void {
  runnable.run();
}

/** Who it is, and what it waits for. */
function describePending(task: Task<unknown>): string {
  const waiting = task.getStack().map((frame) => frame.awaiting ?? "its next step");
  return `${task.getName()} (${task.coroutineName()}) waits for ${waiting.join(", which waits for ") || "its next step"}`;
}
