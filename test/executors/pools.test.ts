/** Tests what threads and processes have in common: calls, errors, order, initializers, replacement and shutdown. */
import { afterEach, describe, expect, test } from "vitest";
import { run } from "wasyncio";
import {
  BrokenExecutorError,
  ExecutorError,
  fromModule,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from "wasyncio/executors";
import { errorOf, tasks, thrownBy } from "./trial.ts";

const POOLS = [
  ["ThreadPoolExecutor", ThreadPoolExecutor],
  ["ProcessPoolExecutor", ProcessPoolExecutor],
] as const;

describe.each(POOLS)("%s", (_name, Pool) => {
  const made: InstanceType<typeof Pool>[] = [];
  function pool(options?: ConstructorParameters<typeof Pool>[0]) {
    const executor = new Pool({ maxWorkers: 1, ...options } as object);
    made.push(executor);
    return executor;
  }
  afterEach(async () => {
    for (const executor of made.splice(0)) {
      const ended = executor.shutdown({ cancelFutures: true });
      executor.terminateWorkers();
      await ended;
    }
  });

  test("submit calls a module's export and a function, waited for in both styles and outside of a loop", async () => {
    const executor = pool();
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
    expect(await executor.submit((a: number, b: number) => a * b, 6, 7)).toBe(42);
    const inTasks = run(function* () {
      return [yield* executor.submit(tasks.fib, 10), yield* executor.submit(async (n: number) => n, 5)];
    });
    expect(await inTasks).toEqual([55, 5]);
    expect(await run(async () => await executor.submit(tasks.inc, 2))).toBe(3);
  });

  test("submit takes methods, async functions and generators as source", async () => {
    const executor = pool();
    const object = {
      double(n: number) {
        return n * 2;
      },
    };
    expect(await executor.submit(object.double, 4)).toBe(8);
    const generator = function* (n: number) {
      yield n;
      return n + 1;
    };
    expect(await executor.submit(generator, 4)).toBe(5);
  });

  test("arguments and results are structured clones", async () => {
    const executor = pool();
    const value = { map: new Map([[1, new Set([2n])]]), date: new Date(5), bytes: new Uint8Array([1, 2]) };
    expect(await executor.submit((each: typeof value) => each, value)).toEqual(value);
  });

  test("an error comes back with its class, message, cause, code and remote stack", async () => {
    const executor = pool();
    const error = await errorOf(executor.submit(tasks.throwWithCause));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("the error");
    expect(error.stack).toContain("tasks.mjs");
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: "the cause", code: "E_CAUSE", at: 3 });
    const own = await errorOf(executor.submit(tasks.throwOwn));
    expect([own.name, own.message, own.code, own instanceof Error]).toEqual([
      "OwnError",
      "mine",
      "E_OWN",
      true,
    ]);
    const several = (await errorOf(executor.submit(tasks.throwAggregate))) as AggregateError;
    expect(several).toBeInstanceOf(AggregateError);
    expect(several.errors[0]).toBeInstanceOf(RangeError);
    expect(several.errors[1]).toBe(2);
    expect(await errorOf(executor.submit(tasks.throwText))).toBe("only text");
    expect(await errorOf(executor.submit(tasks.throwFunction))).toContain("=>");
  });

  test("a free variable is a ReferenceError that says what to do", async () => {
    const executor = pool();
    const outside = 1;
    const error = await errorOf(
      executor.submit(function closing() {
        return outside;
      }),
    );
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.code).toBe("ERR_FREE_VARIABLE");
    expect(error.message).toMatch(/'closing' was sent to its worker as source.*argument.*fromModule/);
    expect(error.stack).toContain("fromModule");
  });

  test("what cannot be sent is an error with a code, and the worker goes on", async () => {
    const executor = pool();
    const given = await errorOf(
      executor.submit(
        (each: unknown) => each,
        () => {},
      ),
    );
    expect([given.code, given instanceof ExecutorError]).toEqual(["ERR_NOT_CLONEABLE", true]);
    expect((await errorOf(executor.submit(tasks.returnFunction))).code).toBe("ERR_NOT_CLONEABLE");
    const yielding = await errorOf(
      executor.submit(function* () {
        yield () => {};
      }),
    );
    expect(yielding.code).toBe("ERR_NOT_CLONEABLE");
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
  });

  test("functions without source, modules and exports that are not there are errors with a code", async () => {
    const executor = pool();
    expect(thrownBy(() => executor.submit(Math.max, 1)).code).toBe("ERR_FUNCTION_SOURCE");
    expect(thrownBy(() => executor.submit(tasks.inc.name as never)).code).toBe("ERR_CALLBACK_EXPECTED");
    const missing = fromModule<{ f(): void }>("file:///nowhere/tasks.mjs");
    expect((await errorOf(executor.submit(missing.f))).code).toBe("ERR_MODULE_UNAVAILABLE");
    const throwing = fromModule<{ f(): void }>(new URL("./throws-at-import.mjs", import.meta.url));
    const error = await errorOf(executor.submit(throwing.f));
    expect([error.code, (error.cause as Error).message]).toEqual(["ERR_MODULE_UNAVAILABLE", "at import"]);
    const module = tasks as unknown as Record<string, (typeof tasks)["count"]>;
    for (const name of ["nothing", "notAFunction", "toString"]) {
      const unavailable = await errorOf(executor.submit(module[name] as (typeof tasks)["count"]));
      expect(unavailable.code).toBe("ERR_EXPORT_UNAVAILABLE");
      // And again, when the worker has been told of it before.
      const again = await errorOf(executor.submit(module[name] as (typeof tasks)["count"]));
      expect(again.code).toBe("ERR_EXPORT_UNAVAILABLE");
    }
  });

  test("a worker that dies fails its call with a BrokenExecutorError, and another takes what waits", async () => {
    const executor = pool();
    const calls = [
      executor.submit(tasks.exit),
      executor.submit(tasks.inc, 1),
      executor.submit(tasks.throwLater),
    ];
    const after = executor.submit(tasks.count);
    const exited = await errorOf(calls[0] as PromiseLike<unknown>);
    expect(exited).toBeInstanceOf(BrokenExecutorError);
    expect([exited.code, exited.message]).toEqual([
      "ERR_EXECUTOR_BROKEN",
      expect.stringContaining("status 7"),
    ]);
    expect(await calls[1]).toBe(2);
    expect(await errorOf(calls[2] as PromiseLike<unknown>)).toBeInstanceOf(BrokenExecutorError);
    expect(await after).toBe(1);
  });

  test("an initializer runs first in each worker; one that fails breaks the executor", async () => {
    const executor = pool({ initializer: tasks.initialize, initargs: ["set up"] } as object);
    expect(await executor.submit(tasks.whatWasInitialized)).toBe("set up");
    const broken = pool({ initializer: tasks.failToInitialize });
    const calls = [broken.submit(tasks.inc, 1), broken.submit(tasks.inc, 2)];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.cause).toBeInstanceOf(RangeError);
    }
    expect(thrownBy(() => broken.submit(tasks.inc, 3))).toBeInstanceOf(BrokenExecutorError);
  });

  test("an initializer whose arguments cannot be sent breaks the executor, and nobody waits for ever", async () => {
    const broken = pool({ initializer: tasks.initialize, initargs: [() => {}] } as object);
    const error = await errorOf(broken.submit(tasks.inc, 1));
    expect(error).toBeInstanceOf(BrokenExecutorError);
    expect((error.cause as { code?: unknown }).code).toBe("ERR_NOT_CLONEABLE");
    expect(thrownBy(() => broken.submit(tasks.inc, 2))).toBeInstanceOf(BrokenExecutorError);
  });

  test("maxTasksPerChild replaces a worker after as many calls", async () => {
    const executor = pool({ maxTasksPerChild: 2 });
    const counts = await Promise.all([1, 2, 3, 4, 5].map(() => executor.submit(tasks.count).promise));
    expect(counts).toEqual([1, 2, 1, 2, 1]);
  });

  test("calls are made in the order in which they came, and a worker that is idle is taken again", async () => {
    const executor = pool();
    const counts = await Promise.all(Array.from({ length: 50 }, () => executor.submit(tasks.count).promise));
    expect(counts).toEqual(counts.map((_, index) => index + 1));
  });

  test("map gives results in order, by chunks, and calls ahead as far as its buffer goes", async () => {
    const executor = pool({ maxWorkers: 2 });
    const items = Array.from({ length: 25 }, (_, index) => index);
    const results: number[] = [];
    for await (const each of executor.map(tasks.inc, items, { chunkSize: 4 })) results.push(each);
    expect(results).toEqual(items.map((each) => each + 1));
    let asked = 0;
    const source = (function* () {
      for (;;) yield asked++;
    })();
    const inTask = await run(function* () {
      const seen: number[] = [];
      for (const next of executor.map(tasks.inc, source, { bufferSize: 3 })) {
        seen.push(yield* next);
        if (seen.length === 5) break;
      }
      return seen;
    });
    expect(inTask).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toBeLessThanOrEqual(8);
  });

  test("map throws what a call has thrown, in its place, and cancels the rest", async () => {
    const executor = pool();
    const seen: number[] = [];
    const failing = (n: number) => {
      if (n === 3) throw new RangeError("three");
      return n;
    };
    const going = (async () => {
      for await (const each of executor.map(failing, [1, 2, 3, 4, 5])) seen.push(each);
    })();
    expect((await errorOf(going)).message).toBe("three");
    expect(seen).toEqual([1, 2]);
    expect(await executor.submit(tasks.inc, 1)).toBe(2);
  });

  test("what a generator yields can be gone through while it runs, at the pace of who listens", async () => {
    const executor = pool();
    const call = executor.submit(tasks.countTo, 100);
    const seen: number[] = [];
    for await (const each of call) seen.push(each);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await call).toBe("counted to 100");
    expect(await executor.submit(tasks.countTo, 1000)).toBe("counted to 1000");
    const slowly = executor.submit(tasks.countSlowly, 30);
    for await (const each of slowly) if (each === 3) break;
    expect(await slowly).toBe("done slowly");
    const inTask = await run(function* () {
      const steps = executor.submit(tasks.countTo, 3)[Symbol.asyncIterator]();
      const values: unknown[] = [];
      for (;;) {
        const step = yield* steps.next();
        if (step.done === true) return values;
        values.push(step.value);
      }
    });
    expect(inTask).toEqual([1, 2, 3]);
  });

  test("shutdown waits for what was submitted, takes nothing more, and leaves no worker", async () => {
    const executor = pool();
    const calls = [executor.submit(tasks.inc, 1), executor.submit(tasks.inc, 2)];
    const ended = executor.shutdown();
    const refused = thrownBy(() => executor.submit(tasks.inc, 3));
    expect([refused.code, refused instanceof ExecutorError]).toEqual(["ERR_EXECUTOR_SHUT_DOWN", true]);
    await ended;
    expect(calls.map((call) => call.result())).toEqual([2, 3]);
    await executor.shutdown();
  });

  test("shutdown with cancelFutures cancels what has not begun; without waiting it is done at once", async () => {
    const executor = pool();
    const calls = [1, 2, 3].map((n) => executor.submit(tasks.inc, n));
    expect(executor.shutdown({ wait: false, cancelFutures: true }).done()).toBe(true);
    expect(calls.map((call) => call.cancelled())).toEqual([false, true, true]);
    expect(await calls[0]).toBe(2);
    expect((await errorOf(calls[1] as PromiseLike<unknown>)).name).toBe("CancelledError");
    await executor.shutdown();
  });

  test("with shuts down after its body, and so does await using", async () => {
    const executor = pool();
    const call = await run(() => executor.with((within) => within.submit(tasks.inc, 1)));
    expect(call).toBe(2);
    expect(thrownBy(() => executor.submit(tasks.inc, 3)).code).toBe("ERR_EXECUTOR_SHUT_DOWN");
    const other = pool();
    await other[Symbol.asyncDispose]();
    expect(thrownBy(() => other.submit(tasks.inc, 3)).code).toBe("ERR_EXECUTOR_SHUT_DOWN");
  });

  test("terminateWorkers ends what runs, and others take what waits", async () => {
    const executor = pool();
    const running = executor.submit(tasks.loopForEver);
    const waiting = executor.submit(tasks.inc, 1);
    expect([running.running(), waiting.running()]).toEqual([true, false]);
    executor.terminateWorkers();
    expect(await errorOf(running)).toBeInstanceOf(BrokenExecutorError);
    expect(await waiting).toBe(2);
  });

  test("a call after terminateWorkers goes to another worker", async () => {
    const executor = pool();
    expect(await executor.submit(tasks.count)).toBe(1);
    executor.terminateWorkers();
    expect(await executor.submit(tasks.count)).toBe(1);
  });

  test("cancel takes back what waits; what runs goes on unless it is to be terminated", async () => {
    const executor = pool();
    const running = executor.submit(tasks.inc, 1);
    const waiting = executor.submit(tasks.inc, 2);
    expect([waiting.cancel(), waiting.cancel(), waiting.cancelled(), running.cancel()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(await running).toBe(2);
    expect(running.cancel()).toBe(false);
    const ending = pool({ cancelRunning: "terminate" });
    const endless = ending.submit(tasks.loopForEver);
    const next = ending.submit(tasks.inc, 1);
    expect(endless.cancel()).toBe(true);
    expect((await errorOf(endless)).name).toBe("CancelledError");
    expect(await next).toBe(2);
  });

  test("an idle worker is ended after its time, and the next call starts another", async () => {
    const executor = pool({ idleTimeoutMs: 1 });
    for (let count = 0; ; count++) {
      if ((await executor.submit(tasks.count)) === 1 && count > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
