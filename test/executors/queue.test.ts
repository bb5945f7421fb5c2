/** Tests the QueueExecutor on a real Redis, with workers by the command `wasyncio worker`. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Queue as Bull, QueueEvents } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { getRunningLoop, run } from "wasyncio";
import { fromModule } from "wasyncio/executors";
import { QueueExecutor, type QueueExecutorOptions, runWorker } from "wasyncio/executors/bullmq";
import { Random, seeds } from "../random.ts";
import { hasRedis, Redis, startWorker } from "./redis.ts";
import { errorOf, thrownBy } from "./trial.ts";

const module = new URL("./queue-tasks.mjs", import.meta.url);
const tasks = fromModule<typeof import("./queue-tasks.mjs")>(module);

describe.skipIf(!hasRedis && process.env.CI === undefined)("QueueExecutor", () => {
  const redis = new Redis();
  const executors: QueueExecutor[] = [];
  const workers: ChildProcess[] = [];

  function executor(queue: string, options?: Partial<QueueExecutorOptions>): QueueExecutor {
    const made = new QueueExecutor({ queue, redis: redis.url, ...options });
    executors.push(made);
    return made;
  }
  async function worker(queue: string, ...options: string[]): Promise<ChildProcess> {
    const started = await startWorker(redis, queue, ...options);
    workers.push(started);
    return started;
  }

  beforeAll(async () => await redis.start());
  afterEach(async () => {
    for (const each of executors.splice(0)) await each.shutdown({ cancelFutures: true });
    for (const each of workers.splice(0)) {
      if (each.exitCode !== null || each.signalCode !== null) continue;
      each.kill("SIGKILL");
      await once(each, "exit");
    }
  });
  afterAll(async () => await redis.close());

  test("calls go by the loop, by submit and by map, and bring back values, progress and errors", async () => {
    const queue = executor("calls");
    await worker("calls", "--concurrency", "2");
    expect((await queue.workers()).length).toBe(1);
    expect(await run(async () => await getRunningLoop().runInExecutor(queue, tasks.inc, 1))).toBe(2);
    const value = {
      bytes: new Uint8Array([1, 255]),
      map: new Map([[1, new Set([2n])]]),
      date: new Date(5),
      no: undefined,
    };
    expect(await queue.submit(tasks.echo, value)).toEqual(value);
    const mapped: number[] = [];
    for await (const each of queue.map(tasks.inc, [1, 2, 3, 4, 5], { chunkSize: 2 })) mapped.push(each);
    expect(mapped).toEqual([2, 3, 4, 5, 6]);
    const counting = queue.submit(tasks.count, 5);
    const seen: number[] = [];
    for await (const each of counting) seen.push(each);
    expect([seen, await counting]).toEqual([[1, 2, 3, 4, 5], "counted"]);
    const error = await errorOf(queue.submit(tasks.fail));
    expect(error).toBeInstanceOf(RangeError);
    expect([error.message, (error.cause as Error).message]).toEqual(["as asked", "the cause"]);
    expect(
      (await errorOf(queue.submit((tasks as unknown as typeof tasks & { no: typeof tasks.fail }).no))).code,
    ).toBe("ERR_EXPORT_UNAVAILABLE");
  });

  test("a call that throws is tried again, and one that takes too long is ended", async () => {
    const file = join(redis.folder, "tries");
    writeFileSync(file, "");
    await worker("tries");
    expect(await executor("tries", { attempts: 3, backoffMs: 10 }).submit(tasks.failUntil, file, 3)).toBe(
      "at last",
    );
    const late = await errorOf(executor("tries", { timeoutMs: 300 }).submit(tasks.endless));
    expect(late.name).toBe("TimeoutError");
    // Its thread is free again.
    expect(await executor("tries").submit(tasks.inc, 1)).toBe(2);
  });

  test("results expire: what came of a call leaves Redis with a later one, once its time has passed", async () => {
    await worker("expiry");
    const queue = executor("expiry", { resultTtlMs: 1000 });
    const inRedis = new Bull("expiry", { connection: { url: redis.url } });
    try {
      expect(await queue.submit(tasks.inc, 1)).toBe(2);
      const [first] = await inRedis.getCompleted();
      expect(first).toBeDefined();
      const isThere = async () => (await inRedis.getCompleted()).some(({ id }) => id === first?.id);
      await vi.waitFor(
        async () => {
          await queue.submit(tasks.inc, 1);
          expect(await isThere()).toBe(false);
        },
        { timeout: 10_000, interval: 200 },
      );
    } finally {
      await inRedis.close();
    }
  });

  test("priorities come first; cancelling takes back what waits and ends what runs", async () => {
    const file = join(redis.folder, "order");
    writeFileSync(file, "");
    const queue = executor("order", { priority: 5 });
    const calls = [1, 2].map((index) => queue.submit(tasks.slow, file, index, 1));
    const taken = queue.submit(tasks.slow, file, 99, 1);
    const urgent = executor("order", { priority: 1 }).submit(tasks.slow, file, 3, 1);
    taken.cancel();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await worker("order", "--concurrency", "1");
    for (const call of [...calls, urgent]) await call;
    expect(readFileSync(file, "utf8")).toBe("3\n1\n2\n");
    const endless = queue.submit(tasks.endless);
    while (!endless.running()) await new Promise(setImmediate);
    endless.cancel();
    expect((await errorOf(endless)).name).toBe("CancelledError");
    expect(await queue.submit(tasks.inc, 1)).toBe(2);
  });

  const seed = seeds().at(-1) as number;
  test(`four workers, one killed at random, and Redis killed and started again: nothing is lost (seed ${seed})`, async () => {
    const random = new Random(seed);
    const file = join(redis.folder, "lossy");
    writeFileSync(file, "");
    const queue = executor("lossy");
    for (let i = 0; i < 4; i++) await worker("lossy", "--concurrency", "2", "--lock", "1500");
    const COUNT = 60;
    const calls = Array.from({ length: COUNT }, (_, index) => queue.submit(tasks.slow, file, index, 100));
    while (readFileSync(file, "utf8").split("\n").length < 10) await new Promise(setImmediate);
    workers[random.between(0, 3)]?.kill("SIGKILL");
    await redis.kill();
    await redis.start();
    const results: number[] = [];
    for (const call of calls) results.push(await call);
    expect(results).toEqual(calls.map((_, index) => index));
    const begun = new Set(readFileSync(file, "utf8").trim().split("\n"));
    expect(begun.size).toBe(COUNT);
  }, 60_000);

  test("a Redis that is gone fails what waits, with a code and without the password", async () => {
    const nowhere = new QueueExecutor({
      queue: "gone",
      redis: "redis://:secret@127.0.0.1:9",
      unreachableAfterMs: 100,
    });
    const error = await errorOf(nowhere.submit(tasks.inc, 1));
    expect(error.code).toBe("ERR_QUEUE_UNREACHABLE");
    expect(error.message).toContain("127.0.0.1:9");
    expect(`${error.message} ${error.stack}`).not.toContain("secret");
    const worker = { module, queue: "gone", redis: "redis://:secret@127.0.0.1:9", unreachableAfterMs: 100 };
    const refused = await errorOf(runWorker(worker));
    expect([refused.code, refused.message.includes("secret")]).toEqual(["ERR_QUEUE_UNREACHABLE", false]);
    const missing = await errorOf(runWorker({ ...worker, module: "file:///no/such/module.mjs" }));
    expect(missing.code).toBe("ERR_MODULE_UNAVAILABLE");
    await nowhere.shutdown();
    expect(thrownBy(() => nowhere.submit(tasks.inc, 1)).code).toBe("ERR_EXECUTOR_SHUT_DOWN");
  });

  test("a call that ends while it is asked about is heard of, though its event was missed", async () => {
    await worker("asked");
    vi.spyOn(QueueEvents.prototype, "emit").mockReturnValue(true);
    const { getJob } = Bull.prototype;
    vi.spyOn(Bull.prototype, "getJob").mockImplementation(async function (this: Bull, id: string) {
      const job = await getJob.call(this, id);
      // Whoever asked has what the job was before its end.
      if (job !== undefined) await vi.waitUntil(() => job.isCompleted(), { timeout: 10_000 });
      return job;
    } as typeof getJob);
    try {
      expect(await executor("asked").submit(tasks.wait, 1500)).toBe(1500);
    } finally {
      vi.restoreAllMocks();
    }
  }, 20_000);

  test("functions are not sent, nor is what cannot go by way of Redis, and a wrong URL is not repeated", async () => {
    const queue = executor("refused");
    expect(thrownBy(() => queue.submit(() => 1)).code).toBe("ERR_FUNCTION_SOURCE");
    expect(thrownBy(() => queue.submit(tasks.echo, () => {})).code).toBe("ERR_NOT_CLONEABLE");
    const wrong = thrownBy(() => executor("refused", { redis: "http://:secret@nowhere" }));
    expect([wrong.code, wrong.message.includes("secret")]).toEqual(["ERR_ARGUMENT_VALUE", false]);
  });

  test("runWorker does the same in this process, until it is closed", async () => {
    const queue = executor("here");
    const running = await runWorker({ module, queue: "here", redis: redis.url, concurrency: 1 });
    expect(running.functions).toContain("inc");
    expect(await queue.submit(tasks.inc, 1)).toBe(2);
    await running.close();
  });

  test("runWorker ends a call that takes too long, and one that is cancelled, and tells what was thrown", async () => {
    const running = await runWorker({ module, queue: "ends", redis: redis.url, concurrency: 1 });
    try {
      expect((await errorOf(executor("ends", { timeoutMs: 200 }).submit(tasks.endless))).name).toBe(
        "TimeoutError",
      );
      const queue = executor("ends");
      const error = await errorOf(queue.submit(tasks.fail));
      expect([error.name, (error.cause as Error).message]).toEqual(["RangeError", "the cause"]);
      const { no } = tasks as unknown as { no: typeof tasks.fail };
      expect((await errorOf(queue.submit(no))).code).toBe("ERR_EXPORT_UNAVAILABLE");
      const endless = queue.submit(tasks.endless);
      await vi.waitFor(() => expect(endless.running()).toBe(true), { timeout: 10_000 });
      endless.cancel();
      // The only thread is free again.
      expect(await queue.submit(tasks.inc, 1)).toBe(2);
    } finally {
      await running.close();
    }
  });
});
