/**
 * Owns the EventLoop: what asyncio's loop offers a user, over a scheduler. It is the top of the core, where its parts are put
 * together, and nothing below knows more of it than its name. Whatever is the package's own business is the scheduler's.
 */
import { makeDefaultHost } from "../host/host.ts";
import type { Network } from "../host/network.ts";
import { AsyncTask, ImplicitTask } from "./async/async-task.ts";
import { awaitFutureHere, awaitHere } from "./async/await.ts";
import { closeAsyncgens } from "./asyncgens.ts";
import { checkCallback, LoopInContext } from "./calls.ts";
import { checkBoolean, checkFunction, checkInstance } from "./checks.ts";
import { Context } from "./context.ts";
import {
  type Body,
  type Coroutine,
  callNamed,
  checkCoroutine,
  iscoroutinefunction,
  type Operation,
  operation,
  provideThens,
  type Startable,
} from "./coroutine.ts";
import { isInsideLoop } from "./current.ts";
import { ensureFutureFor } from "./ensure.ts";
import { LoopError } from "./errors.ts";
import type { ExceptionContext, ExceptionHandler } from "./exceptions.ts";
import { LoopOfExecutors } from "./executor.ts";
import { Future } from "./future.ts";
import { callOf, type Handle, queueCall, startTimer, type TimerHandle } from "./handle.ts";
import { checkNetwork, type LoopOptions, readLoopOptions } from "./hosts.ts";
import { isInterrupt } from "./interrupt.ts";
import { PacedScheduler } from "./pacing.ts";
import { checkReport, contextOf, inWords } from "./reporting.ts";
import { provideImplicitTasks } from "./scope.ts";
import { type Signal, SignalHandlers } from "./signals.ts";
import { checkDelayMs, sleep } from "./sleep.ts";
import { Task } from "./task.ts";
import { NO_OPTIONS, readTaskOptions, type TaskOptions } from "./task-options.ts";

// What is above and needed below, where it is known only by an interface.
provideThens({ ofOperation: awaitHere, ofFuture: awaitFutureHere });
provideImplicitTasks((scope, name) => new ImplicitTask(scope, name));

/** Makes the tasks of a loop. Called by `createTask` with what it was given. */
export type TaskFactory = <T>(loop: EventLoop, coroutine: Coroutine<T>, options: TaskOptions) => Task<T>;

/**
 * An event loop: runs callbacks, timers, tasks and I/O, one at a time, in a fixed order. asyncio: `AbstractEventLoop`.
 *
 * @example
 * ```ts
 * const loop = newEventLoop();
 * loop.callLater(100, () => loop.stop());
 * await loop.runForever();
 * loop.close();
 * ```
 */
export class EventLoop extends LoopOfExecutors {
  /** What this is the face of. @internal */
  override readonly scheduler: PacedScheduler;
  readonly #signalHandlers: SignalHandlers;
  #taskFactory: TaskFactory | null = null;
  #exceptionHandler: ExceptionHandler | null = null;

  /** Prefer `newEventLoop`, which respects the policy. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  constructor(options?: LoopOptions) {
    super();
    const { host = makeDefaultHost(), clock, network, debug = false } = readLoopOptions("EventLoop", options);
    const clocked = clock === undefined ? host : clock.attach(host);
    this.scheduler = new PacedScheduler(this, clocked, debug);
    if (network !== undefined) this.setNetwork(network);
    this.#signalHandlers = new SignalHandlers(this.scheduler);
  }

  // ── Running ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs until `stop` is called. Called after `stop`, it makes one pass and ends.
   * @returns a promise, fulfilled when the loop has stopped; rejected with an Interrupt that a callback has thrown, and
   * with a LoopError ERR_LOOP_CLOSED or ERR_LOOP_RUNNING.
   */
  async runForever(): Promise<void> {
    this.#mustBeRunnable();
    await this.scheduler.run();
  }

  /**
   * Runs until a future is done, or a coroutine or a function, which is started as a task.
   * @returns a promise of its result; rejected with its exception, and with a LoopError ERR_LOOP_STOPPED when the loop was
   * stopped before and an ArgumentError ERR_COROUTINE_EXPECTED for what cannot be waited for.
   */
  async runUntilComplete<T>(awaitable: Startable<T>): Promise<T> {
    this.#mustBeRunnable();
    const { future, runIsOver } = this.#beginMain(awaitable);
    try {
      await this.scheduler.run();
    } catch (error) {
      future.markRetrieved();
      throw error;
    } finally {
      runIsOver();
    }
    return resultOfMain(future);
  }

  /**
   * As `runUntilComplete`, on the caller's stack. Needs a virtual clock, which jumps from one deadline to the next.
   * @returns the result.
   * @throws DeadlockError when nothing is left to wait for; LoopError ERR_RUN_SYNC without a virtual clock.
   */
  runSync<T>(awaitable: Startable<T>): T {
    this.#mustBeRunnable();
    const { host } = this.scheduler;
    if (host.skipTo === undefined) {
      throw new LoopError(
        "ERR_RUN_SYNC",
        "runSync needs a virtual clock: pass { clock: new VirtualClock() } from wasyncio/testing, or use run()",
      );
    }
    const { future, runIsOver } = this.#beginMain(awaitable);
    try {
      this.scheduler.runSync((deadlineMs) => host.skipTo?.(deadlineMs));
    } catch (error) {
      future.markRetrieved();
      throw error;
    } finally {
      runIsOver();
    }
    return resultOfMain(future);
  }

