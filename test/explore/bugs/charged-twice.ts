/** A charge that is made twice: the first comes through just as its time is up, and is repeated. */
import { type Coroutine, createTask, sleep, type Task, wait } from "wasyncio";
import { must } from "./must.ts";

export function* chargedTwice(mended: boolean): Coroutine<void> {
  const charged: string[] = [];

  function* charge(order: string): Coroutine<void> {
    yield* sleep(5);
    // The bank that knows of the order's number does nothing the second time.
    if (mended && charged.includes(order)) return;
    charged.push(order);
  }

  function* pay(order: string): Coroutine<void> {
    for (;;) {
      const request: Task<void> = createTask(charge(order));
      yield* sleep(0);
      yield* wait([request], { timeout: 5 });
      if (request.done()) return;
    }
  }

  yield* pay("order 7");
  yield* sleep(20);
  must(charged.length === 1, `charged ${charged.length} times`);
}
