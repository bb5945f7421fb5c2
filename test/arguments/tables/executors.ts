/** The tables of executors, and of what loops make of them. One pool of threads is there for all; it has one worker, and is idle. */
import "../../../src/entry/parts/executors.node.ts";
import { type ExecutorLike, getRunningLoop } from "wasyncio";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "wasyncio/executors";
import { type Area, aBoolean, anything, aString, kind, milliseconds, options } from "../rows.ts";
import { AWAITABLES, type Label, NUMBERS, OBJECTS } from "../values.ts";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const inPlace: ExecutorLike = { submit: () => Promise.resolve(1 as never), shutdown: () => undefined };

/** The source of an error class of the language is not to be had. */
const WITH_SOURCE: readonly Label[] = ["() => 1", "function*", "async () => 1"];
const callee = kind(() => (n: unknown) => n, ["since its source is sent", ...WITH_SOURCE]);
const args = anything("what it is called with");
const WITHOUT_VALUES = OBJECTS.filter((each) => !["Uint8Array", "a future", "a task"].includes(each));
const whole: readonly Label[] = ["1", "2**53"];

const poolOptions = {
  maxWorkers: kind(() => 1, ["How many calls run at the same time", ...whole]),
  initializer: kind(() => () => 1, ["Called in each worker", ...WITH_SOURCE]),
  initargs: kind(() => [], ["What the initializer is called with", "[]", "['x']", "[null]"]),
  idleTimeoutMs: milliseconds("After how many milliseconds without a call"),
  maxTasksPerChild: kind(() => 1, ["null, for never", "null", ...whole]),
  cancelRunning: kind(() => "finish"),
};

const shutdownOptions = options({
  wait: aBoolean("Whether to wait"),
  cancelFutures: aBoolean("Whether calls that have not begun are cancelled"),
});

export const EXECUTORS: Area = {
  io: true,
  receivers: {
    EventLoop: () => getRunningLoop(),
    Executor: () => pool,
    "Executor.shutdown": () => new ThreadPoolExecutor(),
    "Executor.[asyncDispose]": () => new ThreadPoolExecutor(),
    "Executor.with": () => new ThreadPoolExecutor(),
    WorkerPool: () => new ThreadPoolExecutor(),
    ThreadPoolExecutor: () => pool,
    ProcessPoolExecutor: () => new ProcessPoolExecutor(),
    ExecutorFuture: () => pool.submit(() => 1),
    MapResults: () => pool.map((n: number) => n, [1]),
    ProgressIterator: () => pool.submit(() => 1)[Symbol.asyncIterator](),
  },
  refusedToRead: {},
  rows: {
    "EventLoop.runInExecutor": {
      executor: kind(() => pool, ["null for the default one", "null"]),
      callee,
      args,
    },
    "EventLoop.setDefaultExecutor": { executor: kind(() => inPlace) },
    "EventLoop.shutdownDefaultExecutor": {
      timeoutMs: kind(() => 10, ["null for as long as it takes", "null", ...NUMBERS]),
    },
    "EventLoop.remote": {
      functions: kind(() => ({}), ["what may be called, by name", ...OBJECTS, "[]", "['x']", "[null]"]),
    },
    toThread: { callee, args },
    wrapFuture: {
      call: kind(
        () => Promise.resolve(1),
        ["or any promise", ...AWAITABLES.filter((each) => each !== "a coroutine")],
      ),
      options: options({ loop: kind(() => getRunningLoop()) }),
    },
    fromModule: {
      url: kind(() => "file:///tasks.js"),
    },
    fromWorker: {},
    transfer: {
      value: kind(() => ({}), ["what is given to a call", ...OBJECTS, "[]", "['x']", "[null]"]),
      transferables: kind(() => [], ["what is moved with it", "[]"]),
    },
    "new ThreadPoolExecutor": {
      options: options({
        ...poolOptions,
        worker: kind(() => () => ({}), ["Makes a worker", ...WITH_SOURCE, "an Error class"]),
        threadNamePrefix: aString("What the threads are called"),
      }),
    },
    "new ProcessPoolExecutor": {
      options: options({
        ...poolOptions,
        execArgv: kind(() => [], ["Arguments for the host's own command", "[]", "['x']"]),
        env: kind(() => ({}), ["Variables of the environment", ...WITHOUT_VALUES]),
      }),
    },
    "Executor.submit": { callee, args },
    "Executor.map": {
      callee,
      items: kind(() => [1], ["one at a time", "[]", "['x']", "[null]", "Map", "a coroutine"]),
      options: options({
        chunkSize: kind(() => 1, ["How many items go to a worker at a time", ...whole]),
        bufferSize: kind(() => 1, ["null for all at once", "null", ...whole]),
      }),
    },
    "Executor.shutdown": {
      // A task has a `wait` of its own.
      options: {
        ...shutdownOptions,
        taken: [["", ...OBJECTS.filter((each) => each !== "a task")]],
      },
    },
    "Executor.with": { body: kind(() => () => 1, ["Runs `body`", ...WITH_SOURCE, "an Error class"]) },
    "Executor.[asyncDispose]": {},
    "WorkerPool.terminateWorkers": {},
    "ExecutorFuture.cancel": {},
    "ExecutorFuture.cancelled": {},
    "ExecutorFuture.running": {},
    "ExecutorFuture.done": {},
    "ExecutorFuture.result": {},
    "ExecutorFuture.exception": {},
    "ExecutorFuture.[iterator]": {},
    "ExecutorFuture.[asyncIterator]": {},
    "MapResults.[iterator]": {},
    "MapResults.[asyncIterator]": {},
    "ProgressIterator.next": {},
    "ProgressIterator.return": {},
  },
};
