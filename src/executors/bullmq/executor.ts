/**
 * Owns the QueueExecutor: calls that wait in Redis for workers on any number of machines. BullMQ keeps the queue; what it lacks is here:
 * time-outs, cancelling a call that runs elsewhere, and the certainty that whoever waits hears of the end, whatever was missed meanwhile.
 */
import { type Job, Queue, QueueEvents } from "bullmq";
import { checkCount, checkString, readOptions } from "../../core/checks.ts";
import { checkDelayMs } from "../../core/sleep.ts";
import { type Host, makeDefaultHost } from "../../host/host.ts";
import { ExecutorError } from "../errors.ts";
import { type CallRequest, Executor } from "../executor.ts";
import { ExecutorFuture } from "../future.ts";
import { receiveError } from "../messages.ts";
import type { JobData, JobResult } from "./job.ts";
import { placeOf, type RedisPlace, unreachable } from "./redis.ts";
import { fromJson, toJson } from "./wire.ts";

/** How calls go by way of a queue. */
export interface QueueExecutorOptions {
  /** The queue's name. */
  readonly queue: string;
  /** Where Redis is, as `redis://user:password@host:6379/0`. */
  readonly redis: string | URL;
  /** How many times a call is tried that throws; by default 1. */
  readonly attempts?: number;
  /** After how many milliseconds it is tried again, twice as long each time; by default 1000. */
  readonly backoffMs?: number;
  /** How long a call may run, in milliseconds, null for as long as it takes; by default null. */
  readonly timeoutMs?: number | null;
  /** Lower ones are called first; by default 0, ahead of all. */
  readonly priority?: number;
  /** For how long results are kept in Redis, in milliseconds; by default an hour. */
  readonly resultTtlMs?: number;
  /** After how many milliseconds without an answer of Redis all calls fail; by default 30,000. */
  readonly unreachableAfterMs?: number;
}

/** How often it is asked for calls of whose end nothing was heard. */
const RECONCILE_MS = 1000;

interface Pending {
  readonly future: ExecutorFuture<unknown, unknown>;
  /** Fulfilled when Redis has heard of it. */
  readonly added: Promise<void>;
  isAdded: boolean;
}

/**
 * Calls functions on any number of machines, by way of BullMQ and Redis. Workers are started by `npx wasyncio worker MODULE`, or by
 * `runWorker`, and call what their module exports: a reference is taken by its name alone, and functions are not sent.
 *
 * A call is made at least once: one whose worker dies is made again by another, so it should do no harm to be made twice.
 *
 * @example
 * ```ts
 * const executor = new QueueExecutor({ queue: "render", redis: "redis://127.0.0.1:6379", attempts: 3 });
 * const tile = await loop.runInExecutor(executor, tasks.render, 4, 2);
 * ```
 */
