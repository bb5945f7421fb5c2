/**
 * Owns a pool of workers: the calls that wait, who runs them, and what becomes of all when it ends. Knows neither threads nor
 * processes: a subclass starts the workers.
 */
import { checkCount, readOptions, wrongArgument } from "../core/checks.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { Submittable } from "../core/executor.ts";
import { checkDelayMs } from "../core/sleep.ts";
import { makeDefaultHost } from "../host/host.ts";
import { type HostWorker, type HostWorkers, workersHere } from "../host/workers.ts";
import { CrewWorker, type PendingCall, type WorkerOwner } from "./crew.ts";
import { type BrokenExecutorError, ExecutorError } from "./errors.ts";
import { type CallRequest, Executor } from "./executor.ts";
import { ExecutorFuture } from "./future.ts";
import type { ToWorker } from "./messages.ts";
import { textOf } from "./reference.ts";

/** What becomes of a call that runs when it is cancelled. */
export type CancelRunning =
  /** Its worker runs it to its end, and nobody gets to know what came of it; a generator ends at its next `yield`. */
  | "finish"
  /** Its worker is ended on the spot, and another takes its place. */
  | "terminate";

/** How a pool of workers is made. */
export interface PoolOptions {
  /** How many calls run at the same time; by default as many as the machine has processors. */
  readonly maxWorkers?: number;
  /** Called in each worker before anything else. If it fails, the executor is broken and takes no more calls. */
  readonly initializer?: Submittable<never[], unknown>;
  /** What the initializer is called with. */
  readonly initargs?: readonly unknown[];
  /** After how many milliseconds without a call a worker is ended; by default Infinity, for never. */
  readonly idleTimeoutMs?: number;
  /** After how many calls a worker is ended and another takes its place; by default null, for never. */
  readonly maxTasksPerChild?: number | null;
  /** What becomes of a call that runs when it is cancelled; by default `finish`. */
  readonly cancelRunning?: CancelRunning;
}

const OPTION_NAMES = [
  "maxWorkers",
  "initializer",
  "initargs",
  "idleTimeoutMs",
  "maxTasksPerChild",
  "cancelRunning",
] as const;

