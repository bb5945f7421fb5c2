/**
 * Owns the life of a whole program: a loop is made, the main coroutine runs, and at the end whatever still runs is
 * cancelled and the loop closed. `run`, `runSync` and `Runner`.
 */
import { asyncgensOf } from "./asyncgens.ts";
import { checkFunction, readOptions } from "./checks.ts";
import { type Context, copyContext } from "./context.ts";
import {
  type Awaitable,
  type Coroutine,
  callNamed,
  coroutineExpected,
  iscoroutine,
  iscoroutinefunction,
} from "./coroutine.ts";
import { watchInterrupts } from "./ctrl-c.ts";
import { isInsideLoop } from "./current.ts";
import { CancelledError, LoopError } from "./errors.ts";
import { type LoopOptions, readLoopOptions } from "./hosts.ts";
import { KeyboardInterrupt } from "./interrupt.ts";
import type { EventLoop } from "./loop.ts";
import { watchClosing } from "./out-of-reach.ts";
import { getEventLoopPolicy } from "./policy.ts";
import { checkLoop } from "./running.ts";
import { pendingTasks, type Task } from "./task.ts";

/** The program's entry: a coroutine, a function that returns one, or an async function. */
export type Main<T> = Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>);

/** How a program is run. */
export interface RunOptions extends LoopOptions {
  /** Makes the loop; by default the policy does. */
  readonly loopFactory?: (() => EventLoop) | undefined;
}

/**
 * Runs several programs one after the other on one loop. asyncio: `Runner`.
 *
 * @example
 * ```ts
 * await using runner = new Runner();
 * await runner.run(first);
 * await runner.run(second);
 * ```
 */
export class Runner {
  readonly #options: LoopOptions;
  readonly #loopFactory: (() => EventLoop) | undefined;
  #loop: EventLoop | undefined;
  /** What a program sets, the next one sees. */
  #context: Context | undefined;
  #closed = false;
  /** How many times we still handle Ctrl-C; after that it ends the process. */
  #interruptsToAnswer = 0;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_CALLBACK_EXPECTED. */
  constructor(options?: RunOptions) {
    const { loopFactory } = readOptions("Runner", options, ["loopFactory"]);
    if (loopFactory !== undefined) checkFunction("Runner", loopFactory, "a loopFactory that is a function");
    this.#loopFactory = loopFactory;
    this.#options = readLoopOptions("Runner", options);
  }

  /**
   * The runner's loop, made at the first call.
   * @throws LoopError ERR_RUNNER_CLOSED.
   */
  getLoop(): EventLoop {
    if (this.#closed) throw new LoopError("ERR_RUNNER_CLOSED", "Runner is closed; create a new one");
    this.#loop ??= this.#makeLoop();
    return this.#loop;
  }

  #makeLoop(): EventLoop {
    const options = this.#options;
    const factory = this.#loopFactory;
    const loop = factory === undefined ? getEventLoopPolicy().newEventLoop(options) : factory();
    checkLoop("Runner", loop, "a loopFactory that returns an event loop");
    if (options.debug !== undefined) loop.setDebug(options.debug);
    return loop;
  }

  /**
   * Runs a program to its end. Tasks that it leaves behind go on with the next one.
   *
   * On Node, Deno and Bun, Ctrl-C (SIGINT) cancels the program's task; a second one ends the run without waiting for it, and a
   * third one the process. Not if the process has its own listener for SIGINT.
   * @param main - a coroutine, a coroutine function or an async function.
   * @param options.context - the context to run it in; by default the runner's own.
   * @returns a promise of its result; rejected with a KeyboardInterrupt when only Ctrl-C has cancelled it.
   */
  async run<T>(main: Main<T>, options?: { readonly context?: Context }): Promise<T> {
    const { context = this.#ownContext() } = readOptions("Runner.run", options, ["context"]);
    const loop = this.#loopFor("Runner.run()");
    const task = startMain(loop, main, context);
    this.#interruptsToAnswer = 2;
    try {
      return await this.#runInterruptibly(loop, task, task);
    } catch (error) {
      const interrupted = error instanceof CancelledError && this.#interruptsToAnswer < 2;
      if (interrupted && task.uncancel() === 0) throw keyboardInterrupt();
      throw error;
    }
  }

  /** Ctrl-C cancels `main` first, if it is given and not done, and ends the run the next time. */
  async #runInterruptibly<T>(loop: EventLoop, awaitable: Awaitable<T>, main?: Task<unknown>): Promise<T> {
    const unwatch = watchInterrupts(loop.scheduler.host, () => {
      this.#interruptsToAnswer--;
      if (this.#interruptsToAnswer === 1 && main?.done() === false) main.cancel();
      else loop.scheduler.interrupt(keyboardInterrupt());
    });
    try {
      return await loop.runUntilComplete(awaitable);
    } finally {
      unwatch();
    }
  }

  /**
   * As `run`, to the end on the caller's stack; needs a virtual clock.
   * @param main - a coroutine or a coroutine function.
   */
  runSync<T>(main: Main<T>, options?: { readonly context?: Context }): T {
    const { context = this.#ownContext() } = readOptions("Runner.runSync", options, ["context"]);
    const loop = this.#loopFor("Runner.runSync()");
    return loop.runSync(startMain(loop, main, context));
  }

  #ownContext(): Context {
    this.#context ??= copyContext();
    return this.#context;
  }

  #loopFor(caller: string): EventLoop {
    mustBeOutside(caller);
    return this.getLoop();
  }

