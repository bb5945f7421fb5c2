/** Calls in threads: what the loop adds to its pool, how much two threads gain, and calls that come from a thread. */
import type * as Threads from "node:worker_threads";
import { type Future, gather, newEventLoop, toThread } from "wasyncio";
import { type Executor, ThreadPoolExecutor } from "wasyncio/executors";
import { builtinModule } from "../measure/host.ts";
import { remoteProgram } from "../remote/worker-program.ts";
import { type Contender, expectCount, TIME, type TimedSide, type Workload } from "./workload.ts";

/** What stands under the loop, by itself. */
const POOL = "ThreadPoolExecutor";
const WORKERS = "node:worker_threads";

const inc = (n: number) => n + 1;

function fib(n: number): number {
  // By its own name: it is sent as its source.
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
const FIB_OF = 32;
const FIB = 2_178_309;

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

// ── A call in a thread ──────────────────────────────────────────────────────────────────────────────────────────────

const callByLoop = withPool(1, (size, executor) => {
  const loop = newEventLoop();
  function* callAll() {
    let last = 0;
    for (let i = 0; i < size; i++) last = yield* loop.runInExecutor(executor, inc, i);
    expectCount("last answer", last, size);
  }
  return { run: () => loop.runUntilComplete(callAll()), end: () => loop.close() };
});

const callByPool = withPool(1, (size, executor) => ({
  run: async () => {
    let last = 0;
    for (let i = 0; i < size; i++) last = await executor.submit(inc, i).promise;
    expectCount("last answer", last, size);
  },
}));

const callByMessages = withWorker(
  `const { parentPort } = require("node:worker_threads");
  parentPort.on("message", (n) => parentPort.postMessage(n + 1));`,
  (size, worker) => {
    let hear: (n: number) => void = () => {};
    worker.on("message", (n: number) => hear(n));
    const call = (n: number) =>
      new Promise<number>((resolve) => {
        hear = resolve;
        worker.postMessage(n);
      });
    return {
      run: async () => {
        let last = 0;
        for (let i = 0; i < size; i++) last = await call(i);
        expectCount("last answer", last, size);
      },
    };
  },
);

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
  contenders: { wasyncio: callByLoop, [POOL]: callByPool, [WORKERS]: callByMessages },
};

// ── Calls that compute, in two threads ──────────────────────────────────────────────────────────────────────────────

const fibByLoop = withPool(2, (size, executor) => {
  const loop = newEventLoop();
  loop.setDefaultExecutor(executor);
  function* computeAll() {
    const results = yield* gather(...Array.from({ length: size }, () => toThread(fib, FIB_OF)));
    for (const each of results) expectCount("fib", each, FIB);
  }
  return { run: () => loop.runUntilComplete(computeAll()), end: () => loop.close() };
});

const fibByPool = withPool(2, (size, executor) => ({
  run: async () => {
    const calls = Array.from({ length: size }, () => executor.submit(fib, FIB_OF).promise);
    for (const each of await Promise.all(calls)) expectCount("fib", each, FIB);
  },
}));

const fibInPlace: Contender = {
  start: (size) => ({
    operations: size,
    run() {
      for (let i = 0; i < size; i++) expectCount("fib", fib(FIB_OF), FIB);
    },
  }),
};

export const executorFib: Workload = {
  name: "executor-fib",
  title: `fib(${FIB_OF}) on two threads`,
  about: `N calls of fib(${FIB_OF}) at once, by toThread, on two threads that run already; native is one after the other in place.`,
  unit: "ns",
  per: "call",
  sizeOf: "calls",
  figures: [TIME],
  sizes: [8],
  quickSizes: [8],
  contenders: { wasyncio: fibByLoop, [POOL]: fibByPool, native: fibInPlace },
};

// ── Calls from a thread ─────────────────────────────────────────────────────────────────────────────────────────────

const heardByLoop = withWorker(`process.getBuiltinModule ??= require;\n${remoteProgram}`, (size, worker) => {
  const loop = newEventLoop();
  let heard = 0;
  let all: Future<void>;
  const handle = loop.remote({
    heard() {
      if (++heard === size) all.setResult(undefined);
    },
  });
  worker.postMessage({ handle }, [handle.port as Threads.MessagePort]);
  return {
    run() {
      heard = 0;
      all = loop.createFuture();
      worker.postMessage({ count: size });
      return loop.runUntilComplete(all);
    },
    end: () => loop.close(),
  };
});

const heardByMessages = withWorker(
  `const { parentPort } = require("node:worker_threads");
  parentPort.on("message", ({ count }) => { for (let i = 0; i < count; i++) parentPort.postMessage(i); });`,
  (size, worker) => {
    let heard = 0;
    let all: () => void = () => {};
    worker.on("message", () => {
      if (++heard === size) all();
    });
    return {
      run() {
        heard = 0;
        worker.postMessage({ count: size });
        return new Promise<void>((resolve) => {
          all = resolve;
        });
      },
    };
  },
);

export const remoteCall: Workload = {
  name: "remote-call",
  title: "callSoonThreadsafe from a thread",
  about:
    "N calls of a function on the loop, made by another thread as fast as it can; the other is a message for each.",
  unit: "ns",
  per: "call",
  sizeOf: "calls",
  figures: [TIME],
  sizes: [20_000],
  quickSizes: [20_000],
  contenders: { wasyncio: heardByLoop, [WORKERS]: heardByMessages },
};

// ── What they share ─────────────────────────────────────────────────────────────────────────────────────────────────

type Work = Pick<TimedSide, "run" | "end">;

function withPool(maxWorkers: number, make: (size: number, executor: Executor) => Work): Contender {
  return {
    exists: hasThreads,
    start(size): TimedSide {
      const executor = new ThreadPoolExecutor({ maxWorkers });
      const { run, end } = make(size, executor);
      return {
        operations: size,
        run,
        end: async () => {
          await executor.shutdown().promise;
          await end?.();
        },
      };
    },
  };
}

function withWorker(program: string, make: (size: number, worker: Threads.Worker) => Work): Contender {
  return {
    exists: hasThreads,
    start(size): TimedSide {
      const { Worker } = threads() as typeof Threads;
      const worker = new Worker(program, { eval: true });
      const { run, end } = make(size, worker);
      return {
        operations: size,
        run,
        end: async () => {
          await worker.terminate();
          await end?.();
        },
      };
    },
  };
}
