/** An hour of a program's life on a virtual clock, which takes no time. The axis shows the program's own time. */
import { type Coroutine, createTask, getRunningLoop, sleep, TimeoutError, timeout } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { check, type Part } from "../part.ts";

const MINUTE_MS = 60_000;

export const hour: Part = {
  name: "hour",
  title: "An hour on a virtual clock, over in no time",
  async run({ print, run }) {
    const startMs = performance.now();
    const lasted = await run(
      function* () {
        function* heartbeat(): Coroutine<void> {
          for (let minutes = 10; ; minutes += 10) {
            yield* sleep(10 * MINUTE_MS);
            print(`heartbeat at ${minutes} minutes`);
          }
        }
        function* report(): Coroutine<void> {
          try {
            yield* timeout(25 * MINUTE_MS, () => sleep(40 * MINUTE_MS));
          } catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
            print("the report has timed out");
          }
        }
        const beats = createTask(heartbeat(), { name: "heartbeat" });
        createTask(report(), { name: "report" });
        yield* sleep(60 * MINUTE_MS);
        beats.cancel("the hour is over");
        return getRunningLoop().time();
      },
      { clock: new VirtualClock() },
    );
    check(lasted === 60 * MINUTE_MS, "the clock goes from deadline to deadline, and no further");
    return `an hour took ${(performance.now() - startMs).toFixed(0)} ms`;
  },
};
