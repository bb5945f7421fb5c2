/**
 * Owns the pool of processes, and what cannot go from one to another. Knows no host: the host's interface starts them.
 */
import { checkString, readOptions, wrongArgument } from "../core/checks.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { HostWorker, HostWorkers } from "../host/workers.ts";
import { ExecutorError } from "./errors.ts";
import type { CallRequest } from "./executor.ts";
import type { ExecutorFuture } from "./future.ts";
import { type PoolOptions, WorkerPool } from "./pool.ts";
import { workerProgram } from "./worker-program.ts";

/** How a pool of processes is made. */
export interface ProcessPoolOptions extends PoolOptions {
  /** Arguments for the host's own command, as `--max-old-space-size=512`; by default none. */
  readonly execArgv?: readonly string[];
  /** Variables of the environment, on top of the program's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Calls functions in processes of the same host: Node, Deno or Bun. What goes wrong in one, such as memory that runs out, leaves the
 * others alone; in return all is copied, and nothing shared. concurrent.futures: `ProcessPoolExecutor`.
 *
 * On Deno, `--allow-run` and `--allow-env` are needed, and the processes may do whatever they like.
 *
 * @example
 * ```ts
 * const executor = new ProcessPoolExecutor({ maxTasksPerChild: 100 });
 * for await (const page of executor.map(render, pages)) write(page);
 * ```
 */
export class ProcessPoolExecutor extends WorkerPool {
  readonly #startProcess: NonNullable<HostWorkers["startProcess"]>;
  readonly #execArgv: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE, ERR_CALLBACK_EXPECTED or ERR_DELAY; NotSupportedError where there are no
   * processes, as in pages.
   */
  constructor(options?: ProcessPoolOptions) {
    super("ProcessPoolExecutor", options);
    const { execArgv = [], env = {} } = readOptions("ProcessPoolExecutor", options, ["execArgv", "env"]);
    if (!Array.isArray(execArgv)) throw wrongArgument("ProcessPoolExecutor", "a list of execArgv", execArgv);
    for (const each of execArgv) checkString("ProcessPoolExecutor", "each of execArgv", each);
    if (typeof env !== "object" || env === null || Array.isArray(env))
      throw wrongArgument("ProcessPoolExecutor", "an env of strings by name", env);
    for (const each of Object.values(env)) checkString("ProcessPoolExecutor", "each of env", each);
    const { startProcess } = this.host;
    if (startProcess === undefined) {
      throw new NotSupportedError(
        this.host.host,
        "ProcessPoolExecutor needs processes",
        "use ThreadPoolExecutor, or run it on Node, Deno or Bun",
      );
    }
    this.#startProcess = startProcess;
    this.#execArgv = execArgv;
    this.#env = env;
  }

  /** @internal */
  protected startWorker(): HostWorker {
    const settings = { execArgv: this.#execArgv, env: this.#env };
    try {
      return this.#startProcess(workerProgram, settings);
    } catch (cause) {
      throw this.refusal(String(cause), cause);
    }
  }

  /** @internal */
  protected refusal(why: string, cause: unknown): ExecutorError {
    return new ExecutorError(
      "ERR_WORKER_REFUSED",
      `no process can be started on the host '${this.host.host}': ${why}; on Deno, run the program with --allow-run and --allow-env`,
      { cause },
    );
  }

  /** @internal */
  protected override start<T, P>(request: CallRequest): ExecutorFuture<T, P> {
    if (holdsSharedMemory(request.args, new Set())) {
      throw new ExecutorError(
        "ERR_NOT_CLONEABLE",
        "an argument holds a SharedArrayBuffer, and processes share no memory; give a copy, or use ThreadPoolExecutor",
      );
    }
    return super.start(request);
  }
}

/** Whether shared memory is anywhere in what would be copied. */
function holdsSharedMemory(value: unknown, seen: Set<unknown>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (isShared(value)) return true;
  if (ArrayBuffer.isView(value)) return isShared(value.buffer);
  seen.add(value);
  const inside =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  return inside.some((each) => holdsSharedMemory(each, seen));
}

function isShared(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object SharedArrayBuffer]";
}
