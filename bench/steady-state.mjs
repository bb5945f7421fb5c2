// A loop that works and works takes no more memory in its core than it had when it was new.

import { newEventLoop, sleep } from "wasyncio";
import { limit } from "./compare.mjs";

const TIMERS = 100_000;
const AT_A_TIME = 1000;

/** @param {import("wasyncio").EventLoop} loop @param {number} timers */
function* work(loop, timers) {
  const callback = () => {};
  for (let set = 0; set < timers; set += AT_A_TIME) {
    for (let i = 0; i < AT_A_TIME; i++) {
      const handle = loop.callLater(i % 2, callback);
      if (i % 3 === 0) handle.cancel();
    }
    yield* sleep(2);
  }
}

export default async function steadyState() {
  const loop = newEventLoop();
  await loop.runUntilComplete(work(loop, AT_A_TIME * 4));
  const before = loop.core.memoryBytes;
  await loop.runUntilComplete(work(loop, TIMERS));
  const grown = loop.core.memoryBytes - before;
  loop.close();
  return [limit("growth of the core over 100,000 timers", grown, "bytes", 0, `${before} bytes in all`)];
}
