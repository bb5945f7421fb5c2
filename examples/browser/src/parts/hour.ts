/** An hour of a program's life on a virtual clock, which takes no time. */
import { createTask, getRunningLoop, run, sleep, TimeoutError, timeout } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

const MINUTE_MS = 60_000;

function* heartbeat() {
  for (let minutes = 10; ; minutes += 10) {
    yield* sleep(10 * MINUTE_MS);
    console.log(`heartbeat at ${minutes} minutes`);
  }
}

function* report() {
  try {
    yield* timeout(25 * MINUTE_MS, () => sleep(40 * MINUTE_MS));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("the report has timed out");
  }
}

function* main() {
  const startMs = performance.now();
  const beats = createTask(heartbeat(), { name: "heartbeat" });
  createTask(report(), { name: "report" });
  yield* sleep(60 * MINUTE_MS);
  beats.cancel("the hour is over");
  const tookMs = performance.now() - startMs;
  console.log(`${getRunningLoop().time() / MINUTE_MS} minutes took ${tookMs.toFixed(0)} ms`);
}

export const play = () => run(main, { clock: new VirtualClock() });
