// Ten tasks that hand one lock round, each giving way once while it has it, so that the others wait in line.

import { Effect, Semaphore } from "effect";
import { createTask, Lock, newEventLoop } from "wasyncio";
import { compare } from "./compare.mjs";
import { compareWithCpython } from "./cpython.mjs";

const TASKS = 10;
const TURNS_EACH = 1000;

function* giveWay() {
  yield;
}

/** @param {Lock} lock */
function* takeTurns(lock) {
  for (let i = 0; i < TURNS_EACH; i++) yield* lock.with(giveWay);
}

function* passLock() {
  const lock = new Lock();
  const tasks = [];
  for (let i = 0; i < TASKS; i++) tasks.push(createTask(takeTurns(lock)));
  for (const task of tasks) yield* task;
}

const takeTurnsInEffect = Effect.fnUntraced(
  /** @param {Semaphore.Semaphore} lock */
  function* (lock) {
    for (let i = 0; i < TURNS_EACH; i++) yield* Semaphore.withPermit(lock, Effect.yieldNow);
  },
);

const passLockInEffect = Effect.fnUntraced(function* () {
  const lock = yield* Semaphore.make(1);
  const workers = [];
  for (let i = 0; i < TASKS; i++) workers.push(takeTurnsInEffect(lock));
  yield* Effect.all(workers, { concurrency: "unbounded", discard: true });
});

export default async function lockHandOver() {
  const loop = newEventLoop();
  const side = {
    operations: TASKS * TURNS_EACH,
    ours: () => loop.runUntilComplete(passLock()),
    timesAsFast: 8,
  };
  return [
    await compare({
      ...side,
      what: "lock handed over among 10 tasks, against Effect",
      theirs: () => Effect.runPromise(passLockInEffect()),
    }),
    await compareWithCpython("lock", { ...side, what: "lock handed over among 10 tasks, against CPython" }),
  ];
}
