/** Tests what loops make of executors: runInExecutor, toThread, the default executor and its end, wrapFuture. */
import { afterEach, describe, expect, test } from "vitest";
import {
  CancelledError,
  createTask,
  Event,
  type EventLoop,
  gather,
  getRunningLoop,
  newEventLoop,
  run,
  sleep,
  timeout,
  toThread,
  wrapFuture,
} from "wasyncio";
import { type ExecutorFuture, ThreadPoolExecutor } from "wasyncio/executors";
import { errorOf, Flag, tasks, thrownBy } from "./trial.ts";

const made: ThreadPoolExecutor[] = [];
afterEach(async () => {
  for (const executor of made.splice(0)) await executor.shutdown({ cancelFutures: true });
});
function pool(options?: ConstructorParameters<typeof ThreadPoolExecutor>[0]): ThreadPoolExecutor {
  const executor = new ThreadPoolExecutor({ maxWorkers: 1, ...options });
  made.push(executor);
  return executor;
}

describe("loop.runInExecutor", () => {
  test("gives a future of the loop, in both styles", async () => {
    const executor = pool();
    const inGenerator = await run(function* () {
      const future = getRunningLoop().runInExecutor(executor, tasks.inc, 1);
      return [yield* future, future.getLoop() === getRunningLoop()];
    });
    expect(inGenerator).toEqual([2, true]);
    expect(await run(async () => await getRunningLoop().runInExecutor(executor, tasks.inc, 2))).toBe(3);
  });

  test("takes a call back that is cancelled while it waits", async () => {
    const executor = pool();
    const flag = new Flag();
    const result = await run(function* () {
      const loop = getRunningLoop();
      const first = loop.runInExecutor(executor, tasks.waitForFlag, flag.cells);
      const second = loop.runInExecutor(executor, tasks.count);
      yield* sleep(0);
      second.cancel();
      flag.set();
      yield* first;
      return yield* loop.runInExecutor(executor, tasks.count);
    });
    expect(result).toBe(1);
  });

  test("a task that waits for a call is cancelled at once, while the call runs to its end", async () => {
    const executor = pool();
    const flag = new Flag();
    const ended = await run(async () => {
      const error = await errorOf(
        timeout(20, async () => await executor.submit(tasks.waitForFlag, flag.cells)),
      );
      flag.set();
      return error.name;
    });
    expect(ended).toBe("TimeoutError");
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
  });

  test("a cancelled generator ends at its next yield, and cleans up", async () => {
    const executor = pool();
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const cancelled = await run(async () => {
      const task = createTask(async () => await executor.submit(tasks.countInto, shared));
      while (Atomics.load(shared, 0) === 0) await sleep(1);
      task.cancel();
      return (await errorOf(task)) instanceof CancelledError;
    });
    expect(cancelled).toBe(true);
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
    expect(Atomics.load(shared, 1)).toBe(1);
  });

  test("cancelling ends the worker where the executor was made so", async () => {
    const executor = pool({ cancelRunning: "terminate" });
    const error = await run(() => errorOf(timeout(30, () => executor.submit(tasks.loopForEver))));
    expect(error.name).toBe("TimeoutError");
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
  });

  test("for await over progress is cancelled where it waits", async () => {
    const executor = pool({ cancelRunning: "terminate" });
    const seen = await run(async () => {
      const got: unknown[] = [];
      const first = new Event();
      const listening = createTask(async () => {
        const call = executor.submit(function* () {
          yield 1;
          for (;;);
        });
        for await (const each of call) {
          got.push(each);
          first.set();
        }
      });
      await first.wait();
      listening.cancel();
      got.push((await errorOf(listening)).name);
      return got;
    });
    expect(seen).toEqual([1, "CancelledError"]);
    executor.terminateWorkers();
  });

  test("who is cancelled while it listens does not keep the generator waiting for ever", async () => {
    const executor = pool();
    const flag = new Flag();
    const call = executor.submit(tasks.flood, flag.cells, 100);
    await run(async () => {
      const listening = createTask(async () => {
        for await (const each of call) expect(each).toBe(0);
      });
      await flag.waitedForBy(1);
      await sleep(5);
      listening.cancel();
      expect(await errorOf(listening)).toBeInstanceOf(CancelledError);
    });
    flag.set();
    expect(await call).toBe("flooded");
  });

  test("whoever forgets what it listens by does not keep the generator waiting for ever", async () => {
    const executor = pool();
    const flag = new Flag();
    flag.set();
    const call = executor.submit(tasks.flood, flag.cells, 100);
    await run(function* () {
      yield* call[Symbol.asyncIterator]().next();
    });
    while (!call.done()) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(call.result()).toBe("flooded");
  });

  test("a task that is cancelled within map takes back what has not begun", async () => {
    const executor = pool();
    const flag = new Flag();
    const first = executor.submit(tasks.waitForFlag, flag.cells);
    await run(async () => {
      const mapping = createTask(async () => {
        for await (const _ of executor.map(tasks.count, [1, 2, 3]));
      });
      await sleep(0);
      mapping.cancel();
      expect(await errorOf(mapping)).toBeInstanceOf(CancelledError);
    });
    flag.set();
    await first;
    expect(await executor.submit(tasks.count)).toBe(1);
  });

  test("refuses what is no executor, and a closed loop", async () => {
    await run(async () => {
      const wrong = thrownBy(() => getRunningLoop().runInExecutor({} as never, tasks.inc, 1));
      expect(wrong.code).toBe("ERR_ARGUMENT_TYPE");
    });
    const loop = newEventLoop();
    loop.close();
    expect(thrownBy(() => loop.runInExecutor(null, tasks.inc, 1)).code).toBe("ERR_LOOP_CLOSED");
  });
});

