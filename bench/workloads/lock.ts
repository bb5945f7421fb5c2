/** Tasks that wait in line: for a lock, and for one of the places of a semaphore. */
import { Effect, Semaphore as EffectSemaphore } from "effect";
import { createTask, Lock, newEventLoop, Semaphore, type Task } from "wasyncio";
import { type Contender, expectCount, TIME, type Workload } from "./workload.ts";

const TURNS_EACH = 1000;
const PLACES = 4;

/** How often the way was given while inside, since the run began, and by how many at a time at most. */
let turns = 0;
let inside = 0;
let insideMax = 0;

function* giveWay() {
  if (++inside > insideMax) insideMax = inside;
  yield;
  inside--;
  turns++;
}

function* takeTurns(line: Lock | Semaphore) {
  for (let i = 0; i < TURNS_EACH; i++) yield* line.with(giveWay);
}

function* passOn(line: Lock | Semaphore, tasks: number) {
  const takers: Task<void>[] = [];
  for (let i = 0; i < tasks; i++) takers.push(createTask(takeTurns(line)));
  for (const taker of takers) yield* taker;
}

const giveWayInEffect = Effect.fnUntraced(function* () {
  if (++inside > insideMax) insideMax = inside;
  yield* Effect.yieldNow;
  inside--;
  turns++;
});

const takeTurnsInEffect = Effect.fnUntraced(function* (line: EffectSemaphore.Semaphore) {
  for (let i = 0; i < TURNS_EACH; i++) yield* EffectSemaphore.withPermit(line, giveWayInEffect());
});

const passOnInEffect = Effect.fnUntraced(function* (places: number, tasks: number) {
  const line = yield* EffectSemaphore.make(places);
  const takers: Effect.Effect<void>[] = [];
  for (let i = 0; i < tasks; i++) takers.push(takeTurnsInEffect(line));
  yield* Effect.all(takers, { concurrency: "unbounded", discard: true });
});

function ours(places: number, make: () => Lock | Semaphore): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      return counted(
        places,
        size,
        () => loop.runUntilComplete(passOn(make(), size)),
        () => loop.close(),
      );
    },
  };
}

function inEffect(places: number): Contender {
  return { start: (size) => counted(places, size, () => Effect.runPromise(passOnInEffect(places, size))) };
}

function counted(places: number, tasks: number, body: () => PromiseLike<unknown>, end?: () => void) {
  const operations = tasks * TURNS_EACH;
  const run = async () => {
    turns = inside = insideMax = 0;
    await body();
    expectCount("turns", turns, operations);
    expectCount("tasks inside at a time", insideMax, places);
  };
  return { operations, run, ...(end && { end }) };
}

const shared = { unit: "ns", per: "turn", sizeOf: "tasks", figures: [TIME] } as const;

export const lock: Workload = {
  ...shared,
  name: "lock",
  title: "lock",
  about:
    "N tasks hand one lock round, each giving way once while it has it, so that the others wait in line.",
  sizes: [10],
  quickSizes: [10],
  contenders: { wasyncio: ours(1, () => new Lock()), effect: inEffect(1) },
};

export const semaphore: Workload = {
  ...shared,
  name: "semaphore",
  title: "semaphore",
  about: `N tasks share a semaphore with ${PLACES} places, each giving way once while it has one.`,
  sizes: [16],
  quickSizes: [16],
  contenders: { wasyncio: ours(PLACES, () => new Semaphore(PLACES)), effect: inEffect(PLACES) },
};
