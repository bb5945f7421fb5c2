/** Tests eager tasks: the first step within createTask (item 37), by option and by task factory, from anywhere. */
import { describe, expect, it } from "vitest";
import {
  ContextVar,
  type Coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  type Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  Task,
  TaskGroup,
  type TaskOptions,
} from "wasyncio";
import { beginTrial, outcomeOf, outcomeOfCall, trial, trialAsync } from "../sync/trial.ts";

const EAGER: TaskOptions = { eagerStart: true };

function* steps(order: string[], name: string): Coroutine<string> {
  order.push(`${name} begins in ${currentTask()?.getName()}`);
  yield* sleep(1);
  order.push(`${name} ends in ${currentTask()?.getName()}`);
  return name;
}

function* throwing(): Coroutine<void> {
  throw new RangeError("bad");
}

describe("eagerStart", () => {
  it("takes the first step at once, as the new task, and goes on as the old one", () => {
    const order: string[] = [];
    trial(function* () {
      const me = currentTask();
      const task = createTask(steps(order, "a"), { name: "eager", ...EAGER });
      order.push("created");
      expect(currentTask()).toBe(me);
      yield* task;
    });
    expect(order).toEqual(["a begins in eager", "created", "a ends in eager"]);
  });

  it("of a coroutine that does not wait is done at once, and its callbacks still go through the loop", () => {
    const order: string[] = [];
    trial(function* () {
      const task = createTask(
        (function* () {
          return 5;
        })(),
        EAGER,
      );
      task.addDoneCallback(() => order.push("callback"));
      order.push(`done ${task.done()} ${task.result()}`);
      yield* sleep(0);
    });
    expect(order).toEqual(["done true 5", "callback"]);
  });

  it("stores what is thrown, and raises nothing", () => {
    const result = trial(function* () {
      const task = createTask(throwing(), EAGER);
      return [task.done(), yield* outcomeOf(task)];
    });
    expect(result).toEqual([true, "RangeError bad"]);
  });

  it("runs in a copy of the context: what it sets is not seen outside", () => {
    const variable = new ContextVar("variable", { default: "outside" });
    const result = trial(function* () {
      const task = createTask(
        (function* () {
          const before = variable.get();
          variable.set("inside");
          return before;
        })(),
        EAGER,
      );
      return [task.result(), variable.get()];
    });
    expect(result).toEqual(["outside", "outside"]);
  });

  it("nested, each is itself", () => {
    const seen = trial(function* () {
      const names: string[] = [];
      const note = () => names.push((currentTask() as Task<unknown>).getName());
      const nest = function* (depth: number): Coroutine<void> {
        note();
        if (depth > 0) createTask(nest(depth - 1), { name: `level ${depth - 1}`, ...EAGER });
        note();
      };
      createTask(nest(2), { name: "level 2", ...EAGER });
      return names;
    });
    expect(seen).toEqual(["level 2", "level 1", "level 0", "level 0", "level 1", "level 2"]);
  });

  it("may cancel itself in its first step, and be cancelled after it", () => {
    const result = trial(function* () {
      const self = createTask(
        (function* () {
          currentTask()?.cancel();
          yield* sleep(10);
        })(),
        EAGER,
      );
      const other = createTask(sleep(10), EAGER);
      other.cancel();
      return [yield* outcomeOf(self), yield* outcomeOf(other), getRunningLoop().time()];
    });
    expect(result).toEqual(["CancelledError ERR_CANCELLED", "CancelledError ERR_CANCELLED", 0]);
  });

  it("in a loop that does not run begins with the loop", () => {
    const { loop, end } = beginTrial();
    const order: string[] = [];
    const task = loop.createTask(steps(order, "a"), EAGER);
    expect([order, task.done()]).toEqual([[], false]);
    expect(loop.runSync(task)).toBe("a");
    end();
  });

  it("from a callback begins at once too, and the callback still has no task", () => {
    const order: string[] = [];
    trial(function* () {
      const task = yield* getRunningLoop().callSoon(() => {
        const made = createTask(steps(order, "a"), { name: "eager", ...EAGER });
        order.push(`callback in ${currentTask()}`);
        return [made];
      });
      yield* task[0] as Task<string>;
    });
    expect(order).toEqual(["a begins in eager", "callback in null", "a ends in eager"]);
  });
});