/** An executor of workers on this machine. */
export abstract class WorkerPool extends Executor {
  /** @internal */
  protected readonly host: HostWorkers;
  /** How many calls run at the same time, at most. */
  readonly maxWorkers: number;
  readonly #initialize: Extract<ToWorker, { kind: "initialize" }> | undefined;
  readonly #idleTimeoutMs: number;
  readonly #maxTasks: number;
  readonly #cancelRunning: CancelRunning;
  /** In the order in which they were submitted; one that is cancelled is taken out. */
  readonly #waiting = new Set<PendingCall>();
  readonly #workers = new Set<CrewWorker>();
  /** The one that was busy last comes first, so that the others may get idle. */
  readonly #idle: CrewWorker[] = [];
  #isShutDown = false;
  #broken: BrokenExecutorError | undefined;
  #whenEnded: ExecutorFuture<void>[] = [];
  readonly #owner: WorkerOwner = {
    onFree: (worker) => this.#freed(worker),
    onGone: (worker) => this.#gone(worker),
    refusal: (why, cause) => this.refusal(why, cause),
    onBroken: (error) => this.#breakDown(error),
  };

  /** @internal */
  constructor(caller: string, options: PoolOptions | undefined) {
    super();
    const given = readOptions(caller, options, OPTION_NAMES);
    const {
      initializer,
      initargs = [],
      idleTimeoutMs = Number.POSITIVE_INFINITY,
      maxTasksPerChild = null,
    } = given;
    const { cancelRunning = "finish" } = given;
    const { maxWorkers } = given;
    if (maxWorkers !== undefined) checkCount(caller, maxWorkers, 1);
    if (maxTasksPerChild !== null) checkCount(caller, maxTasksPerChild, 1);
    if (!Array.isArray(initargs)) throw wrongArgument(caller, "a list of initargs", initargs);
    if (cancelRunning !== "finish" && cancelRunning !== "terminate") {
      throw wrongArgument(
        caller,
        'a cancelRunning of "finish" or "terminate"',
        cancelRunning,
        typeof cancelRunning === "string" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE",
      );
    }
    this.#idleTimeoutMs = checkDelayMs(caller, idleTimeoutMs);
    if (initializer !== undefined)
      this.#initialize = { kind: "initialize", text: textOf(caller, initializer), args: initargs };
    const host = workersHere();
    if (host === undefined) {
      const { name } = makeDefaultHost();
      throw new NotSupportedError(
        name,
        `${caller} needs threads or processes`,
        name === "browser"
          ? "create it in the page itself: not every worker of a page can start others"
          : "compute in place, or have another machine do it",
      );
    }
    this.host = host;
    this.maxWorkers = maxWorkers ?? host.parallelism;
    this.#maxTasks = maxTasksPerChild ?? Number.POSITIVE_INFINITY;
    this.#cancelRunning = cancelRunning;
  }

  /** Starts a worker. Throws where it cannot be. @internal */
  protected abstract startWorker(): HostWorker;

  /** What is said of a worker that cannot be started. @internal */
  protected abstract refusal(why: string, cause: unknown): ExecutorError;

  /** @internal */
  protected start<T, P>(request: CallRequest): ExecutorFuture<T, P> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#isShutDown) {
      throw new ExecutorError(
        "ERR_EXECUTOR_SHUT_DOWN",
        "the executor has been shut down and takes no more calls; submit before shutdown(), or make another",
      );
    }
    const future = new ExecutorFuture<T, P>((cancelled) => this.#cancel(cancelled, call));
    const call: PendingCall = { request, future: future as ExecutorFuture<unknown, unknown> };
    this.#waiting.add(call);
    this.#dispatch();
    return future;
  }

  #dispatch(): void {
    for (const call of this.#waiting) {
      const worker = this.#idle.pop() ?? this.#hire();
      if (worker === undefined) break;
      worker.stopIdling?.();
      worker.stopIdling = undefined;
      this.#waiting.delete(call);
      if (worker.run(call)) call.future.begin();
      else this.#rest(worker);
    }
    if (this.#isShutDown && this.#waiting.size === 0) this.#dismissIdle();
  }

  /** One more worker, if there may be. One that cannot be started fails whatever waits, lest it wait for ever. */
  #hire(): CrewWorker | undefined {
    if (this.#workers.size >= this.maxWorkers) return undefined;
    try {
      const worker = new CrewWorker(this.startWorker(), this.#owner);
      this.#workers.add(worker);
      return this.#initialize === undefined || worker.initialize(this.#initialize) ? worker : undefined;
    } catch (error) {
      if (this.#workers.size === 0) this.#failWaiting(error);
      return undefined;
    }
  }

  #freed(worker: CrewWorker): void {
    if (worker.ended >= this.#maxTasks) worker.end();
    else this.#rest(worker);
    this.#dispatch();
  }

  #rest(worker: CrewWorker): void {
    this.#idle.push(worker);
    if (Number.isFinite(this.#idleTimeoutMs))
      worker.stopIdling = this.host.after(this.#idleTimeoutMs, () => this.#dismiss(worker));
  }

  #dismiss(worker: CrewWorker): void {
    const at = this.#idle.indexOf(worker);
    if (at !== -1) this.#idle.splice(at, 1);
    worker.stopIdling?.();
    worker.end();
  }

  #dismissIdle(): void {
    for (const worker of [...this.#idle]) this.#dismiss(worker);
    this.#endIfOver();
  }

  #gone(worker: CrewWorker): void {
    this.#workers.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#dispatch();
    this.#endIfOver();
  }

  #endIfOver(): void {
    if (!this.#isShutDown || this.#workers.size > 0 || this.#waiting.size > 0) return;
    for (const future of this.#whenEnded.splice(0)) future.finish(undefined);
  }

  #breakDown(error: BrokenExecutorError): void {
    this.#broken = error;
    this.#failWaiting(error);
    for (const worker of [...this.#workers]) worker.abandon(error);
  }

  #failWaiting(error: unknown): void {
    for (const { future } of this.#waiting) future.fail(error);
    this.#waiting.clear();
  }

  #cancel(future: ExecutorFuture<unknown, unknown>, call: PendingCall): boolean {
    if (this.#waiting.delete(call)) {
      this.#endIfOver();
      return true;
    }
    for (const worker of this.#workers) {
      if (!worker.runs(future)) continue;
      if (this.#cancelRunning === "finish") {
        worker.askToReturn();
        return false;
      }
      worker.abandon();
      return true;
    }
    return false;
  }

  /** @internal */
  protected end(wait: boolean, cancelFutures: boolean): ExecutorFuture<void> {
    this.#isShutDown = true;
    if (cancelFutures) for (const { future } of [...this.#waiting]) future.cancel();
    const ended = new ExecutorFuture<void>(() => true);
    if (wait) this.#whenEnded.push(ended);
    else ended.finish(undefined);
    this.#dispatch();
    this.#endIfOver();
    return ended;
  }

  /** Ends all workers on the spot. What they run fails with a BrokenExecutorError; what waits goes to others. */
  terminateWorkers(): void {
    // Some hosts take a while to end one, which must get no more calls.
    for (const worker of this.#idle.splice(0)) worker.stopIdling?.();
    for (const worker of [...this.#workers]) worker.end();
  }
}
