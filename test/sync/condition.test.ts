/** Tests Condition: waiting under a lock, notifying, and what becomes of a notification when its task is cancelled (item 60). */
import { describe, expect, it } from "vitest";
import {
  Condition,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  Lock,
  sleep,
  type Task,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "./trial.ts";

/** Tasks that wait at the condition in the order of their names and say when they were notified. */
function waiters(condition: Condition, names: string, order: string[]): Task<void>[] {
  return [...names].map((name) =>
    createTask(
      condition.with(function* (): Coroutine<void> {
        order.push(`${name} ${yield* condition.wait()} ${condition.locked()}`);
      }),
      { name },
    ),
  );
}

describe("Condition", () => {
  it("notifies as many as asked for, in the order in which they came; they go on with the lock", () => {
    const order: string[] = [];
    trial(function* () {
      const condition = new Condition();
      const tasks = waiters(condition, "abcd", order);
      yield* sleep(1);
      expect(String(condition)).toBe("<Condition [unlocked, waiters:4]>");
      yield* condition.with(() => condition.notify());
      yield* sleep(1);
      order.push("one");
      yield* condition.with(() => condition.notify(2));
      yield* sleep(1);
      order.push("two");
      yield* condition.with(() => condition.notifyAll());
      yield* gather(...tasks);
      expect(String(condition)).toBe("<Condition [unlocked]>");
    });
    expect(order).toEqual(["a true true", "one", "b true true", "c true true", "two", "d true true"]);
  });

  it("those notified wait for the lock, while the notifying task has it", () => {
    const order: string[] = [];
    trial(function* () {
      const condition = new Condition();
      const tasks = waiters(condition, "a", order);
      yield* sleep(1);
      yield* condition.with(function* () {
        condition.notify();
        yield* sleep(5);
        order.push("notifier leaves");
      });
      yield* gather(...tasks);
    });
    expect(order).toEqual(["notifier leaves", "a true true"]);
  });

  it("waitFor asks the predicate after each notification and gives what it returned", () => {
    const result = trial(function* () {
      const condition = new Condition();
      let value = 0;
      let asked = 0;
      const task = createTask(
        condition.with(() =>
          condition.waitFor(() => {
            asked++;
            return value > 1 ? `value ${value}` : "";
          }),
        ),
      );
      for (let i = 0; i < 3; i++) {
        yield* sleep(1);
        yield* condition.with(() => {
          value++;
          condition.notifyAll();
        });
      }
      return [yield* task, asked];
    });
    expect(result).toEqual(["value 2", 3]);
  });

  it("waitFor passes on what the predicate throws, with the lock, and the scope releases it", () => {
    const result = trial(function* () {
      const condition = new Condition();
      const thrown = yield* outcomeOf(
        condition.with(() =>
          condition.waitFor(() => {
            throw new RangeError("bad");
          }),
        ),
      );
      return [thrown, condition.locked()];
    });
    expect(result).toEqual(["RangeError bad", false]);
  });

  it("without the lock neither waits nor notifies: ERR_NOT_ACQUIRED", () => {
    const condition = new Condition();
    expect(outcomeOfCall(() => condition.notify())).toBe("LoopError ERR_NOT_ACQUIRED");
    expect(outcomeOfCall(() => condition.notifyAll())).toBe("LoopError ERR_NOT_ACQUIRED");
    expect(outcomeOfCall(() => condition.release())).toBe("LoopError ERR_NOT_ACQUIRED");
    expect(trial(() => outcomeOf(condition.wait()))).toBe("LoopError ERR_NOT_ACQUIRED");
    expect(trial(() => outcomeOf(condition.waitFor(() => false)))).toBe("LoopError ERR_NOT_ACQUIRED");
  });

  it("takes the lock again even when the wait is cancelled, and cancelled again meanwhile", () => {
    const order: string[] = [];
    trial(function* () {
      const lock = new Lock();
      const condition = new Condition(lock);
      const task = createTask(
        condition.with(function* () {
          try {
            yield* condition.wait();
          } finally {
            order.push(`cleans up @${getRunningLoop().time()} locked ${lock.locked()}`);
          }
        }),
      );
      yield* sleep(1);
      yield* lock.acquire();
      task.cancel("first");
      yield* sleep(5);
      task.cancel("second");
      yield* sleep(5);
      expect(task.done()).toBe(false);
      lock.release();
      try {
        yield* task;
      } catch (error) {
        order.push(String(error));
      }
      order.push(`locked ${lock.locked()}`);
    });
    expect(order).toEqual(["cleans up @11 locked true", "CancelledError: second", "locked false"]);
  });

  it("one that is cancelled after it was notified has the next one notified", () => {
    const order: string[] = [];
    trial(function* () {
      const condition = new Condition();
      const [a, b] = waiters(condition, "ab", order) as [Task<void>, Task<void>];
      yield* sleep(1);
      yield* condition.with(() => {
        condition.notify();
        a.cancel();
      });
      yield* b;
      expect(a.cancelled()).toBe(true);
    });
    expect(order).toEqual(["b true true"]);
  });

  it("refuses what is no lock, what is no predicate, and counts that are no whole numbers", () => {
    const condition = new Condition();
    for (const lock of [5, null, {}, condition])
      expect(outcomeOfCall(() => new Condition(lock as never))).toBe("ArgumentError ERR_ARGUMENT_TYPE");
    expect(outcomeOfCall(() => condition.waitFor(5 as never))).toBe("ArgumentError ERR_CALLBACK_EXPECTED");
    const outcomes = trial(() =>
      condition.with(() =>
        [Number.NaN, 1.5, "1", null].map((count) => outcomeOfCall(() => condition.notify(count as number))),
      ),
    );
    expect(outcomes).toEqual([
      "ArgumentError ERR_ARGUMENT_VALUE",
      "ArgumentError ERR_ARGUMENT_VALUE",
      "ArgumentError ERR_ARGUMENT_TYPE",
      "ArgumentError ERR_ARGUMENT_TYPE",
    ]);
  });

  it("notifies no task for a count below one", () => {
    const order: string[] = [];
    trial(function* () {
      const condition = new Condition();
      const [a] = waiters(condition, "a", order) as [Task<void>];
      yield* sleep(1);
      yield* condition.with(() => {
        condition.notify(0);
        condition.notify(-1);
      });
      yield* sleep(1);
      order.push("notify");
      yield* condition.with(() => condition.notify());
      yield* a;
    });
    expect(order).toEqual(["notify", "a true true"]);
  });

  it("two of them can share a lock, and their waiters are their own", () => {
    const order: string[] = [];
    trial(function* () {
      const lock = new Lock();
      const [full, empty] = [new Condition(lock), new Condition(lock)];
      const tasks = [...waiters(full, "f", order), ...waiters(empty, "e", order)];
      yield* sleep(1);
      yield* lock.with(() => empty.notifyAll());
      yield* sleep(1);
      order.push("then");
      yield* lock.with(() => full.notifyAll());
      yield* gather(...tasks);
    });
    expect(order).toEqual(["e true true", "then", "f true true"]);
  });

  it("works in async functions", async () => {
    await trialAsync(async () => {
      const condition = new Condition();
      let ready = false;
      const task = createTask(
        async () => await condition.with(async () => await condition.waitFor(() => ready)),
      );
      await sleep(1);
      await condition.with(async () => {
        ready = true;
        condition.notifyAll();
      });
      const unlocked = await outcomeOfPromise(condition.wait());
      expect([await task, unlocked]).toEqual([true, "LoopError ERR_NOT_ACQUIRED"]);
    });
  });
});
