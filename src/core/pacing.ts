/**
 * Owns the pace of a loop: when the host is asked for its thread, how long a loop keeps it, and what makes one pass after
 * the other (`runOnce` of scheduler.ts): a slice under the host, or `runSync` on the caller's stack.
 *
 * A wake runs turns back to back until nothing is ready or the slice is over. Then the host is asked for the next wake:
 * soon, or at the earliest deadline, or not at all until something happens.
 */
import type { HostTimer } from "../host/host.ts";
import { enterContext } from "./context.ts";
import { DeadlockError, LoopError } from "./errors.ts";
import { reportAfterMicrotasks } from "./out-of-reach.ts";
import { noteRun, setRunning } from "./running.ts";
import { type Pass, Scheduler } from "./scheduler.ts";
import { Scope } from "./scope.ts";
import type { Stepping } from "./steps.ts";

/** Turns one slice may run, for hosts whose clock stands still while code runs. */
const SLICE_TURNS_MAX = 4096;
/** While no timer is set, the clock is read only once in this many turns. */
const CLOCK_STRIDE_TURNS = 8;

interface PendingRun {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** @internal */
export class PacedScheduler extends Scheduler {
  #pendingRun: PendingRun | undefined;
  /** The last entry that was run has its step in microtasks, and the batch waits. */
  #away = false;
  /** When the host gets its thread back, and how many turns have run meanwhile. */
  #sliceEndMs = 0;
  #sliceTurns = 0;
  #wakeRequested = false;
  #stepEndRequested = false;
  #alarm: HostTimer | undefined;
  #alarmDeadlineMs = Number.POSITIVE_INFINITY;

  override get running(): boolean {
    return this.#pendingRun !== undefined || this.synchronous;
  }

