/** A place that leaks where a task is cancelled: it is taken, and what gives it back begins only after the next wait. */
import { BoundedSemaphore, type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* leakedWhileConnecting(mended: boolean): Coroutine<void> {
  const places = new BoundedSemaphore(1);

  function* query(): Coroutine<void> {
    yield* places.acquire();
    if (!mended) yield* sleep(5);
    try {
      if (mended) yield* sleep(5);
      yield* sleep(1);
    } finally {
      places.release();
    }
  }

  yield* gather(query(), query(), { returnExceptions: true });
  must(!places.locked(), "a place is taken for ever");
}
