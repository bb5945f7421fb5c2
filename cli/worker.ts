/** Owns the command `wasyncio worker`: a worker of a queue, which makes the calls of QueueExecutors. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type Command, UsageError } from "./command-line.ts";

const USAGE =
  "wasyncio worker MODULE --queue NAME [--redis URL] [--concurrency N] [--lock MILLISECONDS] [--unreachable-after MILLISECONDS]; " +
  "the URL may stand in REDIS_URL";

export const worker: Command = {
  name: "worker",
  about: "makes the calls of a queue: MODULE --queue NAME --redis URL",
  async run(args) {
    const { module, queue, redis, concurrency, lockMs, unreachableAfterMs } = read(args);
    const { runWorker } = await bullmq();
    const running = await saying(
      runWorker({
        module,
        queue,
        redis,
        ...(concurrency !== undefined && { concurrency }),
        ...(lockMs !== undefined && { lockMs }),
        ...(unreachableAfterMs !== undefined && { unreachableAfterMs }),
      }),
    );
    console.log(`worker ${process.pid} of the queue ${queue} calls ${running.functions.join(", ")}`);
    await new Promise<void>((stopped) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped());
    });
    await running.close();
    return 0;
  },
};

/** What is wrong with a module, a URL or Redis is said in words, and not by where in the package it was seen. */
async function saying<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    throw /^ERR_(?:ARGUMENT|QUEUE|MODULE)_[A-Z]+$/.test(String(code)) ? new UsageError(message) : error;
  }
}

function read(args: readonly string[]) {
  const { values, positionals } = parsed(args);
  const [path] = positionals;
  const { queue, redis = process.env.REDIS_URL, concurrency, lock } = values;
  if (path === undefined || positionals.length > 1) throw new UsageError(`one module is needed; ${USAGE}`);
  if (queue === undefined) throw new UsageError(`--queue is missing; ${USAGE}`);
  if (redis === undefined) throw new UsageError(`--redis is missing; ${USAGE}`);
  return {
    module: /^[a-z]{2,}:/.test(path) ? path : pathToFileURL(resolve(path)).href,
    queue,
    redis,
    concurrency: count("--concurrency", concurrency),
    lockMs: count("--lock", lock),
    unreachableAfterMs: count("--unreachable-after", values["unreachable-after"]),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        queue: { type: "string" },
        redis: { type: "string" },
        concurrency: { type: "string" },
        lock: { type: "string" },
        "unreachable-after": { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; ${USAGE}`);
  }
}

function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`${option} needs a whole number, 1 or more; ${USAGE}`);
}

async function bullmq(): Promise<typeof import("wasyncio/executors/bullmq")> {
  try {
    // The host first: what stands on a peer brings none.
    await import("wasyncio/executors");
    return await import("wasyncio/executors/bullmq");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError("BullMQ is needed for it, and is not installed: npm install bullmq ioredis");
  }
}
