/** A timer that sets itself again. */
import { getRunningLoop, run, sleep, type TimerHandle } from "wasyncio";
import { check, type Part } from "../part.ts";

export const periodic: Part = {
  name: "periodic",
  title: "a periodic timer, stopped by cancelling its handle",
  async run(print) {
    return await run(function* () {
      const loop = getRunningLoop();
      let ticks = 0;
      let handle: TimerHandle;
      const tick = () => {
        print(`tick ${++ticks}`);
        handle = loop.callLater(15, tick);
      };
      handle = loop.callLater(15, tick);
      yield* sleep(70);
      handle.cancel();
      const atStop = ticks;
      yield* sleep(40);
      check(atStop >= 2 && ticks === atStop, "it ticks until it is cancelled, and not any more");
      return `${ticks} ticks, then none`;
    });
  },
};
