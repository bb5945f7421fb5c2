// A chain of callbacks, each queueing the next: what one turn of the loop costs, against Node's turn.

import { newEventLoop } from "wasyncio";
import { compare } from "./compare.mjs";

const LINKS = 20_000;

export default async function callSoon() {
  const loop = newEventLoop();

  const ours = () => {
    const done = loop.createFuture();
    let left = LINKS;
    const link = () => {
      if (--left === 0) done.setResult(undefined);
      else loop.callSoon(link);
    };
    loop.callSoon(link);
    return loop.runUntilComplete(done);
  };

  const theirs = () =>
    new Promise((resolve) => {
      let left = LINKS;
      const link = () => {
        if (--left === 0) resolve(undefined);
        else setImmediate(link);
      };
      setImmediate(link);
    });

  const what = "callSoon chain against setImmediate";
  return [await compare({ what, operations: LINKS, ours, theirs, timesAsFast: 8 })];
}
