/**
 * A client of Redis in two hundred lines: commands that share a connection, a subscription and a pool.
 * Start redis-server, then `node build/examples/redis/main.js [PORT]`.
 */
import { gather, run } from "wasyncio";
import { Redis, RedisPool } from "./client.ts";
import { connectRedis } from "./connection.ts";

const port = Number(process.argv[2] ?? 6379);

await run(function* () {
  const redis = new Redis({ port, timeoutMs: 1000 });
  yield* redis.command("SET", "greeting", "hello");
  console.log("greeting:", yield* redis.command("GET", "greeting"));

  const counts = yield* gather(...Array.from({ length: 5 }, () => redis.command("INCR", "count")));
  console.log("counts, by one connection:", counts);

  const listening = yield* connectRedis({ port, timeoutMs: 1000 });
  yield* listening.subscribe("news");
  yield* redis.command("PUBLISH", "news", "it works");
  console.log("news:", (yield* listening.messages.get()).text);

  const pool = new RedisPool(3, { port });
  const sizes = yield* gather(
    ...["a", "b", "c", "d"].map((key) =>
      pool.with(function* (client) {
        yield* client.command("RPUSH", key, 1, 2, 3);
        return yield* client.command("LLEN", key);
      }),
    ),
  );
  console.log("lengths, by a pool:", sizes);
  yield* gather(
    redis.command("DEL", "greeting", "count", "a", "b", "c", "d"),
    listening.close(),
    pool.close(),
  );
  yield* redis.close();
});
