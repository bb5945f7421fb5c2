/** Many tasks started and waited for at once, as a crawler does: by gather, and by a group. */
import { Effect, Fiber, FiberSet } from "effect";
import { all, type Operation, run as runEffection, spawn, until } from "effection";
import { gather, newEventLoop, sleep, TaskGroup } from "wasyncio";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

/** Gathers of one sample, so that starting the loop does not count. */
const REPEATS = 10;

/** How many bodies have come to their end, since the run began. */
let ended = 0;

function* returning(i: number): Generator<undefined, number> {
  ended++;
  return i;
}

function* givingWay(i: number): Generator<undefined, number> {
  yield;
  ended++;
  return i;
}

function* sleepingOnce(i: number): Generator<unknown, number> {
  yield* sleep(0);
  ended++;
  return i;
}

async function sleepingOnceAsync(i: number) {
  await sleep(0);
  ended++;
  return i;
}

async function returningNatively(i: number) {
  ended++;
  return i;
}

async function givingWayNatively(i: number) {
  await undefined;
  ended++;
  return i;
}

const returningInEffect = Effect.fnUntraced(function* (i: number) {
  ended++;
  return i;
});

const givingWayInEffect = Effect.fnUntraced(function* (i: number) {
  yield* Effect.yieldNow;
  ended++;
  return i;
});

const settled = Promise.resolve();

function* returningInEffection(i: number): Operation<number> {
  ended++;
  return i;
}

function* givingWayInEffection(i: number): Operation<number> {
  yield* until(settled);
  ended++;
  return i;
}

function byGather(body: typeof returning): Contender {
  return ours(function* (size) {
    const coroutines: Generator<undefined, number>[] = [];
    for (let i = 0; i < size; i++) coroutines.push(body(i));
    yield* gather(...coroutines);
  });
}

/** By functions, of either kind: coroutines are of generators alone. */
function byGatherOfFunctions(body: (i: number) => Generator<unknown, number> | Promise<number>): Contender {
  return ours(function* (size) {
    const functions: (() => Generator<unknown, number> | Promise<number>)[] = [];
    for (let i = 0; i < size; i++) functions.push(() => body(i));
    yield* gather(...functions);
  });
}

function byTaskGroup(body: typeof returning): Contender {
  return ours(function* (size) {
    yield* new TaskGroup().with((group: TaskGroup) => {
      for (let i = 0; i < size; i++) group.createTask(body(i));
    });
  });
}

function ours(once: (size: number) => Generator<unknown, void>): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      function* main() {
        for (let repeat = 0; repeat < REPEATS; repeat++) yield* once(size);
      }
      return counted(
        size,
        () => loop.runUntilComplete(main()),
        () => loop.close(),
      );
    },
  };
}

function byPromiseAll(body: typeof returningNatively): Contender {
  return {
    start: (size) =>
      counted(size, async () => {
        for (let repeat = 0; repeat < REPEATS; repeat++) {
          const promises: Promise<number>[] = [];
          for (let i = 0; i < size; i++) promises.push(body(i));
          await Promise.all(promises);
        }
      }),
  };
}

type BodyInEffect = (i: number) => Effect.Effect<number>;

function inEffect(once: (size: number) => Effect.Effect<void>): Contender {
  const main = Effect.fnUntraced(function* (size: number) {
    for (let repeat = 0; repeat < REPEATS; repeat++) yield* once(size);
  });
  return { start: (size) => counted(size, () => Effect.runPromise(main(size))) };
}

/** Fibers, started like tasks: in the next turn. */
function byFibers(body: BodyInEffect): Contender {
  return inEffect(
    Effect.fnUntraced(function* (size: number) {
      const fibers: Fiber.Fiber<number>[] = [];
      for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(body(i)));
      yield* Fiber.joinAll(fibers);
    }),
  );
}

