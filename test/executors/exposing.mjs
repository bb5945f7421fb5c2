// A worker of a program's own, as bundlers make them; started with little memory by the tests.
import { expose, transfer } from "wasyncio/executors/worker";

expose({
  inc: (/** @type {number} */ n) => n + 1,
  bytes: () => {
    const bytes = new Uint8Array(1000);
    return transfer(bytes, [bytes.buffer]);
  },
  eatMemory: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(Math.random()));
  },
});
