// The Redis client of the examples, against the server of the examples, on the host's network and on simulated ones: the same
// program, word for word.

import { describe, expect, test } from "vitest";
import { createTask, gather, getRunningLoop, type LoopOptions, run, type Server, sleep } from "wasyncio";
import { SimulatedNetwork, type SimulatedNetworkOptions, VirtualClock } from "wasyncio/testing";
import { Redis, RedisPool } from "../../examples/redis/client.ts";
import { connectRedis } from "../../examples/redis/connection.ts";
import { RedisError } from "../../examples/redis/resp.ts";
import { startRedis } from "../../examples/redis/server.ts";
import { seeds } from "../random.ts";
import { codeOf, type Steps } from "./simulated.ts";

function inMemory(options: SimulatedNetworkOptions): LoopOptions {
  return { clock: new VirtualClock(), network: new SimulatedNetwork(options) };
}

const NETWORKS: [name: string, options: () => LoopOptions][] = [
  ["the host's network", () => ({})],
  ...seeds().map((seed): [string, () => LoopOptions] => [
    `a simulated network, seed ${seed}`,
    () => inMemory({ seed }),
  ]),
  ...seeds().map((seed): [string, () => LoopOptions] => [
    `a simulated network that is slow and loses a lot, seed ${seed}`,
    () => inMemory({ seed, link: { loss: 0.1, latencyMs: [5, 100], bandwidthBytesPerSecond: 200_000 } }),
  ]),
];

function portOf(server: Server): number {
  return server.addresses[0]?.port as number;
}

function* end(server: Server): Steps {
  server.close();
  server.abortClients();
  yield* server.waitClosed();
}

describe.each(NETWORKS)("on %s", (_name, options) => {
  test("any number of tasks share one connection, and each gets its reply", () =>
    run(function* () {
      const server = yield* startRedis("127.0.0.1", 0);
      const redis = new Redis({ port: portOf(server) });
      const values = Array.from({ length: 200 }, (_, i) => `value ${i} äöü €`);
      yield* gather(...values.map((value, i) => redis.command("SET", `key${i}`, value)));
      const got = yield* gather(...values.map((_, i) => redis.command("GET", `key${i}`)));
      expect(got).toEqual(values);
      const large = "x".repeat(300_000);
      yield* redis.command("SET", "large", large);
      expect(yield* redis.command("GET", "large")).toBe(large);
      yield* redis.close();
      yield* end(server);
    }, options()));

  test("a pipeline has refusals among its replies", () =>
    run(function* () {
      const server = yield* startRedis("127.0.0.1", 0);
      const redis = yield* connectRedis({ port: portOf(server) });
      const replies = yield* redis.pipeline(["SET", "word", "x"], ["INCR", "word"], ["NO"], ["GET", "no"]);
      expect(replies[0]).toBe("OK");
      expect(replies.slice(1, 3).every((reply) => reply instanceof RedisError)).toBe(true);
      expect(replies[3]).toBeNull();
      yield* redis.close();
      yield* end(server);
    }, options()));

  test("the commands of a transaction are done at its end, and nested ones are refused", () =>
    run(function* () {
      const server = yield* startRedis("127.0.0.1", 0);
      const redis = yield* connectRedis({ port: portOf(server) });
      const other = new Redis({ port: portOf(server) });
      expect(yield* redis.command("MULTI")).toBe("OK");
      expect(yield* redis.command("INCR", "a")).toBe("QUEUED");
      expect(yield* redis.command("NO")).toBe("QUEUED");
      expect(yield* other.command("GET", "a")).toBeNull();
      expect(yield* codeOf(redis.command("MULTI"))).toBe("ERR");
      expect(yield* redis.command("EXEC")).toEqual([1, expect.any(RedisError)]);
      expect(yield* other.command("GET", "a")).toBe("1");
      expect(yield* codeOf(redis.command("EXEC"))).toBe("ERR");
      yield* redis.close();
      yield* other.close();
      yield* end(server);
    }, options()));

  test("what is published comes, in order, and a pool has a client for each task", () =>
    run(async () => {
      const server = await startRedis("127.0.0.1", 0);
      const port = portOf(server);
      const listener = await connectRedis({ port });
      await listener.subscribe("one", "two");
      const pool = new RedisPool(3, { port });
      const publisher = new Redis({ port });
      for (let i = 0; i < 50; i++) await publisher.command("PUBLISH", i % 2 ? "one" : "two", i);
      for (let i = 0; i < 50; i++)
        expect(await listener.messages.get()).toEqual({ channel: i % 2 ? "one" : "two", text: `${i}` });
      const sizes = await gather(
        ...["a", "b", "c", "d", "e"].map((key) =>
          pool.with(function* (client) {
            yield* client.command("RPUSH", key, 1, 2);
            return yield* client.command("LLEN", key);
          }),
        ),
      );
      expect(sizes).toEqual([2, 2, 2, 2, 2]);
      await listener.close();
      await pool.close();
      await publisher.close();
      await createTask(end(server));
    }, options()));
});

test("the client connects again after its connection was reset, and its server had crashed", async () => {
  const network = new SimulatedNetwork({ seed: 4, hosts: ["db", "app"] });
  await run(
    function* () {
      // Handlers that do not catch the loss of their connections.
      getRunningLoop().setExceptionHandler(() => {});
      const db = network.host("db");
      yield* db.createTask(startRedis("db", 6379));
      yield* network.host("app").createTask(
        (function* (): Steps {
          const redis = new Redis({ host: "db", port: 6379, timeoutMs: 2000, attempts: 50 });
          yield* redis.command("SET", "a", 1);
          network.reset("app", "db");
          yield* sleep(10);
          expect(yield* redis.command("GET", "a")).toBe("1");
          network.crash("db");
          expect(yield* codeOf(redis.command("GET", "a"))).toBe("ERR_TIMEOUT");
          network.restart("db");
          db.createTask(startRedis("db", 6379));
          // Nobody has told the client yet.
          yield* sleep(5000);
          expect(yield* redis.command("GET", "a")).toBeNull();
          yield* redis.close();
        })(),
      );
    },
    { clock: new VirtualClock(), network },
  );
});
