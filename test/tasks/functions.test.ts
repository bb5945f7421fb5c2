/** Tests that functions are accepted wherever coroutines are waited for or started, and that each starts a task of its own. */
import { describe, expect, it } from "vitest";
import {
  asCompleted,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  gather,
  newEventLoop,
  type Startable,
  shield,
  sleep,
  TaskGroup,
  waitFor,
} from "wasyncio";
import { trial, trialAsync } from "../sync/trial.ts";

/** The name of the task whose code this is. */
function here(): string | undefined {
  return currentTask()?.getName();
}

/** What was started says in which task it runs. */
function* coroutineFunction(): Coroutine<string | undefined> {
  yield* sleep(1);
  return here();
}

async function asyncFunction(): Promise<string | undefined> {
  const name = here();
  await sleep(1);
  return name;
}

const functions: Record<string, () => Coroutine<unknown> | PromiseLike<unknown>> = {
  "a generator function": coroutineFunction,
  "an async function": asyncFunction,
  "a plain function that gives a coroutine": () => coroutineFunction(),
  "a plain function that gives a promise": () => asyncFunction(),
  // What is no coroutine is the result, as it is of a body.
  "a plain function": here as never,
};

const places: Record<string, (value: () => Coroutine<unknown> | PromiseLike<unknown>) => Coroutine<unknown>> =
  {
    *createTask(value) {
      return yield* createTask(value);
    },
    *"a group's createTask"(value) {
      return yield* new TaskGroup().with(function* (group) {
        return yield* group.createTask(value);
      });
    },
    *ensureFuture(value) {
      return yield* ensureFuture(value);
    },
    *gather(value) {
      return (yield* gather(value))[0];
    },
    *waitFor(value) {
      return yield* waitFor(value, 1000);
    },
    *shield(value) {
      return yield* shield(value);
    },
    *asCompleted(value) {
      for (const next of asCompleted([value])) return yield* next;
      return undefined;
    },
  };

describe.each(Object.entries(places))("%s", (_place, waiting) => {
  it.each(Object.entries(functions))("starts a task of %s", async (_name, value) => {
    const [outer, inner] = await trialAsync(async () => {
      const task = createTask(waiting(value));
      return [task.getName(), await task];
    });
    expect(inner).toMatch(/^Task-\d+$/);
    expect(inner).not.toBe(outer);
  });
});

describe("a function given twice", () => {
  const twice = [coroutineFunction, coroutineFunction] as const;

  it("is two tasks of gather's", () => {
    const [first, second] = trial(function* () {
      return yield* gather(...twice);
    });
    expect(first).not.toBe(second);
  });

  it("is two tasks of asCompleted's, and a coroutine given twice is one", () => {
    const counts = trial(function* () {
      const count = function* (all: Iterable<Startable<unknown>>): Coroutine<number> {
        const ended = new Set<unknown>();
        for (const next of asCompleted(all)) ended.add(yield* next);
        return ended.size;
      };
      const coroutine = coroutineFunction();
      return [yield* count(twice), yield* count([coroutine, coroutine])];
    });
    expect(counts).toEqual([2, 1]);
  });
});

it("runUntilComplete takes functions", async () => {
  const loop = newEventLoop();
  try {
    for (const value of Object.values(functions))
      expect(await loop.runUntilComplete(value)).toMatch(/^Task-\d+$/);
  } finally {
    loop.close();
  }
});

it("a function is called in its task, not at the call", async () => {
  const log = await trialAsync(async () => {
    const log: unknown[] = [];
    const future = ensureFuture(() => {
      log.push(here());
      return sleep(1, 5);
    });
    log.push("made");
    log.push(await future);
    return log;
  });
  expect(log).toEqual(["made", expect.stringMatching(/^Task-/), 5]);
});
