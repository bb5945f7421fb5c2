/** Tests that what is no coroutine, loop, context, function or list of options is refused at the call, by a typed error. */
import { afterEach, describe, expect, it } from "vitest";
import {
  adopt,
  allTasks,
  asCompleted,
  bind,
  Context,
  coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  ExceptionGroup,
  eagerTaskFactory,
  ensureFuture,
  Future,
  gather,
  getRunningLoop,
  newEventLoop,
  Runner,
  run,
  runCoroutineThreadsafe,
  shield,
  sleep,
  Task,
  TaskGroup,
  type TaskOptions,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import { rejectionOf } from "../loop/harness.ts";
import { outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

const NO_COROUTINE = "ArgumentError ERR_COROUTINE_EXPECTED";
const NO_FUNCTION = "ArgumentError ERR_CALLBACK_EXPECTED";
const WRONG_TYPE = "ArgumentError ERR_ARGUMENT_TYPE";
const WRONG_VALUE = "ArgumentError ERR_ARGUMENT_VALUE";

const noCoroutines: readonly unknown[] = [
  undefined,
  null,
  5,
  "text",
  true,
  Symbol.iterator,
  {},
  [],
  new Map(),
  [1].values(),
  asyncGenerator(),
];

async function* asyncGenerator() {}

function* nothing() {}

/** All of them, in words. */
function allOutcomes(values: readonly unknown[], attempt: (value: never) => unknown): string[] {
  return [...new Set(values.map((value) => outcomeOfCall(() => attempt(value as never))))];
}

describe("what is no coroutine is ERR_COROUTINE_EXPECTED, at the call", () => {
  const places: Record<string, (value: never) => unknown> = {
    createTask: (value) => createTask(value),
    "createTask, eagerly": (value) => createTask(value, { eagerStart: true }),
    "loop.createTask": (value) => getRunningLoop().createTask(value),
    "new Task": (value) => new Task(value),
    "new Task with a loop": (value) => new Task(value, getRunningLoop(), { eagerStart: true }),
    ensureFuture: (value) => ensureFuture(value),
    shield: (value) => shield(value),
    adopt: (value) => adopt(value),
    "gather, beside another": (value) => gather(value, sleep(0)),
    "gather, with options": (value) => gather(value, { returnExceptions: true }),
    asCompleted: (value) => asCompleted([value]),
    waitFor: (value) => waitFor(value, 1000),
    "waitFor, without time": (value) => waitFor(value, 0),
    "waitFor, for ever": (value) => waitFor(value, null),
    runCoroutineThreadsafe: (value) => runCoroutineThreadsafe(value, getRunningLoop()),
    "the eager task factory": (value) => eagerTaskFactory(getRunningLoop(), value, {}),
  };

  it.each(Object.entries(places))("%s", (_name, attempt) => {
    const outcomes = trial(function* () {
      return allOutcomes(noCoroutines, attempt);
    });
    expect(outcomes).toEqual([NO_COROUTINE]);
  });

  it("gather, of one that cannot pass for options", () => {
    const outcomes = trial(function* () {
      const none = noCoroutines.filter((value) => Object.getPrototypeOf(Object(value)) !== Object.prototype);
      return allOutcomes(none, (value) => gather(value));
    });
    expect(outcomes).toEqual([NO_COROUTINE]);
  });

  it("a TaskGroup's createTask, and the group goes on", () => {
    const { outcomes, result } = trial(function* () {
      let outcomes: string[] = [];
      const result = yield* new TaskGroup().with(function* (group) {
        outcomes = allOutcomes(noCoroutines, (value) => group.createTask(value));
        return yield* group.createTask(sleep(1, "slept"));
      });
      return { outcomes, result };
    });
    expect([outcomes, result]).toEqual([[NO_COROUTINE], "slept"]);
  });

  it("under a task factory, which is not asked", () => {
    const asked: unknown[] = [];
    const outcomes = trial(function* () {
      const loop = getRunningLoop();
      loop.setTaskFactory((on, coroutine) => {
        asked.push(coroutine);
        return new Task(coroutine, on);
      });
      const outcomes = allOutcomes(noCoroutines, (value) => createTask(value));
      loop.setTaskFactory(null);
      return outcomes;
    });
    expect([outcomes, asked]).toEqual([[NO_COROUTINE], []]);
  });

  it("what a body given to coroutine() gives", () => {
    const outcomes = trial(function* () {
      return allOutcomes(noCoroutines, (value) => coroutine(() => value)());
    });
    expect(outcomes).toEqual([NO_COROUTINE]);
  });

  it("new Task() outside any loop says that there is none", () => {
    expect(outcomeOfCall(() => new Task(undefined as never))).toMatch(
      /^LoopError ERR_NO_(RUNNING|CURRENT)_LOOP$/,
    );
  });
});

describe("what is no function is ERR_CALLBACK_EXPECTED, at the call", () => {
  const places: Record<string, (value: never) => unknown> = {
    coroutine,
    bind,
    createEagerTaskFactory,
    timeout: (value) => timeout(10, value),
    timeoutAt: (value) => timeoutAt(null, value),
    "TaskGroup.with": (value) => new TaskGroup().with(value),
    "the factory of a Runner": (value) => new Runner({ loopFactory: value }),
  };

  it.each(Object.entries(places))("%s", (_name, attempt) => {
    expect(allOutcomes([5, "text", null, {}, nothing()], attempt)).toEqual([NO_FUNCTION]);
  });
});

describe("what is no loop, and no context, is ERR_ARGUMENT_TYPE", () => {
  const places: Record<string, (value: never) => unknown> = {
    "new Future": (value) => new Future(value),
    "new Task": (value) => new Task(nothing(), value),
    ensureFuture: (value) => ensureFuture(nothing(), { loop: value }),
    adopt: (value) => adopt(Promise.resolve(), { loop: value }),
    allTasks: (value) => allTasks(value),
    runCoroutineThreadsafe: (value) => runCoroutineThreadsafe(nothing(), value),
    "the context of createTask": (value) => createTask(nothing(), { context: value }),
    "the context of an async function": (value) => createTask(async () => {}, { context: value }),
    "a group's context": (value) => {
      const group = new TaskGroup().enter();
      return group.createTask(nothing(), { context: value });
    },
  };

  it.each(Object.entries(places))("%s", (_name, attempt) => {
    const outcomes = trial(function* () {
      return allOutcomes([5, "5", null, {}, currentTask()], attempt);
    });
    expect(outcomes).toEqual([WRONG_TYPE]);
  });

  it("a coroutine whose task was refused can still be run", () => {
    const result = trial(function* () {
      const operation = sleep(1, "slept");
      const refused = outcomeOfCall(() => createTask(operation, { context: 5 as never }));
      return [refused, yield* operation];
    });
    expect(result).toEqual([WRONG_TYPE, "slept"]);
  });

  it("what a Runner's factory makes", async () => {
    const { code } = await rejectionOf(run(nothing, { loopFactory: () => 5 as never }));
    expect(code).toBe("ERR_ARGUMENT_TYPE");
  });
});

describe("what are no options is ERR_ARGUMENT_TYPE", () => {
  const places: Record<string, (value: never) => unknown> = {
    "new Runner": (value) => new Runner(value),
    createTask: (value) => createTask(nothing(), value),
    "createTask of an async function": (value) => createTask(async () => {}, value),
    "new Task": (value) => new Task(nothing(), getRunningLoop(), value),
    ensureFuture: (value) => ensureFuture(nothing(), value),
    adopt: (value) => adopt(Promise.resolve(), value),
    asCompleted: (value) => asCompleted([], value),
    wait: (value) => wait([], value),
  };

  it.each(Object.entries(places))("%s", (_name, attempt) => {
    const outcomes = trial(function* () {
      return allOutcomes([5, "text", null, true, [], () => {}], attempt);
    });
    expect(outcomes).toEqual([WRONG_TYPE]);
  });

  it("of run and of a Runner's run", async () => {
    const runner = new Runner();
    for (const options of [5, null, "text"] as never[]) {
      expect(await outcomeOfPromise(run(nothing, options))).toBe(WRONG_TYPE);
      expect(await outcomeOfPromise(runner.run(nothing, options))).toBe(WRONG_TYPE);
    }
    await runner.close();
  });
});

describe("options", () => {
  const polluted = Object.prototype as { context?: unknown; eagerStart?: unknown; name?: unknown };

  afterEach(() => {
    delete polluted.context;
    delete polluted.eagerStart;
    delete polluted.name;
  });

  class Defaults {
    readonly eagerStart = true;
  }
  class Own extends Defaults {
    readonly name = "own";
  }

  it("of a class, and made by Object.create, count with what they inherit", () => {
    const names = trial(function* () {
      const seen: unknown[] = [];
      const given: TaskOptions[] = [new Own(), Object.create({ name: "inherited", eagerStart: true })];
      for (const factory of [
        null,
        createEagerTaskFactory((each, on, options) => new Task(each, on, options)),
      ]) {
        getRunningLoop().setTaskFactory(factory);
        for (const options of given) {
          const task = createTask(nothing(), options);
          seen.push(task.getName(), task.done());
        }
      }
      return seen;
    });
    expect(names).toEqual(["own", true, "inherited", true, "own", true, "inherited", true]);
  });

  it("that stand on Object.prototype do not", async () => {
    const context = new Context();
    const seen = await trialAsync(async () => {
      Object.assign(polluted, { context, eagerStart: true, name: "polluted" });
      const tasks = [
        createTask(nothing()),
        createTask(nothing(), {}),
        createTask(nothing(), { name: "named" }),
        createTask(async () => {}),
      ];
      const told = tasks.map((task) => [
        task.getName().replace(/\d+/, "N"),
        task.done(),
        task.getContext() === context,
      ]);
      delete polluted.context;
      delete polluted.eagerStart;
      delete polluted.name;
      await gather(...tasks);
      return told;
    });
    const unnamed = ["Task-N", false, false];
    expect(seen).toEqual([unnamed, unnamed, ["named", false, false], unnamed]);
  });

  it("of gather may be of a class, and without a prototype", () => {
    class Options {
      readonly returnExceptions = true;
    }
    const outcomes = trial(function* () {
      const failing = () =>
        createTask(
          (function* () {
            throw new RangeError("bad");
          })(),
        );
      const bare = Object.assign(Object.create(null), { returnExceptions: true }) as Options;
      const outcomes = [yield* gather(failing(), new Options()), yield* gather(failing(), bare)];
      return outcomes.flat().map(String);
    });
    expect(outcomes).toEqual(["RangeError: bad", "RangeError: bad"]);
  });

  it("a name is a string, or becomes one", () => {
    const names = trial(function* () {
      const task = createTask(nothing(), { name: 5 as never });
      const names = [task.getName()];
      task.setName(Object.create(null));
      return [...names, task.getName()];
    });
    expect(names).toEqual(["5", "an object of class 'Object'"]);
  });
});

describe("lists", () => {
  it("wait says of its arguments what asyncio says first: no list, nothing in it, returnWhen, no futures", () => {
    const outcomes = trial(function* () {
      const seen: string[] = [];
      const returnWhen = -1 as never;
      const task = createTask(nothing());
      for (const futures of [task, 5, "text", [], [nothing()], [task]])
        seen.push(outcomeOfCall(() => wait(futures as never, { returnWhen })));
      seen.push(outcomeOfCall(() => wait([nothing()] as never)));
      return seen;
    });
    expect(outcomes).toEqual([
      WRONG_TYPE,
      WRONG_TYPE,
      WRONG_TYPE,
      WRONG_VALUE,
      WRONG_VALUE,
      WRONG_VALUE,
      WRONG_TYPE,
    ]);
  });

  it("an ExceptionGroup is made of a list", () => {
    const loop = newEventLoop();
    const lists = [5, null, undefined, "text", loop.createFuture(), nothing()];
    expect(allOutcomes(lists, (errors) => new ExceptionGroup("none", errors))).toEqual([WRONG_TYPE]);
    loop.close();
  });
});
