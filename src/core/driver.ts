/**
 * Owns the running of a loop: which turn comes when, what of the batch has run, and when the host gets its thread back.
 * Knows nothing of what the batch's entries do.
 *
 * A wake runs turns back to back until nothing is ready or the slice is over. Then the host is asked for the next wake:
 * soon, or at the earliest deadline, or not at all until something happens.
 */
import type { Host, HostTimer } from "../host/host.ts";
import type { AsyncTask } from "./async-task.ts";
import { enterContext, setAmbientContext } from "./context.ts";
import { DeadlockError, LoopError } from "./errors.ts";
import type { EventLoop } from "./loop.ts";
import { setRunningLoop } from "./running.ts";
import type { Task } from "./task.ts";
import type { Core, Runnable } from "./wasm.ts";

/** Turns one wake may run, for hosts whose clock stands still while code runs. */
const SLICE_TURNS_MAX = 4096;
/** While no timer is set the clock is asked only in every so many turns. */
const CLOCK_STRIDE_TURNS = 8;
/** Microtasks that an async function may take for one step; beyond that it waits for something foreign. */
const MICROTASKS_MAX = 48;

interface PendingRun {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Driver {
  readonly #loop: EventLoop;
  readonly #core: Core;
  readonly #host: Host;
  readonly #originMs: number;
  #pendingRun: PendingRun | undefined;
  /** Runs on the caller's stack, under a virtual clock. */
  synchronous = false;
  /** A callback or a step has control. */
  executing = false;
  /** The loop runs, and nothing will wake it but an event. */
  asleep = false;
  stopping = false;
  #wakeRequested = false;
  #alarm: HostTimer | undefined;
  #alarmDeadlineMs = Number.POSITIVE_INFINITY;
  /** The deadline that the host has called for; it counts as reached even if the clock lags behind. */
  #reachedMs = 0;
  /** How far the batch has come. */
  #ran = 0;
  #count = 0;
  /** The async function that has its step in microtasks. */
  #away: AsyncTask<unknown> | undefined;
  #microtasks = 0;
  /** What is to end the run after that step. */
  #interruption: { readonly error: unknown } | undefined;
  /** In debug mode: what that step is, and when it began. */
  #awayTimed: { readonly about: string; readonly startMs: number } | undefined;
  #timersSet = false;

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

  // ── Running under the host ────────────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askForFirstWake();
      this.#pendingRun = { resolve, reject };
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
    this.asleep = false;
    // A virtual clock must not jump past what has become ready; a real one goes on by itself.
    if (this.#host.skipTo !== undefined) this.#setAlarm(Number.POSITIVE_INFINITY);
    this.#requestWake();
  }

  /** Ends the run with an error; what is ready stays so. An async function that has its step first gets to its end. */
  interrupt(error: unknown): void {
    if (this.#away === undefined) this.#finish((run) => run.reject(error));
    else this.#interruption ??= { error };
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
    this.#sliceUnlessBusy();
  };

  readonly #onAlarm = () => {
    this.#reachedMs = this.#alarmDeadlineMs;
    this.#alarm = undefined;
    this.#alarmDeadlineMs = Number.POSITIVE_INFINITY;
    this.#sliceUnlessBusy();
  };

  /** A host may deliver messages while code waits in a dialogue: never a slice within a slice. */
  #sliceUnlessBusy(): void {
    if (this.#pendingRun !== undefined && !this.executing && this.#away === undefined) this.#slice(false);
  }

  #slice(resumed: boolean): void {
    this.asleep = false;
    setRunningLoop(this.#loop);
    this.executing = true;
    try {
      if (resumed) this.#throwInterruption();
      this.#turns(resumed);
    } catch (error) {
      this.interrupt(error);
    } finally {
      this.executing = false;
      if (this.#away === undefined) setRunningLoop(undefined);
    }
  }

  #throwInterruption(): void {
    const interruption = this.#interruption;
    if (interruption === undefined) return;
    this.#interruption = undefined;
    throw interruption.error;
  }

  /** `resumed`: the batch at hand is not done yet, an async function has had its step. */
  #turns(resumed: boolean): void {
    let nowMs = this.timeMs();
    const endMs = nowMs + this.#host.sliceMs;
    let batchAtHand = resumed;
    for (let turns = 0; ; turns++) {
      if (this.#timersSet || turns % CLOCK_STRIDE_TURNS === 0) {
        nowMs = this.timeMs();
        if (nowMs > endMs || turns > SLICE_TURNS_MAX) break;
      }
      if (!batchAtHand && !this.#beginTurn(nowMs)) {
        this.#sleep();
        return;
      }
      batchAtHand = false;
      if (!this.#runBatch()) return;
      if (this.stopping) {
        this.#finish((run) => run.resolve());
        return;
      }
    }
    this.#requestWake();
  }

