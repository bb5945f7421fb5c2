/** A stolen wake-up: who is woken does not look again, and what it was woken for has gone to one who came in between. */
import { Condition, type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* stolenWakeUp(mended: boolean): Coroutine<void> {
  const arrived = new Condition();
  const items: string[] = [];

  function* put(item: string, turnsLater: number): Coroutine<void> {
    yield* sleep(5);
    for (let turn = 0; turn < turnsLater; turn++) yield* sleep(0);
    yield* arrived.acquire();
    items.push(item);
    arrived.notify();
    arrived.release();
  }

  function* take(): Coroutine<void> {
    yield* arrived.acquire();
    if (mended) while (items.length === 0) yield* arrived.wait();
    else if (items.length === 0) yield* arrived.wait();
    must(items.shift() !== undefined, "woken, and there is nothing");
    arrived.release();
  }

  function* takeLater(): Coroutine<void> {
    yield* sleep(5);
    yield* sleep(0);
    yield* take();
  }

  yield* gather(take(), put("one", 0), takeLater(), put("another", 3));
}
