/** Many sleeping tasks that are cancelled, as when a server closes its connections. Only the cancelling counts. */
import { Effect, Fiber } from "effect";
import { type Task as EffectionTask, run as runEffection, sleep as sleepInEffection, spawn } from "effection";
import { newEventLoop, sleep, type Task, wait } from "wasyncio";
import { TIMEOUTS_MAX } from "./timeouts.ts";
import { expectCount, TIME, type Workload } from "./workload.ts";

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

const sleepingInEffect = Effect.ensuring(
  Effect.sleep(FAR_MS),
  Effect.sync(() => {
    cleaned++;
  }),
);

const sleepAllInEffect = Effect.fnUntraced(function* (size: number) {
  const fibers: Fiber.Fiber<void>[] = [];
  for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(sleepingInEffect));
  yield* Effect.yieldNow;
  const beganMs = performance.now();
  yield* Fiber.interruptAll(fibers);
  return performance.now() - beganMs;
});

function* sleepingInEffection() {
  try {
    yield* sleepInEffection(FAR_MS);
  } finally {
    cleaned++;
  }
}

function* sleepAllInEffection(size: number) {
  const tasks: EffectionTask<void>[] = [];
  for (let i = 0; i < size; i++) tasks.push(yield* spawn(sleepingInEffection));
  yield* sleepInEffection(0);
  const beganMs = performance.now();
  for (const task of tasks) yield* task.halt();
  return performance.now() - beganMs;
}

async function counted(size: number, body: () => PromiseLike<number>) {
  cleaned = 0;
  const countedMs = await body();
  expectCount("tasks cleaned up", cleaned, size);
  return { countedMs };
}

export const cancel: Workload = {
  name: "cancel",
  title: "cancel of sleeping tasks",
  about: "N tasks sleep; all are cancelled and waited for. Starting them does not count.",
  unit: "ns",
  per: "task",
  sizeOf: "tasks",
  figures: [TIME],
  sizes: [100, 1000, 10_000, 100_000],
  quickSizes: [10_000],
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        function* main() {
          const tasks: Task<void>[] = [];
          for (let i = 0; i < size; i++) tasks.push(loop.createTask(sleeping()));
          yield;
          const beganMs = performance.now();
          for (const task of tasks) task.cancel();
          yield* wait(tasks);
          return performance.now() - beganMs;
        }
        const run = () => counted(size, () => loop.runUntilComplete(main()));
        return { operations: size, run, end: () => loop.close() };
      },
    },
    effect: {
      start: (size) => ({
        operations: size,
        run: () => counted(size, () => Effect.runPromise(sleepAllInEffect(size))),
      }),
    },
    effection: {
      sizeMax: Math.min(TIMEOUTS_MAX, 10_000),
      start: (size) => ({
        operations: size,
        run: () => counted(size, () => runEffection(() => sleepAllInEffection(size))),
      }),
    },
  },
};
