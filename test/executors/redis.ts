/** Owns a Redis of the tests' own, as a cluster should have it: it forgets nothing and evicts nothing. And workers of a queue there. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SERVER = "/usr/bin/redis-server";

export const hasRedis = existsSync(SERVER);

export class Redis {
  readonly folder = mkdtempSync(join(tmpdir(), "wasyncio-redis-"));
  port = 0;
  #server: ChildProcess | undefined;

  get url(): string {
    return `redis://:secret@127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const options = [
      "--appendonly",
      "yes",
      "--maxmemory-policy",
      "noeviction",
      "--save",
      "",
      "--requirepass",
      "secret",
    ];
    const where = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    const server = spawn(SERVER, [...where, ...options], { stdio: ["ignore", "pipe", "inherit"] });
    this.#server = server;
    await new Promise<void>((ready) => {
      server.stdout.on("data", (text) => {
        if (String(text).includes("Ready to accept connections")) ready();
      });
    });
  }

  /** Kills it, so that only what is in its log is left. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** A worker by the command, which has been built; it listens when this is done. */
export async function startWorker(redis: Redis, queue: string, ...options: string[]): Promise<ChildProcess> {
  const args = ["dist/cli/main.js", "worker", "test/executors/queue-tasks.mjs", "--queue", queue, ...options];
  const worker = spawn(process.execPath, args, {
    cwd: resolve("."),
    env: { ...process.env, REDIS_URL: redis.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(worker.stdout as NodeJS.ReadableStream, "data");
  return worker;
}