describe("eagerStart and async functions", () => {
  it("an async function begins at once, as itself", async () => {
    const order: string[] = [];
    await trialAsync(async () => {
      const me = currentTask();
      const body = async () => {
        order.push(`begins in ${currentTask()?.getName()}`);
        await sleep(1);
        order.push(`ends in ${currentTask()?.getName()}`);
        return "result";
      };
      const task = createTask(body, { name: "eager", ...EAGER });
      order.push("created");
      expect(currentTask()).toBe(me);
      expect(await task).toBe("result");
    });
    expect(order).toEqual(["begins in eager", "created", "ends in eager"]);
  });

  it("after an await both kinds begin at once as well", async () => {
    const order: string[] = [];
    await trialAsync(async () => {
      await sleep(1);
      const me = currentTask();
      const generator = createTask(steps(order, "g"), { name: "generator", ...EAGER });
      const asynchronous = createTask(
        async () => {
          order.push(`a begins in ${currentTask()?.getName()}`);
          await sleep(2);
        },
        { name: "async", ...EAGER },
      );
      order.push(`created in ${currentTask() === me ? "the creator" : currentTask()}`);
      await gather(generator, asynchronous);
      expect(currentTask()).toBe(me);
    });
    expect(order).toEqual([
      "g begins in generator",
      "a begins in async",
      "created in the creator",
      "g ends in generator",
    ]);
  });

  it.each<[string, (answer: Future<number>) => Generator<unknown, void>]>([
    [
      "that gives way",
      function* (answer) {
        yield;
        answer.setResult(42);
      },
    ],
    ["that ends", function* () {}],
  ])("after the await of a foreign promise, while the loop sleeps, one %s wakes it", async (_, body) => {
    const result = await run(function* () {
      const answer = getRunningLoop().createFuture<number>();
      // Adopted by nobody: nothing else wakes the loop.
      void (async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const task = createTask(body(answer), EAGER);
        task.addDoneCallback(() => {
          if (answer.pending()) answer.setResult(42);
        });
      })();
      return yield* answer;
    });
    expect(result).toBe(42);
  });

  it("in a generator task, an async function's first wait is in its own name", async () => {
    const result = await trialAsync(async () => {
      const task = createTask(
        (function* () {
          const child = createTask(async () => [await sleep(1, currentTask()?.getName()), "ends"], {
            name: "child",
            ...EAGER,
          });
          yield* sleep(5);
          return child.done() ? child.result() : "not done";
        })(),
      );
      return await task;
    });
    expect(result).toEqual(["child", "ends"]);
  });

  it("what an async function throws at once is stored", async () => {
    const result = await trialAsync(async () => {
      const task = createTask(async () => {
        throw new RangeError("bad");
      }, EAGER);
      await sleep(1);
      return outcomeOfCall(() => task.result());
    });
    expect(result).toBe("RangeError bad");
  });
});

describe("eagerTaskFactory and createEagerTaskFactory", () => {
  it("make every task of the loop eager, those of gather and TaskGroup too", () => {
    const order: string[] = [];
    trial(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const task = createTask(steps(order, "a"), { name: "a" });
      const both = gather(steps(order, "b"));
      order.push("created");
      yield* new TaskGroup().with((group) => {
        group.createTask(steps(order, "c"), { name: "c" });
        order.push("in group");
      });
      yield* gather(task, both);
    });
    expect(order.map((each) => each.split(" in Task")[0])).toEqual([
      "a begins in a",
      "b begins",
      "created",
      "c begins in c",
      "in group",
      "a ends in a",
      "b ends",
      "c ends in c",
    ]);
  });

  it("do not start one eagerly that says eagerStart: false", () => {
    const order: string[] = [];
    trial(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const task = createTask(steps(order, "a"), { name: "a", eagerStart: false });
      order.push("created");
      yield* task;
    });
    expect(order[0]).toBe("created");
  });

  it("an error of an eager task of a TaskGroup does not break off the body before it waits", () => {
    const order: string[] = [];
    trial(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const outcome = yield* outcomeOf(
        new TaskGroup().with(function* (group) {
          group.createTask(throwing());
          order.push("body goes on");
          yield* sleep(1000);
        }),
      );
      order.push(outcome);
    });
    expect(order).toEqual(["body goes on", "ExceptionGroup ERR_EXCEPTION_GROUP"]);
  });

  it("make tasks of a custom class", () => {
    class Traced<T> extends Task<T> {}
    const result = trial(function* () {
      getRunningLoop().setTaskFactory(
        createEagerTaskFactory((coroutine, loop, options) => new Traced(coroutine, loop, options)),
      );
      const order: string[] = [];
      const task = createTask(steps(order, "a"));
      const begun = order.length;
      yield* task;
      return [task instanceof Traced, begun];
    });
    expect(result).toEqual([true, 1]);
  });

  it("async functions are tasks of the loop's own, and begin in the next turn unless told", async () => {
    const result = await trialAsync(async () => {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      let begun = false;
      const task = createTask(async () => {
        begun = true;
      });
      const atOnce = begun;
      await task;
      return [atOnce, begun];
    });
    expect(result).toEqual([false, true]);
  });
});
