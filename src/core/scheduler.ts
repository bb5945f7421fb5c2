/**
 * Owns the running of one loop's batches: whose turn it is, what of the batch has run, and the clock by which it runs. What
 * futures, handles, sleeps and tasks hold is a scheduler; the EventLoop is the face that a user sees of it.
 * Knows neither what the batch's entries do, nor when it is called: that is pacing.ts, which is above.
 *
 * The event loop is `runOnce`. Where an entry has resumed an async function, the batch waits until that step is over and
 * goes on from the microtask that has ended it.
 */
import type { Host } from "../host/host.ts";
import type { NamedNetwork } from "../host/network.ts";
import { storageInUse } from "./async-context.ts";
import { Context, enterContext } from "./context.ts";
import { LoopError } from "./errors.ts";
import { Failures } from "./failures.ts";
import type { EventLoop } from "./loop.ts";
import { Outsiders } from "./outsiders.ts";
import { Reporter } from "./reporting.ts";
import { type Stepping, Steps } from "./steps.ts";
import { Unclaimed } from "./unclaimed.ts";
import { Core, KINDS, type Runnable } from "./wasm.ts";

/** The one name from above that is known here: a future can be asked for its loop. */
export type { EventLoop };

/** The outcome of a pass: entries were run; there was nothing to run; an async function has its step first; `stop` was called. */
export type Pass = "ran" | "idle" | "away" | "stopped";

/** What may put a batch into another order before it runs, as a search of schedules does: see wasyncio/testing. @internal */
export interface Arranger {
  /** The first `count` entries of `core.batch` are about to run. */
  arrange(count: number): void;
  /** Something waits for a foreign promise, which only the host can bring on. */
  adopted(): void;
}

/** Whether any loop has ever been in debug mode, which each operation asks before it asks for its loop. @internal */
export let anyDebugged = false;

/** Cores that closed loops have left empty, while they are kept. */
let spares: Core[] | undefined;
let keepers = 0;

/** While cores are kept, loops take over those of closed ones: making one takes longer than most explored programs. @internal */
export function keepCores(on: boolean): void {
  keepers += on ? 1 : -1;
  if (keepers === 0) spares = undefined;
  else spares ??= [];
}

/** @internal */
export abstract class Scheduler {
  readonly loop: EventLoop;
  readonly core = spares?.pop() ?? new Core();
  /** The core's functions. */
  readonly calls = this.core.calls;
  readonly host: Host;
  /** In the place of the host's. */
  network: NamedNetwork | undefined = undefined;
  readonly reporter: Reporter;
  readonly unclaimed = new Unclaimed();
  readonly outsiders = new Outsiders();
  readonly failures: Failures;
  /** Whether debug mode is on. */
  debugging = false;
  /** After how many milliseconds a callback is reported as slow, in debug mode. */
  slowCallbackMs = 100;
  closed = false;

  /** The step that goes on in microtasks. */
  readonly steps = new Steps();
  /** What is taking a step. */
  current: Stepping | undefined = undefined;
  /** A callback or a step has control. */
  executing = false;
  /** The loop runs, and nothing will wake it but an event. */
  asleep = false;
  stopping = false;
  /** Runs on the caller's stack, under a virtual clock. */
  synchronous = false;
  /** How many pending futures get their outcome from the host: those of promises, calls elsewhere, look-ups. */
  expected = 0;
  /** Undefined in every program that is not explored: then batches run in the order in which they became ready. */
  arranger: Arranger | undefined = undefined;

  /** The timer whose callback has control, and its deadline, which the core has forgotten and the handle not yet noted. */
  calledTimer: object | undefined = undefined;
  calledTimerWhenMs = 0;

  /** The loop's time as of this turn. */
  protected nowMs = 0;
  /** The deadline for which the host has called; it counts as reached even if the clock lags behind. */
  protected reachedMs = 0;
  protected readonly originMs: number;
  protected timersSet = false;

  /** A batch has begun: its number of entries, and how many of them have run. */
  #inBatch = false;
  #count = 0;
  #ran = 0;
  /** In debug mode: the entry whose step goes on in microtasks, and when it began. */
  #timed: { readonly about: string; readonly startMs: number } | undefined;
  /** See `borrowEmptyContext`. */
  #emptyContext = new Context();
  #cancelMarks = 0;

  constructor(loop: EventLoop, host: Host, debug: boolean) {
    this.loop = loop;
    this.host = host;
    this.setDebugging(debug);
    this.reporter = new Reporter(loop, (text) => host.writeError(text));
    this.failures = new Failures(this.unclaimed, this.reporter);
    // Time relative to the start keeps its full precision for as long as anyone runs a loop.
    this.originMs = host.now();
  }

  setDebugging(on: boolean): void {
    this.debugging = on;
    anyDebugged ||= on;
  }

  // ── When it is called: pacing.ts ──────────────────────────────────────────────────────────────────────────────