/** Takes a fixed list and starts each in place: what does not give way is over before the next begins. */
function byEffectAll(body: BodyInEffect): Contender {
  return inEffect(
    Effect.fnUntraced(function* (size: number) {
      const effects: Effect.Effect<number>[] = [];
      for (let i = 0; i < size; i++) effects.push(body(i));
      yield* Effect.all(effects, { concurrency: "unbounded", discard: true });
    }),
  );
}

const IN_THE_NEXT_TURN = { startImmediately: false };

/** What can be joined later, and ends its members when it is left: the counterpart of a group. */
function byFiberSet(body: BodyInEffect): Contender {
  return inEffect(
    Effect.fnUntraced(function* (size: number) {
      const group = yield* FiberSet.make();
      for (let i = 0; i < size; i++) yield* FiberSet.run(group, body(i), IN_THE_NEXT_TURN);
      yield* FiberSet.awaitEmpty(group);
    }, Effect.scoped),
  );
}

function inEffection(once: (size: number) => Operation<unknown>): Contender {
  return {
    start: (size) =>
      counted(size, () =>
        runEffection(function* () {
          for (let repeat = 0; repeat < REPEATS; repeat++) yield* once(size);
        }),
      ),
  };
}

function byEffectionAll(body: typeof returningInEffection): Contender {
  return inEffection((size) => {
    const operations: Operation<number>[] = [];
    for (let i = 0; i < size; i++) operations.push(body(i));
    return all(operations);
  });
}

function bySpawn(body: typeof returningInEffection): Contender {
  return inEffection(function* (size) {
    const tasks = [];
    for (let i = 0; i < size; i++) tasks.push(yield* spawn(() => body(i)));
    for (const task of tasks) yield* task;
  });
}

function counted(size: number, body: () => PromiseLike<unknown>, end?: () => void) {
  const operations = size * REPEATS;
  const run = async () => {
    ended = 0;
    await body();
    expectCount("tasks ended", ended, operations);
  };
  return { operations, run, ...(end && { end }) };
}

const shared = {
  unit: "ns",
  per: "task",
  sizeOf: "tasks",
  figures: [TIME],
  sizes: [1000],
  quickSizes: [1000],
} as const;

export const spawnGather: Workload = {
  ...shared,
  name: "spawn-gather",
  title: "spawn and gather",
  about: "N tasks that return at once are started and waited for, all together.",
  sizes: [10, 1000, 10_000],
  contenders: {
    wasyncio: byGather(returning),
    native: byPromiseAll(returningNatively),
    effect: byFibers(returningInEffect),
    "effect-all": byEffectAll(returningInEffect),
    effection: byEffectionAll(returningInEffection),
  },
};

export const spawnGatherYield: Workload = {
  ...shared,
  name: "spawn-gather-yield",
  title: "spawn and gather, each giving way once",
  about: "The same, of tasks that give way to the others once.",
  contenders: {
    wasyncio: byGather(givingWay),
    native: byPromiseAll(givingWayNatively),
    effect: byFibers(givingWayInEffect),
    "effect-all": byEffectAll(givingWayInEffect),
    effection: byEffectionAll(givingWayInEffection),
  },
};

export const spawnGatherAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "spawn-gather-async",
  title: "spawn and gather, async functions giving way once",
  about: "The same, of async functions that give way to the others once, by await sleep(0).",
  contenders: {
    wasyncio: byGatherOfFunctions(sleepingOnceAsync),
    [GENERATORS]: byGatherOfFunctions(sleepingOnce),
    effect: byFibers(givingWayInEffect),
  },
};

export const taskGroup: Workload = {
  ...shared,
  name: "task-group",
  title: "task group",
  about: "N tasks that give way once join a group one by one, and the group waits for them.",
  contenders: {
    wasyncio: byTaskGroup(givingWay),
    effect: byFiberSet(givingWayInEffect),
    "effect-all": byEffectAll(givingWayInEffect),
    effection: bySpawn(givingWayInEffection),
  },
};
