// A real Redis, driven by the client in examples/redis: pipelining, publishing, connecting again, time-outs and a pool.

import { expect, test } from "vitest";
import { createTask, gather, run, sleep, timeout } from "wasyncio";
import { Redis, RedisPool } from "../../examples/redis/client.ts";
import { connectRedis } from "../../examples/redis/connection.ts";
import { RedisError } from "../../examples/redis/resp.ts";
import { freePort, listening, startPeer, withCommand } from "./found.ts";

withCommand("redis-server", "redis-server", (path) => {
  async function started(port = 0): Promise<{ port: number; end: () => Promise<void> }> {
    const chosen = port || (await freePort());
    const args = ["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const child = startPeer(path, args);
    await listening(chosen);
    return { port: chosen, end: () => child.end() };
  }

  test("any number of tasks share one connection, and each gets its reply", async () => {
    const { port } = await started();
    await run(function* () {
      const redis = yield* connectRedis({ port });
      const values = Array.from({ length: 500 }, (_, i) => `value ${i} äöü €`);
      yield* gather(...values.map((value, i) => redis.command("SET", `key${i}`, value)));
      const got = yield* gather(...values.map((_, i) => redis.command("GET", `key${i}`)));
      expect(got).toEqual(values);
      const large = "x".repeat(3_000_000);
      yield* redis.command("SET", "large", large);
      expect(yield* redis.command("GET", "large")).toBe(large);
      yield* redis.close();
    });
  });

  test("a pipeline has refusals among its replies", async () => {
    const { port } = await started();
    await run(function* () {
      const redis = yield* connectRedis({ port });
      const replies = yield* redis.pipeline(
        ["SET", "word", "x"],
        ["INCR", "word"],
        ["LRANGE", "none", 0, -1],
        ["GET", "no"],
      );
      expect(replies[0]).toBe("OK");
      expect(replies[1]).toBeInstanceOf(RedisError);
      expect(replies.slice(2)).toEqual([[], null]);
      expect(yield* redis.command("PING")).toBe("PONG");
      yield* redis.close();
    });
  });

  test("what is published comes, in order, and ends with the connection", async () => {
    const { port } = await started();
    await run(async () => {
      const listener = await connectRedis({ port });
      await listener.subscribe("one", "two");
      const publisher = new Redis({ port });
      for (let i = 0; i < 100; i++) await publisher.command("PUBLISH", i % 2 ? "one" : "two", i);
      for (let i = 0; i < 100; i++)
        expect(await listener.messages.get()).toEqual({ channel: i % 2 ? "one" : "two", text: `${i}` });
      const waiting = createTask(async () => await listener.messages.get());
      await sleep(0);
      await listener.close();
      await expect(waiting).rejects.toMatchObject({ code: "ERR_QUEUE_SHUT_DOWN" });
      await publisher.close();
    });
  });

  test("a command that is given up, by a time-out or a cancellation, takes no other's reply", async () => {
    const { port } = await started();
    await run(function* () {
      const redis = yield* connectRedis({ port, timeoutMs: 50 });
      const other = yield* connectRedis({ port });
      const blocked = createTask(other.command("BLPOP", "never", 0));
      let code: unknown;
      try {
        yield* redis.command("BLPOP", "never", 0);
      } catch (error) {
        code = (error as { code?: unknown }).code;
      }
      expect(code).toBe("ERR_TIMEOUT");
      // Its reply comes first, and is nobody's.
      yield* other.close();
      const pusher = yield* connectRedis({ port });
      yield* pusher.command("RPUSH", "never", "late");
      expect(yield* redis.command("ECHO", "mine")).toBe("mine");
      expect(blocked.done()).toBe(true);
      expect(blocked.exception()).not.toBeNull();
      yield* gather(redis.close(), pusher.close());
    });
  });

  test("a server that dies fails what was on its way, and the client connects to the next one", async () => {
    const first = await started();
    await run(async () => {
      const redis = new Redis({ port: first.port, attempts: 50 });
      await redis.command("SET", "a", "1");
      const blocked = createTask(async () => await redis.command("BLPOP", "never", 0));
      await sleep(20);
      await first.end();
      await expect(blocked).rejects.toMatchObject({ code: "ECONNRESET" });
      const second = createTask(async () => await redis.command("PING"));
      await started(first.port);
      expect(await second).toBe("PONG");
      await redis.close();
    });
  });

  test("nobody there is a NetworkError after so many attempts, and can be cancelled before", async () => {
    const port = await freePort();
    await run(async () => {
      const redis = new Redis({ port, attempts: 3 });
      await expect(redis.command("PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      const patient = new Redis({ port, attempts: 1000 });
      await expect(timeout(50, () => patient.command("PING"))).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    });
  });

  test("a pool gives each task a client of its own, and lets the others wait", async () => {
    const { port } = await started();
    await run(function* () {
      const pool = new RedisPool(3, { port });
      const results = yield* gather(
        ...Array.from({ length: 30 }, (_, i) =>
          pool.with(function* (redis) {
            yield* redis.command("MULTI");
            yield* redis.command("SET", `own${i}`, i);
            yield* redis.command("GET", `own${i}`);
            return yield* redis.command("EXEC");
          }),
        ),
      );
      expect(results).toEqual(Array.from({ length: 30 }, (_, i) => ["OK", `${i}`]));
      yield* pool.close();
    });
  });
});
