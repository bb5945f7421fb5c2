/**
 * A retry that starves: what was read is written if nobody has written meanwhile, and otherwise tried again, three times; the
 * others may be faster three times in a row.
 */
import { type Coroutine, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* starvedRetry(mended: boolean): Coroutine<void> {
  const triesMax = mended ? Number.POSITIVE_INFINITY : 3;
  let version = 0;
  let total = 0;

  function* add(amount: number): Coroutine<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const [read, sum] = [version, total + amount];
      yield* sleep(0);
      if (read !== version) continue;
      version++;
      total = sum;
      return;
    }
    throw new Error(`three tries, and ${amount} was not added`);
  }

  function* addOften(): Coroutine<void> {
    for (let time = 0; time < 2; time++) {
      yield* add(1);
      yield* sleep(0);
    }
  }

  yield* gather(add(100), addOften(), addOften());
  must(total === 104, `the total is ${total}`);
}
