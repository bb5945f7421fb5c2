/**
 * A token bucket that overdraws: what is left is read, and what is left then is written, with the way to the store in between.
 * After https://github.com/tj/node-ratelimiter/issues/19.
 */
import { gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export async function overdrawnBucket(mended: boolean): Promise<void> {
  let tokens = 1;
  let granted = 0;

  async function take(): Promise<void> {
    const left = mended ? --tokens : tokens - 1;
    await sleep(1);
    if (left < 0) return;
    if (!mended) tokens = left;
    granted++;
  }

  async function takeLater(): Promise<void> {
    await sleep(1);
    await take();
  }

  await gather(take, takeLater);
  must(granted === 1, `${granted} requests were let through`);
}
