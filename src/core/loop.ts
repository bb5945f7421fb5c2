/**
 * Owns the EventLoop: what asyncio's loop offers, on a core and a host of its own.
 * Knows no host beyond the interface, and nothing of how turns are driven (driver.ts) or coroutines stepped (task.ts).
 */
import { type Host, makeDefaultHost } from "../host/host.ts";
import { AsyncTask, ImplicitTask } from "./async/async-task.ts";
import { Scope } from "./async/scope.ts";
import { Asyncgens } from "./asyncgens.ts";
import { checkCallback, LoopInContext } from "./calls.ts";
import { checkBoolean, checkFunction, checkInstance } from "./checks.ts";
import { Context, enterContext } from "./context.ts";
import {
  type Body,
  type Coroutine,
  callNamed,
  checkCoroutine,
  iscoroutinefunction,
  type Operation,
  operation,
  type Startable,
} from "./coroutine.ts";
import { Driver } from "./driver.ts";
import { ensureFutureFor } from "./ensure.ts";
import { LoopError } from "./errors.ts";
import {
  checkContext,
  contextToldOf,
  type ExceptionContext,
  type ExceptionHandler,
  formatContext,
  Reporter,
} from "./exceptions.ts";
import { LoopOfExecutors } from "./executor.ts";
import { Failures } from "./failures.ts";
import { Future, isInterrupt, resultOfMain } from "./future.ts";
import { type Callee, callOf, Handle, TimerHandle } from "./handle.ts";
import { type LoopOptions, readLoopOptions } from "./hosts.ts";
import { isInsideLoop } from "./running.ts";
import { type Signal, SignalHandlers } from "./signals.ts";
import { checkDelayMs, sleep } from "./sleep.ts";
import { Task } from "./task.ts";
import { NO_OPTIONS, readTaskOptions, type TaskOptions } from "./task-options.ts";
import { Unclaimed } from "./unclaimed.ts";
import { Core } from "./wasm.ts";

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
  /** @internal */
  readonly core: Core;
  /** @internal */
  readonly host: Host;
  /** @internal */
  readonly unclaimed = new Unclaimed();
  /** @internal */
  readonly failures = new Failures(this.unclaimed);
  /** @internal */
  readonly asyncgens = new Asyncgens();
  /** Whether debug mode is on. @internal */
  debugging: boolean;
  /** @internal */
  readonly driver: Driver;
  readonly #reporter: Reporter;
  readonly #signalHandlers = new SignalHandlers(this);
  #taskFactory: TaskFactory | null = null;
  #slowCallbackMs = 100;
  #closed = false;
  /** See `borrowEmptyContext`. */
  #emptyContext = new Context();
  #cancelMarks = 0;
  /** What callbacks start belongs to nobody: a scope to say so. @internal */
  readonly nobodys: Scope = new Scope(this, undefined, undefined);

  /** Prefer `newEventLoop`, which respects the policy. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  constructor(options?: LoopOptions) {
    super();
    const { host = makeDefaultHost(), clock, debug = false } = readLoopOptions("EventLoop", options);
    this.debugging = debug;
    this.host = clock === undefined ? host : clock.attach(host);
    this.core = new Core();
    this.driver = new Driver(this, this.core, this.host);
    this.#reporter = new Reporter(this, (text) => this.host.writeError(text));
  }

  // ── Running ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs until `stop` is called. Called after `stop`, it makes one pass and ends.
   * @returns a promise, fulfilled when the loop has stopped; rejected with an Interrupt that a callback has thrown, and
   * with a LoopError ERR_LOOP_CLOSED or ERR_LOOP_RUNNING.
   */
  async runForever(): Promise<void> {
    this.#mustBeRunnable();
    await this.driver.run();
  }

  /**
   * Runs until a future is done, or a coroutine or a function, of which a task is started.
   * @returns a promise of its result; rejected with its exception, and with a LoopError ERR_LOOP_STOPPED when the loop was
   * stopped before and an ArgumentError ERR_COROUTINE_EXPECTED for what cannot be waited for.
   */
  async runUntilComplete<T>(awaitable: Startable<T>): Promise<T> {
    this.#mustBeRunnable();
    const { future, settle } = this.#beginMain(awaitable);
    try {
      await this.driver.run();
    } catch (error) {
      future.markRetrieved();
      throw error;
    } finally {
      future.removeDoneCallback(settle);
    }
    return resultOfMain(future);
  }

  /**
   * As `runUntilComplete`, on the caller's stack. Needs a virtual clock, which goes straight from one deadline to the next.
   * @returns the result.
   * @throws DeadlockError when nothing is left to wait for; LoopError ERR_RUN_SYNC without a virtual clock.
   */
  runSync<T>(awaitable: Startable<T>): T {
    this.#mustBeRunnable();
    const { host } = this;
    if (host.skipTo === undefined) {
      throw new LoopError(
        "ERR_RUN_SYNC",
        "runSync needs a virtual clock: give { clock: new VirtualClock() } of wasyncio/testing, or use run()",
      );
    }
    const { future, settle } = this.#beginMain(awaitable);
    try {
      this.driver.runSync((deadlineMs) => host.skipTo?.(deadlineMs));
    } catch (error) {
      future.markRetrieved();
      throw error;
    } finally {
      future.removeDoneCallback(settle);
    }
    return resultOfMain(future);
  }

  #beginMain<T>(awaitable: Startable<T>): {
    future: Future<T>;
    settle: (done: Future<T>) => void;
  } {
    const future = ensureFutureFor("runUntilComplete", awaitable, this);
    const settle = (done: Future<T>) => {
      // An interrupt ends the run by itself.
      if (!done.cancelled() && isInterrupt(done.exception())) return;
      this.stop();
    };
    future.addDoneCallback(settle);
    return { future, settle };
  }

  /** Whether it is running. */
  isRunning(): boolean {
    return this.driver.running;
  }

  /** Whether it was closed. */
  isClosed(): boolean {
    return this.#closed;
  }

  /** Stops the loop when the current batch of callbacks has run. */
  stop(): void {
    this.driver.stopping = true;
    this.wakeIfAsleep();
  }

  /**
   * Closes the loop for good: callbacks and timers that are pending are dropped. Exceptions that nobody has asked for
   * are reported, and in debug mode coroutines that nobody has awaited. Closing again does nothing.
   * @throws LoopError ERR_LOOP_RUNNING while it runs.
   */
  close(): void {
    if (this.isRunning()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "Cannot close a running event loop; stop() it and wait for the run to end",
      );
    }
    if (this.#closed) return;
    try {
      this.unclaimed.reportAll();
    } finally {
      this.#closed = true;
      this.#signalHandlers.removeAll();
      this.defaultExecutor.close();
      this.driver.dispose();
      this.core.dispose();
    }
  }

  /** The loop's clock, in milliseconds since it was made. */
  time(): number {
    return this.driver.timeMs();
  }

  // ── Callbacks ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls `callback` in the next turn, after all that is queued already. In debug mode a coroutine function is refused.
   * @param args - what `callback` is called with.
   * @returns a handle to cancel it by, or to wait for its result.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; LoopError ERR_LOOP_CLOSED.
   */
  callSoon<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): Handle<R> {
    checkCallback(this, "callSoon", callback);
    const handle = new Handle<R>(this, this.core.calls.handleQueue(), callOf(callback, args));
    if (this.driver.asleep) this.driver.wake();
    return handle;
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
    checkCallback(this, "callLater", callback);
    return this.startTimer(this.time() + checkDelayMs("callLater", delayMs), callOf(callback, args));
  }

  /** As `callLater`, at a time of the loop's clock. */
  callAt<A extends unknown[], R>(whenMs: number, callback: (...args: A) => R, ...args: A): TimerHandle<R> {
    checkCallback(this, "callAt", callback);
    return this.startTimer(checkDelayMs("callAt", whenMs), callOf(callback, args));
  }

  /**
   * The loop for calls in a context of one's own: `loop.inContext(context).callSoon(callback)`. What the callback sets stays
   * in that very context. Otherwise callbacks are called in a copy of the context in which they were asked for.
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
    return new LoopInContext(this, context);
  }

  /** Sets a timer for what has been checked already. @internal */
  startTimer<R>(whenMs: number, call: Callee<R>): TimerHandle<R> {
    this.driver.noteTimer();
    const handle = new TimerHandle<R>(this, this.core.calls.timerStart(whenMs), call);
    if (this.driver.asleep) this.driver.wake();
    return handle;
  }

  /**
   * Calls `callback` on the loop, as `callSoon` does, each time the process gets the signal. It takes the place of the loop's
   * earlier handler of that signal. The loop's handlers are removed when it is closed.
   * @param signal - its name, as "SIGTERM".
   * @param args - what `callback` is called with.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE for what is no signal or cannot be
   * caught; NotSupportedError where there are none, as in browsers and workers; LoopError ERR_LOOP_CLOSED.
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
    if (this.#closed) this.mustBeOpen();
    return new Future<T>(this);
  }

  /**
   * Starts a coroutine, or a function, as a task. The function is called in the task, and may be a generator function, an
   * async function or a plain one.
   * @throws ArgumentError ERR_COROUTINE_EXPECTED, ERR_ARGUMENT_TYPE for options that are none; LoopError ERR_LOOP_CLOSED,
   * ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED.
   */
  createTask<T>(
    coroutine: Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>),
    options: TaskOptions = NO_OPTIONS,
  ): Task<T> {
    this.mustBeOpen();
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

  /** Closes the async generators that `trackAsyncgen` was told of and that have not ended. Part of `run`'s end. */
  shutdownAsyncgens(): Operation<void> {
    return operation("shutdownAsyncgens", this.asyncgens.closeAll(this));
  }

  // ── Exceptions and debugging ──────────────────────────────────────────────────────────────────────────────────

  /** Sets who gets the exceptions that nobody catches; null for the default. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    this.#reporter.handler = handler;
  }

  getExceptionHandler(): ExceptionHandler | null {
    return this.#reporter.handler;
  }

  /**
   * Hands an exception to the handler, which is called in the context of the task or handle that it is told of. What it
   * throws itself is reported, save an Interrupt.
   * @param context - an object with a message, and with what else is known.
   * @throws ArgumentError ERR_ARGUMENT_TYPE for a context that is no object.
   */
  callExceptionHandler(context: ExceptionContext): void {
    checkContext("callExceptionHandler", context);
    this.#reporter.report(context, contextToldOf(context));
  }

  /** The same, in a context that is not that of what the handler is told of. @internal */
  reportIn(where: Context | undefined, context: ExceptionContext): void {
    this.#reporter.report(context, where);
  }

  /** Something that is worth a word in debug mode. @internal */
  warn(text: string): void {
    this.#reporter.write(text);
  }

  /** Writes a report of the exception where the host's users look for errors. The context is an object. */
  defaultExceptionHandler(context: ExceptionContext): void {
    this.#reporter.write(formatContext(context));
  }

  /** Turns debug mode on or off. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  setDebug(enabled: boolean): void {
    this.debugging = checkBoolean("setDebug", "what debug mode is to be", enabled);
  }

  getDebug(): boolean {
    return this.debugging;
  }

  /** From how many milliseconds on a callback is reported as slow, in debug mode; 100 unless set. Infinity: never. */
  get slowCallbackDuration(): number {
    return this.#slowCallbackMs;
  }

  set slowCallbackDuration(durationMs: number) {
    this.#slowCallbackMs = checkDelayMs("slowCallbackDuration", durationMs);
  }

  override toString(): string {
    return `<EventLoop host=${this.host.name} running=${this.isRunning()} closed=${this.isClosed()} debug=${this.getDebug()}>`;
  }

  // ── For the other files of this package ───────────────────────────────────────────────────────────────────────

  /** @internal */
  override mustBeOpen(): void {
    if (this.#closed)
      throw new LoopError("ERR_LOOP_CLOSED", "Event loop is closed; make a new one by newEventLoop()");
  }

  #mustBeRunnable(): void {
    this.mustBeOpen();
    if (this.isRunning()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "This event loop is already running; use createTask to run more on it",
      );
    }
    if (isInsideLoop()) {
      throw new LoopError(
        "ERR_LOOP_RUNNING",
        "Cannot run the event loop while another loop is running; wait for the coroutine by yield* or await instead",
      );
    }
  }

  /** @internal */
  wakeIfAsleep(): void {
    if (this.driver.asleep) this.driver.wake();
  }

  /** A task for what waits in a scope that has none. @internal */
  startImplicitTask(scope: Scope, name: string | undefined): Task<unknown> {
    return new ImplicitTask(scope, name) as Task<unknown>;
  }

  /** Requests to cancel what async functions wait for are numbered. @internal */
  nextCancelMark(): number {
    return ++this.#cancelMarks;
  }

  /** In debug mode: what the end of a task has cut off. @internal */
  noteCutOff(scope: Scope): void {
    if (!this.debugging) return;
    const waits = scope.waits().map((wait) => String(wait ?? "its next step"));
    this.warn(
      `the task '${scope.cutOffFrom}' has ended, and what it had started and not awaited was cancelled: ${waits.join(", ")}`,
    );
  }

  /** A callback is no task, and what it sets in its context is lost. Who runs next says so for itself. @internal */
  enterCallback(context: Context | undefined): void {
    this.driver.current = undefined;
    enterContext(context ?? this.borrowEmptyContext());
  }

  /**
   * An empty context, for a step or a callback without one of its own. Whoever sets a variable there has made it his: the
   * next to borrow gets another. @internal
   */
  borrowEmptyContext(): Context {
    if (!this.#emptyContext.isEmpty()) this.#emptyContext = new Context();
    return this.#emptyContext;
  }

  /** The context that the step or callback at hand has borrowed, for it to keep. @internal */
  keepBorrowedContext(): Context {
    const kept = this.#emptyContext;
    this.#emptyContext = new Context();
    return kept;
  }

  /** The tasks that are not done. @internal */
  pendingTasks(): Task<unknown>[] {
    return this.core
      .objects()
      .filter((object): object is Task<unknown> => object instanceof Task && !object.done());
  }
}
