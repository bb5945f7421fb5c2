/** The Redis client of the examples, explored: in a simulated network, under many schedules, with each of its tasks cancelled at each wait. */
import { describe, expect, it } from "vitest";
import { type Coroutine, gather, getRunningLoop, sleep } from "wasyncio";
import { type ExploredRun, explore, SimulatedNetwork } from "wasyncio/testing";
import { Redis, RedisPool } from "../../../examples/redis/client.ts";
import { connectRedis } from "../../../examples/redis/connection.ts";
import { RespServer } from "./resp-server.ts";

const RUNS = 100;

/** A program with a server of its own, which has lost all connections at the end. */
function withServer(
  body: (server: RespServer, network: SimulatedNetwork) => Coroutine<void>,
): (run: ExploredRun) => Coroutine<void> {
  return function* (run) {
    const network = new SimulatedNetwork({ seed: run.seed, link: { latencyMs: 1 } });
    getRunningLoop().setNetwork(network);
    const redis = new RespServer();
    const server = yield* redis.start();
    try {
      yield* body(redis, network);
      yield* sleep(100);
      expect(redis.writers.size).toBe(0);
    } catch (error) {
      // The tasks of the server are cancelled too, and then it closes the connection.
      if (run.cancelled === undefined || (error as { code?: unknown }).code !== "ECONNRESET") throw error;
    } finally {
      server.close();
      for (const writer of redis.writers) writer.transport.abort();
      yield* server.waitClosed();
    }
  };
}

describe("Redis", () => {
  const shared = withServer(function* () {
    const redis = new Redis({ port: 6379, timeoutMs: 50 });
    function* setAndGet(key: string): Coroutine<void> {
      yield* redis.command("SET", key, `value of ${key}`);
      expect(yield* redis.command("GET", key)).toBe(`value of ${key}`);
    }
    try {
      yield* gather(...["a", "b", "c"].map(setAndGet), { returnExceptions: true });
      yield* setAndGet("d");
    } finally {
      yield* redis.close();
    }
  });

  it("gives each of the tasks that share it its own reply", async () => {
    await explore(shared, { runs: RUNS });
    await explore(shared, { runs: RUNS, strategy: "pct" });
  });

  it("whichever of them is cancelled, and wherever it waits", async () => {
    const { cancellations } = await explore(shared, { runs: 1, cancellations: true });
    expect(cancellations).toBeGreaterThan(5);
  });

  const refused = withServer(function* () {
    const redis = yield* connectRedis({ port: 6379, timeoutMs: 50 });
    function* set(key: string): Coroutine<void> {
      const replies = yield* redis.pipeline(["SET", key, 1], ["NO"], ["GET", key], ["NO"]);
      expect(replies.map(String)).toEqual([
        "OK",
        expect.stringContaining("NO"),
        "1",
        expect.stringContaining("NO"),
      ]);
    }
    try {
      yield* gather(set("a"), redis.command("NO"), set("b"), { returnExceptions: true });
    } finally {
      yield* redis.close();
    }
  });

  it("leaves no refusal behind that nobody hears of", async () => {
    await explore(refused, { runs: RUNS, cancellations: true });
  });

  const closedEarly = withServer(function* () {
    const redis = new Redis({ port: 6379 });
    function* close(): Coroutine<void> {
      yield* sleep(1);
      yield* redis.close();
    }
    yield* gather(redis.command("GET", "a"), close(), { returnExceptions: true });
  });

  it("has no connection open after close, whenever that comes", async () => {
    await explore(closedEarly, { runs: RUNS });
  });
});

describe("RedisPool", () => {
  const transactions = withServer(function* () {
    const pool = new RedisPool(1, { port: 6379 });
    function* add(key: string): Coroutine<void> {
      yield* pool.with(function* (redis) {
        expect(yield* redis.command("MULTI")).toBe("OK");
        yield* redis.command("INCR", key);
        expect(yield* redis.command("EXEC")).toHaveLength(1);
      });
    }
    try {
      yield* gather(add("a"), add("b"), { returnExceptions: true });
      yield* pool.with(function* (redis) {
        expect(yield* redis.command("GET", "nothing")).toBeNull();
      });
    } finally {
      yield* pool.close();
    }
  });

  it("hands on no transaction that was begun and not ended", async () => {
    await explore(transactions, { runs: RUNS, cancellations: true });
  });
});
