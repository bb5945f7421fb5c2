/** "exception was never retrieved": reported when the future is collected, unless it was retrieved (item 25). */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Coroutine,
  createTask,
  type EventLoop,
  type Future,
  gather,
  KeyboardInterrupt,
  Runner,
  run,
  runSync,
  sleep,
} from "wasyncio";
import { collectGarbage, nothing, virtualLoop } from "./collect.ts";

let loop: EventLoop;
let reports: string[];

beforeEach(() => {
  loop = virtualLoop();
  reports = [];
  loop.setExceptionHandler((_loop, { message, exception }) => {
    reports.push(`${message}: ${(exception as Error).message}`);
  });
});

afterEach(() => loop.close());

function* fail(): Coroutine<void> {
  yield* sleep(1);
  throw new Error("lost");
}

function* failBecause(): Coroutine<void> {
  try {
    yield* fail();
  } catch (cause) {
    throw new Error("lost, for a reason", { cause: new AggregateError([cause]) });
  }
}

/** Runs `body`, lets go of all it had, and collects. */
async function runAndCollect(body: () => Coroutine<unknown>): Promise<string[]> {
  await loop.runUntilComplete(body());
  // The run above was the last to hold what its coroutine had.
  await loop.runUntilComplete(nothing());
  await collectGarbage();
  return reports;
}

describe("an exception that is never retrieved is reported once", () => {
  test("of a future", async () => {
    const body = function* () {
      loop.createFuture().setException(new Error("lost"));
      yield;
    };
    expect(await runAndCollect(body)).toEqual(["Future exception was never retrieved: lost"]);
    await collectGarbage();
    expect(reports).toHaveLength(1);
  });

  test("of a task", async () => {
    const body = function* () {
      loop.createTask(fail());
      yield* sleep(10);
    };
    expect(await runAndCollect(body)).toEqual(["Task exception was never retrieved: lost"]);
  });

  test("of a task, with a cause that came from it as well", async () => {
    const body = function* () {
      loop.createTask(failBecause());
      yield* sleep(10);
    };
    expect(await runAndCollect(body)).toEqual(["Task exception was never retrieved: lost, for a reason"]);
  });

  test("of an async function's task", async () => {
    const body = function* () {
      loop.createTask(async () => {
        await sleep(1);
        throw new Error("lost");
      });
      yield* sleep(10);
    };
    expect(await runAndCollect(body)).toEqual([
      expect.stringMatching(/Task exception was never retrieved: lost/),
    ]);
  });

  test("of a future with a callback that does not ask", async () => {
    const body = function* () {
      const future = loop.createFuture();
      future.addDoneCallback(() => {});
      future.setException(new Error("lost"));
      yield* sleep(10);
    };
    expect(await runAndCollect(body)).toHaveLength(1);
  });

  test("also in a runSync, when the loop is closed after it", async () => {
    loop.runSync(
      (function* () {
        loop.createFuture().setException(new Error("lost"));
        yield;
      })(),
    );
    loop.close();
    await collectGarbage();
    expect(reports).toHaveLength(1);
  });
});

