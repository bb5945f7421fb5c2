/**
 * A lease of another that is given back: one whose time is up deletes the lock without looking whose it is by now.
 * After https://github.com/twentyhq/twenty/issues/25661.
 */
import { type Coroutine, gather, getRunningLoop, sleep } from "wasyncio";
import { must } from "./must.ts";

const LEASE_MS = 10;

export function* leaseOfAnother(mended: boolean): Coroutine<void> {
  let holder: string | undefined;

  function* acquire(name: string): Coroutine<void> {
    while (holder !== undefined) yield* sleep(5);
    holder = name;
    getRunningLoop().callLater(LEASE_MS, () => {
      if (holder === name) holder = undefined;
    });
  }

  function release(name: string): void {
    if (!mended || holder === name) holder = undefined;
  }

  function* work(name: string, takesMs: number): Coroutine<void> {
    yield* acquire(name);
    yield* sleep(takesMs);
    if (takesMs < LEASE_MS)
      must(holder === name, `${name} is at work, and the lock is ${holder ?? "nobody"}'s`);
    release(name);
  }

  yield* gather(work("the slow one", LEASE_MS), work("the quick one", 3));
}
