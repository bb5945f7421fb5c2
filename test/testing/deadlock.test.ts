/**
 * Owns the tests of what a deadlock under the virtual clock looks like: when there is one, and what its error says.
 */

import { describe, expect, it } from "vitest";
import {
  adopt,
  Condition,
  createTask,
  DeadlockError,
  Event,
  Future,
  gather,
  getaddrinfo,
  getRunningLoop,
  Lock,
  type Main,
  Queue,
  run,
  runSync,
  Semaphore,
  sleep,
  startServer,
  TaskGroup,
  timeout,
  wait,
  wrapFuture,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

/** The error of a program that comes to a deadlock. */
function deadlockOf(main: Main<unknown>): DeadlockError {
  try {
    runSync(main, { clock: new VirtualClock() });
  } catch (error) {
    if (error instanceof DeadlockError) return error;
    throw error;
  }
  throw new Error("it came to no deadlock");
}

async function deadlockOfRun(main: Main<unknown>, deadlockAfterMs = 20): Promise<DeadlockError> {
  try {
    await run(main, { clock: new VirtualClock({ deadlockAfterMs }) });
  } catch (error) {
    if (error instanceof DeadlockError) return error;
    throw error;
  }
  throw new Error("it came to no deadlock");
}

/** Takes the one lock, and then the other. */
function* takes(one: Lock, other: Lock) {
  yield* one.acquire();
  yield* sleep(1);
  yield* other.acquire();
}

describe("DeadlockError", () => {
  it("says who holds the lock that a task waits for, and names the circle", () => {
    const error = deadlockOf(function* main() {
      const [accounts, audit] = [new Lock(), new Lock()];
      yield* gather(
        createTask(takes(accounts, audit), { name: "transfer" }),
        createTask(takes(audit, accounts), { name: "report" }),
      );
    });
    expect(error.pending.map((line) => line.replace(/^Task-\d+/, "Task"))).toEqual([
      "Task (main) waits for the task 'transfer' and the task 'report'",
      "transfer (coroutine) waits for Lock.acquire at <Lock #1 [locked, waiters:1]>, which the task 'report' holds",
      "report (coroutine) waits for Lock.acquire at <Lock #2 [locked, waiters:1]>, which the task 'transfer' holds",
    ]);
    expect(error.message).toContain(
      "they wait in a circle: 'transfer' waits for 'report', which waits for 'transfer'",
    );
    expect(error.code).toBe("ERR_DEADLOCK");
  });

  it("says so in async functions", async () => {
    const error = await deadlockOfRun(async function main() {
      const [one, other] = [new Lock(), new Lock()];
      const taking = async (first: Lock, second: Lock) => {
        await first.acquire();
        await sleep(1);
        await second.with(async () => {});
      };
      const tasks = [
        createTask(() => taking(one, other), { name: "a" }),
        createTask(() => taking(other, one), { name: "b" }),
      ];
      await Promise.all(tasks);
    });
    expect(error.message).toContain(
      "Lock.acquire at <Lock #1 [locked, waiters:1]>, which the task 'b' holds",
    );
    expect(error.message).toMatch(/\(main\) waits for the task '[ab]', and for the task '[ab]'/);
    expect(error.message).toMatch(/they wait in a circle: '([ab])' waits for '[ab]', which waits for '\1'/);
  });

  it("knows of a lock that was never released, by a task or by none", () => {
    const leaked = deadlockOf(function* main() {
      const lock = new Lock();
      yield* createTask(lock.acquire(), { name: "hasty" });
      yield* lock.acquire();
    });
    expect(leaked.message).toContain("which the task 'hasty' took and had not released when it ended");
    const itself = deadlockOf(function* main() {
      const lock = new Lock();
      yield* lock.acquire();
      yield* lock.acquire();
    });
    expect(itself.message).toMatch(/'Task-\d+' waits for itself/);
  });

  it("names what each kind of place is", () => {
    const error = deadlockOf(function* main() {
      const condition = new Condition();
      const never = new Event();
      createTask(new Queue().get(), { name: "getter" });
      createTask(new Semaphore(0).acquire(), { name: "acquirer" });
      createTask(never.wait(), { name: "waiter" });
      createTask(
        condition.with(function* () {
          yield* condition.wait();
        }),
        { name: "notified" },
      );
      createTask(
        function* () {
          yield* wait([getRunningLoop().createFuture()]);
        },
        { name: "watcher" },
      );
      const group = new TaskGroup();
      yield* group.with(function* () {
        group.createTask(never.wait(), { name: "child" });
      });
    });
    const of = (name: string) => error.pending.find((line) => line.startsWith(name)) ?? "";
    expect(of("getter")).toContain("waits for Queue.get at <Queue #1 maxsize=0 size=0>");
    expect(of("acquirer")).toContain("waits for Semaphore.acquire at <Semaphore #1 [locked, waiters:1]>");
    expect(of("waiter")).toContain("waits for Event.wait at <Event #1 [unset, waiters:2]>");
    expect(of("notified")).toContain("waits for Condition.wait at <Condition #1 [unlocked, waiters:1]>");
    expect(of("watcher")).toContain("waits for <Future pending>");
    expect(error.message).toContain("(main) waits for the task 'child'");
  });

  it("tells of a promise that the loop cannot see", async () => {
    const error = await deadlockOfRun(async function main() {
      await new Promise(() => {});
    });
    expect(error.message).toContain("waits for a promise of its own, which the loop cannot see");
    expect(error.message).toContain("adopt(promise)");
  });

  it("sees into the body of a scope", async () => {
    const error = await deadlockOfRun(function* main() {
      const lock = new Lock();
      yield* lock.with(async () => {
        await new Event().wait();
      });
    });
    expect(error.message).toContain("waits for Event.wait at <Event #1 [unset, waiters:1]>");
  });
});

describe("run under a virtual clock", () => {
  it("is rejected when nothing is left to wait for, and still unwinds the tasks", async () => {
    const order: string[] = [];
    const error = await deadlockOfRun(async function main() {
      try {
        await new Future<void>();
      } finally {
        order.push("unwound");
      }
    });
    expect(error.pending).toHaveLength(1);
    expect(order).toEqual(["unwound"]);
  });

  it("sees a deadlock that comes after sleeps, at once if it is to", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 0 });
    const running = run(
      async () => {
        await sleep(1000);
        await new Event().wait();
      },
      { clock },
    );
    await expect(running).rejects.toBeInstanceOf(DeadlockError);
    expect(clock.time()).toBe(1000);
  });

  it("waits for a foreign await that is shorter than the threshold", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 1000 });
    const main = async () => {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      return "came";
    };
    expect(await run(main, { clock })).toBe("came");
  });

  it("waits for adopted promises and for sockets, however long they take", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 0 });
    const main = async () => {
      await adopt(new Promise((resolve) => setTimeout(resolve, 20)));
      const server = await startServer(async () => {}, "127.0.0.1", 0);
      const woken = new Event();
      setTimeout(() => woken.set(), 20);
      await woken.wait();
      server.close();
      return "came";
    };
    expect(await run(main, { clock })).toBe("came");
  });

  it("waits for calls elsewhere and for look-ups of names", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 0 });
    const main = async () => {
      const found = await getaddrinfo("localhost", 80);
      return [
        found.length > 0,
        await wrapFuture(new Promise((resolve) => setTimeout(resolve, 20, "called"))),
      ];
    };
    expect(await run(main, { clock })).toEqual([true, "called"]);
  });

  it("does not count a promise that was let go", async () => {
    const error = await deadlockOfRun(async function main() {
      await timeout(10, () => adopt(new Promise<void>(() => {}))).then(undefined, () => {});
      await new Event().wait();
    }, 0);
    expect(error.message).toContain("Event.wait");
  });

  it("never sees one if it is not to", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: Number.POSITIVE_INFINITY });
    const event = new Event();
    setTimeout(() => event.set(), 30);
    await run(() => event.wait(), { clock });
  });

  it("holds a program that waits for a paused clock for no deadlock", async () => {
    const clock = new VirtualClock({ autojump: false, deadlockAfterMs: 0 });
    const running = run(() => sleep(100), { clock });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(100);
    await running;
  });

  it("tells each of the loops that share it", async () => {
    const clock = new VirtualClock({ deadlockAfterMs: 0 });
    const stuck = () => run(() => new Event().wait(), { clock });
    const outcomes = await Promise.allSettled([stuck(), stuck()]);
    for (const outcome of outcomes)
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(DeadlockError);
  });
});