describe("nothing is reported", () => {
  const quiet: Record<string, () => Coroutine<unknown>> = {
    "when exception() was called": function* () {
      const task = loop.createTask(fail());
      yield* sleep(10);
      task.exception();
    },
    "when result() was called": function* () {
      const task = loop.createTask(fail());
      yield* sleep(10);
      expect(() => task.result()).toThrow("lost");
    },
    "when a task waited for it": function* () {
      try {
        yield* loop.createTask(fail());
      } catch {
        yield;
      }
    },
    "when gather took it over": function* () {
      yield* gather(fail(), fail(), { returnExceptions: true });
    },
    "when a callback asked": function* () {
      loop.createTask(fail()).addDoneCallback((task) => task.exception());
      yield* sleep(10);
    },
    "when it was cancelled": function* () {
      const task = loop.createTask(fail());
      yield;
      task.cancel();
      yield* sleep(10);
    },
    "when it was cancelled after it had failed": function* () {
      const task = loop.createTask(fail());
      const future = loop.createFuture();
      future.setException(new Error("lost"));
      yield* sleep(10);
      expect([task.cancel(), future.cancel()]).toEqual([false, false]);
    },
    "when it was cancelled at once after it had failed": function* () {
      const future = loop.createFuture();
      future.setException(new Error("lost"));
      expect(future.cancel()).toBe(false);
      yield;
    },
    "when it succeeded": function* () {
      loop.createTask(nothing());
      yield* sleep(10);
    },
  };

  test.each(Object.entries(quiet))("%s", async (_when, body) => {
    expect(await runAndCollect(body)).toEqual([]);
  });

  test("while the future is still referenced", async () => {
    const future = loop.createFuture();
    future.setException(new Error("lost"));
    expect(await runAndCollect(nothing)).toEqual([]);
    future.exception();
  });
});

describe("what was never retrieved is reported at the end, referenced or not, in the order in which it failed", () => {
  const held: Future<unknown>[] = [];
  const LOST = ["Future exception was never retrieved: lost", "Task exception was never retrieved: lost"];
  const loopFactory = () => loop;

  /** Fails one after the other, the last of them in the very last batch. */
  function* leaveFailures(): Coroutine<string> {
    held.push(createTask(fail()));
    const early = loop.createFuture();
    early.setException(new Error("lost"));
    held.push(early);
    yield* sleep(5);
    const asked = createTask(fail());
    const late = loop.createFuture();
    loop.callLater(5, () => late.setException(new Error("late")));
    held.push(asked, late);
    yield* sleep(5);
    asked.exception();
    return "done";
  }

  afterEach(async () => {
    held.length = 0;
    await collectGarbage();
    expect(reports).toHaveLength(3);
  });

  test("of run", async () => {
    expect(await run(leaveFailures, { loopFactory })).toBe("done");
    expect(reports).toEqual([...LOST, "Future exception was never retrieved: late"]);
  });

  test("of runSync", () => {
    expect(runSync(leaveFailures, { loopFactory })).toBe("done");
    expect(reports).toEqual([...LOST, "Future exception was never retrieved: late"]);
  });

  test("of a Runner", async () => {
    const runner = new Runner({ loopFactory });
    await runner.run(leaveFailures);
    await runner.close();
    expect(reports).toEqual([...LOST, "Future exception was never retrieved: late"]);
  });

  test("of a program that fails itself", async () => {
    const main = function* () {
      yield* leaveFailures();
      throw new RangeError("main");
    };
    await expect(run(main, { loopFactory })).rejects.toThrow("main");
    expect(reports).toEqual([...LOST, "Future exception was never retrieved: late"]);
  });

  test("and of a loop, with what fails between its runs; closing again reports nothing", async () => {
    loop.runSync(leaveFailures());
    const between = loop.createFuture();
    between.setException(new Error("between"));
    held.at(-1)?.exception();
    loop.close();
    loop.close();
    expect(reports).toEqual([...LOST, "Future exception was never retrieved: between"]);
    expect(() => between.result()).toThrow("between");
  });

  test("a handler that interrupts the end does not keep the loop open, nor is the rest lost", async () => {
    loop.setExceptionHandler((_loop, { message }) => {
      reports.push(message);
      if (reports.length === 1) throw new KeyboardInterrupt();
    });
    loop.runSync(leaveFailures());
    expect(() => loop.close()).toThrow(KeyboardInterrupt);
    expect([loop.isClosed(), reports.length]).toEqual([true, 1]);
  });
});

test("what fails when its loop is closed is reported when it is collected", async () => {
  (() => {
    const future = loop.createFuture();
    loop.close();
    future.setException(new Error("lost"));
  })();
  await collectGarbage();
  expect(reports).toEqual(["Future exception was never retrieved: lost"]);
});
