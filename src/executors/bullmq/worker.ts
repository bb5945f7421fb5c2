/**
 * Owns a worker of a queue: it takes calls from Redis and has them made in threads, so that what computes does not keep it from telling
 * Redis that it is alive.
 */
import { type Job, Queue, UnrecoverableError, Worker } from "bullmq";
import { checkCount, checkString, readOptions, wrongArgument } from "../../core/checks.ts";
import { CancelledError, TimeoutError } from "../../core/errors.ts";
import { checkDelayMs } from "../../core/sleep.ts";
import { makeDefaultHost } from "../../host/host.ts";
import { ExecutorError } from "../errors.ts";
import type { CallRequest } from "../executor.ts";
import type { ExecutorFuture } from "../future.ts";
import { type CalleeText, sendError } from "../messages.ts";
import { fromModule, numberOf, textOf } from "../reference.ts";
import { ThreadPoolExecutor } from "../thread-pool.ts";
import type { JobData, JobResult } from "./job.ts";
import { placeOf, unreachable } from "./redis.ts";
import { fromJson, toJson } from "./wire.ts";

/** How a worker is run. */
export interface QueueWorkerOptions {
  /** The module whose exports may be called: an absolute URL. */
  readonly module: string | URL;
  /** The queue's name. */
  readonly queue: string;
  /** Where Redis is, as `redis://user:password@host:6379/0`. */
  readonly redis: string | URL;
  /** How many calls are made at the same time; by default as many as the machine has processors. */
  readonly concurrency?: number;
  /** After how many milliseconds without a sign of life the call goes to another worker; by default 30,000. */
  readonly lockMs?: number;
  /** How many times a call may lose its worker before it fails; by default 10. */
  readonly maxLosses?: number;
  /** After how many milliseconds without an answer of Redis it gives up to start; by default 30,000. */
  readonly unreachableAfterMs?: number;
}

/** How often it is looked whether a call was cancelled. */
const CANCEL_POLL_MS = 500;

/** Makes calls whose text has come from elsewhere. */
class CallPool extends ThreadPoolExecutor {
  make(request: CallRequest): ExecutorFuture<unknown, unknown> {
    return this.start(request);
  }
}

/** A worker that runs, until it is closed. */
export interface QueueWorker {
  /** What its module exports, and may be called. */
  readonly functions: readonly string[];
  /** Takes no more calls, and ends when those that there are have; what another worker can do is left to it. */
  close(): Promise<void>;
}

/**
 * Makes the calls of a queue, in threads of this process. The command `npx wasyncio worker MODULE --queue NAME --redis URL` does the same.
 * Only what the module exports is called, and nothing that comes from Redis is taken for code.
 *
 * @returns the worker, when it listens.
 * @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY; ExecutorError ERR_MODULE_UNAVAILABLE for a module that cannot
 * be loaded, ERR_QUEUE_UNREACHABLE when Redis does not answer.
 */
export async function runWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const caller = "runWorker";
  const {
    module,
    queue,
    redis,
    concurrency,
    lockMs = 30_000,
    maxLosses = 10,
    unreachableAfterMs = 30_000,
  } = readOptions(caller, options, [
    ...(["module", "queue", "redis", "concurrency", "lockMs", "maxLosses", "unreachableAfterMs"] as const),
  ]);
  const name = checkString(caller, "the name of a queue", queue);
  const place = placeOf(caller, redis);
  if (concurrency !== undefined) checkCount(caller, concurrency, 1);
  checkCount(caller, maxLosses, 1);
  checkDelayMs(caller, lockMs);
  checkDelayMs(caller, unreachableAfterMs);
  if (module === undefined) throw wrongArgument(caller, "the URL of a module", module);
  const tasks = fromModule<Record<string, () => unknown>>(module);
  const functions = Object.entries(await load(String(module)))
    .filter(([, value]) => typeof value === "function")
    .map(([each]) => each);
  const pool = new CallPool({
    ...(concurrency !== undefined && { maxWorkers: concurrency }),
    cancelRunning: "terminate",
  });
  const connection = { ...place, maxRetriesPerRequest: null };
  const jobs = new Queue<JobData, JobResult>(name, { connection });
  jobs.on("error", () => {});
  const run = new JobRunner(pool, jobs, (each) => (functions.includes(each) ? tasks[each] : undefined));
  const worker = new Worker<JobData, JobResult>(name, (job) => run.run(job), {
    connection,
    concurrency: concurrency ?? pool.maxWorkers,
    lockDuration: lockMs,
    stalledInterval: Math.max(500, lockMs / 2),
    maxStalledCount: maxLosses,
    name: `wasyncio-${place.host}`,
  });
  worker.on("error", () => {});
  const isReady = await answersWithin(unreachableAfterMs, worker.waitUntilReady());
  if (!isReady) {
    for (const each of [worker.close(true), jobs.close()]) each.catch(() => {});
    throw unreachable(place, unreachableAfterMs);
  }
  return {
    functions,
    async close() {
      await worker.close();
      await jobs.close();
      await pool.shutdown();
    },
  };
}

