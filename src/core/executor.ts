/**
 * Owns what a loop knows of executors: the little that it needs of one, its default one, and the way from a call elsewhere to a
 * future of the loop. Knows no executor; `wasyncio/executors` has them.
 */
import { checkMethods, readOptions, wrongArgument } from "./checks.ts";
import { coroutineExpected, isThenable, type Operation, operation } from "./coroutine.ts";
import { adoptOn } from "./ensure.ts";
import { CancelledError, LoopError } from "./errors.ts";
import type { Future } from "./future.ts";
import { checkLoop, getEventLoop } from "./running.ts";
import type { EventLoop, Scheduler } from "./scheduler.ts";
import { checkDelayMs } from "./sleep.ts";

/** A reference to a function that a worker finds for itself, by `fromModule` of `wasyncio/executors`. */
export interface FunctionReference<A extends unknown[], R> {
  /** The name of the export. */
  readonly name: string;
  /** The module that exports it; undefined for what the worker itself exposes. */
  readonly url: string | undefined;
  /** Only for the compiler. */
  readonly signature?: (...args: A) => R;
}

/** What an executor calls: a function, which is sent as source, or a reference to a module's export. */
export type Submittable<A extends unknown[], R> = ((...args: A) => R) | FunctionReference<A, R>;

/** What a call gives: what is returned, in the end. */
export type Outcome<R> =
  R extends Generator<unknown, infer T> ? T : R extends AsyncGenerator<unknown, infer T> ? T : Awaited<R>;

/** A call that is made elsewhere: a promise of what comes of it, that may be cancelled. */
export interface CallElsewhere<T> extends PromiseLike<T> {
  /** Cancels it, as far as that is possible. */
  cancel?(): unknown;
  /** Whether it was cancelled. */
  cancelled?(): boolean;
  /** The same promise for those who do not wait in a task of a loop. */
  readonly promise?: PromiseLike<T>;
}

/** What a loop needs of an executor. Those of `wasyncio/executors` are such, and so is any object with these methods. */
export interface ExecutorLike {
  /** Has a function called. */
  submit<A extends unknown[], R>(callee: Submittable<A, R>, ...args: A): CallElsewhere<Outcome<R>>;
  /** Takes no more calls, and ends when those that there are have. */
  shutdown(options?: { readonly wait?: boolean }): PromiseLike<unknown> | undefined;
}

/** Makes the default executor of a loop. */
let makeExecutor: (() => ExecutorLike) | undefined;

/** Tells what makes the default executors. @internal */
export function provideDefaultExecutor(make: () => ExecutorLike): void {
  makeExecutor = make;
}

/** What a worker reaches a loop by. Structured clones of it work as it does, where its port is transferred with it. */
export interface RemoteHandle<F> {
  /** The way to the loop; it can be transferred, once. */
  readonly port: object;
  /** Where the worker waits for a result and sees how far the loop has come; undefined where there is no shared memory. */
  readonly cells: unknown;
  /** What may be called. */
  readonly names: readonly string[];
  /** Only for the compiler. */
  readonly functions?: F;
}

/** Makes a handle of a loop. */
let makeRemote: ((loop: EventLoop, functions: object) => RemoteHandle<never>) | undefined;

/** Tells what makes handles of loops. @internal */
export function provideRemote(make: typeof makeRemote): void {
  makeRemote = make;
}

/** Checks that something can be used as an executor. @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkExecutor(caller: string, value: unknown): void {
  checkMethods(caller, "an executor", value, ["submit", "shutdown"]);
}

/**
 * A future of a call that is made elsewhere, such as one that `executor.submit` has made. Cancelling the future cancels the
 * call, as far as that is possible. asyncio: `wrap_future`.
 *
 * @param call - the call, or any promise.
 * @param options.loop - the loop that waits; by default the running one, else the policy's current one.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what is no promise, ERR_ARGUMENT_TYPE.
 *
 * @example
 * ```ts
 * const digest = yield* wrapFuture(executor.submit(hash, file));
 * ```
 */
export function wrapFuture<T>(call: CallElsewhere<T>, options?: { readonly loop?: EventLoop }): Future<T> {
  const { loop = getEventLoop() } = readOptions("wrapFuture", options, ["loop"]);
  checkLoop("wrapFuture", loop);
  const promise = (call as Partial<CallElsewhere<T>> | null | undefined)?.promise ?? call;
  if (!isThenable(promise)) throw coroutineExpected("wrapFuture", call);
  return wrapOn(loop, call, promise);
}

function wrapOn<T>(loop: EventLoop, call: CallElsewhere<T>, promise: PromiseLike<T>): Future<T> {
  const future = adoptOn(loop, promise, call);
  future.addDoneCallback(() => {
    if (future.cancelled()) call.cancel?.();
  });
  return future;
}

function executorsMissing(what: string): LoopError {
  return new LoopError("ERR_EXECUTOR_MISSING", `${what}: import wasyncio/executors once, which brings it`);
}

/** The default executor of a loop, from its first use until the loop is closed. */
export class DefaultExecutor {
  readonly #loop: EventLoop;
  #executor: ExecutorLike | undefined;
  #isShutDown = false;
  /** Called when the loop is closed. */
  readonly closers: (() => void)[] = [];

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Whether there is one, so that it has to be shut down. */
  get isInUse(): boolean {
    return this.#executor !== undefined;
  }

