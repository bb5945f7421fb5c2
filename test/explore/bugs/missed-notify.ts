/**
 * A missed notify: those who wait for room and those who wait for items wait for one condition, and the one who is notified is
 * the wrong one; everybody waits.
 */
import { Condition, type Coroutine, gather, sleep } from "wasyncio";

export function* missedNotify(mended: boolean): Coroutine<void> {
  const changed = new Condition();
  const items: number[] = [];

  function notify(): void {
    if (mended) changed.notifyAll();
    else changed.notify();
  }

  function* put(item: number, turnsLater: number): Coroutine<void> {
    yield* sleep(5);
    for (let turn = 0; turn < turnsLater; turn++) yield* sleep(0);
    yield* changed.acquire();
    while (items.length === 1) yield* changed.wait();
    items.push(item);
    notify();
    changed.release();
  }

  function* take(): Coroutine<void> {
    yield* changed.acquire();
    while (items.length === 0) yield* changed.wait();
    items.pop();
    notify();
    changed.release();
  }

  yield* gather(take(), take(), put(1, 0), put(2, 1));
}
