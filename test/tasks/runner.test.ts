/** Tests Runner, runCoroutineThreadsafe, and the closing of async generators (item 65). */
import { describe, expect, it } from "vitest";
import {
  allTasks,
  Context,
  ContextVar,
  createTask,
  currentTask,
  type EventLoop,
  getRunningLoop,
  newEventLoop,
  Runner,
  run,
  runCoroutineThreadsafe,
  runSync,
  sleep,
  type Task,
  trackAsyncgen,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { asyncgensOf } from "../../src/core/asyncgens.ts";
import { outcomeOfCall, outcomeOfPromise } from "../sync/trial.ts";

const virtual = () => ({ clock: new VirtualClock() });

describe("Runner", () => {
  it("runs one program after the other in a context of its own: what one sets the next one sees", async () => {
    const variable = new ContextVar<string>("variable", { default: "nobody" });
    const runner = new Runner(virtual());
    await runner.run(async () => variable.set("first"));
    const second = runner.runSync(function* () {
      return variable.get();
    });
    const context = new Context();
    const own = await runner.run(async () => variable.get(), { context });
    await runner.close();
    expect([second, own, variable.get()]).toEqual(["first", "nobody", "nobody"]);
  });

  it("goes on after a program that fails, and with the tasks that it left", async () => {
    const runner = new Runner(virtual());
    const order: string[] = [];
    const failing = runner.run(function* () {
      createTask(
        (function* () {
          yield* sleep(10);
          order.push("left behind");
        })(),
      );
      yield* sleep(1);
      throw new RangeError("bad");
    });
    expect(await outcomeOfPromise(failing)).toBe("RangeError bad");
    expect(await runner.run(() => sleep(20, "next"))).toBe("next");
    expect(order).toEqual(["left behind"]);
    await runner.close();
  });

  it("close cancels the tasks that are left, waits for their clean-up, and closes the loop", async () => {
    const order: string[] = [];
    let loop: EventLoop | undefined;
    {
      const runner = new Runner(virtual());
      loop = runner.getLoop();
      await runner.run(async () => {
        createTask(async () => {
          try {
            await sleep(1000);
          } finally {
            await sleep(5);
            order.push(`cleaned up @${getRunningLoop().time()}`);
          }
        });
        await sleep(1);
      });
      await runner[Symbol.asyncDispose]();
    }
    expect([order, loop.isClosed()]).toEqual([["cleaned up @6"], true]);
  });

  it("makes its loop by the factory, once, and in debug mode if asked", async () => {
    const made: EventLoop[] = [];
    const loopFactory = () => {
      const loop = newEventLoop(virtual());
      made.push(loop);
      return loop;
    };
    const runner = new Runner({ loopFactory, debug: true });
    expect(await runner.run(async () => getRunningLoop() === made[0])).toBe(true);
    expect([runner.getLoop() === made[0], made.length, made[0]?.getDebug()]).toEqual([true, 1, true]);
    await runner.close();
    expect(made[0]?.isClosed()).toBe(true);
  });

  it("calls its task's coroutine as the function is called that was given, of whichever kind", async () => {
    const seen: string[] = [];
    function look(): void {
      const task = currentTask() as Task<unknown>;
      seen.push(/coro=(\w+)/.exec(String(task))?.[1] ?? "", task.getStack()[0]?.coroutine ?? "");
    }
    function* generator() {
      look();
    }
    async function asynchronous() {
      look();
    }
    await run(generator, virtual());
    runSync(generator, virtual());
    await run(asynchronous, virtual());
    const names = ["generator", "generator", "asynchronous"];
    expect(seen).toEqual(names.flatMap((name) => [name, name]));
  });

  it("refuses to run when it is closed, inside of a loop, and what is no program", async () => {
    const closed = new Runner(virtual());
    await closed.close();
    const open = new Runner(virtual());
    const seen = [
      await outcomeOfPromise(closed.run(() => sleep(1))),
      outcomeOfCall(() => closed.runSync(() => sleep(1))),
      await run(async () => await outcomeOfPromise(open.run(() => sleep(1)))),
      await run(async () => outcomeOfCall(() => open.runSync(() => sleep(1)))),
      await outcomeOfPromise(open.run(5 as never)),
      await outcomeOfPromise(open.run(Promise.resolve() as never)),
    ];
    await open.close();
    expect(seen).toEqual([
      "LoopError ERR_RUNNER_CLOSED",
      "LoopError ERR_RUNNER_CLOSED",
      "LoopError ERR_LOOP_RUNNING",
      "LoopError ERR_LOOP_RUNNING",
      "ArgumentError ERR_COROUTINE_EXPECTED",
      "ArgumentError ERR_COROUTINE_EXPECTED",
    ]);
  });
});

describe("runCoroutineThreadsafe", () => {
  it("runs a coroutine on a loop from outside, and gives a promise of its result or its error", async () => {
    const loop = newEventLoop(virtual());
    const running = loop.runForever();
    const fail = function* () {
      yield* sleep(1);
      throw new RangeError("bad");
    };
    const place = function* () {
      yield* sleep(5);
      return getRunningLoop() === loop;
    };
    const promise = runCoroutineThreadsafe(place(), loop);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toBe(true);
    expect(await outcomeOfPromise(runCoroutineThreadsafe(fail(), loop))).toBe("RangeError bad");
    loop.stop();
    await running;
    loop.close();
  });

  it("gives the cancellation of the task, and waits for a loop that does not run yet", async () => {
    const loop = newEventLoop(virtual());
    const promise = runCoroutineThreadsafe(
      (function* () {
        yield* sleep(1000);
      })(),
      loop,
    );
    loop.callLater(10, () => {
      for (const task of allTasks(loop)) task.cancel();
    });
    loop.callLater(20, () => loop.stop());
    const outcome = outcomeOfPromise(promise);
    await loop.runForever();
    expect(await outcome).toBe("CancelledError ERR_CANCELLED");
    loop.close();
  });

  it("between two loops: one waits for the other's result", async () => {
    const [here, there] = [newEventLoop(), newEventLoop()];
    const running = there.runForever();
    const result = await here.runUntilComplete(
      async () => await runCoroutineThreadsafe(sleep(1, "from there"), there),
    );
    there.stop();
    await running;
    here.close();
    there.close();
    expect(result).toBe("from there");
  });

  it("refuses what is no coroutine, and a coroutine that has been run, and a loop that is closed", async () => {
    const loop = newEventLoop(virtual());
    const reports: unknown[] = [];
    loop.setExceptionHandler((_loop, { exception }) => reports.push((exception as { code: string }).code));
    expect(outcomeOfCall(() => runCoroutineThreadsafe(sleep as never, loop))).toBe(
      "ArgumentError ERR_COROUTINE_EXPECTED",
    );
    const used = (function* () {
      yield* sleep(1);
    })();
    const running = loop.runForever();
    await runCoroutineThreadsafe(used, loop);
    expect(await outcomeOfPromise(runCoroutineThreadsafe(used, loop))).toBe(
      "LoopError ERR_COROUTINE_FINISHED",
    );
    loop.stop();
    await running;
    loop.close();
    expect(await outcomeOfPromise(runCoroutineThreadsafe(sleep(1), loop))).toBe("LoopError ERR_LOOP_CLOSED");
    // As in asyncio, it is reported to the loop too.
    expect(reports).toEqual(["ERR_COROUTINE_FINISHED"]);
  });
});

describe("trackAsyncgen and shutdownAsyncgens", () => {
  async function* rows(order: string[], name: string, cleanUpMs = 0): AsyncGenerator<number, void, unknown> {
    try {
      for (let i = 1; i < 4; i++) {
        await sleep(1);
        yield i;
      }
    } finally {
      await sleep(cleanUpMs);
      order.push(`${name} closed @${getRunningLoop().time()}`);
    }
  }

  it("a run that ends closes those that have begun and not ended, and waits for them", async () => {
    const order: string[] = [];
    await run(async () => {
      const first = trackAsyncgen(rows(order, "first", 20));
      const second = trackAsyncgen(rows(order, "second", 10));
      const ended = trackAsyncgen(rows(order, "ended"));
      order.push(`${(await first.next()).value} ${(await second.next()).value}`);
      let sum = 0;
      for await (const row of ended) sum += row;
      order.push(`sum ${sum}, main ends @${getRunningLoop().time()}`);
    }, virtual());
    expect(order).toEqual([
      "1 1",
      "ended closed @5",
      "sum 6, main ends @5",
      "second closed @15",
      "first closed @25",
    ]);
  });

  it("shutdownAsyncgens can be waited for, and again does nothing", async () => {
    const order: string[] = [];
    await run(async () => {
      const loop = getRunningLoop();
      const open = trackAsyncgen(rows(order, "open", 3));
      await open.next();
      await loop.shutdownAsyncgens();
      order.push(`shut down @${loop.time()} left ${asyncgensOf(loop).size}`);
      await loop.shutdownAsyncgens();
      order.push(JSON.stringify(await open.next()));
    }, virtual());
    expect(order).toEqual(["open closed @4", "shut down @4 left 0", '{"done":true}']);
  });

  it("one left by break or return is closed there, and forgotten", async () => {
    const order: string[] = [];
    await run(async () => {
      for await (const row of trackAsyncgen(rows(order, "left"))) {
        order.push(`row ${row}`);
        break;
      }
      order.push(`left ${asyncgensOf(getRunningLoop()).size}`);
    }, virtual());
    expect(order).toEqual(["row 1", "left closed @1", "left 0"]);
  });

  it("one that fails at its closing is reported, and does not stop the others", async () => {
    const order: string[] = [];
    const reports: string[] = [];
    async function* failing(): AsyncGenerator<number, void, unknown> {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails is what this is about.
        throw new RangeError("bad clean-up");
      }
    }
    await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
        reports.push(`${message}: ${(exception as Error).message}`);
      });
      await trackAsyncgen(failing()).next();
      await trackAsyncgen(rows(order, "other")).next();
    }, virtual());
    expect(reports).toEqual(["an error occurred during closing of asynchronous generator: bad clean-up"]);
    expect(order).toEqual([expect.stringMatching(/^other closed/)]);
  });

  it("passes items, sent values, results and errors through", async () => {
    const seen = await run(async () => {
      async function* echo(): AsyncGenerator<string, string, string> {
        const sent = yield "first";
        try {
          yield sent;
        } catch (error) {
          yield `caught ${(error as Error).message}`;
        }
        return "result";
      }
      const generator = trackAsyncgen(echo());
      const steps = [
        await generator.next(""),
        await generator.next("sent"),
        await generator.throw(new Error("thrown")),
        await generator.next(""),
      ];
      return [...steps.map((step) => step.value), generator[Symbol.asyncIterator]() === generator];
    }, virtual());
    expect(seen).toEqual(["first", "sent", "caught thrown", "result", true]);
  });
});
