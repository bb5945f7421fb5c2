/** A pool that hands out a connection twice: it is taken out of the idle ones only after a ping has shown that it lives. */
import { type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* handedOutTwice(mended: boolean): Coroutine<void> {
  const idle = ["connection 2", "connection 1"];
  const inUse = new Set<string>();

  function* acquire(): Coroutine<string> {
    for (;;) {
      const connection = mended ? idle.pop() : idle.at(-1);
      if (connection === undefined) throw new Error("no connection is left");
      const isAlive = yield* ping();
      if (!mended) idle.splice(idle.indexOf(connection), 1);
      if (isAlive) return connection;
    }
  }

  function* ping(): Coroutine<boolean> {
    yield* sleep(1);
    return true;
  }

  function* use(afterMs: number): Coroutine<void> {
    if (afterMs > 0) yield* sleep(afterMs);
    const connection = yield* acquire();
    must(!inUse.has(connection), `${connection} is in use already`);
    inUse.add(connection);
    yield* sleep(5);
    inUse.delete(connection);
    idle.push(connection);
  }

  yield* gather(use(0), use(1));
}
