/** What `explore` does to programs besides ordering their steps. */
import { describe, expect, test } from "vitest";
import {
  createTask,
  gather,
  getRunningLoop,
  Lock,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  trackAsyncgen,
} from "wasyncio";
import { type ClockFault, explore, type Program, replay } from "wasyncio/testing";
import { failureOf } from "./failing.ts";

describe("explore with cancellations", () => {
  test("ends each task once at each of its waits, at both ends of it", async () => {
    const cancelled = new Map<string, number>();
    const report = await explore(
      function* (explored) {
        function* worker() {
          for (let i = 0; i < 3; i++) yield* sleep(1);
        }
        try {
          const task = createTask(worker(), { name: "worker" });
          yield* task;
        } finally {
          const name = explored.cancelled ?? "nobody";
          cancelled.set(name, (cancelled.get(name) ?? 0) + 1);
        }
      },
      { cancellations: true, runs: 1 },
    );
    expect(report.cancellations).toBe(4);
    expect(cancelled.get("worker")).toBe(6);
    expect(cancelled.get("main")).toBe(2);
  });

  test("leaves alone the tasks that it is told to", async () => {
    const cancelled = new Set<string | undefined>();
    const report = await explore(
      function* (explored) {
        try {
          yield* gather(...["a", "b"].map((name) => createTask(sleep(1), { name })));
        } finally {
          cancelled.add(explored.cancelled);
        }
      },
      { cancellations: (name) => name === "b", runs: 50 },
    );
    expect(report.cancellations).toBe(1);
    expect(cancelled).toEqual(new Set([undefined, "b"]));
  });

  test("finds a lock that is not released", async () => {
    const program: Program<void> = function* () {
      const lock = new Lock();
      function* worker() {
        yield* lock.acquire();
        yield* sleep(1);
        lock.release();
      }
      const task = createTask(worker(), { name: "worker" });
      try {
        yield* task;
      } catch (error) {
        if (lock.locked()) throw new Error("still locked");
        throw error;
      }
    };
    const error = await failureOf(program, { cancellations: true, runs: 1 });
    expect((error.cause as Error).message).toBe("still locked");
    expect(error.schedule.faults).toEqual([
      { kind: "cancel", task: expect.any(Number), wait: 1, at: "start" },
    ]);
    expect(error.trace).toMatch(/(main|worker) is cancelled/);
    await expect(replay(program, error.token)).rejects.toThrow("still locked");
  });

  test("finds what is lost between being woken and going on", async () => {
    const program: Program<void> = function* () {
      const future = getRunningLoop().createFuture<void>();
      let isOnTheWay = false;
      const task = createTask(
        function* () {
          yield* future;
          isOnTheWay = false;
        },
        { name: "worker" },
      );
      try {
        yield* sleep(1);
        isOnTheWay = true;
        future.setResult();
        yield* task;
      } catch (error) {
        if (isOnTheWay) throw new Error("lost on the way");
        throw error;
      } finally {
        task.cancel();
      }
    };
    const error = await failureOf(program, { cancellations: true, runs: 1 });
    expect((error.cause as Error).message).toBe("lost on the way");
    expect(error.schedule.faults).toMatchObject([{ kind: "cancel" }]);
  });

  test.each([
    [
      "a task that swallows its cancellation",
      "ERR_CANCELLATION_SWALLOWED",
      function* () {
        function* worker() {
          try {
            yield* sleep(10);
          } catch {}
        }
        yield* createTask(worker(), { name: "worker" });
      },
    ],
    [
      "tasks that are left",
      "ERR_LEFT_BEHIND",
      function* () {
        const child = createTask(sleep(1000), { name: "child" });
        yield* sleep(1);
        child.cancel();
      },
    ],
    [
      "timers that are left",
      "ERR_LEFT_BEHIND",
      function* () {
        const timer = getRunningLoop().callLater(1000, () => {});
        yield* sleep(1);
        timer.cancel();
      },
    ],
    [
      "async generators that are left",
      "ERR_LEFT_BEHIND",
      async () => {
        const items = trackAsyncgen(
          (async function* () {
            yield 1;
            yield 2;
          })(),
        );
        await items.next();
        await sleep(1);
        await items.return(undefined);
      },
    ],
  ] as [string, string, Program<unknown>][])("finds %s", async (_, code, program) => {
    const error = await failureOf(program, { cancellations: true, runs: 1 });
    expect(error.cause).toMatchObject({ code });
    await expect(replay(program, error.token)).rejects.toMatchObject({ code });
  });

  test.each([
    [
      "generators",
      function* () {
        const lock = new Lock();
        const group = new TaskGroup();
        yield* group.with(function* () {
          for (let i = 0; i < 3; i++)
            group.createTask(function* () {
              yield* lock.with(function* () {
                yield* sleep(1);
              });
            });
        });
      },
    ],
    [
      "async functions",
      async () => {
        const lock = new Lock();
        const group = new TaskGroup();
        await group.with(async () => {
          for (let i = 0; i < 3; i++)
            group.createTask(async () => {
              await lock.with(async () => {
                await sleep(1);
              });
            });
        });
      },
    ],
  ] as [string, Program<unknown>][])("passes what cleans up, in %s", async (_, program) => {
    const report = await explore(program, { cancellations: true, runs: 5 });
    expect(report.cancellations).toBe(6);
  });
});

test("explore with clockJumps finds a timeout that is not meant to be met", async () => {
  const program: Program<void> = function* () {
    try {
      yield* timeout(500, function* () {
        yield* sleep(10);
        for (let i = 0; i < 10; i++) yield* sleep(0);
        yield* sleep(10);
      });
    } catch (error) {
      if (error instanceof TimeoutError) throw new Error("too late");
      throw error;
    }
  };
  expect((await explore(program)).runs).toBe(1000);
  const error = await failureOf(program, { clockJumps: true });
  expect((error.cause as Error).message).toBe("too late");
  expect(error.schedule.faults).toEqual([{ kind: "jump", turn: expect.any(Number), ms: expect.any(Number) }]);
  expect(error.trace).toContain("the clock jumps");
  await expect(replay(program, error.token)).rejects.toThrow("too late");
});

test("explore with slowCallbacks lets time pass while others are ready", async () => {
  const program: Program<void> = function* () {
    const startMs = getRunningLoop().time();
    for (let i = 0; i < 5; i++) yield* sleep(0);
    if (getRunningLoop().time() - startMs > 100) throw new Error("slow");
  };
  expect((await explore(program)).runs).toBe(1000);
  const error = await failureOf(program, { slowCallbacks: true });
  expect((error.cause as Error).message).toBe("slow");
  const [fault, ...others] = error.schedule.faults as ClockFault[];
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ kind: "slow", turn: expect.any(Number) });
  // As short as will do: half of it would not.
  expect(fault?.ms).toBeGreaterThan(100);
  expect(fault?.ms).toBeLessThanOrEqual(201);
});
