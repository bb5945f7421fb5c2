/** A timer that sets itself again: callbacks, without a task of their own. */
import { getRunningLoop, run, sleep, type TimerHandle } from "wasyncio";

function* main() {
  const loop = getRunningLoop();
  let ticks = 0;
  let handle: TimerHandle;
  const tick = () => {
    console.log(`tick ${++ticks}`);
    handle = loop.callLater(120, tick);
  };
  handle = loop.callLater(120, tick);
  yield* sleep(660);
  handle.cancel();
  console.log("stopped");
  yield* sleep(300);
  console.log(`${ticks} ticks, then none`);
}

export const play = () => run(main);
