/** A call in a thread that is warm: what an executor adds to the two messages that it takes. */
import type * as Threads from "node:worker_threads";
import { newEventLoop } from "wasyncio";
import { ThreadPoolExecutor } from "wasyncio/executors";
import { builtinModule } from "../measure/host.ts";
import { type Contender, expectCount, TIME, type TimedSide, type Workload } from "./workload.ts";

const WORKERS = 1;
const inc = (n: number) => n + 1;

const threads = () => builtinModule<typeof Threads>("node:worker_threads");

/** workerd has the module, and no threads. */
function hasThreads(): boolean {
  try {
    new ThreadPoolExecutor();
  } catch {
    return false;
  }
  return threads() !== undefined;
}

const overPool: Contender = {
  exists: hasThreads,
  start: async (size): Promise<TimedSide> => {
    const loop = newEventLoop();
    const executor = new ThreadPoolExecutor({ maxWorkers: WORKERS });
    function* callAll() {
      let last = 0;
      for (let i = 0; i < size; i++) last = yield* loop.runInExecutor(executor, inc, i);
      expectCount("last answer", last, size);
    }
    return {
      operations: size,
      run: () => loop.runUntilComplete(callAll()),
      end: async () => {
        await executor.shutdown();
        loop.close();
      },
    };
  },
};

const overMessages: Contender = {
  exists: hasThreads,
  start: async (size): Promise<TimedSide> => {
    const { Worker } = threads() as typeof Threads;
    const program = `const { parentPort } = require("node:worker_threads");
      parentPort.on("message", (n) => parentPort.postMessage(n + 1));`;
    const worker = new Worker(program, { eval: true });
    let hear: (n: number) => void = () => {};
    worker.on("message", (n: number) => hear(n));
    const call = (n: number) =>
      new Promise<number>((resolve) => {
        hear = resolve;
        worker.postMessage(n);
      });
    return {
      operations: size,
      run: async () => {
        let last = 0;
        for (let i = 0; i < size; i++) last = await call(i);
        expectCount("last answer", last, size);
      },
      end: () => worker.terminate(),
    };
  },
};

export const executorCall: Workload = {
  name: "executor-call",
  title: "a call in a thread",
  about: "N calls, one after the other, each of which adds one, in a thread that runs already.",
  unit: "ns",
  per: "call",
  sizeOf: "calls",
  figures: [TIME],
  sizes: [1000],
  quickSizes: [1000],
  contenders: { wasyncio: overPool, "node:worker_threads": overMessages },
};
