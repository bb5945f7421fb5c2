/** A timer that sets itself anew: callbacks, without a task of their own. */
import { getRunningLoop, sleep, type TimerHandle } from "wasyncio";
import { check, type Part } from "../part.ts";

export const periodic: Part = {
  name: "periodic",
  title: "A periodic timer, stopped by cancelling its handle",
  async run({ print, run }) {
    return await run(function* () {
      const loop = getRunningLoop();
      let ticks = 0;
      let handle: TimerHandle;
      const tick = () => {
        print(`tick ${++ticks}`);
        handle = loop.callLater(120, tick);
      };
      handle = loop.callLater(120, tick);
      yield* sleep(660);
      handle.cancel();
      print("stopped");
      const atStop = ticks;
      yield* sleep(300);
      check(atStop >= 2 && ticks === atStop, "it ticks until it is cancelled, and not any more");
      return `${ticks} ticks, then none`;
    });
  },
};
