/** Tasks that wait in line: for a lock, and for one of the places of a semaphore. */
import { Effect, Semaphore as EffectSemaphore } from "effect";
import { createTask, Lock, newEventLoop, Semaphore, sleep, type Task } from "wasyncio";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

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

function* sleepOnce() {
  if (++inside > insideMax) insideMax = inside;
  yield* sleep(0);
  inside--;
  turns++;
}

async function sleepOnceAsync() {
  if (++inside > insideMax) insideMax = inside;
  await sleep(0);
  inside--;
  turns++;
}

/** What a taker does while it has its place, and how it takes turns. */
type Taker = (line: Lock | Semaphore) => () => Generator<unknown, void> | Promise<void>;

const takeTurns =
  (body: () => Generator<unknown, void>): Taker =>
  (line) =>
    function* () {
      for (let i = 0; i < TURNS_EACH; i++) yield* line.with(body);
    };

const takeTurnsAsync: Taker = (line) => async () => {
  for (let i = 0; i < TURNS_EACH; i++) await line.with(sleepOnceAsync);
};

function* passOn(line: Lock | Semaphore, tasks: number, taker: Taker) {
  const takers: Task<void>[] = [];
  for (let i = 0; i < tasks; i++) takers.push(createTask(taker(line)));
  for (const each of takers) yield* each;
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

function ours(places: number, make: () => Lock | Semaphore, taker = takeTurns(giveWay)): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      return counted(
        places,
        size,
        () => loop.runUntilComplete(passOn(make(), size, taker)),
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

export const lockAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "lock-async",
  title: "lock, async functions",
  about:
    "The same, where tasks and what they do while they have the lock are async functions, which give way by await sleep(0).",
  sizes: [10],
  quickSizes: [10],
  contenders: {
    wasyncio: ours(1, () => new Lock(), takeTurnsAsync),
    [GENERATORS]: ours(1, () => new Lock(), takeTurns(sleepOnce)),
    effect: inEffect(1),
  },
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
