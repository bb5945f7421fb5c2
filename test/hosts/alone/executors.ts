/**
 * `wasyncio/executors` and nothing else of the package: calls in threads, and in processes where the host has them. A host that has
 * neither says so.
 */
import {
  BrokenExecutorError,
  fromModule,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  transfer,
  type WorkerPool,
} from "wasyncio/executors";

/** What a pool has to do, and what comes of it wherever there is one. */
const POOL = {
  source: 42,
  module: 2,
  error: "RangeError: far too many, because of TypeError: a reason",
  freeVariable: "ERR_FREE_VARIABLE",
  notCloneable: "ERR_NOT_CLONEABLE",
  notAModule: "ERR_MODULE_UNAVAILABLE",
  progress: [1, 2, 3, "done"],
  mapped: [1, 4, 9, 16, 25],
  initialized: "before all else",
  cancelledWaiting: true,
  terminated: ["CancelledError", 1],
  broken: [true, 1],
  replaced: [1, 2, 1],
  afterShutdown: "ERR_EXECUTOR_SHUT_DOWN",
};
const THREADS = { ...POOL, transferred: [12, 0], shared: 5 };

export const ANSWER = { threads: THREADS, processes: POOL };

const TASKS = `data:text/javascript,${encodeURIComponent("export const inc = (n) => n + 1;")}`;

/** Hosts that have threads, and those that have processes; of another one it is not known. */
const THREADED = ["node", "deno", "bun", "browser"];
const WITH_PROCESSES = ["node", "deno", "bun"];

interface Place {
  readonly host?: string;
  /** False in workers of Firefox. */
  readonly startsWorkers?: boolean;
}

export default async function main({ host, startsWorkers = true }: Place): Promise<unknown> {
  const threads = isSupported(() => new ThreadPoolExecutor());
  const processes = isSupported(() => new ProcessPoolExecutor());
  if (host !== undefined) {
    if (threads !== (startsWorkers && THREADED.includes(host)))
      throw new Error(`there are threads on ${host}: ${threads}`);
    if (processes !== WITH_PROCESSES.includes(host))
      throw new Error(`there are processes on ${host}: ${processes}`);
  }
  const ofThreads = async () => ({
    ...(await tryPool((options) => new ThreadPoolExecutor(options))),
    ...(await tryThreads()),
  });
  return {
    threads: threads ? await ofThreads() : THREADS,
    processes: processes ? await tryPool((options) => new ProcessPoolExecutor(options)) : POOL,
  };
}

async function tryPool(
  make: (options?: ConstructorParameters<typeof ThreadPoolExecutor>[0]) => WorkerPool,
): Promise<Record<string, unknown>> {
  const { inc } = fromModule<{ inc(n: number): number }>(TASKS);
  const missing = fromModule<{ f(): void }>("data:text/javascript,export{");
  const pool = make({ maxWorkers: 1 });
  const count = (step: number) => {
    const counted = globalThis as { count?: number };
    counted.count = (counted.count ?? 0) + step;
    return counted.count;
  };
  const square = async (n: number) => n * n;
  const outside = Math.random();
  const progress: unknown[] = [];
  const answer: Record<string, unknown> = {
    source: await pool.submit((a: number, b: number) => a * b, 6, 7),
    module: await pool.submit(inc, 1),
    error: await errorOf(
      pool.submit(() => {
        throw new RangeError("far too many", { cause: new TypeError("a reason") });
      }),
      (error) => `${error}, because of ${error.cause}`,
    ),
    freeVariable: await errorOf(
      pool.submit(() => outside),
      codeOf,
    ),
    notCloneable: await errorOf(
      pool.submit(() => () => {}),
      codeOf,
    ),
    notAModule: await errorOf(pool.submit(missing.f), codeOf),
  };
  const counting = pool.submit(function* () {
    for (let i = 1; i <= 3; i++) yield i;
    return "done";
  });
  for await (const value of counting) progress.push(value);
  answer.progress = [...progress, await counting];
  const mapped: number[] = [];
  for await (const value of pool.map(square, [1, 2, 3, 4, 5], { chunkSize: 2 })) mapped.push(value);
  answer.mapped = mapped;
  const first = pool.submit(count, 0);
  const waiting = pool.submit(count, 1);
  answer.cancelledWaiting = waiting.cancel() && (await first) === 0 && (await pool.submit(count, 0)) === 0;
  await pool.shutdown();
  answer.afterShutdown = codeOf(thrownBy(() => pool.submit(inc, 1)));

  const initialized = make({
    maxWorkers: 1,
    initializer: (text: string) => {
      (globalThis as { told?: string }).told = text;
    },
    initargs: ["before all else"],
    maxTasksPerChild: 2,
    cancelRunning: "terminate",
  });
  answer.initialized = await initialized.submit(() => (globalThis as { told?: string }).told);
  await initialized.submit(count, 1);
  answer.replaced = await Promise.all([1, 1, 1].map((step) => initialized.submit(count, step).promise));
  // It computes without end by then.
  const endless = initialized.submit(function* () {
    yield "begun";
    // Rather a wait than a loop: Deno leaves an endless loop running when its worker is ended.
    if (typeof SharedArrayBuffer === "function") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    for (;;);
  });
  for await (const _ of endless) endless.cancel();
  answer.terminated = [await errorOf(endless, (error) => error.name), await initialized.submit(count, 1)];
  const dying = initialized.submit(() => {
    const { process, close } = globalThis as unknown as { process?: { exit(): void }; close(): void };
    if (process === undefined) close();
    else process.exit();
    return new Promise(() => {});
  });
  answer.broken = [
    await errorOf(dying, (error) => error instanceof BrokenExecutorError),
    await initialized.submit(count, 1),
  ];
  await initialized.shutdown();
  return answer;
}

async function tryThreads(): Promise<Record<string, unknown>> {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const bytes = new Uint8Array([3, 4, 5]);
  const sum = await pool.submit(
    (given: Uint8Array) => given.reduce((all, each) => all + each, 0),
    transfer(bytes, [bytes.buffer]),
  );
  const cells = sharedCells();
  await pool.submit((shared: Int32Array) => {
    shared[0] = 5;
  }, cells);
  await pool.shutdown();
  return { transferred: [sum, bytes.byteLength], shared: cells.buffer instanceof ArrayBuffer ? 5 : cells[0] };
}

/** Pages have shared memory where they are isolated from other origins alone. */
function sharedCells(): Int32Array {
  const isThere = typeof SharedArrayBuffer === "function";
  return new Int32Array(isThere ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
}

async function errorOf<T>(promise: PromiseLike<unknown>, say: (error: Error) => T): Promise<T | string> {
  try {
    await promise;
  } catch (error) {
    return say(error as Error);
  }
  return "no error";
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code ?? String(error);
}

function isSupported(make: () => unknown): boolean {
  const error = thrownBy(make);
  if (error === undefined || codeOf(error) === "ERR_HOST_UNSUPPORTED") return error === undefined;
  throw error;
}
