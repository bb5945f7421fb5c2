/** Tests tasks of generators: their steps, what they refuse, and cancelling them. */
import { describe, expect, it } from "vitest";
import {
  allTasks,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  gather,
  getRunningLoop,
  iscoroutine,
  isfuture,
  KeyboardInterrupt,
  sleep,
  Task,
} from "wasyncio";
import { simulate, thrownBy } from "./harness.ts";

function* returning<T>(value: T, delayMs = 0): Coroutine<T> {
  if (delayMs > 0) yield* sleep(delayMs);
  return value;
}

function* throwing(error: unknown): Coroutine<never> {
  yield;
  throw error;
}

describe("Task", () => {
  it("runs its coroutine from the next turn on and ends with its result or its error", () => {
    const order: string[] = [];
    const { result } = simulate(function* () {
      const task = createTask(
        (function* () {
          order.push("body");
          yield;
          return 5;
        })(),
        { name: "worker" },
      );
      order.push("created");
      const failing = createTask(throwing(new RangeError("bad")));
      const value = yield* task;
      const error = thrownBy(() => failing.result());
      return {
        value,
        error: error.message,
        name: task.getName(),
        done: task.done(),
        pending: task.isPending(),
      };
    });
    expect(order).toEqual(["created", "body"]);
    expect(result).toEqual({ value: 5, error: "bad", name: "worker", done: true, pending: false });
  });

  it("knows who it is: the current task, all tasks, its name, coroutine, context and place", () => {
    simulate(function* () {
      const me = currentTask() as Task<unknown>;
      expect(me.running()).toBe(true);
      const body = returning(1, 10);
      const task = createTask(body);
      expect(task.getName()).toMatch(/^Task-\d+$/);
      task.setName("renamed");
      expect(task.getName()).toBe("renamed");
      expect(task.getCoro()).toBe(body);
      expect(allTasks()).toEqual(new Set([me, task]));
      expect(task.getStack()).toEqual([{ coroutine: "coroutine", awaiting: null }]);
      yield;
      expect(task.getStack()).toEqual([{ coroutine: "coroutine", awaiting: "<Future pending>" }]);
      expect(String(task)).toBe("<Task pending name='renamed' coro=coroutine wait_for=Future>");
      let inCallback: unknown = "unset";
      getRunningLoop().callSoon(() => {
        inCallback = currentTask();
      });
      yield* task;
      expect(inCallback).toBe(null);
      expect(task.getStack()).toEqual([]);
      expect(allTasks()).toEqual(new Set([me]));
    });
  });

  it("names are independent of one another and the classes are told apart", () => {
    simulate(function* () {
      const task = createTask(returning(1));
      const future = getRunningLoop().createFuture<void>();
      expect([isfuture(task), isfuture(future), isfuture(1), isfuture(returning(1))]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect([
        iscoroutine(returning(1)),
        iscoroutine(sleep(1)),
        iscoroutine(task),
        iscoroutine([][Symbol.iterator]()),
      ]).toEqual([true, true, false, false]);
      expect(ensureFuture(task)).toBe(task);
      expect(ensureFuture(returning(2))).toBeInstanceOf(Task);
      yield* task;
    });
  });

  it("has no setResult and no setException", () => {
    simulate(function* () {
      const task = createTask(returning(1)) as Future<number>;
      expect(thrownBy(() => task.setResult(1)).code).toBe("ERR_INVALID_STATE");
      expect(thrownBy(() => task.setException(new Error())).code).toBe("ERR_INVALID_STATE");
      yield* task;
    });
  });

  it("copies the context at its start, and shares nothing back", () => {
    const user = new ContextVar<string>("user", { default: "nobody" });
    const { result } = simulate(function* () {
      user.set("outer");
      const task = createTask(
        (function* () {
          const seen = user.get();
          user.set("inner");
          yield;
          return [seen, user.get()];
        })(),
      );
      user.set("changed");
      const inside = yield* task;
      return [...inside, user.get(), task.getContext().get(user)];
    });
    expect(result).toEqual(["outer", "inner", "changed", "inner"]);
  });

  it("waits for what is done without a turn, and takes one turn for each level of tasks", () => {
    const order: string[] = [];
    simulate(function* () {
      const inner = createTask(
        (function* () {
          yield;
          return "x";
        })(),
      );
      const outer = createTask(
        (function* () {
          return yield* inner;
        })(),
      );
      const loop = getRunningLoop();
      let turn = 0;
      const tick = () => {
        order.push(`turn ${++turn}`);
        if (turn < 4) loop.callSoon(tick);
      };
      loop.callSoon(tick);
      outer.addDoneCallback(() => order.push("outer done"));
      yield* outer;
      yield* outer;
      order.push("main");
      yield* sleep(1);
    });
    expect(order).toEqual(["turn 1", "turn 2", "turn 3", "outer done", "main", "turn 4"]);
  });

  it("refuses to wait for itself, for a future by a plain yield, and for anything else", () => {
    const { result } = simulate(function* () {
      const codes: string[] = [];
      const attempt = function* (step: () => Coroutine<unknown>) {
        try {
          yield* step();
        } catch (error) {
          codes.push(`${(error as { code: string }).code}: ${(error as Error).message}`);
        }
      };
      const self: Task<void> = createTask(
        attempt(function* () {
          yield* self;
        }),
        { name: "self" },
      );
      yield* self;
      yield* attempt(function* () {
        yield getRunningLoop().createFuture();
      });
      yield* attempt(function* () {
        yield 5;
      });
      return codes;
    });
    expect(result).toEqual([
      "ERR_AWAIT_CURRENT_TASK: the task 'self' cannot wait for itself",
      "ERR_BAD_YIELD: a coroutine yielded an object of class 'Future'; write yield* to wait for it",
      "ERR_BAD_YIELD: a coroutine yielded 5; use yield* on futures, tasks and coroutines, and a bare yield to let others run",
    ]);
  });

  it("refuses what is no coroutine, one that runs and one that has run, naming them", () => {
    simulate(function* () {
      const refused = (value: unknown) => thrownBy(() => createTask(value as Coroutine<void>));
      expect(refused(Promise.resolve()).message).toContain("adopt(promise)");
      expect(refused(5).code).toBe("ERR_COROUTINE_EXPECTED");
      const coroutine = returning(1, 5);
      const first = createTask(coroutine, { name: "first" });
      expect(refused(coroutine)).toMatchObject({ code: "ERR_COROUTINE_RUNNING" });
      expect(refused(coroutine).message).toContain("'first'");
      yield* first;
      expect(refused(coroutine).code).toBe("ERR_COROUTINE_FINISHED");
    });
  });

  it("an interrupt raised in a task leaves the run at once", () => {
    const seen: string[] = [];
    expect(() =>
      simulate(function* () {
        try {
          yield* createTask(throwing(new KeyboardInterrupt("stop")));
        } finally {
          seen.push("cleaned up");
        }
      }),
    ).toThrow(KeyboardInterrupt);
    expect(seen).toEqual(["cleaned up"]);
  });

  it("is made by the loop's task factory", () => {
    class Named extends Task<unknown> {}
    const { result } = simulate(function* () {
      const loop = getRunningLoop();
      loop.setTaskFactory(
        (onLoop, coroutine, options) => new Named(coroutine, onLoop, options) as Task<never>,
      );
      const task = createTask(returning(3));
      const value = yield* task;
      loop.setTaskFactory(null);
      return [task instanceof Named, value, loop.getTaskFactory()];
    });
    expect(result).toEqual([true, 3, null]);
  });

  it("started eagerly takes its first step at once, as the current task, and gives the old one back", () => {
    const { result } = simulate(function* () {
      const me = currentTask();
      const seen: unknown[] = [];
      const task = createTask(
        (function* () {
          seen.push(currentTask() === me);
          yield* sleep(1);
          return 1;
        })(),
        { eagerStart: true },
      );
      seen.push(currentTask() === me, task.done());
      const done = createTask(returning("at once"), { eagerStart: true });
      seen.push(done.done(), done.result());
      const failed = createTask(
        (function* (): Coroutine<void> {
          throw new RangeError("stored");
        })(),
        { eagerStart: true },
      );
      seen.push(String(failed.exception()));
      yield* task;
      return seen;
    });
    expect(result).toEqual([false, true, false, true, "at once", "RangeError: stored"]);
  });
});

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
