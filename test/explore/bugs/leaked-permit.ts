/**
 * A semaphore that leaks a permit: a waiter that has been given one is cancelled before it goes on, and does not pass it on.
 * After https://github.com/python/asyncio/issues/270.
 */
import { type Coroutine, createTask, Future, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

class Permits {
  free = 1;
  private readonly waiters: Future<void>[] = [];
  private readonly mended: boolean;

  constructor(mended: boolean) {
    this.mended = mended;
  }

  *acquire(): Coroutine<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    const turn = new Future<void>();
    this.waiters.push(turn);
    try {
      yield* turn;
    } catch (error) {
      if (this.mended && !turn.cancelled()) this.release();
      throw error;
    }
  }

  release(): void {
    let next = this.waiters.shift();
    while (next?.done()) next = this.waiters.shift();
    if (next === undefined) this.free++;
    else next.setResult();
  }
}

export function* leakedPermit(mended: boolean): Coroutine<void> {
  const permits = new Permits(mended);

  function* use(): Coroutine<void> {
    yield* permits.acquire();
    try {
      yield* sleep(5);
    } finally {
      permits.release();
    }
  }

  const first = createTask(use());
  const second = createTask(use());
  yield* sleep(5);
  second.cancel();
  yield* gather(first, second, { returnExceptions: true });
  must(permits.free === 1, "the permit is lost");
}
