// Has mixed programs run in another legal order than the loop's own, which follows from the program's seed.
//
// Owns the orders. What may change places is the package's own business, as `explore` has it.

import type { EventLoop } from "wasyncio";
import { groupsOf } from "../../../src/testing/batch.ts";
import { SeededRandom } from "../../../src/testing/random.ts";
import type { MixedProgram } from "./program.ts";

/** How many of the turns are shuffled, which is another from program to program. */
const SHARES = [1, 0.5, 0.2];

export function inAnyOrder(loop: EventLoop, program: MixedProgram): void {
  // An interrupt ends a run in the middle of a batch, and the next run goes on with the rest in the loop's own order.
  if (JSON.stringify(program).includes('"interrupt"')) return;
  const random = new SeededRandom(program.seed);
  const share = random.pick(SHARES) as number;
  const { core } = loop.scheduler;
  loop.scheduler.arranger = {
    arrange(count) {
      for (const group of groupsOf(core, count)) {
        if (random.next() >= share) continue;
        random.shuffle(group.order);
        group.keepChains();
        if (group.isChanged) group.apply(core.batch);
      }
    },
    adopted() {},
  };
}
