/** Tests cancelling the tasks of generators. */
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  sleep,
  type Task,
} from "wasyncio";
import { simulate, thrownBy } from "./harness.ts";

describe("Task.cancel", () => {
  it("before the first step: the body never runs", () => {
    const seen: string[] = [];
    const { result } = simulate(function* () {
      const task = createTask(
        (function* () {
          seen.push("ran");
          yield;
        })(),
      );
      const answers = [task.cancel("why"), task.cancelled()];
      yield* gather(task, { returnExceptions: true });
      return [...answers, task.cancelled(), thrownBy(() => task.result()).message];
    });
    expect(seen).toEqual([]);
    expect(result).toEqual([true, false, true, "why"]);
  });

  it("throws where the coroutine waits, cancels its timer, and lets it clean up", () => {
    const seen: string[] = [];
    const { tookMs } = simulate(function* () {
      const task = createTask(
        (function* () {
          try {
            yield* sleep(1000);
          } finally {
            yield* sleep(3);
            seen.push("clean");
          }
        })(),
      );
      yield* sleep(2);
      task.cancel();
      yield* gather(task, { returnExceptions: true });
      expect(task.cancelled()).toBe(true);
    });
    expect(seen).toEqual(["clean"]);
    expect(tookMs).toBe(5);
  });

  it("is thrown into the coroutine, also into one that was written by hand, which is not asked for its next step", () => {
    const seen: string[] = [];
    simulate(function* () {
      const future = new Future<void>();
      const byHand: Coroutine<void> = {
        next() {
          seen.push("next");
          return future[Symbol.iterator]().next();
        },
        throw(error) {
          seen.push(`throw ${error}`);
          throw error;
        },
        return: () => ({ done: true, value: undefined }),
        [Symbol.iterator]() {
          return this;
        },
      };
      const task = createTask(byHand);
      yield;
      task.cancel("why");
      yield* gather(task, { returnExceptions: true });
      expect(task.cancelled()).toBe(true);
    });
    expect(seen).toEqual(["next", "throw CancelledError: why"]);
  });

  it("goes down the chain of awaited tasks to the one that waits for a future", () => {
    const order: string[] = [];
    simulate(function* () {
      const level = (name: string, below: () => Coroutine<unknown>): Task<void> =>
        createTask(
          (function* () {
            try {
              yield* below();
            } catch (error) {
              order.push(`${name} ${(error as Error).message}`);
              throw error;
            }
          })(),
          { name },
        );
      const bottom = level("bottom", () => sleep(100));
      const middle = level("middle", function* () {
        yield* bottom;
      });
      const top = level("top", function* () {
        yield* middle;
      });
      yield* sleep(1);
      top.cancel("down");
      expect([top.cancelling(), middle.cancelling(), bottom.cancelling()]).toEqual([1, 1, 1]);
      yield* gather(top, { returnExceptions: true });
      expect([top, middle, bottom].map((task) => task.cancelled())).toEqual([true, true, true]);
    });
    expect(order).toEqual(["bottom down", "middle down", "top down"]);
  });

  it("wins over a result that came in the same turn, and over a return", () => {
    const { result } = simulate(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      const waiter = createTask(
        (function* () {
          return yield* future;
        })(),
      );
      const selfish = createTask(
        (function* () {
          currentTask()?.cancel();
          return "dropped";
        })(),
      );
      yield;
      future.setResult("lost");
      waiter.cancel();
      yield* gather(waiter, selfish, { returnExceptions: true });
      return [waiter.cancelled(), selfish.cancelled()];
    });
    expect(result).toEqual([true, true]);
  });

  it("may be refused; every request counts, uncancel to zero takes an undelivered one back", () => {
    const { result } = simulate(function* () {
      const stubborn = createTask(
        (function* () {
          try {
            yield* sleep(10);
          } catch (error) {
            expect(error).toBeInstanceOf(CancelledError);
          }
          const counted = currentTask()?.cancelling();
          currentTask()?.cancel();
          currentTask()?.uncancel();
          const left = currentTask()?.uncancel();
          yield* sleep(5);
          return [counted, left, "done"];
        })(),
      );
      yield;
      stubborn.cancel();
      const value = yield* stubborn;
      return [...value, stubborn.cancelled(), stubborn.cancel()];
    });
    expect(result).toEqual([1, 0, "done", false, false]);
  });

  it("of tasks that wait for one another in a circle ends, and unwinds them", () => {
    const order: string[] = [];
    const { result, tookMs } = simulate(function* () {
      const ring: Task<void>[] = [];
      const member = function* (index: number) {
        try {
          yield* sleep(1);
          yield* ring[(index + 1) % 3] as Task<void>;
        } finally {
          order.push(`unwound ${index}`);
        }
      };
      for (const index of [0, 1, 2]) ring.push(createTask(member(index)));
      yield* sleep(2);
      ring[1]?.cancel("round");
      yield* gather(...ring, { returnExceptions: true });
      return [ring.map((task) => task.cancelled()), ring.map((task) => task.cancelling())];
    });
    expect(order).toEqual(["unwound 0", "unwound 2", "unwound 1"]);
    expect(result).toEqual([Array(3).fill(true), [1, 1, 1]]);
    expect(tookMs).toBe(2);
  });

  it("of tasks that wait for one another through gather ends as well", () => {
    const { result } = simulate(function* () {
      let second: Task<unknown> | undefined;
      const first: Task<unknown> = createTask(
        (function* () {
          yield* sleep(1);
          yield* gather(second as Task<unknown>);
        })(),
      );
      second = createTask(
        (function* () {
          yield* sleep(1);
          yield* gather(first);
        })(),
      );
      yield* sleep(2);
      first.cancel();
      const outcomes = yield* gather(first, second, { returnExceptions: true });
      return outcomes.map((outcome) => (outcome as Error).name);
    });
    expect(result).toEqual(["CancelledError", "CancelledError"]);
  });

  it("aborts the task's signal, of every task down the chain", () => {
    const { result } = simulate(function* () {
      const inner = createTask(sleep(100));
      const outer = createTask(
        (function* () {
          yield* inner;
        })(),
      );
      const signals = [inner.signal, outer.signal];
      yield;
      yield;
      outer.cancel("enough");
      const late = createTask(sleep(1));
      late.cancel("early");
      const outcome = signals.map((signal) => `${signal.aborted} ${signal.reason}`);
      yield* gather(outer, late, { returnExceptions: true });
      return [...outcome, late.signal.aborted];
    });
    expect(result).toEqual(["true CancelledError: enough", "true CancelledError: enough", true]);
  });

  it("calls an overridden cancel on the way down", () => {
    const asked: unknown[] = [];
    class Stubborn extends Future<string> {
      override cancel(message?: string): boolean {
        asked.push(message);
        return false;
      }
    }
    const { result } = simulate(function* () {
      const future = new Stubborn();
      const task = createTask(
        (function* () {
          try {
            return yield* future;
          } catch (error) {
            return String(error);
          }
        })(),
      );
      yield;
      task.cancel("please");
      yield;
      const still = task.done();
      future.setResult("value");
      return [still, yield* task];
    });
    expect(asked).toEqual(["please"]);
    expect(result).toEqual([false, "CancelledError: please"]);
  });
});