  #beginMain<T>(awaitable: Startable<T>): { future: Future<T>; runIsOver: () => void } {
    const future = ensureFutureFor("runUntilComplete", awaitable, this);
    let isOver = false;
    const settle = (done: Future<T>) => {
      // An interrupt ends the run by itself, and may leave this call to the next run, which is not to be stopped by it.
      if (isOver || (!done.cancelled() && isInterrupt(done.exception()))) return;
      this.stop();
    };
    future.addDoneCallback(settle);
    const runIsOver = () => {
      isOver = true;
      future.removeDoneCallback(settle);
    };
    return { future, runIsOver };
  }

  #mustBeRunnable(): void {
    this.scheduler.mustBeOpen();
    if (this.isRunning()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "This event loop is already running; use createTask to run more on it",
      );
    }
    if (isInsideLoop()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "Cannot run the event loop while another loop is running; wait for the coroutine with yield* or await instead",
      );
    }
  }

  /** Whether it is running. */
  isRunning(): boolean {
    return this.scheduler.running;
  }

  /** Whether it was closed. */
  isClosed(): boolean {
    return this.scheduler.closed;
  }

  /** Stops the loop when the current batch of callbacks has run. */
  stop(): void {
    this.scheduler.stopping = true;
    this.scheduler.wakeIfAsleep();
  }

  /**
   * Closes the loop for good: pending callbacks and timers are dropped. Exceptions that were never retrieved
   * are reported, and in debug mode coroutines that were never awaited. Closing again does nothing.
   * @throws LoopError ERR_LOOP_RUNNING while it runs.
   */
  close(): void {
    if (this.isRunning()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "Cannot close a running event loop; stop() it and wait for the run to end",
      );
    }
    const { scheduler } = this;
    if (scheduler.closed) return;
    try {
      scheduler.unclaimed.reportAll();
    } finally {
      scheduler.closed = true;
      this.#signalHandlers.removeAll();
      this.defaultExecutor.close();
      scheduler.dispose();
    }
  }

  /** The loop's clock, in milliseconds since it was made. */
  time(): number {
    return this.scheduler.timeMs();
  }

  // ── Callbacks ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls `callback` in the next turn, after everything that is already queued. In debug mode a coroutine function is refused.
   * @param args - what `callback` is called with.
   * @returns a handle to cancel it with, or to wait for its result.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; LoopError ERR_LOOP_CLOSED.
   */
  callSoon<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    checkCallback(this.scheduler, "callSoon", callback);
    return queueCall(this.scheduler, callOf(callback, args));
  }

  /** As `callSoon`, for calls from elsewhere. In this thread the two are the same. */
  callSoonThreadsafe<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    return this.callSoon(callback, ...args);
  }

  /**
   * Calls `callback` after a while; never early.
   * @param delayMs - in milliseconds; zero and less mean the next turn, Infinity never.
   * @param args - what `callback` is called with.
   * @throws ArgumentError ERR_DELAY or ERR_CALLBACK_EXPECTED; LoopError ERR_LOOP_CLOSED.
   */
  callLater<A extends unknown[], R>(
    delayMs: number,
    callback: (...args: A) => R,
    ...args: A
  ): TimerHandle<R> {
    checkCallback(this.scheduler, "callLater", callback);
    return startTimer(
      this.scheduler,
      this.time() + checkDelayMs("callLater", delayMs),
      callOf(callback, args),
    );
  }

  /** As `callLater`, at a time of the loop's clock. */
  callAt<A extends unknown[], R>(whenMs: number, callback: (...args: A) => R, ...args: A): TimerHandle<R> {
    checkCallback(this.scheduler, "callAt", callback);
    return startTimer(this.scheduler, checkDelayMs("callAt", whenMs), callOf(callback, args));
  }

  /**
   * The loop for calls in a given context: `loop.inContext(context).callSoon(callback)`. What the callback sets stays
   * in that very context. Otherwise callbacks are called in a copy of the context in which they were scheduled.
   * asyncio: the argument `context` of `call_soon`, `call_later` and `call_at`, here in front, since arguments come last.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   *
   * @example
   * ```ts
   * const context = copyContext();
   * loop.inContext(context).callLater(100, () => user.set("Ada"));
   * ```
   */
  inContext(context: Context): LoopInContext {
    checkInstance("inContext", "a context", context, Context);
    return new LoopInContext(this.scheduler, context);
  }

  /**
   * Calls `callback` on the loop, as `callSoon` does, each time the process gets the signal. It replaces the loop's
   * earlier handler of that signal. The loop's handlers are removed when it is closed.
   * @param signal - its name, such as "SIGTERM".
   * @param args - what `callback` is called with.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if it is not a signal or cannot be
   * caught; NotSupportedError where there are no signals, as in browsers and workers; LoopError ERR_LOOP_CLOSED.
   * @example
   * ```ts
   * getRunningLoop().addSignalHandler("SIGTERM", () => task.cancel());
   * ```
   */
  addSignalHandler<A extends unknown[]>(signal: Signal, callback: (...args: A) => unknown, ...args: A): void {
    this.#signalHandlers.add(signal, callback, args);
  }

  /** Removes the loop's handler of a signal. @returns whether there was one. @throws as `addSignalHandler`. */
  removeSignalHandler(signal: Signal): boolean {
    return this.#signalHandlers.remove(signal);
  }

  // ── Futures and tasks ─────────────────────────────────────────────────────────────────────────────────────────

  /** A new future of this loop. @throws LoopError ERR_LOOP_CLOSED. */
  createFuture<T>(): Future<T> {
    this.scheduler.mustBeOpen();
    return new Future<T>(this);
  }

  /**
   * Starts a coroutine, or a function, as a task. The function is called in the task, and may be a generator function, an
   * async function or a plain one.
   * @throws ArgumentError ERR_COROUTINE_EXPECTED, ERR_ARGUMENT_TYPE for invalid options; LoopError ERR_LOOP_CLOSED,
   * ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED.
   */
  createTask<T>(
    coroutine: Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>),
    options: TaskOptions = NO_OPTIONS,
  ): Task<T> {
    this.scheduler.mustBeOpen();
    if (iscoroutinefunction(coroutine)) {
      readTaskOptions(options);
      return this.createTask(callNamed(coroutine as () => Coroutine<T>), options);
    }
    if (typeof coroutine === "function") return new AsyncTask<T>(coroutine as Body<T>, this, options);
    if (this.#taskFactory === null) return new Task<T>(coroutine, this, options);
    checkCoroutine("createTask()", coroutine);
    return this.#taskFactory(this, coroutine, options);
  }

  /** The module's `sleep`. */
  sleep(delayMs: number): Operation<void>;
  sleep<T>(delayMs: number, result: T): Operation<T>;
  sleep<T>(delayMs: number, result?: T): Operation<T | undefined> {
    return sleep(delayMs, result);
  }

  /** Sets what makes the tasks of coroutines; null for the default. */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null) checkFunction("setTaskFactory", factory, "a function or null");
    this.#taskFactory = factory;
  }

  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /** Closes the async generators that were passed to `trackAsyncgen` and have not ended. Part of `run`'s end. */
  shutdownAsyncgens(): Operation<void> {
    return operation("shutdownAsyncgens", closeAsyncgens(this));
  }

  // ── Exceptions and debugging ──────────────────────────────────────────────────────────────────────────────────

  /**
   * Sets the network that is used from now on, such as a SimulatedNetwork of `wasyncio/testing`; null for the host's.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a network; LoopError ERR_NETWORK_IN_USE if it belongs to another loop.
   */
  setNetwork(network: Network | null): void {
    if (network !== null) checkNetwork("setNetwork", network);
    this.scheduler.network = network?.attach(this);
  }

  /** Sets what gets uncaught exceptions; null for the default. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null) checkFunction("setExceptionHandler", handler, "a function or null");
    this.#exceptionHandler = handler;
    this.scheduler.reporter.handler = handler && ((report) => handler(this, report as ExceptionContext));
  }

  getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  /**
   * Passes an exception to the handler, which is called in the context of the task or handle that failed. What it
   * throws itself is reported, except for an Interrupt.
   * @param context - an object with a message, and whatever else is known.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the context is not an object.
   */
  callExceptionHandler(context: ExceptionContext): void {
    checkReport("callExceptionHandler", context);
    this.scheduler.reporter.report(context, contextOf(context));
  }

  /** Writes a report of the exception where the host's users look for errors. The context is an object. */
  defaultExceptionHandler(context: ExceptionContext): void {
    this.scheduler.reporter.write(inWords(context));
  }

  /** Turns debug mode on or off. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  setDebug(enabled: boolean): void {
    this.scheduler.setDebugging(checkBoolean("setDebug", "enabled", enabled));
  }

  getDebug(): boolean {
    return this.scheduler.debugging;
  }

  /** After how many milliseconds a callback is reported as slow, in debug mode; by default 100. Infinity: never. */
  get slowCallbackDuration(): number {
    return this.scheduler.slowCallbackMs;
  }

  set slowCallbackDuration(durationMs: number) {
    this.scheduler.slowCallbackMs = checkDelayMs("slowCallbackDuration", durationMs);
  }

  override toString(): string {
    return `<EventLoop host=${this.scheduler.host.name} running=${this.isRunning()} closed=${this.isClosed()} debug=${this.getDebug()}>`;
  }
}

/** The result of what a run was for. @throws LoopError ERR_LOOP_STOPPED when the loop was stopped before. */
function resultOfMain<T>(future: Future<T>): T {
  if (!future.done()) {
    throw new LoopError("ERR_LOOP_STOPPED", "Event loop stopped before Future completed.");
  }
  return future.result();
}