export class QueueExecutor extends Executor {
  readonly #options: Required<Omit<QueueExecutorOptions, "queue" | "redis">>;
  readonly #place: RedisPlace;
  readonly #queue: Queue<JobData, JobResult>;
  readonly #events: QueueEvents;
  readonly #host: Host;
  readonly #pending = new Map<string, Pending>();
  readonly #pauses = new Set<{ readonly end: () => void }>();
  readonly #whenEnded: ExecutorFuture<void>[] = [];
  #isShutDown = false;
  #isWatching = false;
  #isClosing = false;
  #heardMs: number;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
  constructor(options: QueueExecutorOptions) {
    super();
    const caller = "QueueExecutor";
    const { queue, redis, ...given } = readOptions(caller, options, [
      ...(["queue", "redis", "attempts", "backoffMs", "timeoutMs", "priority"] as const),
      ...(["resultTtlMs", "unreachableAfterMs"] as const),
    ]);
    const name = checkString(caller, "the name of a queue", queue);
    this.#place = placeOf(caller, redis);
    const { attempts = 1, backoffMs = 1000, timeoutMs = null, priority = 0 } = given;
    const { resultTtlMs = 3_600_000, unreachableAfterMs = 30_000 } = given;
    checkCount(caller, attempts, 1);
    checkCount(caller, priority, 0);
    for (const each of [
      backoffMs,
      resultTtlMs,
      unreachableAfterMs,
      ...(timeoutMs === null ? [] : [timeoutMs]),
    ])
      checkDelayMs(caller, each);
    this.#options = { attempts, backoffMs, timeoutMs, priority, resultTtlMs, unreachableAfterMs };
    this.#host = makeDefaultHost();
    this.#heardMs = this.#host.now();
    const connection = { ...this.#place, maxRetriesPerRequest: 1 };
    this.#queue = new Queue(name, { connection });
    this.#events = new QueueEvents(name, { connection: { ...this.#place, maxRetriesPerRequest: null } });
    // Whoever waits is told by `#reconcile`; without a listener an error would end the process.
    this.#queue.on("error", () => {});
    this.#events.on("error", () => {});
    this.#listen();
  }

  #listen(): void {
    const of = (jobId: string) => this.#pending.get(jobId)?.future;
    this.#events.on("active", ({ jobId }) => of(jobId)?.begin());
    this.#events.on("progress", ({ jobId, data }) => of(jobId)?.progressed(fromJson(data), () => {}));
    this.#events.on("completed", ({ jobId, returnvalue }) => {
      this.#end(jobId, (future) => future.finish(fromJson((returnvalue as unknown as JobResult).value)));
    });
    this.#events.on("failed", ({ jobId }) => {
      if (this.#pending.has(jobId)) void this.#ask(jobId).catch(() => {});
    });
  }

  /** @internal */
  protected start<T, P>({ text, args, isChunk }: CallRequest): ExecutorFuture<T, P> {
    if (this.#isShutDown) {
      throw new ExecutorError(
        "ERR_EXECUTOR_SHUT_DOWN",
        "the executor has been shut down and takes no more calls; submit before shutdown(), or make another",
      );
    }
    if ("source" in text) {
      throw new ExecutorError(
        "ERR_FUNCTION_SOURCE",
        `workers of a queue are sent no functions, and call by name what their module has; see that it exports ${text.name}, and give fromModule(url).${text.name}`,
      );
    }
    const data: JobData = { args: toJson(args), isChunk, timeoutMs: this.#options.timeoutMs };
    // No colon, and no number: BullMQ has ids of its own.
    const id = `call-${crypto.randomUUID()}`;
    const future = new ExecutorFuture<T, P>(() => this.#cancel(id));
    const added = this.#add(id, text.name, data);
    const pending: Pending = { future: future as ExecutorFuture<unknown, unknown>, added, isAdded: false };
    void added.then(() => {
      pending.isAdded = true;
    });
    this.#pending.set(id, pending);
    this.#watch();
    return future;
  }

  async #add(id: string, name: string, data: JobData): Promise<void> {
    const { attempts, backoffMs, priority, resultTtlMs } = this.#options;
    const age = Math.ceil(resultTtlMs / 1000);
    for (;;) {
      try {
        await this.#queue.add(name, data, {
          jobId: id,
          attempts,
          backoff: { type: "exponential", delay: backoffMs },
          priority,
          removeOnComplete: { age },
          removeOnFail: { age },
        });
        this.#heardMs = this.#host.now();
        return;
      } catch {
        // With the same id it is added once, however often it is tried.
        if (!this.#pending.has(id)) return;
        await this.#pause();
      }
    }
  }

  /** By the host's clock; keeps the process alive, as calls do. Over at once when there are none any more. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const pause = {
        timer: this.#host.wakeAt(this.#host.now() + RECONCILE_MS, () => end()),
        end: () => end(),
      };
      const end = () => {
        pause.timer.cancel();
        this.#pauses.delete(pause);
        resolve();
      };
      this.#pauses.add(pause);
    });
  }

  /** Asks for the end of calls now and then, as long as there are any: events may be missed while Redis is away. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#heardMs = this.#host.now();
    while (this.#pending.size > 0) {
      await this.#pause();
      await Promise.race([this.#reconcile(), this.#pause()]);
      if (this.#host.now() - this.#heardMs > this.#options.unreachableAfterMs) this.#failAll();
    }
    this.#isWatching = false;
  }

  async #reconcile(): Promise<void> {
    for (const [id, { added }] of [...this.#pending]) {
      try {
        await Promise.race([added, this.#pause()]);
        await this.#ask(id);
      } catch {
        return;
      }
    }
  }

  /** What has become of a call. */
  async #ask(id: string): Promise<void> {
    // In this order: a job that was read before its end knows nothing of it.
    const state = await this.#queue.getJobState(id);
    const job = await this.#queue.getJob(id);
    this.#heardMs = this.#host.now();
    if (job !== undefined) {
      if (state === "completed") this.#end(id, (future) => future.finish(fromJson(job.returnvalue.value)));
      else if (state === "failed") this.#end(id, (future) => future.fail(errorOf(job)));
    } else if (this.#pending.get(id)?.isAdded === true) {
      this.#end(id, (future) =>
        future.fail(
          new ExecutorError(
            "ERR_QUEUE_LOST",
            "what came of the call is not in Redis any more; keep results for longer (resultTtlMs), and let Redis evict nothing (noeviction)",
          ),
        ),
      );
    }
  }

  #failAll(): void {
    for (const id of [...this.#pending.keys()]) {
      this.#end(id, (future) => future.fail(unreachable(this.#place, this.#options.unreachableAfterMs)));
    }
  }

  #end(id: string, settle: (future: ExecutorFuture<unknown, unknown>) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    settle(pending.future);
    this.#closeIfOver();
  }

  /** Who waits is free at once; the call is taken back, or its worker is told, when Redis has heard of it. */
  #cancel(id: string): boolean {
    const added = this.#pending.get(id)?.added;
    this.#pending.delete(id);
    void added
      ?.then(() => this.#takeBack(id))
      .catch(() => {})
      .finally(() => this.#closeIfOver());
    return true;
  }

  async #takeBack(id: string): Promise<void> {
    const job = await this.#queue.getJob(id);
    if (job === undefined) return;
    try {
      await job.remove();
    } catch {
      // A worker has it, and looks for this now and then.
      await job.updateData({ ...job.data, isCancelled: true });
    }
  }

  /** The workers that listen to the queue at this moment. */
  async workers(): Promise<readonly { readonly name: string; readonly address: string }[]> {
    const workers = await this.#queue.getWorkers();
    return workers.map(({ rawname, name, addr }) => ({ name: rawname ?? name ?? "", address: addr ?? "" }));
  }

  /** @internal */
  protected end(wait: boolean, cancelFutures: boolean): ExecutorFuture<void> {
    this.#isShutDown = true;
    if (cancelFutures)
      for (const { future } of [...this.#pending.values()]) if (!future.running()) future.cancel();
    const ended = new ExecutorFuture<void>(() => true);
    if (wait) this.#whenEnded.push(ended);
    else ended.finish(undefined);
    this.#closeIfOver();
    return ended;
  }

  #closeIfOver(): void {
    if (this.#pending.size === 0) for (const pause of this.#pauses) pause.end();
    if (!this.#isShutDown || this.#pending.size > 0 || this.#isClosing) return;
    this.#isClosing = true;
    void this.#close();
  }

  async #close(): Promise<void> {
    const closing = Promise.allSettled([this.#queue.close(), this.#events.close()]);
    await Promise.race([closing, this.#pause()]);
    for (const pause of this.#pauses) pause.end();
    for (const future of this.#whenEnded.splice(0)) future.finish(undefined);
    this.#isClosing = false;
    if (this.#whenEnded.length > 0) this.#closeIfOver();
  }
}

function errorOf({ data, failedReason }: Job<JobData>): unknown {
  return data.error === undefined ? new Error(failedReason) : receiveError(data.error);
}
