/**
 * Tests whose the code is that somebody else calls: done callbacks, what is given to `then`, foreign listeners. And that a
 * request to cancel reaches each function once, also where it cleans up by way of a foreign promise.
 */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  sleep,
  type Task,
  timeout,
} from "wasyncio";
import { outcomeOfPromise, trialAsync } from "../sync/trial.ts";

const here = () => (currentTask() as Task<unknown> | null)?.getName();

/** A task that has steps all the time, and has nothing to do with any other. */
function busy(): Task<void> {
  return createTask(
    async () => {
      for (let round = 0; round < 30; round++) await sleep(0.5);
    },
    { name: "stranger" },
  );
}

/** Settled from outside of the loop's steps. */
function foreign(turns = 1): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number) => (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(turns);
  });
}

describe("An async function", () => {
  const STARTS: Readonly<Record<string, () => Task<unknown>>> = {
    "a task of an async function": () => createTask(async () => {}),
    "a task of a generator": () => createTask((function* (): Coroutine<void> {})()),
  };

  it.each(Object.entries(STARTS))(
    "as the first done callback of %s is in a task of its own",
    async (_, start) => {
      const names = await trialAsync(async () => {
        const seen: (string | undefined)[] = [];
        const stranger = busy();
        start().addDoneCallback(async () => {
          await sleep(1);
          seen.push(here());
          stranger.cancel();
          seen.push(await timeout(50, async () => await outcomeOfPromise(sleep(2, 7))));
        });
        await outcomeOfPromise(stranger);
        await sleep(10);
        return seen;
      });
      expect(names).toEqual([expect.stringMatching(/^Task-/), "returned 7"]);
    },
  );

  const THENS: Readonly<Record<string, () => PromiseLike<unknown>>> = {
    "an operation": () => sleep(2),
    "an operation that has a result at once": () => sleep(0),
    "a future": () => {
      const future = getRunningLoop().createFuture<void>();
      getRunningLoop().callLater(2, () => future.setResult());
      return future;
    },
    "a task": () => createTask(async () => await sleep(2)),
    "a gathering": () => gather(sleep(1), sleep(2)),
  };

  it.each(Object.entries(THENS))(
    "that then of %s calls is its caller's, or in a task of its own",
    async (_, make) => {
      const result = await trialAsync(async () => {
        const stranger = busy();
        const task = createTask(
          async () =>
            await make().then(async () => {
              await sleep(1);
              stranger.cancel();
              await sleep(1);
              return here();
            }),
          { name: "mine" },
        );
        await outcomeOfPromise(stranger);
        return await outcomeOfPromise(task);
      });
      expect(result).toMatch(/^returned (?:mine|Task-\d+)$/);
    },
  );

  it("that a foreign listener calls is in one task for all of its waits, which can be cancelled", async () => {
    const seen = await trialAsync(async () => {
      const told: unknown[] = [];
      const ended = getRunningLoop().createFuture<void>();
      await foreign();
      setImmediate(async () => {
        await sleep(1);
        const task = currentTask() as Task<unknown>;
        await sleep(1);
        told.push(currentTask() === task, task.cancel());
        try {
          await sleep(100);
        } catch (error) {
          told.push((error as Error).name);
        }
        await sleep(1);
        told.push(currentTask() === task);
        ended.setResult();
      });
      await ended;
      return told;
    });
    expect(seen).toEqual([true, true, "CancelledError", true]);
  });
});

describe("A request to cancel", () => {
  const ASKS: Readonly<Record<string, (body: () => Promise<void>) => PromiseLike<unknown>>> = {
    "of its task": async (body) => {
      const task = createTask(body);
      await sleep(1);
      task.cancel();
      await outcomeOfPromise(task);
    },
    "of a deadline": (body) => outcomeOfPromise(timeout(1, body)),
    "of a deadline around the task": (body) =>
      outcomeOfPromise(timeout(1, async () => await createTask(body))),
  };

  it.each(Object.entries(ASKS))(
    "%s is taken once, with foreign promises and waits in the clean-up",
    async (_, ask) => {
      const told = await trialAsync(async () => {
        let taken = 0;
        await ask(async () => {
          try {
            await foreign();
            await sleep(100);
          } catch {
            taken++;
          }
          for (let round = 0; round < 3; round++) {
            await foreign();
            await sleep(1).then(undefined, () => taken++);
          }
        });
        return taken;
      });
      expect(told).toBe(1);
    },
  );

  it("reaches all that wait at once with its message, and does not interrupt whoever cleans up longest", async () => {
    const told: string[] = [];
    const visit = async (name: string, ms: number) => {
      try {
        await sleep(100);
      } catch (error) {
        told.push(`${name}: ${(error as Error).message}`);
        await sleep(ms);
        told.push(`${name} has left`);
        throw error;
      }
    };
    await trialAsync(async () => {
      const task = createTask(async () => {
        await Promise.all([visit("Ada", 1), visit("Grace", 5), visit("Barbara", 3)]);
      });
      await sleep(1);
      task.cancel("stop");
      await outcomeOfPromise(task);
      await sleep(10);
    });
    expect(told.toSorted()).toEqual(
      ["Ada", "Barbara", "Grace"].flatMap((name) => [`${name} has left`, `${name}: stop`]),
    );
  });
});
