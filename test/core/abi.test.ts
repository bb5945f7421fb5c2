/** The number that tells a core and a package which do not belong together. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ABI_VERSION } from "../../assembly/abi.ts";

const EXPORTS_OF_VERSION_2 = [
  ...["ABI_VERSION", "turn", "handleQueue", "timerStart", "timerCancel", "timerDeadlineMs", "nextDeadlineMs"],
  ...["futureOpen", "futureSettle", "futureDrop", "callbackAdd", "callbackRemove"],
  ...["taskStart", "taskStep", "taskYield", "taskWait", "taskEnd", "taskCancel", "taskCancelKeep"],
  ...["taskCancelDue", "taskCancelPassed", "taskInterrupt", "taskCancelling", "taskUncancel"],
  ...["channelOpen", "channelWant", "channelReady", "channelTake", "channelClose"],
  ...["slotsCapacity", "slotsLive", "memory"],
];

test("a change to the core's exports increments ABI_VERSION and changes this list", () => {
  const module = new WebAssembly.Module(
    readFileSync(new URL("../../build/core.release.wasm", import.meta.url)),
  );
  const { exports } = new WebAssembly.Instance(module);
  expect((exports.ABI_VERSION as { value: number }).value).toBe(ABI_VERSION);
  expect([ABI_VERSION, Object.keys(exports)]).toEqual([2, EXPORTS_OF_VERSION_2]);
});
