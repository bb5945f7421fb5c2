/** Tests tasks of async functions: that `await` waits as `yield*` does, and `adopt`. */
import { describe, expect, it } from "vitest";
import {
  adopt,
  CancelledError,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  Lock,
  newEventLoop,
  run,
  sleep,
  TaskGroup,
  timeout,
  waitFor,
} from "wasyncio";
import { outcomeOf } from "../sync/trial.ts";
import { rejectionOf, simulateAsync, thrownBy, virtualLoop } from "./harness.ts";

describe("a task of an async function", () => {
  it("waits for the loop by await, in its own task, and knows that everywhere", async () => {
    const { result, tookMs } = await simulateAsync(async () => {
      const me = currentTask();
      const inner = async () => {
        await sleep(5);
        return currentTask() === me;
      };
      const seen = [await inner(), await (async () => await inner())(), currentTask() === me];
      await Promise.resolve();
      seen.push(currentTask() === me);
      await new Promise((resolve) => setTimeout(resolve, 3));
      seen.push(currentTask() === me, getRunningLoop() === me?.getLoop());
      return seen;
    });
    expect(result).toEqual(Array(6).fill(true));
    expect(tookMs).toBe(10);
  });

  it("takes its steps in the order in which generator tasks would", async () => {
    const order: string[] = [];
    await simulateAsync(async () => {
      const asynchronous = async (name: string) => {
        for (let i = 0; i < 3; i++) {
          order.push(`${name}${i}`);
          await (async () => await sleep(0))();
        }
      };
      const generator = function* (name: string) {
        for (let i = 0; i < 3; i++) {
          order.push(`${name}${i}`);
          yield* sleep(0);
        }
      };
      await gather(
        createTask(() => asynchronous("a")),
        createTask(generator("b")),
        createTask(() => asynchronous("c")),
      );
    });
    expect(order).toEqual(["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]);
  });

  it("is cancelled where it waits, cleans up, and may refuse", async () => {
    const order: string[] = [];
    const { tookMs } = await simulateAsync(async () => {
      const task = createTask(async () => {
        try {
          await sleep(1000);
        } catch (error) {
          order.push(`${error}`);
          await sleep(2);
          throw error;
        } finally {
          order.push("finally");
        }
      });
      const stubborn = createTask(async () => {
        await sleep(1000).then(undefined, () => {});
        return "stayed";
      });
      await sleep(1);
      task.cancel("bye");
      stubborn.cancel();
      expect((await rejectionOf(task)).name).toBe("CancelledError");
      expect([task.cancelled(), await stubborn]).toEqual([true, "stayed"]);
    });
    expect(order).toEqual(["CancelledError: bye", "finally"]);
    expect(tookMs).toBe(3);
  });

  it("cancelled before its start never runs; cancelled while away gets it at its next wait", async () => {
    const seen: string[] = [];
    await simulateAsync(async () => {
      const never = createTask(async () => void seen.push("ran"));
      never.cancel();
      const away = createTask(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push("back");
        await sleep(10);
        seen.push("not reached");
      });
      await sleep(0);
      await sleep(0);
      away.cancel();
      await gather(never, away, { returnExceptions: true });
      expect([never.cancelled(), away.cancelled()]).toEqual([true, true]);
    });
    expect(seen).toEqual(["back"]);
  });

  it("under Promise.all and Promise.race waits in tasks beside it, and what the race leaves is cancelled", async () => {
    const order: string[] = [];
    const { tookMs, reports } = await simulateAsync(async () => {
      expect(await Promise.all([sleep(5, "a"), sleep(3, "b"), sleep(4, "c")])).toEqual(["a", "b", "c"]);
      const slow = coroutine(function* () {
        try {
          yield* sleep(1000);
        } finally {
          order.push("slow cleaned up");
        }
      });
      const racer = createTask(async () => await Promise.race([slow(), sleep(2, "won")]));
      expect(await racer).toBe("won");
      await sleep(1);
      expect(order).toEqual(["slow cleaned up"]);
    });
    expect(tookMs).toBe(8);
    expect(reports).toEqual([]);
  });

  it("hands over what still waits in a scope when the scope is left, also when a generator entered it", async () => {
    const order: string[] = [];
    const helper = async (name: string, ms: number) => {
      try {
        await sleep(ms);
        order.push(`${name} ended`);
      } finally {
        order.push(`${name} at ${getRunningLoop().time()}`);
      }
    };
    const startIn = async (name: string) => {
      helper(name, 20).catch(() => {});
      await sleep(1);
    };
    await simulateAsync(async () => {
      await timeout(5, () => startIn("left alone"));
      await createTask(function* () {
        yield* timeout(5, () => startIn("of a generator"));
        yield* sleep(25);
      });
      const outer = timeout(10, async () => {
        await timeout(1000, () => startIn("handed over"));
        await sleep(1000);
      });
      expect((await rejectionOf(outer)).name).toBe("TimeoutError");
    });
    expect(order).toEqual([
      ...["left alone ended", "left alone at 20"],
      ...["of a generator ended", "of a generator at 21"],
      "handed over at 37",
    ]);
  });

  it("started by a generator takes a request also if a group of the generator makes one of its own meanwhile", async () => {
    const told: string[] = [];
    await simulateAsync(async () => {
      let comeBack = () => {};
      const abroad = new Promise<void>((resolve) => {
        comeBack = resolve;
      });
      const helper = async () => {
        await sleep(0);
        await abroad;
        told.push((await rejectionOf(sleep(1))).name);
      };
      const task = createTask(function* () {
        void helper();
        try {
          yield* sleep(100);
        } finally {
          for (let requests = 1; requests <= 2; requests++) {
            const failing = function* (): Coroutine<void> {
              throw new RangeError("bad");
            };
            told.push(yield* outcomeOf(new TaskGroup().with(failing)));
            // The group has cancelled its task again, as there was a request before.
            told.push(yield* outcomeOf(sleep(1)));
          }
          comeBack();
          yield* sleep(10);
        }
      });
      await sleep(1);
      task.cancel();
      await rejectionOf(task);
    });
    const each = ["ExceptionGroup ERR_EXCEPTION_GROUP", "CancelledError ERR_CANCELLED"];
    expect(told).toEqual([...each, ...each, "CancelledError"]);
  });

  it("mixes with generators both ways", async () => {
    const twice = coroutine(function* (ms: number) {
      yield* sleep(ms);
      yield* sleep(ms);
      return ms;
    });
    const { result, tookMs } = await simulateAsync(function* () {
      const inner = createTask(async () => {
        const me = currentTask();
        const value = await twice(2);
        return [value, currentTask() === me];
      });
      const viaPromise = yield* adopt((async () => await twice(3))());
      return [...(yield* inner), viaPromise];
    });
    expect(result).toEqual([2, true, 3]);
    expect(tookMs).toBe(6);
  });

  it("works in timeout and waitFor, which wait until it has cleaned up", async () => {
    const order: string[] = [];
    const { tookMs } = await simulateAsync(async () => {
      const slow = async () => {
        try {
          await sleep(100);
        } finally {
          await sleep(2);
          order.push("clean");
        }
      };
      expect((await rejectionOf(timeout(10, slow))).name).toBe("TimeoutError");
      expect((await rejectionOf(waitFor(createTask(slow), 10))).name).toBe("TimeoutError");
      expect(await timeout(10, async (scope) => [scope.when(), await sleep(1, "x")])).toEqual([34, "x"]);
    });
    expect(order).toEqual(["clean", "clean"]);
    expect(tookMs).toBe(25);
  });

  it("keeps its context variables across awaits", async () => {
    const user = new ContextVar<string>("user", { default: "nobody" });
    const { result } = await simulateAsync(async () => {
      user.set("Ada");
      const child = createTask(async () => {
        const seen = [user.get()];
        user.set("child");
        await sleep(1);
        seen.push(user.get());
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(user.get());
        return seen;
      });
      await sleep(0);
      return [...(await child), user.get()];
    });
    expect(result).toEqual(["Ada", "child", "child", "Ada"]);
  });

  it("passes errors on, and reports those that are never retrieved", async () => {
    const { result } = await simulateAsync(async () => {
      const failing = createTask(async () => {
        await sleep(1);
        throw new RangeError("bad");
      });
      return await rejectionOf(failing);
    });
    expect(result).toMatchObject({ name: "RangeError", message: "bad" });
  });

  it("cannot be run by runSync, and says so", () => {
    const loop = virtualLoop();
    const main = (async () => 1) as never;
    expect(thrownBy(() => loop.runSync(loop.createTask(main)))).toMatchObject({ code: "ERR_RUN_SYNC" });
    loop.close();
  });

  it("awaiting outside of any loop is an error that says what to do", async () => {
    expect(await rejectionOf((async () => await sleep(1))())).toMatchObject({ code: "ERR_NO_RUNNING_LOOP" });
  });

  it("whoever waits for a future from outside is told when its loop is closed", async () => {
    const loop = newEventLoop();
    const [done, pending] = [loop.createFuture<string>(), loop.createFuture<string>()];
    const outcomes = Promise.allSettled([done, pending].map(async (future) => await future));
    await Promise.resolve();
    done.setResult("its result, for which no callback comes any more");
    loop.close();
    const late = Promise.allSettled([(async () => await pending)()]);
    expect(await outcomes).toMatchObject([
      { status: "fulfilled", value: "its result, for which no callback comes any more" },
      { status: "rejected", reason: { name: "CancelledError", code: "ERR_OWNER_ENDED" } },
    ]);
    expect(await late).toMatchObject([{ reason: { code: "ERR_OWNER_ENDED" } }]);
  });

  it("waits for several things in the order in which it awaits them, before the next task has its turn", async () => {
    const log: string[] = [];
    await simulateAsync(async () => {
      const lock = new Lock();
      const enter = async (name: string) => {
        await lock.acquire();
        log.push(name);
        lock.release();
      };
      await lock.acquire();
      const both = createTask(async () => {
        await Promise.all([enter("first"), enter("second")]);
      });
      const next = createTask(function* () {
        yield* lock.acquire();
        log.push("the next task");
        lock.release();
      });
      await sleep(1);
      lock.release();
      await gather(both, next);
    });
    expect(log).toEqual(["first", "second", "the next task"]);
  });
});

describe("adopt", () => {
  it("waits for a foreign promise, and lets it go when cancelled", async () => {
    const abort = new AbortController();
    const result = await run(function* () {
      const value = yield* adopt(Promise.resolve(4));
      const future = adopt(new Promise<void>(() => {}), { abort });
      getRunningLoop().callLater(1, () => future.cancel());
      try {
        yield* future;
      } catch (error) {
        yield;
        return [value, error instanceof CancelledError, abort.signal.aborted];
      }
      return [];
    });
    expect(result).toEqual([4, true, true]);
  });

  it("passes a rejection on, whatever it is", async () => {
    await expect(run(() => adopt(Promise.reject(new RangeError("no"))) as never)).rejects.toThrow("no");
    await expect(
      run(function* () {
        yield* adopt(Promise.reject(undefined));
      }),
    ).rejects.toThrow("a promise was rejected with undefined");
  });

  it("of a promise that ends after its loop was closed does no harm", async () => {
    const loop = newEventLoop();
    let resolve: (value: number) => void = () => {};
    const future = adopt(new Promise<number>((settle) => (resolve = settle)), { loop });
    loop.close();
    resolve(1);
    await Promise.resolve();
    expect(future.pending()).toBe(true);
  });
});
