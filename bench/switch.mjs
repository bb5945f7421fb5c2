// A thousand tasks that give way to one another: what a task switch costs, against native `await`.

import { newEventLoop } from "wasyncio";
import { compare } from "./compare.mjs";

const TASKS = 1000;
const SWITCHES_EACH = 100;

// Hoisted: a generator function that is evaluated over and over costs microseconds on Node 20.
function* yielding() {
  for (let i = 0; i < SWITCHES_EACH; i++) yield;
}

/** @param {import("wasyncio").EventLoop} loop */
function* mainOfYielding(loop) {
  const tasks = [];
  for (let i = 0; i < TASKS; i++) tasks.push(loop.createTask(yielding()));
  for (const task of tasks) yield* task;
}

async function awaiting() {
  for (let i = 0; i < SWITCHES_EACH; i++) await undefined;
}

async function mainOfAwaiting() {
  const promises = [];
  for (let i = 0; i < TASKS; i++) promises.push(awaiting());
  for (const promise of promises) await promise;
}

export default async function taskSwitch() {
  const loop = newEventLoop();
  return [
    await compare({
      what: "switch among 1,000 tasks against await",
      operations: TASKS * SWITCHES_EACH,
      ours: () => loop.runUntilComplete(mainOfYielding(loop)),
      theirs: () => mainOfAwaiting(),
      timesAsFast: 1,
    }),
  ];
}
