/**
 * A clean-up that is cut short: it waits, is cancelled in that wait, and the connection is never given back.
 * After https://github.com/redis/redis-py/pull/4123.
 */
import { gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export async function cutCleanUp(mended: boolean): Promise<void> {
  const idle = ["the connection"];

  async function transact(): Promise<void> {
    const connection = idle.pop();
    if (connection === undefined) return;
    try {
      await sleep(1);
    } finally {
      if (mended) await unwatch().finally(() => idle.push(connection));
      else {
        await unwatch();
        idle.push(connection);
      }
    }
  }

  /** So that whoever has the connection next finds it as it should be. */
  async function unwatch(): Promise<void> {
    await sleep(1);
  }

  await gather(transact, { returnExceptions: true });
  must(idle.length === 1, "the connection was never given back");
}
