/** `wasyncio/testing` without the main entry, which is loaded later: its loop runs on the clock. */
import { VirtualClock } from "wasyncio/testing";

export const ANSWER = [1000, "an hour", 3_601_000];

export default async function main(): Promise<(number | string)[]> {
  const clock = new VirtualClock(1000);
  const alone = clock.time();
  const { runSync, sleep } = await import("wasyncio");
  return [alone, runSync(sleep(3_600_000, "an hour"), { clock }), clock.time()];
}
