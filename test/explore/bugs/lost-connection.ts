/**
 * A pool that loses a connection: the connection is made at the very moment in which whoever asked for it has lost patience,
 * belongs to nobody, and counts for ever.
 * After https://github.com/brianc/node-postgres/issues/3543.
 */
import { type Coroutine, Future, gather, getRunningLoop, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* lostConnection(mended: boolean): Coroutine<void> {
  const loop = getRunningLoop();
  const idle: string[] = [];
  let count = 0;

  function checkOut(timeoutMs: number): Future<string> {
    const result = new Future<string>();
    count++;
    const connection = `connection ${count}`;
    loop.callLater(5, () => {
      if (result.pending()) result.setResult(connection);
      else if (mended) idle.push(connection);
    });
    const deadline = loop.callLater(timeoutMs, () => {
      if (result.pending()) result.setException(new Error("it took too long to connect"));
    });
    result.addDoneCallback(() => deadline.cancel());
    return result;
  }

  function* query(): Coroutine<void> {
    const connection = yield* checkOut(5);
    yield* sleep(1);
    idle.push(connection);
  }

  yield* gather(query(), { returnExceptions: true });
  yield* sleep(1);
  must(idle.length === count, "a connection belongs to nobody");
}
