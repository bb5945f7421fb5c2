/** The memcached client of the examples, explored: in a simulated network, under many schedules, with each of its tasks cancelled at each wait. */
import { describe, expect, it } from "vitest";
import { type Coroutine, gather, sleep } from "wasyncio";
import { explore } from "wasyncio/testing";
import { Memcached } from "../../../examples/memcached/client.ts";
import { MemcachedServer, PORT } from "./memcached-server.ts";
import { withServer } from "./with-server.ts";

const RUNS = 100;

describe("Memcached", () => {
  const shared = withServer(MemcachedServer, function* () {
    const cache = new Memcached({ port: PORT, timeoutMs: 50 });
    function* setAndGet(key: string): Coroutine<void> {
      yield* cache.set(key, `value of ${key}`);
      expect(yield* cache.get(key)).toBe(`value of ${key}`);
    }
    try {
      yield* gather(setAndGet("a"), setAndGet("b"), { returnExceptions: true });
      yield* setAndGet("c");
    } finally {
      yield* cache.close();
    }
  });

  it("gives each of the tasks that share it its own answer, whichever is cancelled", async () => {
    const { cancellations } = await explore(shared, { runs: RUNS, cancellations: true });
    expect(cancellations).toBeGreaterThan(5);
  });

  const closedEarly = withServer(MemcachedServer, function* () {
    const cache = new Memcached({ port: PORT });
    function* close(): Coroutine<void> {
      yield* sleep(1);
      yield* cache.close();
    }
    yield* gather(cache.get("a"), close(), { returnExceptions: true });
  });

  it("has no connection open after close, whenever that comes", async () => {
    await explore(closedEarly, { runs: RUNS });
  });
});
