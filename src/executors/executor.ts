/**
 * Owns what all executors have in common: `submit`, `map` and the scope. Who makes the calls, a subclass says.
 */
import { perform } from "../core/async/perform.ts";
import { checkBoolean, checkCount, checkFunction, checkIterable, readOptions } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import type { ExecutorLike, Outcome, Submittable } from "../core/executor.ts";
import type { ExecutorFuture } from "./future.ts";
import { MapResults } from "./map.ts";
import type { CalleeText } from "./messages.ts";
import { numberOf, textOf } from "./reference.ts";

/** What a call yields on its way, if the function is a generator. */
export type Yielded<R> =
  R extends Generator<infer P, unknown> ? P : R extends AsyncGenerator<infer P, unknown> ? P : never;

/** A call that is to be made. @internal */
export interface CallRequest {
  /** One number for each function and reference. */
  readonly callee: number;
  readonly text: CalleeText;
  readonly args: readonly unknown[];
  /** Whether the arguments are a list of arguments, for as many calls. */
  readonly isChunk: boolean;
}

/** How an executor is shut down. */
export interface ShutdownOptions {
  /** Whether to wait until all calls have ended; by default true. */
  readonly wait?: boolean;
  /** Whether calls that have not begun are cancelled; by default false. */
  readonly cancelFutures?: boolean;
}

/** How `map` calls. */
export interface MapOptions {
  /** How many items go to a worker at a time; by default 1. */
  readonly chunkSize?: number;
  /** How many results may be under way or wait to be taken; by default as many as there are items. */
  readonly bufferSize?: number | null;
}

/**
 * Calls functions elsewhere. concurrent.futures: `Executor`.
 *
 * @example
 * ```ts
 * const executor = new ThreadPoolExecutor();
 * yield* executor.with(function* () {
 *   const digest = yield* executor.submit(hash, bytes);
 * });
 * ```
 */
export abstract class Executor implements ExecutorLike {
  /**
   * Has a function called. It runs as soon as a worker is free, whether anybody waits for it or not.
   *
   * @param callee - a function that needs nothing but its arguments, since its source is sent, or a reference by `fromModule` or
   * `fromWorker`.
   * @param args - what it is called with, copied as `structuredClone` does; see `transfer`.
   * @returns what comes of it.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; ExecutorError ERR_EXECUTOR_SHUT_DOWN, ERR_FUNCTION_SOURCE for a function without
   * source; BrokenExecutorError when the initializer has failed.
   */
  submit<A extends unknown[], R>(
    callee: Submittable<A, R>,
    ...args: A
  ): ExecutorFuture<Outcome<R>, Yielded<R>> {
    const text = textOf("submit", callee);
    return this.start<Outcome<R>, Yielded<R>>({ callee: numberOf(callee), text, args, isChunk: false });
  }

  /**
   * Has a function called with each of the items, on as many workers as there are. The results come in the order of the items.
   *
   * @param callee - a function that needs nothing but its argument, since its source is sent, or a reference, as that of `submit`.
   * @param items - what it is called with, one at a time.
   * @param options.bufferSize - how many calls may be made ahead of what is taken; null for all at once.
   * @returns the results: `for await` gets them, a plain loop gets operations. Leaving the loop cancels what has not begun.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; and as `submit`.
   *
   * @example
   * ```ts
   * for await (const tile of executor.map(render, tiles, { chunkSize: 8 })) draw(tile);
   * for (const next of executor.map(render, tiles)) draw(yield* next);
   * ```
   */
  map<T, R>(
    callee: Submittable<[item: T], R>,
    items: Iterable<T>,
    options?: MapOptions,
  ): MapResults<Outcome<R>> {
    const text = textOf("map", callee);
    checkIterable("map", "a list of items", items);
    const { chunkSize = 1, bufferSize = null } = readOptions("map", options, ["chunkSize", "bufferSize"]);
    checkCount("map", chunkSize, 1);
    if (bufferSize !== null) checkCount("map", bufferSize, 1);
    const request = { callee: numberOf(callee), text, isChunk: true };
    return new MapResults(
      (chunk) => this.start<Outcome<R>[], never>({ ...request, args: chunk.map((item) => [item]) }),
      items,
      chunkSize,
      bufferSize ?? Number.POSITIVE_INFINITY,
    );
  }

  /** Makes a call. @internal */
  protected abstract start<T, P>(request: CallRequest): ExecutorFuture<T, P>;

  /**
   * Takes no more calls. Harmless to repeat.
   * @returns what is done when all has ended, or at once unless it is to wait.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  shutdown(options?: ShutdownOptions): ExecutorFuture<void> {
    const { wait = true, cancelFutures = false } = readOptions("shutdown", options, [
      "wait",
      "cancelFutures",
    ]);
    checkBoolean("shutdown", "whether to wait", wait);
    checkBoolean("shutdown", "whether to cancel calls", cancelFutures);
    return this.end(wait, cancelFutures);
  }

  /** Ends it. @internal */
  protected abstract end(wait: boolean, cancelFutures: boolean): ExecutorFuture<void>;

  /**
   * Runs `body` and shuts the executor down after it, whatever happens. concurrent.futures: `with`.
   * @param body - a coroutine function, an async function or a plain one; it is given the executor.
   * @returns what the body returns.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   */
  with<T>(body: Body<T, [executor: this]>): Operation<T> {
    checkFunction("with", body);
    return operation("Executor.with", this.#within(body));
  }

  *#within<T>(body: Body<T, [executor: this]>): Generator<unknown, T, unknown> {
    try {
      return yield* perform(body, this);
    } finally {
      yield* this.shutdown();
    }
  }

  /** Shuts it down: `await using executor`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
