/** What it costs to go from one task to the next, when many give way to one another. */
import { Effect, Fiber } from "effect";
import { run as runEffection, spawn, until } from "effection";
import { createTask, newEventLoop, sleep, type Task } from "wasyncio";
import { runUnder } from "wasyncio/testing";
import { ASYNC, type Contender, EXPLORED, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

const SWITCHES_EACH = 100;

/** How often all tasks together have come back from giving way, since the run began. */
let switches = 0;

// Hoisted: a generator function that is evaluated over and over costs microseconds on Node 20.
function* yielding() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    yield;
    switches++;
  }
}

function* sleeping() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    yield* sleep(0);
    switches++;
  }
}

async function sleepingAsync() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    await sleep(0);
    switches++;
  }
}

/** createTask takes functions of either kind. */
function ours(body: () => Generator<unknown, void> | Promise<void>): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      function* main() {
        const tasks: Task<void>[] = [];
        for (let i = 0; i < size; i++) tasks.push(loop.createTask(body));
        for (const task of tasks) yield* task;
      }
      return counted(
        size,
        () => loop.runUntilComplete(main()),
        () => loop.close(),
      );
    },
  };
}

const explored: Contender = {
  start: (size) => {
    function* main() {
      const tasks: Task<void>[] = [];
      for (let i = 0; i < size; i++) tasks.push(createTask(yielding));
      for (const task of tasks) yield* task;
    }
    return counted(size, () => runUnder(main, {}, { maxSteps: Number.MAX_SAFE_INTEGER }));
  },
};

async function awaiting() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    await undefined;
    switches++;
  }
}

const native: Contender = {
  start: (size) =>
    counted(size, async () => {
      const promises: Promise<void>[] = [];
      for (let i = 0; i < size; i++) promises.push(awaiting());
      for (const promise of promises) await promise;
    }),
};

async function awaitingImmediates() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    switches++;
  }
}

/** As fair to the host as the loop is: a macrotask each. */
const nativeInMacrotasks: Contender = {
  exists: () => typeof setImmediate === "function",
  start: (size) =>
    counted(size, async () => {
      const promises: Promise<void>[] = [];
      for (let i = 0; i < size; i++) promises.push(awaitingImmediates());
      for (const promise of promises) await promise;
    }),
};

const yieldingInEffect = Effect.fnUntraced(function* () {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    yield* Effect.yieldNow;
    switches++;
  }
});

const mainInEffect = Effect.fnUntraced(function* (size: number) {
  const fibers: Fiber.Fiber<void>[] = [];
  for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(yieldingInEffect()));
  for (const fiber of fibers) yield* Fiber.join(fiber);
});

const effect: Contender = {
  start: (size) => counted(size, () => Effect.runPromise(mainInEffect(size))),
};

const settled = Promise.resolve();

function* yieldingInEffection() {
  for (let i = 0; i < SWITCHES_EACH; i++) {
    yield* until(settled);
    switches++;
  }
}

const effection: Contender = {
  start: (size) =>
    counted(size, () =>
      runEffection(function* () {
        const tasks = [];
        for (let i = 0; i < size; i++) tasks.push(yield* spawn(yieldingInEffection));
        for (const task of tasks) yield* task;
      }),
    ),
};

function counted(size: number, body: () => PromiseLike<unknown>, end?: () => void) {
  const operations = size * SWITCHES_EACH;
  const run = async () => {
    switches = 0;
    await body();
    expectCount("switches", switches, operations);
  };
  return { operations, run, ...(end && { end }) };
}

const shared = {
  unit: "ns",
  per: "switch",
  sizeOf: "tasks",
  figures: [TIME],
} as const;

export const taskSwitch: Workload = {
  ...shared,
  name: "task-switch",
  title: "task switch, by yield",
  about: `N tasks give way to one another by a bare yield, ${SWITCHES_EACH} times each.`,
  sizes: [10, 1000, 10_000],
  quickSizes: [1000],
  contenders: { wasyncio: ours(yielding), native, effect, effection },
};

export const taskSwitchExplored: Workload = {
  ...shared,
  name: "task-switch-explored",
  title: "task switch, explored",
  about:
    "The same by a bare yield, and beside it while the program is explored, in the loop's own order: what it costs that batches may be " +
    "put into another order. A loop that is not explored only asks, once a batch, whether it is.",
  sizes: [10],
  quickSizes: [10],
  contenders: { wasyncio: ours(yielding), [EXPLORED]: explored },
};

export const taskSwitchSleep: Workload = {
  ...shared,
  name: "task-switch-sleep",
  title: "task switch, by sleep(0)",
  about: `The same, by sleep(0), ${SWITCHES_EACH} times each.`,
  sizes: [1000],
  quickSizes: [1000],
  contenders: { wasyncio: ours(sleeping), native, effect, effection },
};

export const taskSwitchAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "task-switch-async",
  title: "task switch, async functions",
  about: `N async functions give way to one another by await sleep(0), ${SWITCHES_EACH} times each: what it costs that the loop, and not the engine, says when they go on.`,
  sizes: [1000],
  quickSizes: [1000],
  contenders: {
    wasyncio: ours(sleepingAsync),
    [GENERATORS]: ours(sleeping),
    native,
    setImmediate: nativeInMacrotasks,
    effect,
  },
};
