// Async functions as tasks: what it costs that the loop, and not the engine, says when they go on. There is no goal.

import { newEventLoop, sleep } from "wasyncio";
import { compare } from "./compare.mjs";

const TASKS = 200;
const AWAITS_EACH = 20;

async function sleeping() {
  for (let i = 0; i < AWAITS_EACH; i++) await sleep(0);
}

/** @param {import("wasyncio").EventLoop} loop */
function* mainOfSleeping(loop) {
  const tasks = [];
  for (let i = 0; i < TASKS; i++) tasks.push(loop.createTask(sleeping));
  for (const task of tasks) yield* task;
}

async function awaiting() {
  for (let i = 0; i < AWAITS_EACH; i++) await undefined;
}

async function giving() {
  for (let i = 0; i < AWAITS_EACH; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** @param {() => Promise<void>} body */
async function mainOf(body) {
  const promises = [];
  for (let i = 0; i < TASKS; i++) promises.push(body());
  for (const promise of promises) await promise;
}

export default async function asyncFunctions() {
  const loop = newEventLoop();
  const operations = TASKS * AWAITS_EACH;
  const ours = () => loop.runUntilComplete(mainOfSleeping(loop));
  return [
    await compare({
      what: "async functions, sleep(0) against await setImmediate",
      operations,
      ours,
      theirs: () => mainOf(giving),
    }),
    await compare({
      what: "async functions, sleep(0) against await undefined",
      operations,
      ours,
      theirs: () => mainOf(awaiting),
    }),
  ];
}
