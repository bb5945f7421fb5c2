/** The Redis client of the examples, explored: in a simulated network, under many schedules, with each of its tasks cancelled at each wait. */
import { describe, expect, it } from "vitest";
import { type Coroutine, gather, type StreamReader, type StreamWriter, sleep } from "wasyncio";
import { explore } from "wasyncio/testing";
import { Redis, RedisPool } from "../../../examples/redis/client.ts";
import { connectRedis } from "../../../examples/redis/connection.ts";
import { Store, serve } from "../../../examples/redis/server.ts";
import { Service, withServer } from "./with-server.ts";

const RUNS = 100;
const PORT = 6379;

class RespServer extends Service {
  private readonly store = new Store();

  constructor() {
    super(PORT);
  }

  protected converse(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    return serve(this.store, reader, writer);
  }
}

describe("Redis", () => {
  const shared = withServer(RespServer, function* () {
    const redis = new Redis({ port: PORT, timeoutMs: 50 });
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

  const cutOff = withServer(RespServer, function* (network, { random }) {
    const redis = new Redis({ port: PORT, timeoutMs: 50 });
    function* count(): Coroutine<void> {
      for (let time = 0; time < 3; time++) yield* redis.command("INCR", "count");
    }
    function* cut(): Coroutine<void> {
      yield* sleep(random.below(12));
      network.reset("main");
    }
    try {
      yield* gather(count(), cut(), count(), { returnExceptions: true });
      yield* sleep(5);
      // Whatever has become of the others, it works again, and none was done twice.
      expect(yield* redis.command("INCR", "count")).toBeLessThanOrEqual(7);
    } finally {
      yield* redis.close();
    }
  });

  it("connects again when the connection is cut, whenever that is", async () => {
    await explore(cutOff, { runs: RUNS });
    await explore(cutOff, { runs: RUNS, strategy: "pct" });
  });

  const refused = withServer(RespServer, function* () {
    const redis = yield* connectRedis({ port: PORT, timeoutMs: 50 });
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

  const closedEarly = withServer(RespServer, function* () {
    const redis = new Redis({ port: PORT });
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
  const transactions = withServer(RespServer, function* () {
    const pool = new RedisPool(1, { port: PORT });
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
