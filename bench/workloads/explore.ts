/** What it costs to run a small program once more under another schedule. */
import { createTask, Lock, Queue, sleep, type Task } from "wasyncio";
import { explore as search } from "wasyncio/testing";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

const TASKS = 4;

/** How many items all programs together have put into their queues. */
let items = 0;

/** Each takes the lock, sleeps and puts an item, and the program takes all of them out. */
function* program() {
  const lock = new Lock();
  const queue = new Queue<number>();
  function* worker(item: number) {
    yield* lock.with(() => sleep(1));
    yield* queue.put(item);
  }
  const tasks: Task<void>[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(createTask(worker(i)));
  for (let i = 0; i < TASKS; i++) {
    yield* queue.get();
    items++;
  }
  for (const task of tasks) yield* task;
}

async function programAsync() {
  const lock = new Lock();
  const queue = new Queue<number>();
  const worker = async (item: number) => {
    await lock.with(async () => {
      await sleep(1);
    });
    await queue.put(item);
  };
  const tasks: Task<void>[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(createTask(() => worker(i)));
  for (let i = 0; i < TASKS; i++) {
    await queue.get();
    items++;
  }
  for (const task of tasks) await task;
}

function exploring(main: () => Generator<unknown, void> | Promise<void>): Contender {
  return {
    start: (size) => ({
      operations: size,
      run: async () => {
        items = 0;
        await search(main, { runs: size });
        expectCount("items", items, size * TASKS);
      },
    }),
  };
}

const shared = {
  unit: "ns",
  per: "run",
  sizeOf: "runs",
  figures: [TIME],
  sizes: [1000],
  quickSizes: [1000],
} as const;

export const explore: Workload = {
  ...shared,
  name: "explore",
  title: "explore",
  about: `A program of ${TASKS} tasks, a lock and a queue is run N times, each time in another order of its steps, on a fresh loop and a virtual clock.`,
  contenders: { wasyncio: exploring(program) },
};

export const exploreAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "explore-async",
  title: "explore, async functions",
  about: "The same with async functions, which take the host's microtasks.",
  contenders: { wasyncio: exploring(programAsync), [GENERATORS]: exploring(program) },
};
