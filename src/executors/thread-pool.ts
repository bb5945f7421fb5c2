/**
 * Owns the pool of threads. Knows no host: the host's interface starts them.
 */
import { checkFunction, checkString, readOptions, wrongArgument } from "../core/checks.ts";
import type { HostWorker } from "../host/workers.ts";
import { ExecutorError } from "./errors.ts";
import { type PoolOptions, WorkerPool } from "./pool.ts";
import { workerProgram } from "./worker-program.ts";

/** How a pool of threads is made. */
export interface ThreadPoolOptions extends PoolOptions {
  /** Makes a worker, for bundlers and for pages that allow no others; its program calls `expose`. */
  readonly worker?: () => object;
  /** What the threads are called, in front of a number; by default `executor`. */
  readonly threadNamePrefix?: string;
}

/**
 * Calls functions in threads: worker threads of Node, Deno and Bun, Web Workers in pages. Unlike Python's, they compute at the same
 * time, and share nothing but SharedArrayBuffers. concurrent.futures: `ThreadPoolExecutor`.
 *
 * @example
 * ```ts
 * const executor = new ThreadPoolExecutor({ maxWorkers: 4 });
 * const results = yield* gather(...inputs.map((each) => loop.runInExecutor(executor, compute, each)));
 * yield* executor.shutdown();
 * ```
 */
export class ThreadPoolExecutor extends WorkerPool {
  readonly #make: (() => object) | undefined;
  readonly #prefix: string;
  #started = 0;

  /**
   * @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE, ERR_CALLBACK_EXPECTED or ERR_DELAY; NotSupportedError on workerd and
   * edge runtimes.
   */
  constructor(options?: ThreadPoolOptions) {
    super("ThreadPoolExecutor", options);
    const { worker, threadNamePrefix = "executor" } = readOptions("ThreadPoolExecutor", options, [
      "worker",
      "threadNamePrefix",
    ]);
    if (worker !== undefined) checkFunction("ThreadPoolExecutor", worker, "a worker that is a function");
    this.#make = worker;
    this.#prefix = checkString("ThreadPoolExecutor", "a threadNamePrefix", threadNamePrefix);
  }

  /** @internal */
  protected startWorker(): HostWorker {
    const make = this.#make;
    if (make === undefined) return this.#start();
    const made = make();
    const taken = this.host.takeThread(made);
    if (taken !== undefined) return taken;
    throw wrongArgument("ThreadPoolExecutor", "a worker that gives a Worker", made);
  }

  #start(): HostWorker {
    try {
      return this.host.startThread(workerProgram, { name: `${this.#prefix}-${++this.#started}` });
    } catch (cause) {
      throw this.refusal(String(cause), cause);
    }
  }

  /** @internal */
  protected refusal(why: string, cause: unknown): ExecutorError {
    const remedy =
      this.#make === undefined
        ? "where a page's policy forbids workers of blob:, give { worker: () => new Worker(new URL(...)) }"
        : "check its URL, and whether the page's policy allows it (worker-src)";
    return new ExecutorError(
      "ERR_WORKER_REFUSED",
      `no thread can be started on the host '${this.host.host}': ${why}; ${remedy}`,
      { cause },
    );
  }
}