  // ── Running under the host ────────────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askForFirstWake();
      this.#pendingRun = { resolve, reject };
      noteRun(this, true);
    });
  }

  #askForFirstWake(): void {
    try {
      this.#requestWake();
      this.host.keepAlive(true);
    } catch (cause) {
      throw new LoopError(
        "ERR_HOST_REFUSED",
        `the host '${this.host.name}' does not allow a loop to run here: ${cause}; where all work belongs to requests, ` +
          "as on workerd, call run() while handling one, or use serve() of wasyncio/edge",
        { cause },
      );
    }
  }

  override wake(): void {
    this.#awake();
    this.#requestWake();
  }

  #awake(): void {
    this.asleep = false;
    // A virtual clock must not jump past what has become ready; a real one goes on anyway.
    if (this.host.skipTo !== undefined) this.#setAlarm(Number.POSITIVE_INFINITY);
  }

  override interrupt(error: unknown): void {
    this.#finish((run) => run.reject(error));
  }

  override dispose(): void {
    this.#setAlarm(Number.POSITIVE_INFINITY);
    super.dispose();
  }

  #requestWake(): void {
    if (this.#wakeRequested) return;
    this.host.wakeSoon(this.#onWake);
    this.#wakeRequested = true;
  }

  readonly #onWake = () => {
    this.#wakeRequested = false;
    this.#called();
  };

  readonly #onAlarm = () => {
    this.reachedMs = this.#alarmDeadlineMs;
    this.#alarm = undefined;
    this.#alarmDeadlineMs = Number.POSITIVE_INFINITY;
    this.#called();
  };

  /** The host has called, which it does when microtasks have run out: whatever step was open is over with them. */
  #called(): void {
    // A host may deliver messages while code waits in a dialog: never a slice within a slice.
    if (this.#pendingRun === undefined || this.executing) return;
    this.nowMs = this.timeMs();
    this.#sliceEndMs = this.nowMs + this.host.sliceMs;
    this.#sliceTurns = 0;
    if (this.#away) this.#stepOver();
    else this.#slice();
  }

  /** Makes one pass after the other, until there is nothing to run, or it is the host's turn. */
  #slice(): void {
    this.asleep = false;
    setRunning(this);
    this.executing = true;
    const outer = enterContext(undefined);
    try {
      let pass: Pass;
      do pass = this.runOnce();
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
    if (!this.timersSet && turns % CLOCK_STRIDE_TURNS !== 0) return false;
    this.nowMs = this.timeMs();
    return this.nowMs > this.#sliceEndMs || turns > SLICE_TURNS_MAX;
  }

  /** The batch goes on from the microtask that ends the step, or when the host says that microtasks have run out. */
  #awaitStep(): void {
    this.current = this.steps.latest ?? this.current;
    this.#goOnLater();
  }

  #goOnLater(): void {
    this.#away = true;
    const { afterMicrotasks } = this.host;
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
    this.nowMs = this.timeMs();
    this.#stepOver();
  };

  #leave(): void {
    this.current = undefined;
    setRunning(undefined);
  }

  #sleep(): void {
    const deadlineMs = this.calls.nextDeadlineMs();
    if (deadlineMs === Number.POSITIVE_INFINITY) this.timersSet = false;
    this.#setAlarm(deadlineMs);
    this.asleep = true;
    this.failures.watchAll();
    if (this.debugging) reportAfterMicrotasks(this);
    this.host.idle?.(this);
  }

  #setAlarm(deadlineMs: number): void {
    if (deadlineMs === this.#alarmDeadlineMs) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#alarmDeadlineMs = deadlineMs;
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    // The loop's time is ahead of a clock that stands still by this much: the host counts from where its clock is.
    const aheadMs = Math.max(0, this.reachedMs - (this.host.now() - this.originMs));
    this.#alarm = this.host.wakeAt(deadlineMs + this.originMs - aheadMs, this.#onAlarm);
  }

  #finish(settle: (run: PendingRun) => void): void {
    const run = this.#pendingRun;
    if (run === undefined) return;
    this.failures.watchAll();
    this.stopping = false;
    this.asleep = false;
    this.leaveBatch();
    this.#away = false;
    this.steps.end();
    this.#pendingRun = undefined;
    noteRun(this, false);
    this.#leave();
    this.#setAlarm(Number.POSITIVE_INFINITY);
    this.host.keepAlive(false);
    settle(run);
  }

  // ── The steps of async functions ──────────────────────────────────────────────────────────────────────────────

  override execute(stepper: Stepping): void {
    this.#execute(stepper, false);
  }

  override drive(stepper: Stepping): void {
    this.#execute(stepper, true);
  }

  #execute(stepper: Stepping, inStep: boolean): void {
    const outer = this.executing;
    this.executing = true;
    setRunning(this);
    try {
      stepper.enter(false);
    } catch (error) {
      this.interrupt(error);
    } finally {
      this.executing = outer;
      if (!outer) {
        if (inStep) this.#afterMicrotask();
        else if (this.steps.isOpen) this.#goOnLater();
        else if (!this.#away) this.#leaveMicrotask();
      }
    }
  }

  protected override scopeOfCallback(): Scope {
    return new Scope(this, undefined, undefined);
  }

  override holdStep(): void {
    if (this.executing || this.#away) this.steps.hold();
  }

  override functionEnded(scope: object): void {
    if (this.executing) return;
    this.steps.endedIn(scope);
    this.#afterMicrotask();
  }

  /** A microtask of ours has run. When everything that was resumed in this step has come back, the batch goes on. */
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
      this.#leaveMicrotask();
    }
  }

  /** What has run outside a turn may have made something ready. */
  #leaveMicrotask(): void {
    this.#leave();
    if (this.asleep) this.wake();
  }

  /** The step in microtasks is over, and the batch goes on. */
  #stepOver(): void {
    this.#away = false;
    this.steps.end();
    this.reportIfStepWasSlow();
    this.#slice();
  }

  // ── Running on the caller's stack ─────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`, the clock jumping from deadline to deadline. */
  runSync(skipTo: (deadlineMs: number) => void): void {
    this.synchronous = true;
    this.executing = true;
    setRunning(this);
    const outer = enterContext(undefined);
    try {
      for (;;) {
        this.nowMs = this.timeMs();
        const pass = this.runOnce();
        if (pass === "stopped") return;
        // No microtask runs before the end.
        if (pass === "away") this.steps.end();
        if (pass !== "idle") continue;
        const deadlineMs = this.calls.nextDeadlineMs();
        if (deadlineMs === Number.POSITIVE_INFINITY)
          throw this.host.deadlock?.(this) ?? new DeadlockError([]);
        skipTo(deadlineMs + this.originMs);
        this.reachedMs = deadlineMs;
      }
    } finally {
      this.failures.watchAll();
      this.stopping = false;
      this.synchronous = false;
      this.executing = false;
      this.leaveBatch();
      enterContext(outer);
      this.#leave();
    }
  }
}
