/**
 * Tests what a listener of a task's signal may do while the request is on its way: anything, to whatever is being waited for.
 * Every kind of wait is combined with every action, in both styles, by a request and by a deadline. Nothing fails, nothing
 * is left, and nobody else is asked to cancel.
 */
import { describe, expect, it } from "vitest";
import {
  adopt,
  asCompleted,
  Barrier,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "wasyncio";
import { outcomeOfPromise, trialAsync } from "../sync/trial.ts";

class Stage {
  readonly future = getRunningLoop().createFuture<number>();
  readonly event = new Event();
  readonly lock = new Lock();
  readonly queue = new Queue<number>();
  readonly barrier = new Barrier(2);
  readonly inner = createTask(async () => {
    try {
      await sleep(40);
    } finally {
      await sleep(1);
    }
  });
  readonly other = createTask(async () => sleep(45));
  gathering: Future<unknown> | undefined;
  group: TaskGroup | undefined;
  me!: Task<unknown>;
}

type Awaited = PromiseLike<unknown>;

const WAITS: Readonly<Record<string, (stage: Stage) => Awaited>> = {
  sleep: () => sleep(50),
  "a future": ({ future }) => future,
  "a task": ({ inner }) => inner,
  gather(stage) {
    const gathering = gather(stage.inner, sleep(60));
    stage.gathering = gathering;
    return gathering;
  },
  shield: ({ inner }) => shield(inner),
  waitFor: ({ inner }) => waitFor(inner, 100),
  wait: ({ inner, other }) => wait([inner, other]),
  asCompleted: async ({ inner, other }) => {
    for await (const each of asCompleted([inner, other])) await each;
  },
  "an event": ({ event }) => event.wait(),
  "a lock": ({ lock }) => lock.acquire(),
  "a queue": ({ queue }) => queue.get(),
  "a barrier": ({ barrier }) => barrier.wait(),
  "timeout of an async function": ({ inner }) => timeout(100, async () => await inner),
  "timeout of a generator": ({ inner }) =>
    timeout(100, function* () {
      yield* inner;
    }),
  "a group of async functions": (stage) =>
    new TaskGroup().with(async (group) => {
      stage.group = group;
      group.createTask(() => sleep(50));
      await stage.future;
    }),
  "a group of generators": (stage) =>
    new TaskGroup().with(function* (group) {
      stage.group = group;
      group.createTask(sleeping);
      yield* stage.inner;
    }),
  "Promise.all": ({ inner }) => Promise.all([inner, sleep(70)]),
  "Promise.race": ({ inner }) => Promise.race([inner, sleep(70)]),
};

function* sleeping(): Coroutine<void> {
  yield* sleep(50);
}

const ACTIONS: Readonly<Record<string, (stage: Stage) => unknown>> = {
  "asks for it again": ({ me }) => me.cancel("again"),
  "takes it back": ({ me }) => me.uncancel(),
  "cancels a task": ({ inner }) => inner.cancel(),
  "cancels another task": ({ other }) => other.cancel(),
  "cancels a future": ({ future }) => future.cancel(),
  "cancels what is gathered": ({ gathering }) => gathering?.cancel(),
  "cancels the group": ({ group }) => group?.cancel(),
  "gives a future its result": ({ future }) => future.pending() && future.setResult(1),
  "gives a future an exception": ({ future }) => future.pending() && future.setException(new Error("bad")),
  "sets an event": ({ event }) => event.set(),
  "releases a lock": ({ lock }) => lock.release(),
  "puts into a queue": ({ queue }) => queue.putNowait(1),
  "shuts a queue down": ({ queue }) => queue.shutdown(true),
  "breaks a barrier": ({ barrier }) => barrier.abort(),
};

const ENDS: Readonly<Record<string, (task: Task<unknown>) => Awaited>> = {
  "a request": (task) => {
    task.cancel("stop");
    return task;
  },
  "a deadline": (task) => waitFor(task, 1),
};

const styles: Readonly<
  Record<string, (awaited: () => Awaited) => () => Coroutine<unknown> | Promise<unknown>>
> = {
  "an async function": (awaited) => async () => await awaited(),
  "a generator": (awaited) =>
    function* () {
      const what = awaited();
      return yield* (what instanceof Promise ? adopt(what) : what) as unknown as Coroutine<unknown>;
    },
};

async function perform(
  waiting: (stage: Stage) => Awaited,
  action: (stage: Stage) => unknown,
  style: (awaited: () => Awaited) => () => Coroutine<unknown> | Promise<unknown>,
  end: (task: Task<unknown>) => Awaited,
): Promise<unknown[]> {
  const stage = new Stage();
  const failures: unknown[] = [];
  await stage.lock.acquire();
  const task = createTask(
    style(() => {
      stage.me = currentTask() as Task<unknown>;
      stage.me.signal.addEventListener("abort", () => {
        try {
          action(stage);
        } catch (error) {
          failures.push(error);
        }
      });
      return waiting(stage);
    }) as () => Promise<unknown>,
  );
  await sleep(1);
  await Promise.resolve(end(task)).catch((error) => failures.push(error));
  await sleep(1);
  for (const each of [stage.inner, stage.other]) {
    each.cancel();
    await Promise.resolve(each).catch(() => {});
  }
  if (stage.future.done() && !stage.future.cancelled()) stage.future.exception();
  return [currentTask()?.cancelling(), ...failures.filter(isMistake)];
}

/** What the package never throws on purpose here. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

describe.each(Object.entries(WAITS))("A listener of a task that waits for %s", (_, waiting) => {
  it.each(Object.entries(ACTIONS))("%s", async (_, action) => {
    for (const style of Object.values(styles)) {
      for (const end of Object.values(ENDS)) {
        expect(await trialAsync(() => perform(waiting, action, style, end))).toEqual([0]);
      }
    }
  });
});

describe("A request that fails on its way", () => {
  it("does not keep the next one from arriving", async () => {
    class Stubborn extends Future<void> {
      asked = 0;
      override cancel(message?: string): boolean {
        if (this.asked++ === 0) throw new RangeError("not yet");
        return super.cancel(message);
      }
    }
    const outcome = await trialAsync(async () => {
      const task = createTask(async () => {
        await new Stubborn();
      });
      await sleep(1);
      expect(() => task.cancel()).toThrow(new RangeError("not yet"));
      task.cancel();
      return await outcomeOfPromise(task);
    });
    expect(outcome).toBe("CancelledError ERR_CANCELLED");
  });
});

describe("A listener of a task of a group", () => {
  it("cancels the group while a failure cancels its tasks, which asks the parent once", async () => {
    const result = await trialAsync(async () => {
      const outcome = await outcomeOfPromise(
        new TaskGroup().with(async (group) => {
          group.createTask(async () => {
            currentTask()?.signal.addEventListener("abort", () => group.cancel());
            await sleep(50);
          });
          group.createTask(async () => {
            await sleep(5);
            throw new RangeError("bad");
          });
          await sleep(50);
        }),
      );
      return [outcome.split(" ")[0], currentTask()?.cancelling(), await outcomeOfPromise(sleep(1))];
    });
    expect(result).toEqual(["ExceptionGroup", 0, "returned undefined"]);
  });
});
