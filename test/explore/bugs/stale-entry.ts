/**
 * A stale entry: a value that was on its way when its entry was invalidated is put into the cache all the same, and stays.
 * After https://github.com/kibertoad/layered-loader/pull/414.
 */
import { type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* staleEntry(mended: boolean): Coroutine<void> {
  const cache = new Map<string, number>();
  let generation = 0;
  let price = 1;

  function* load(): Coroutine<void> {
    const began = generation;
    const read = price;
    yield* sleep(5);
    if (!mended || began === generation) cache.set("price", read);
  }

  function* change(): Coroutine<void> {
    yield* sleep(5);
    price = 2;
    generation++;
    cache.delete("price");
  }

  yield* gather(load(), change());
  must((cache.get("price") ?? price) === price, "the cache has the old price, and keeps it");
}