  abstract get running(): boolean;
  /** The scope of what a callback starts, which belongs to no task before it waits. */
  protected abstract scopeOfCallback(): object;
  /** Has the step last until the microtasks have run out. */
  abstract holdStep(): void;
  /** Something became ready outside a turn. */
  abstract wake(): void;
  /** Ends the run with an error; what is ready stays so. */
  abstract interrupt(error: unknown): void;
  /** Has it take a step within the code that is running. */
  abstract execute(stepper: Stepping): void;
  /** The same, as a part of the step that goes on in microtasks. */
  abstract drive(stepper: Stepping): void;
  /** The function of a task has ended, whose scope this is. */
  abstract functionEnded(scope: object): void;

  wakeIfAsleep(): void {
    if (this.asleep) this.wake();
  }

  // ── One pass ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The event loop: begins a turn, or continues the current one, and runs what it has made ready. */
  runOnce(): Pass {
    const { core, steps } = this;
    if (!this.#inBatch) {
      this.#count = core.turn(this.nowMs, this.#ran);
      this.#ran = 0;
      if (this.#count === 0 && !this.stopping) return "idle";
      this.#inBatch = true;
      if (this.arranger !== undefined) this.arranger.arrange(this.#count);
    }
    const { batch } = core;
    while (this.#ran < this.#count) {
      const runnable = core.objectAt(batch[this.#ran++] as number);
      if (runnable === undefined) continue;
      if (this.debugging) this.#runTimed(runnable);
      else this.#run(runnable);
      if (steps.isOpen) return "away";
    }
    this.#inBatch = false;
    this.failures.batchEnded();
    return this.stopping ? "stopped" : "ran";
  }

  #run(runnable: Runnable): void {
    // What a callback starts belongs to no task, in whichever microtask the batch has gone on.
    if (storageInUse === undefined || runnable.entersScope === true) runnable.run();
    else storageInUse.run(this.scopeOfCallback(), runNow, runnable);
  }

  /** The run is over, in the middle of a batch perhaps: what of it was not run stays ready. */
  protected leaveBatch(): void {
    this.#inBatch = false;
  }

  // ── Slow callbacks, in debug mode ─────────────────────────────────────────────────────────────────────────────

  #runTimed(runnable: Runnable): void {
    const about = String(runnable);
    const startMs = this.timeMs();
    this.#run(runnable);
    // The step of an async function goes on in its microtasks.
    if (this.steps.isOpen) this.#timed = { about, startMs };
    else this.#reportIfSlow(about, startMs);
  }

  /** The step that went on in microtasks is over. */
  protected reportIfStepWasSlow(): void {
    const timed = this.#timed;
    this.#timed = undefined;
    if (timed !== undefined) this.#reportIfSlow(timed.about, timed.startMs);
  }

  #reportIfSlow(about: string, startMs: number): void {
    const tookMs = this.timeMs() - startMs;
    if (tookMs >= this.slowCallbackMs) this.warn(`Executing ${about} took ${tookMs.toFixed(1)} ms`);
  }

  /** Something that is worth a word in debug mode. */
  warn(text: string): void {
    this.reporter.write(text);
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The loop's time, in milliseconds since it was made. */
  timeMs(): number {
    const nowMs = this.host.now() - this.originMs;
    return nowMs > this.reachedMs ? nowMs : this.reachedMs;
  }

  /** A timer was set. From now on the clock is read in every turn, as long as there are any. */
  noteTimer(): void {
    this.timersSet = true;
  }

  // ── What a step or a callback runs in ─────────────────────────────────────────────────────────────────────────

  /** A callback is not a task, and what it sets in its context is lost. What runs next sets its own. */
  enterCallback(context: Context | undefined): void {
    this.current = undefined;
    enterContext(context ?? this.borrowEmptyContext());
  }

  /**
   * An empty context, for a step or a callback without one of its own. Code that sets a variable in it has taken it over: the
   * next to borrow gets another.
   */
  borrowEmptyContext(): Context {
    if (!this.#emptyContext.isEmpty()) this.#emptyContext = new Context();
    return this.#emptyContext;
  }

  /** The context that the current step or callback has borrowed, for it to keep. */
  keepBorrowedContext(): Context {
    const kept = this.#emptyContext;
    this.#emptyContext = new Context();
    return kept;
  }

  /** Requests to cancel what async functions wait for are numbered. */
  nextCancelMark(): number {
    return ++this.#cancelMarks;
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────

  mustBeOpen(): void {
    if (this.closed)
      throw new LoopError("ERR_LOOP_CLOSED", "Event loop is closed; create a new one with newEventLoop()");
  }

  /** Nothing of it will run any more. */
  dispose(): void {
    this.outsiders.loopClosed();
    this.core.dispose();
    if (spares !== undefined && this.#isEmpty()) spares.push(this.core);
  }

  #isEmpty(): boolean {
    const { core, calls } = this;
    const isAnyReady = core.turn(Number.NEGATIVE_INFINITY, this.#ran) > 0;
    this.#ran = 0;
    let live = 0;
    for (let kind = 0; kind < KINDS; kind++) live += calls.slotsLive(kind);
    return !isAnyReady && live === 0;
  }
}

function runNow(runnable: Runnable): void {
  runnable.run();
}