  /** False when there is nothing to run, and no stop to carry out either. */
  #beginTurn(nowMs: number): boolean {
    this.#count = this.#core.turn(nowMs, this.#ran);
    this.#ran = 0;
    return this.#count !== 0 || this.stopping;
  }

  /** Runs what is left of the batch. False when an async function has its step first. */
  #runBatch(): boolean {
    const core = this.#core;
    const batch = core.batch;
    const outer = enterContext(undefined);
    setAmbientContext(undefined);
    try {
      return this.#runEntries(core, batch);
    } finally {
      // What an async function does in its microtasks, it does as itself.
      this.#loop.current = this.#away;
      setAmbientContext(this.#away?.getContext());
      enterContext(outer);
    }
  }

  #runEntries(core: Core, batch: readonly number[]): boolean {
    while (this.#ran < this.#count) {
      const runnable = core.objectAt(batch[this.#ran++] as number);
      if (runnable === undefined) continue;
      if (this.#loop.debugging) this.#runTimed(runnable);
      else runnable.run();
      if (this.#away !== undefined) {
        this.#microtasks = 0;
        Promise.resolve().then(this.#onMicrotask);
        return false;
      }
    }
    this.#loop.failures.batchEnded();
    return true;
  }

  #runTimed(runnable: Runnable): void {
    const about = String(runnable);
    const startMs = this.timeMs();
    runnable.run();
    // The step of an async function goes on in its microtasks.
    if (this.#away === undefined) this.#reportIfSlow(about, startMs);
    else this.#awayTimed = { about, startMs };
  }

  #reportIfSlow(about: string, startMs: number): void {
    const tookMs = this.timeMs() - startMs;
    if (tookMs >= this.#loop.slowCallbackDuration)
      this.#loop.warn(`Executing ${about} took ${tookMs.toFixed(1)} ms`);
  }

  #sleep(): void {
    const deadlineMs = this.#core.calls.nextDeadlineMs();
    if (deadlineMs === Number.POSITIVE_INFINITY) this.#timersSet = false;
    this.#setAlarm(deadlineMs);
    this.asleep = true;
    this.#loop.failures.watchAll();
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
    this.#away = undefined;
    this.#pendingRun = undefined;
    this.#setAlarm(Number.POSITIVE_INFINITY);
    this.#host.keepAlive(false);
    settle(run);
  }

  // ── Async functions ───────────────────────────────────────────────────────────────────────────────────────────

  /** The batch goes on when this task's function waits for the loop again. */
  waitForMicrotasksOf(task: AsyncTask<unknown>): void {
    if (this.executing && !this.synchronous) this.#away = task;
  }

  readonly #onMicrotask = () => {
    const task = this.#away;
    if (task === undefined || this.#pendingRun === undefined) return;
    if (task.away && ++this.#microtasks < MICROTASKS_MAX) {
      Promise.resolve().then(this.#onMicrotask);
      return;
    }
    this.#away = undefined;
    const timed = this.#awayTimed;
    this.#awayTimed = undefined;
    if (timed !== undefined) this.#reportIfSlow(timed.about, timed.startMs);
    this.#slice(true);
  };

  /** Runs `body` as the loop's own code, from wherever the engine has called it. */
  execute(body: () => void): void {
    // An async function that comes to the loop is not lost in something foreign.
    this.#microtasks = 0;
    const outer = this.executing;
    const away = this.#away;
    this.executing = true;
    setRunningLoop(this.#loop);
    try {
      body();
    } catch (error) {
      // Whatever the body has begun itself, it is the step around it that gets to its end first.
      this.#away = away;
      this.interrupt(error);
    } finally {
      this.executing = outer;
      this.#away = away;
      if (!outer && this.#away === undefined) setRunningLoop(undefined);
    }
  }

  // ── Running on the caller's stack ─────────────────────────────────────────────────────────────────────────────

  /** Runs until `stopping`, the clock going straight from deadline to deadline. */
  runSync(skipTo: (deadlineMs: number) => void): void {
    this.synchronous = true;
    this.executing = true;
    setRunningLoop(this.#loop);
    try {
      for (;;) {
        if (this.#beginTurn(this.timeMs())) {
          this.#runBatch();
          if (this.stopping) return;
          continue;
        }
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
      setRunningLoop(undefined);
    }
  }
}

/** Who it is, and what it waits for. */
function describePending(task: Task<unknown>): string {
  const waiting = task.getStack().map((frame) => frame.awaiting ?? "its next step");
  return `${task.getName()} (${task.coroutineName()}) waits for ${waiting.join(", which waits for ") || "its next step"}`;
}
