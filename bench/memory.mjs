// A million pending timers: what each takes on the heap and in the core, and that all of it comes back.

import { newEventLoop } from "wasyncio";
import { KIND_TIMER } from "../dist/assembly/abi.js";
import { limit } from "./compare.mjs";

const TIMERS = 1_000_000;
const BYTES_EACH_MAX = 120;

export default async function memory() {
  const loop = newEventLoop();
  const callback = () => {};
  /** @type {ReturnType<typeof loop.callLater>[]} */
  const handles = new Array(TIMERS);

  const heapBefore = heapUsedBytes();
  const coreBefore = loop.core.memoryBytes;
  for (let i = 0; i < TIMERS; i++) handles[i] = loop.callLater(60_000 + (i % 1000), callback);
  const heapEach = (heapUsedBytes() - heapBefore) / TIMERS;
  const coreEach = (loop.core.memoryBytes - coreBefore) / TIMERS;

  const coreFull = loop.core.memoryBytes;
  for (const handle of handles) handle.cancel();
  const live = loop.core.calls.slotsLive(KIND_TIMER);
  // What came back is there for the next ones.
  for (let i = 0; i < TIMERS; i++) handles[i] = loop.callLater(60_000 + (i % 1000), callback);
  const grown = loop.core.memoryBytes - coreFull;
  loop.close();

  const detail = `${heapEach.toFixed(1)} on the heap, ${coreEach.toFixed(1)} in the core`;
  return [
    limit("a pending timer, of 1,000,000", heapEach + coreEach, "bytes", BYTES_EACH_MAX, detail),
    limit("timers left in the core after cancelling", live, "slots", 0, `of ${TIMERS}`),
    limit("growth of the core by setting them again", grown, "bytes", 0, ""),
  ];
}

function heapUsedBytes() {
  if (globalThis.gc === undefined)
    throw new Error("the heap is measured after a collection: node --expose-gc");
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
