/** Tests tasks of generators: their steps, and what they refuse. */
import { describe, expect, it } from "vitest";
import {
  allTasks,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  type Future,
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
