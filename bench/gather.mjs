// A thousand tasks started and waited for at once, as a crawler does, against Promise.all.

import { gather, newEventLoop } from "wasyncio";
import { compare } from "./compare.mjs";

const TASKS = 1000;
/** Gathers of one sample, so that starting the loop does not count. */
const GATHERS = 10;

/** @param {number} i */
function* coroutine(i) {
  return i;
}

function* mainOfGather() {
  for (let round = 0; round < GATHERS; round++) {
    const coroutines = [];
    for (let i = 0; i < TASKS; i++) coroutines.push(coroutine(i));
    yield* gather(...coroutines);
  }
}

/** @param {number} i */
async function asyncFunction(i) {
  return i;
}

async function mainOfPromiseAll() {
  for (let round = 0; round < GATHERS; round++) {
    const promises = [];
    for (let i = 0; i < TASKS; i++) promises.push(asyncFunction(i));
    await Promise.all(promises);
  }
}

/** @param {number} i */
function* waitingCoroutine(i) {
  yield;
  return i;
}

function* mainOfWaitingGather() {
  for (let round = 0; round < GATHERS; round++) {
    const coroutines = [];
    for (let i = 0; i < TASKS; i++) coroutines.push(waitingCoroutine(i));
    yield* gather(...coroutines);
  }
}

/** @param {number} i */
async function waitingAsyncFunction(i) {
  await undefined;
  return i;
}

async function mainOfWaitingPromiseAll() {
  for (let round = 0; round < GATHERS; round++) {
    const promises = [];
    for (let i = 0; i < TASKS; i++) promises.push(waitingAsyncFunction(i));
    await Promise.all(promises);
  }
}

export default async function gatherThousand() {
  const loop = newEventLoop();
  return [
    await compare({
      what: "gather of 1,000 tasks against Promise.all",
      operations: TASKS * GATHERS,
      ours: () => loop.runUntilComplete(mainOfGather()),
      theirs: () => mainOfPromiseAll(),
      timesTheTime: 4,
    }),
    await compare({
      what: "the same, each giving way once",
      operations: TASKS * GATHERS,
      ours: () => loop.runUntilComplete(mainOfWaitingGather()),
      theirs: () => mainOfWaitingPromiseAll(),
      timesTheTime: 4,
    }),
  ];
}
