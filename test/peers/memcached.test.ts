// A real memcached, driven by the client in examples/memcached.

import { expect, test } from "vitest";
import { gather, run, timeout } from "wasyncio";
import { Memcached } from "../../examples/memcached/client.ts";
import { freePort, listening, startPeer, withCommand } from "./found.ts";

withCommand("memcached", "memcached", (path) => {
  async function started(): Promise<number> {
    const port = await freePort();
    startPeer(path, ["-l", "127.0.0.1", "-p", String(port), "-U", "0", "-u", "nobody"]);
    await listening(port);
    return port;
  }

  test("get, set and delete, from many tasks", async () => {
    const port = await started();
    await run(function* () {
      const cache = new Memcached({ port });
      yield* gather(...Array.from({ length: 200 }, (_, i) => cache.set(`key${i}`, `value ${i}\r\nEND\r\n€`)));
      const got = yield* gather(...Array.from({ length: 200 }, (_, i) => cache.get(`key${i}`)));
      expect(got).toEqual(Array.from({ length: 200 }, (_, i) => `value ${i}\r\nEND\r\n€`));
      expect(yield* cache.delete("key1")).toBe(true);
      expect(yield* cache.delete("key1")).toBe(false);
      expect(yield* cache.get("key1")).toBeUndefined();
      const large = "x".repeat(900_000);
      yield* cache.set("large", large);
      expect(yield* cache.get("large")).toBe(large);
      yield* cache.close();
    });
  });

  test("gets of many, and cas that replaces what has not changed", async () => {
    const port = await started();
    await run(async () => {
      const cache = new Memcached({ port });
      await cache.set("a", "1");
      await cache.set("b", "2");
      const items = await cache.getMany(["a", "none", "b"]);
      expect([...items].map(([key, { value }]) => [key, value])).toEqual([
        ["a", "1"],
        ["b", "2"],
      ]);
      const unique = items.get("a")?.unique as string;
      expect(await cache.cas("a", "new", unique)).toBe(true);
      expect(await cache.cas("a", "newer", unique)).toBe(false);
      expect(await cache.get("a")).toBe("new");
      await cache.close();
    });
  });

  test("what is refused is an error, and the next command works", async () => {
    const port = await started();
    await run(async () => {
      const cache = new Memcached({ port });
      await expect(cache.set("large", "x".repeat(3_000_000))).rejects.toThrow("SERVER_ERROR");
      expect(() => cache.get("white space")).not.toThrow();
      await expect(cache.get("white space")).rejects.toThrow("white space");
      await cache.set("fine", "yes");
      expect(await cache.get("fine")).toBe("yes");
      await cache.close();
    });
  });

  test("a server that answers nothing ends with the time-out, and a cancelled command takes no other's answer", async () => {
    const port = await started();
    await run(async () => {
      const cache = new Memcached({ port });
      await cache.set("a", "1");
      for (let turns = 0; turns < 20; turns++) {
        try {
          await timeout(turns / 4, () => cache.get("a"));
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_TIMEOUT" });
        }
        await cache.set("b", `${turns}`);
        expect(await cache.get("b")).toBe(`${turns}`);
      }
      await cache.close();
    });
  });
});
