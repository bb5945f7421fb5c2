/** Tests whole programs: run, runSync, Runner, the policy, exception handlers and debug mode. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  adopt,
  CancelledError,
  ContextVar,
  createTask,
  DeadlockError,
  DefaultEventLoopPolicy,
  type EventLoop,
  type ExceptionContext,
  ensureFuture,
  Future,
  gather,
  getEventLoop,
  getEventLoopPolicy,
  getRunningLoop,
  type LoopOptions,
  newEventLoop,
  Runner,
  run,
  runSync,
  StreamReader,
  setEventLoop,
  setEventLoopPolicy,
  shield,
  sleep,
  Task,
  trackAsyncgen,
  wait,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { asyncgensOf } from "../../src/core/asyncgens.ts";
import { makeDefaultHost } from "../../src/host/host.ts";
import { rejectionOf, simulate, thrownBy, virtualLoop } from "./harness.ts";

afterEach(() => {
  setEventLoopPolicy(null);
  vi.restoreAllMocks();
});

describe("run", () => {
  it("takes a coroutine, a coroutine function and an async function, and closes its loop", async () => {
    let loop: EventLoop | undefined;
    const main = function* () {
      loop = getRunningLoop();
      return yield* sleep(1, "generator");
    };
    expect(await run(main)).toBe("generator");
    expect(loop?.isClosed()).toBe(true);
    expect(await run(main())).toBe("generator");
    expect(await run(async () => await sleep(1, "async"))).toBe("async");
    expect((await rejectionOf(run(5 as never))).code).toBe("ERR_COROUTINE_EXPECTED");
  });

  it("cancels what is left behind, lets it clean up, and reports what fails at it", async () => {
    const order: string[] = [];
    const reports: string[] = [];
    await run(function* () {
      getRunningLoop().setExceptionHandler((_loop, context) =>
        reports.push(`${context.message}: ${context.exception}`),
      );
      createTask(
        (function* () {
          try {
            yield* sleep(1000);
          } finally {
            yield* sleep(1);
            order.push("cleaned");
          }
        })(),
      );
      createTask(
        (function* () {
          try {
            yield* sleep(1000);
          } catch {
            throw new RangeError("in clean-up");
          }
        })(),
      );
      yield* sleep(1);
    });
    expect(order).toEqual(["cleaned"]);
    expect(reports).toEqual(["unhandled exception during run() shutdown: RangeError: in clean-up"]);
  });

  it("passes the error of its main coroutine on, and is refused inside a loop", async () => {
    await expect(
      run(function* () {
        throw new RangeError("main");
      }),
    ).rejects.toThrow("main");
    const inside = await run(function* () {
      return [thrownBy(() => runSync(function* () {}, {})).code, rejectionOf(run(function* () {}))] as const;
    });
    expect([inside[0], (await inside[1]).code]).toEqual(["ERR_LOOP_RUNNING", "ERR_LOOP_RUNNING"]);
  });

  it("closes async generators that have not ended", async () => {
    const order: string[] = [];
    async function* rows() {
      try {
        yield 1;
        yield 2;
      } finally {
        order.push("closed");
      }
    }
    await run(async () => {
      const open = trackAsyncgen(rows());
      order.push(`${(await open.next()).value}`);
      const ended = trackAsyncgen(rows());
      for await (const row of ended) order.push(`row ${row}`);
      expect(asyncgensOf(getRunningLoop()).size).toBe(1);
      order.push("main ends");
    });
    expect(order).toEqual(["1", "row 1", "row 2", "closed", "main ends", "closed"]);
  });
});

describe("runSync", () => {
  it("needs a virtual clock, and jumps straight from deadline to deadline", () => {
    expect(thrownBy(() => runSync(function* () {}, {})).code).toBe("ERR_RUN_SYNC");
    const clock = new VirtualClock();
    const times: number[] = [];
    const result = runSync(
      function* () {
        for (const delayMs of [1, 1e6, 3e9]) {
          yield* sleep(delayMs);
          times.push(getRunningLoop().time());
        }
        return "end";
      },
      { clock },
    );
    expect(result).toBe("end");
    expect(times).toEqual([1, 1_000_001, 3_001_000_001]);
    expect(clock.time()).toBe(3_001_000_001);
  });

  it("raises DeadlockError with the pending tasks when nothing is left to wait for, and still unwinds them", () => {
    const order: string[] = [];
    let error: unknown;
    try {
      runSync(
        function* () {
          createTask(
            (function* () {
              try {
                yield* new Future<void>();
              } finally {
                order.push("unwound");
              }
            })(),
            { name: "stuck" },
          );
          yield* new Future<void>();
        },
        { clock: new VirtualClock() },
      );
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DeadlockError);
    const { code, pending, message } = error as DeadlockError;
    expect(code).toBe("ERR_DEADLOCK");
    expect(pending).toHaveLength(2);
    expect(message).toContain("stuck (coroutine) waits for <Future pending>");
    expect(order).toEqual(["unwound"]);
  });
});

describe("Runner", () => {
  it("runs several programs on one loop, in a context of its own, until it is closed", async () => {
    const user = new ContextVar<string>("user", { default: "nobody" });
    const runner = new Runner({ clock: new VirtualClock() });
    const loop = runner.getLoop();
    const first = await runner.run(function* () {
      createTask(sleep(100));
      yield* sleep(10);
      return getRunningLoop() === loop;
    });
    const second = runner.runSync(function* () {
      yield* sleep(10);
      return [loop.time(), user.get()];
    });
    await runner.close();
    await runner.close();
    expect([first, second]).toEqual([true, [20, "nobody"]]);
    expect(loop.isClosed()).toBe(true);
    expect(thrownBy(() => runner.getLoop()).code).toBe("ERR_RUNNER_CLOSED");
  });
});

describe("the policy", () => {
  it("makes new loops and knows the current one; a running loop goes first", () => {
    expect(thrownBy(() => getEventLoop()).code).toBe("ERR_NO_CURRENT_LOOP");
    expect(thrownBy(() => getRunningLoop()).code).toBe("ERR_NO_RUNNING_LOOP");
    const loop = virtualLoop();
    setEventLoop(loop);
    expect(getEventLoop()).toBe(loop);
    simulate(function* () {
      expect(getEventLoop()).not.toBe(loop);
    });
    setEventLoop(null);
    loop.close();
    expect(thrownBy(() => setEventLoop(5 as never)).code).toBe("ERR_ARGUMENT_TYPE");
    expect(thrownBy(() => setEventLoopPolicy({} as never)).code).toBe("ERR_ARGUMENT_TYPE");
  });

  const made: Record<string, () => Future<unknown>> = {
    "new Future": () => new Future(),
    "new Task": () => new Task(sleep(1)),
    "ensureFuture of a coroutine": () => ensureFuture(sleep(1)),
    "ensureFuture of a promise": () => ensureFuture(Promise.resolve(1)),
    adopt: () => adopt(Promise.resolve(1)),
    shield: () => shield(sleep(1)),
    gather: () => gather(sleep(1)),
    "gather of nothing": () => gather(),
  };

  it.each(Object.entries(made))("%s is of the current loop where none is running", async (_name, make) => {
    expect(thrownBy(make).code).toBe("ERR_NO_CURRENT_LOOP");
    const loop = virtualLoop();
    setEventLoop(loop);
    const future = make();
    expect(future.getLoop()).toBe(loop);
    loop.callLater(5, () => future.cancel());
    await loop.runUntilComplete(wait([future]));
    simulate(function* () {
      expect(new Future().getLoop()).toBe(getRunningLoop());
    });
    loop.close();
  });

  it("a StreamReader is of the current loop where none is running", () => {
    expect(thrownBy(() => new StreamReader()).code).toBe("ERR_NO_CURRENT_LOOP");
    const loop = virtualLoop();
    setEventLoop(loop);
    const reader = new StreamReader();
    loop.callLater(5, () => reader.feedEof());
    expect(loop.runSync(reader.read())).toEqual(new Uint8Array(0));
    loop.close();
  });

  it("can be one's own, which then makes the loops of run", async () => {
    const made: EventLoop[] = [];
    class CountingPolicy extends DefaultEventLoopPolicy {
      override newEventLoop(options?: LoopOptions): EventLoop {
        const loop = super.newEventLoop(options);
        made.push(loop);
        return loop;
      }
    }
    setEventLoopPolicy(new CountingPolicy());
    expect(getEventLoopPolicy()).toBeInstanceOf(CountingPolicy);
    await run(function* () {
      expect(made).toEqual([getRunningLoop()]);
    });
    newEventLoop().close();
    expect(made).toHaveLength(2);
  });
});

describe("uncaught exceptions", () => {
  it("go to the handler; one that fails itself is reported by the default one", async () => {
    const written: string[] = [];
    const loop = newEventLoop();
    loop.defaultExceptionHandler = (context: ExceptionContext) => {
      written.push(`${context.message} / ${context.exception} / ${context.context?.message}`);
    };
    loop.setExceptionHandler(() => {
      throw new TypeError("handler");
    });
    loop.callSoon(() => {
      throw new Error("callback");
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(written).toEqual([
      "Unhandled error in exception handler / TypeError: handler / Exception in callback anonymous",
    ]);
    expect(thrownBy(() => loop.setExceptionHandler(5 as never)).code).toBe("ERR_CALLBACK_EXPECTED");
    loop.setExceptionHandler(null);
    expect(loop.getExceptionHandler()).toBe(null);
    loop.close();
  });

  it("are written where the host's users look for errors even if the default handler fails", async () => {
    const written: string[] = [];
    const host = Object.assign(makeDefaultHost(), { writeError: (text: string) => written.push(text) });
    const loop = newEventLoop({ host });
    loop.defaultExceptionHandler = () => {
      throw new TypeError("default handler");
    };
    loop.callSoon(() => {
      throw new Error("callback");
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    loop.close();
    expect(written).toEqual([
      expect.stringMatching(/^Exception in default exception handler\nTypeError: default handler\n/),
    ]);
  });

  it("a cancelled task is not a failure", () => {
    const { reports } = simulate(function* () {
      const task = createTask(sleep(10));
      yield;
      task.cancel();
      yield;
      yield;
      expect(thrownBy(() => task.exception()).name).toBe(new CancelledError().name);
    });
    expect(reports).toEqual([]);
  });
});

describe("debug mode", () => {
  it("warns of slow callbacks, by name", () => {
    const written: string[] = [];
    const loop = virtualLoop();
    loop.setDebug(true);
    loop.slowCallbackDuration = 5;
    vi.spyOn(console, "error").mockImplementation((text) => void written.push(text));
    loop.callSoon(function crawling() {
      loop.scheduler.host.skipTo?.(7);
    });
    loop.runSync(sleep(0));
    loop.close();
    expect(loop.getDebug()).toBe(true);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^Executing <Handle queued crawling> took 7\.0 ms/);
  });
});