describe("the default executor", () => {
  test("toThread and runInExecutor(null) share it, and gather waits for many", async () => {
    const results = await run(async () => {
      const calls = [1, 2, 3].map((n) => toThread(tasks.inc, n));
      return [...(await gather(...calls)), await getRunningLoop().runInExecutor(null, (n: number) => -n, 1)];
    });
    expect(results).toEqual([2, 3, 4, -1]);
  });

  test("run shuts it down after tasks and async generators, and waits for what runs", async () => {
    const order: string[] = [];
    const flag = new Flag();
    const executor = pool();
    let call: ExecutorFuture<string> | undefined;
    let loop: EventLoop | undefined;
    await run(async () => {
      loop = getRunningLoop();
      loop.setDefaultExecutor({
        submit: executor.submit.bind(executor),
        shutdown: (options) => {
          order.push(`shutdown, wait ${options?.wait}`);
          flag.set();
          return executor.shutdown(options);
        },
      });
      call = executor.submit(tasks.waitForFlag, flag.cells);
      createTask(async () => {
        try {
          await sleep(1e6);
        } finally {
          order.push(`task cancelled, call running ${call?.running()}`);
        }
      });
      await sleep(0);
    });
    expect(order).toEqual([
      "task cancelled, call running true",
      "shutdown, wait true",
      "shutdown, wait false",
    ]);
    expect(call?.result()).toBe("flagged");
    expect(thrownBy(() => loop?.runInExecutor(null, tasks.inc, 1)).code).toBe("ERR_LOOP_CLOSED");
  });

  test("shutdownDefaultExecutor refuses what comes later, and gives up after its timeout", async () => {
    const flag = new Flag();
    const executor = pool();
    await run(function* () {
      const loop = getRunningLoop();
      loop.setDefaultExecutor(executor);
      const call = loop.runInExecutor(null, tasks.waitForFlag, flag.cells);
      yield* loop.shutdownDefaultExecutor(20);
      expect(call.done()).toBe(false);
      expect(thrownBy(() => toThread(tasks.inc, 1)).code).toBe("ERR_EXECUTOR_SHUT_DOWN");
      flag.set();
      expect(yield* call).toBe("flagged");
    });
  });

  test("setDefaultExecutor refuses what is no executor", async () => {
    await run(async () => {
      expect(thrownBy(() => getRunningLoop().setDefaultExecutor(null as never)).code).toBe(
        "ERR_ARGUMENT_TYPE",
      );
    });
  });
});

describe("wrapFuture", () => {
  test("passes results, errors and cancellations, both ways", async () => {
    const executor = pool();
    const flag = new Flag();
    await run(async () => {
      expect(await wrapFuture(executor.submit(tasks.inc, 1))).toBe(2);
      expect((await errorOf(wrapFuture(executor.submit(tasks.throwOwn)))).name).toBe("OwnError");
      const first = executor.submit(tasks.waitForFlag, flag.cells);
      const waiting = executor.submit(tasks.inc, 1);
      const wrapped = wrapFuture(waiting);
      wrapped.cancel();
      await sleep(0);
      expect(waiting.cancelled()).toBe(true);
      const other = executor.submit(tasks.inc, 1);
      const followed = wrapFuture(other);
      other.cancel();
      expect(await errorOf(followed)).toBeInstanceOf(CancelledError);
      expect(followed.cancelled()).toBe(true);
      flag.set();
      expect(await first).toBe("flagged");
      expect(await wrapFuture(Promise.resolve(5))).toBe(5);
    });
    expect(thrownBy(() => wrapFuture(5 as never, { loop: newEventLoop() })).code).toBe(
      "ERR_COROUTINE_EXPECTED",
    );
  });
});

describe("transfer", () => {
  test("moves an argument and a result, and shares what is shared", async () => {
    const { transfer } = await import("wasyncio/executors");
    const executor = pool();
    const bytes = new Uint8Array(1024).fill(7);
    const sum = (each: Uint8Array) => each.reduce((all, one) => all + one, 0);
    expect(await executor.submit(sum, transfer(bytes, [bytes.buffer]))).toBe(7168);
    expect(bytes.byteLength).toBe(0);
    const shared = new Int32Array(new SharedArrayBuffer(4));
    await executor.submit((cells: Int32Array) => void Atomics.add(cells, 0, 5), shared);
    expect(shared[0]).toBe(5);
    expect(thrownBy(() => transfer(5 as never, [])).code).toBe("ERR_ARGUMENT_TYPE");
    expect(thrownBy(() => transfer({}, [1] as never)).code).toBe("ERR_ARGUMENT_TYPE");
  });

  test("between processes shared memory is refused with a code", async () => {
    const { ProcessPoolExecutor } = await import("wasyncio/executors");
    const executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    const shared = { deep: new Map([[1, [new Int32Array(new SharedArrayBuffer(4))]]]) };
    expect(thrownBy(() => executor.submit((each: unknown) => each, shared)).code).toBe("ERR_NOT_CLONEABLE");
    await executor.shutdown();
  });
});
