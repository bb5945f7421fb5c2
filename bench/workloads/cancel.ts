/** Many sleeping tasks that are cancelled, as when a server closes its connections. Only the cancelling counts. */
import { Effect, Fiber } from "effect";
import { type Task as EffectionTask, run as runEffection, sleep as sleepInEffection, spawn } from "effection";
import { newEventLoop, sleep, type Task, wait } from "wasyncio";
import { TIMEOUTS_MAX } from "./timeouts.ts";
import {
  ASYNC,
  type Clock,
  type Contender,
  expectCount,
  GENERATORS,
  TIME,
  type Workload,
} from "./workload.ts";

const FAR_MS = 600_000;

/** How many have cleaned up, since the run began. */
let cleaned = 0;

function* sleeping() {
  try {
    yield* sleep(FAR_MS);
  } finally {
    cleaned++;
  }
}

async function sleepingAsync() {
  try {
    await sleep(FAR_MS);
  } finally {
    cleaned++;
  }
}

const sleepingInEffect = Effect.ensuring(
  Effect.sleep(FAR_MS),
  Effect.sync(() => {
    cleaned++;
  }),
);

const sleepAllInEffect = Effect.fnUntraced(function* (size: number, clock: Clock) {
  const fibers: Fiber.Fiber<void>[] = [];
  for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(sleepingInEffect));
  yield* Effect.yieldNow;
  const beganMs = clock();
  yield* Fiber.interruptAll(fibers);
  return clock() - beganMs;
});

function* sleepingInEffection() {
  try {
    yield* sleepInEffection(FAR_MS);
  } finally {
    cleaned++;
  }
}

function* sleepAllInEffection(size: number, clock: Clock) {
  const tasks: EffectionTask<void>[] = [];
  for (let i = 0; i < size; i++) tasks.push(yield* spawn(sleepingInEffection));
  yield* sleepInEffection(0);
  const beganMs = clock();
  for (const task of tasks) yield* task.halt();
  return clock() - beganMs;
}

async function counted(size: number, body: () => PromiseLike<number>) {
  cleaned = 0;
  const countedMs = await body();
  expectCount("tasks cleaned up", cleaned, size);
  return { countedMs };
}

function ours(body: () => Generator<unknown, void> | Promise<void>): Contender {
  return {
    start: (size, clock) => {
      const loop = newEventLoop();
      function* main() {
        const tasks: Task<void>[] = [];
        for (let i = 0; i < size; i++) tasks.push(loop.createTask(body));
        yield;
        const beganMs = clock();
        for (const task of tasks) task.cancel();
        yield* wait(tasks);
        return clock() - beganMs;
      }
      const run = () => counted(size, () => loop.runUntilComplete(main()));
      return { operations: size, run, end: () => loop.close() };
    },
  };
}

const effect: Contender = {
  start: (size, clock) => ({
    operations: size,
    run: () => counted(size, () => Effect.runPromise(sleepAllInEffect(size, clock))),
  }),
};

const shared = { unit: "ns", per: "task", sizeOf: "tasks", figures: [TIME], quickSizes: [10_000] } as const;

export const cancel: Workload = {
  ...shared,
  name: "cancel",
  title: "cancel of sleeping tasks",
  about: "N tasks sleep; all are cancelled and waited for. Starting them does not count.",
  sizes: [100, 1000, 10_000, 100_000],
  contenders: {
    wasyncio: ours(sleeping),
    effect,
    effection: {
      sizeMax: Math.min(TIMEOUTS_MAX, 10_000),
      start: (size, clock) => ({
        operations: size,
        run: () => counted(size, () => runEffection(() => sleepAllInEffection(size, clock))),
      }),
    },
  },
};

export const cancelAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "cancel-async",
  title: "cancel of sleeping async functions",
  about: "The same, where the tasks are async functions.",
  sizes: [10_000],
  contenders: { wasyncio: ours(sleepingAsync), [GENERATORS]: ours(sleeping), effect },
};