  set(executor: ExecutorLike): void {
    checkExecutor("setDefaultExecutor", executor);
    this.#executor = executor;
  }

  run<A extends unknown[], R>(
    given: ExecutorLike | null,
    callee: Submittable<A, R>,
    args: A,
  ): Future<Outcome<R>> {
    if (given !== null) checkExecutor("runInExecutor", given);
    return wrapFuture((given ?? this.#get()).submit(callee, ...args), { loop: this.#loop });
  }

  #get(): ExecutorLike {
    if (this.#isShutDown) {
      throw new LoopError(
        "ERR_EXECUTOR_SHUT_DOWN",
        "the loop's default executor has been shut down; give an executor of your own",
      );
    }
    if (this.#executor !== undefined) return this.#executor;
    if (makeExecutor === undefined) throw executorsMissing("there is no default executor");
    this.#executor = makeExecutor();
    return this.#executor;
  }

  shutdown(timeoutMs: number | null): Operation<void> {
    if (timeoutMs !== null) checkDelayMs("shutdownDefaultExecutor", timeoutMs);
    return operation("shutdownDefaultExecutor", this.#shutdown(timeoutMs));
  }

  *#shutdown(timeoutMs: number | null): Generator<unknown, void, unknown> {
    this.#isShutDown = true;
    const executor = this.#executor;
    const ending = executor?.shutdown({ wait: true });
    if (executor === undefined || ending === undefined) return;
    const ended = wrapFuture(ending, { loop: this.#loop });
    let isLate = false;
    const late = () => {
      isLate = ended.cancel();
    };
    const timer = timeoutMs === null ? undefined : this.#loop.callLater(timeoutMs, late);
    try {
      yield* ended;
    } catch (error) {
      if (!isLate || !(error instanceof CancelledError)) throw error;
      this.#loop.scheduler.warn(
        `the default executor has not ended its calls within ${timeoutMs} ms, and was left behind`,
      );
      executor.shutdown({ wait: false });
    } finally {
      timer?.cancel();
    }
  }

  /** The loop is closed. */
  close(): void {
    for (const close of this.closers) close();
    this.#isShutDown = true;
    this.#executor?.shutdown({ wait: false });
    this.#executor = undefined;
  }
}

/** What a loop offers of executors. */
export abstract class LoopOfExecutors {
  /** @internal */
  readonly defaultExecutor: DefaultExecutor = new DefaultExecutor(this as unknown as EventLoop);

  /** @internal */
  abstract readonly scheduler: Scheduler;

  /**
   * Calls a function elsewhere: in a thread, in a process or on another machine, as the executor has it.
   * @param executor - who calls it; null for the default one, which `wasyncio/executors` brings.
   * @param callee - a function that needs nothing but its arguments, since its source is sent, or a reference by `fromModule`.
   * @param args - what it is called with, copied as `structuredClone` does.
   * @returns a future of what it returns. Cancelling it takes the call back if it has not begun.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; LoopError ERR_LOOP_CLOSED, ERR_EXECUTOR_MISSING where nobody has imported
   * `wasyncio/executors`, ERR_EXECUTOR_SHUT_DOWN.
   *
   * @example
   * ```ts
   * const digest = yield* loop.runInExecutor(null, hash, bytes);
   * ```
   */
  runInExecutor<A extends unknown[], R>(
    executor: ExecutorLike | null,
    callee: Submittable<A, R>,
    ...args: A
  ): Future<Outcome<R>> {
    this.scheduler.mustBeOpen();
    return this.defaultExecutor.run(executor, callee, args);
  }

  /** Sets who calls what is given to no other executor; whatever was it before is left alone. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  setDefaultExecutor(executor: ExecutorLike): void {
    this.defaultExecutor.set(executor);
  }

  /**
   * Shuts the default executor down, and waits until its calls have ended. Part of `run`'s end.
   * @param timeoutMs - how long to wait, in milliseconds, null for as long as it takes; after it calls are left behind.
   * @throws ArgumentError ERR_DELAY.
   */
  shutdownDefaultExecutor(timeoutMs: number | null = null): Operation<void> {
    return this.defaultExecutor.shutdown(timeoutMs);
  }

  /**
   * A handle by which a worker reaches this loop: there, `connect` of `wasyncio/executors/worker` makes of it what calls these
   * functions here, by `callSoonThreadsafe` and `runCoroutineThreadsafe`. Each worker gets a handle of its own, until the loop is closed.
   * @param functions - what may be called, by name: plain functions, coroutine functions and async functions.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; LoopError ERR_LOOP_CLOSED, ERR_EXECUTOR_MISSING where nobody has imported
   * `wasyncio/executors`.
   *
   * @example
   * ```ts
   * const handle = loop.remote({ log: (text: string) => console.log(text) });
   * worker.postMessage(handle, [handle.port]);
   * // in the worker: connect(handle).callSoonThreadsafe("log", "hello");
   * ```
   */
  remote<F extends object>(functions: F): RemoteHandle<F> {
    this.scheduler.mustBeOpen();
    if (typeof functions !== "object" || functions === null)
      throw wrongArgument("remote", "an object of functions", functions);
    if (makeRemote === undefined) throw executorsMissing("remote() needs wasyncio/executors");
    return makeRemote(this as unknown as EventLoop, functions);
  }
}
