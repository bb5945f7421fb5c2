/**
 * A double close: whether it is closed is checked first and noted after the flush, so that a second close comes through, and
 * closes what the descriptor is given to by then.
 * After https://github.com/nodejs/node/issues/2950.
 */
import { type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* doubleClose(mended: boolean): Coroutine<void> {
  const descriptors = new Map([[3, "the log"]]);
  let closed = false;

  function* close(): Coroutine<void> {
    if (closed) return;
    if (mended) closed = true;
    yield* sleep(0);
    closed = true;
    must(descriptors.get(3) === "the log", `closes ${descriptors.get(3) ?? "what is not open"}`);
    descriptors.delete(3);
  }

  function* closeOnError(): Coroutine<void> {
    yield* sleep(0);
    yield* close();
  }

  function* openAnother(): Coroutine<void> {
    while (descriptors.has(3)) yield* sleep(0);
    descriptors.set(3, "the database");
  }

  yield* gather(close(), closeOnError(), openAnother());
  must(descriptors.get(3) === "the database", "the database was closed");
}