  /** Cancels the tasks that are left, waits until they have cleaned up, and closes the loop. */
  async close(): Promise<void> {
    const loop = this.#beginClosing();
    if (loop === undefined) return;
    try {
      // What a task leaves behind while it cleans up is also a task.
      for (let left = cancelAll(loop); left !== undefined; left = cancelAll(loop)) {
        await this.#runToClose(loop, left.ended);
        left.report();
      }
      if (asyncgensOf(loop).size > 0) await this.#runToClose(loop, loop.shutdownAsyncgens());
      if (loop.defaultExecutor.isInUse)
        await this.#runToClose(loop, loop.shutdownDefaultExecutor(executorTimeoutMs(loop)));
    } finally {
      loop.close();
    }
  }

  async #runToClose(loop: EventLoop, awaitable: Awaitable<void>): Promise<void> {
    const running =
      this.#interruptsToAnswer > 0
        ? this.#runInterruptibly(loop, awaitable)
        : loop.runUntilComplete(awaitable);
    // A host that does not allow the loop to run would not allow it to be watched either.
    const unwatch = loop.isRunning()
      ? watchClosing(loop.scheduler, () => pendingTasks(loop.scheduler))
      : undefined;
    try {
      await running;
    } finally {
      unwatch?.();
    }
  }

  /** As `close`, on the caller's stack. */
  closeSync(): void {
    const loop = this.#beginClosing();
    if (loop === undefined) return;
    try {
      const left = cancelAll(loop);
      if (left === undefined) return;
      loop.runSync(left.ended);
      left.report();
    } finally {
      loop.close();
    }
  }

  #beginClosing(): EventLoop | undefined {
    const loop = this.#loop;
    this.#loop = undefined;
    this.#closed = true;
    return loop === undefined || loop.isClosed() ? undefined : loop;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Runs a program: makes a loop, runs `main` on it, cancels what is left at the end and closes the loop. asyncio: `run`.
 *
 * On Node, Deno and Bun, Ctrl-C cancels `main`, which may clean up; see `Runner.run`.
 *
 * @param main - a coroutine, a coroutine function or an async function.
 * @returns a promise of what it returns; rejected with a KeyboardInterrupt when Ctrl-C has ended it, and under a virtual clock with a
 * DeadlockError when nothing is left to wait for.
 * @throws LoopError ERR_LOOP_RUNNING when called from a running loop.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   yield* sleep(100);
 *   console.log("Hello");
 * });
 * ```
 */
export async function run<T>(main: Main<T>, options?: RunOptions): Promise<T> {
  mustBeOutside("run()");
  const runner = new Runner(options);
  try {
    return await runner.run(main);
  } finally {
    await runner.close();
  }
}

/**
 * As `run`, to the end on the caller's stack: the clock jumps from one deadline to the next. For tests and
 * simulations of coroutines; async functions need the host's microtasks and so `run`.
 *
 * @param main - a coroutine or a coroutine function.
 * @param options.clock - a virtual clock, `new VirtualClock()` of `wasyncio/testing`.
 * @throws DeadlockError when nothing is left to wait for; LoopError ERR_RUN_SYNC without a virtual clock.
 */
export function runSync<T>(main: Main<T>, options: RunOptions): T {
  mustBeOutside("runSync()");
  const runner = new Runner(options);
  let failed = true;
  try {
    const result = runner.runSync(main);
    failed = false;
    return result;
  } finally {
    closeAfter(runner, failed);
  }
}

/** A program that has failed may deadlock again while it cleans up; its first error is the one to report. */
function closeAfter(runner: Runner, failed: boolean): void {
  try {
    runner.closeSync();
  } catch (error) {
    if (!failed) throw error;
  }
}

/** As long as in CPython; a virtual clock would be there at once. */
function executorTimeoutMs(loop: EventLoop): number | null {
  return loop.scheduler.host.skipTo === undefined ? 300_000 : null;
}

function mustBeOutside(caller: string): void {
  if (!isInsideLoop()) return;
  throw new LoopError(
    "ERR_LOOP_RUNNING",
    `${caller} cannot be called from a running event loop; wait for the coroutine with yield* or await instead`,
  );
}

function keyboardInterrupt(): KeyboardInterrupt {
  return new KeyboardInterrupt("the program was interrupted, as by Ctrl-C");
}

function startMain<T>(loop: EventLoop, main: Main<T>, context: Context): Task<T> {
  if (typeof main !== "function" && !iscoroutine(main)) throw coroutineExpected("run", main);
  const options = { context };
  if (iscoroutinefunction(main)) return loop.createTask(callNamed(main as () => Coroutine<T>), options);
  return loop.createTask(main, options);
}

/** Cancels every task. Returns a future for the end of all of them, and a function that reports those that failed meanwhile. */
function cancelAll(loop: EventLoop): { ended: Awaitable<void>; report: () => void } | undefined {
  const tasks = pendingTasks(loop.scheduler);
  if (tasks.length === 0) return undefined;
  for (const task of tasks) task.cancelAtEnd();
  const ended = loop.createFuture<void>();
  let pending = tasks.length;
  const oneEnded = () => {
    if (--pending === 0) ended.setResult();
  };
  for (const task of tasks) task.addDoneCallback(oneEnded);
  return { ended, report: () => reportFailures(loop, tasks) };
}

function reportFailures(loop: EventLoop, tasks: readonly Task<unknown>[]): void {
  for (const task of tasks) {
    if (!task.done() || task.cancelled()) continue;
    const exception = task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: "unhandled exception during run() shutdown", exception, task });
  }
}