async function load(url: string): Promise<object> {
  try {
    return (await import(url)) as object;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExecutorError("ERR_MODULE_UNAVAILABLE", `the module ${url} could not be loaded, as ${why}`, {
      cause,
    });
  }
}

/** Whether something comes about in time. */
async function answersWithin(durationMs: number, answer: Promise<unknown>): Promise<boolean> {
  const host = makeDefaultHost();
  return await new Promise((resolve, reject) => {
    const timer = host.wakeAt(host.now() + durationMs, () => resolve(false));
    answer.then(() => resolve(true), reject).finally(() => timer.cancel());
  });
}

class JobRunner {
  readonly #pool: CallPool;
  readonly #jobs: Queue<JobData, JobResult>;
  readonly #find: (name: string) => (() => unknown) | object | undefined;
  readonly #host = makeDefaultHost();

  constructor(pool: CallPool, jobs: Queue<JobData, JobResult>, find: (name: string) => object | undefined) {
    this.#pool = pool;
    this.#jobs = jobs;
    this.#find = find;
  }

  async run(job: Job<JobData, JobResult>): Promise<JobResult> {
    const { args, isChunk, timeoutMs, isCancelled } = job.data;
    if (isCancelled === true) throw new UnrecoverableError("it was cancelled");
    const callee = this.#find(job.name);
    if (callee === undefined) {
      const error = new TypeError(
        `the worker's module exports no function '${job.name}'; check its name, or start another worker`,
      );
      return await this.#fail(job, Object.assign(error, { code: "ERR_EXPORT_UNAVAILABLE" }), true);
    }
    const text: CalleeText = textOf("worker", callee as never);
    const call = this.#pool.make({
      callee: numberOf(callee),
      text,
      args: fromJson(args) as unknown[],
      isChunk,
    });
    const watch = this.#watch(job, call, timeoutMs);
    try {
      for await (const value of call) await job.updateProgress(toJson(value) as object);
      return { value: toJson(await call.promise) };
    } catch (error) {
      if (!(error instanceof CancelledError)) return await this.#fail(job, error, false);
      if (!watch.isLate) throw new UnrecoverableError("it was cancelled");
      return await this.#fail(job, new TimeoutError(`the call has not ended within ${timeoutMs} ms`), false);
    } finally {
      watch.stop();
    }
  }

  /** Ends the call when its time is over, or when nobody wants to know any more. */
  #watch(job: Job<JobData>, call: ExecutorFuture<unknown, unknown>, timeoutMs: number | null) {
    const startMs = this.#host.now();
    const watch = { isLate: false, stop: () => timer.cancel() };
    const look = async () => {
      const leftMs = timeoutMs === null ? CANCEL_POLL_MS : startMs + timeoutMs - this.#host.now();
      if (leftMs <= 0) {
        watch.isLate = true;
        call.cancel();
        return;
      }
      timer = this.#host.wakeAt(this.#host.now() + Math.min(CANCEL_POLL_MS, leftMs), look);
      const data = await this.#dataOf(job);
      if (data?.isCancelled === true) call.cancel();
      if (call.done()) timer.cancel();
    };
    let timer = this.#host.wakeAt(startMs + Math.min(CANCEL_POLL_MS, timeoutMs ?? CANCEL_POLL_MS), look);
    return watch;
  }

  async #dataOf(job: Job<JobData>): Promise<JobData | undefined> {
    try {
      // Not the data that the job came with, but as it is now.
      return (await this.#jobs.getJob(job.id as string))?.data;
    } catch {
      return undefined;
    }
  }

  /** Writes down what was thrown, for the message is all that BullMQ keeps of it. */
  async #fail(job: Job<JobData>, thrown: unknown, isFinal: boolean): Promise<never> {
    await job.updateData({ ...job.data, error: sendError(thrown) });
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    throw isFinal ? new UnrecoverableError(message) : new Error(message);
  }
}
