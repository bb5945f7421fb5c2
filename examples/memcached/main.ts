/** A client of memcached. Start memcached, then `node build/examples/memcached/main.js [PORT]`. */
import { run } from "wasyncio";
import { Memcached } from "./client.ts";

await run(async () => {
  const cache = new Memcached({ port: Number(process.argv[2] ?? 11211) });
  await cache.set("greeting", "hello");
  console.log("greeting:", await cache.get("greeting"));
  const items = await cache.getMany(["greeting", "nothing"]);
  const unique = items.get("greeting")?.unique ?? "";
  console.log("replaced:", await cache.cas("greeting", "good morning", unique));
  console.log("and once more:", await cache.cas("greeting", "good night", unique));
  await cache.delete("greeting");
  await cache.close();
});
