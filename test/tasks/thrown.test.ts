/** Tests that what is thrown ends a task whatever it is: undefined and null become an error, which has them as its cause. */
import { describe, expect, it } from "vitest";
import {
  adopt,
  type Coroutine,
  createTask,
  FIRST_EXCEPTION,
  gather,
  getRunningLoop,
  run,
  shield,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "wasyncio";
import { simulateAsync } from "../loop/harness.ts";
import { trial, trialAsync } from "../sync/trial.ts";

/** The ways in which a task comes to throw it. */
const ways: Record<string, (thrown: unknown) => Coroutine<unknown> | (() => Promise<unknown>)> = {
  "a coroutine": function* (thrown) {
    yield* sleep(1);
    throw thrown;
  },
  "an async function": (thrown) => async () => {
    await sleep(1);
    throw thrown;
  },
  "a promise that is rejected": (thrown) => async () => await Promise.reject(thrown),
  "a timeout's body": (thrown) => async () =>
    await timeout(100, async () => {
      await sleep(1);
      throw thrown;
    }),
};

/** The error that a wait ends with; without one the test fails. */
async function errorOf(awaitable: PromiseLike<unknown>): Promise<Error> {
  let value: unknown;
  try {
    value = await awaitable;
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  throw new Error(`nothing was thrown, but returned: ${value}`);
}

describe.each([undefined, null])("%s", (thrown) => {
  describe.each(Object.entries(ways))("thrown by %s", (_name, make) => {
    const start = () => createTask(make(thrown) as Coroutine<unknown>);

    it("ends the task with an error that has it as its cause", async () => {
      const told = await trialAsync(async () => {
        const error = await errorOf(start());
        return [error.message, "cause" in error, error.cause];
      });
      expect(told).toEqual([`a task threw ${thrown}`, true, thrown]);
    });

    it("ends gather and shield", async () => {
      const causes = await trialAsync(async () => {
        const shielded = await errorOf(waitFor(shield(start()), 100));
        const gathered = await errorOf(waitFor(gather(start(), sleep(2)), 100));
        const [outcome] = await gather(start(), sleep(2), { returnExceptions: true });
        return [shielded.cause, gathered.cause, (outcome as Error).cause];
      });
      expect(causes).toEqual([thrown, thrown, thrown]);
    });

    it("is an error of a TaskGroup, and cancels the siblings", async () => {
      const { errors, cancelled } = await trialAsync(async () => {
        let sibling: ReturnType<typeof start> | undefined;
        const group = new TaskGroup().with((tasks) => {
          sibling = tasks.createTask(sleep(1000) as Coroutine<unknown>);
          tasks.createTask(make(thrown) as Coroutine<unknown>);
        });
        const told = (await errorOf(group)) as AggregateError;
        return { errors: told.errors.map((error) => error.cause), cancelled: sibling?.cancelled() };
      });
      expect(errors).toEqual([thrown]);
      expect(cancelled).toBe(true);
    });

    it("is a failure for FIRST_EXCEPTION", async () => {
      const [done, pending] = await trialAsync(async () => {
        const failing = start();
        const slow = createTask(sleep(1000));
        const outcome = await wait([failing, slow] as (typeof failing)[], { returnWhen: FIRST_EXCEPTION });
        slow.cancel();
        await wait([slow]);
        failing.exception();
        return [[...outcome[0]].map((task) => task === failing), outcome[1].size];
      });
      expect([done, pending]).toEqual([[true], 1]);
    });
  });

  it("of the main program rejects run", async () => {
    const told = await errorOf(run(() => ways["a coroutine"]?.(thrown) as Coroutine<unknown>));
    expect(told.cause).toBe(thrown);
  });

  it("of an adopted promise and of a callback is reported as theirs", async () => {
    const messages = await trialAsync(async () => [
      (await errorOf(adopt(Promise.reject(thrown)))).message,
      (
        await errorOf(
          getRunningLoop().callSoon(() => {
            throw thrown;
          }),
        )
      ).message,
    ]);
    expect(messages).toEqual([`a promise was rejected with ${thrown}`, `a callback threw ${thrown}`]);
  });

  it("of callbacks that are not awaited is reported with an error", async () => {
    const { reports } = await simulateAsync(async () => {
      const loop = getRunningLoop();
      const throwIt = () => {
        throw thrown;
      };
      loop.callSoon(throwIt);
      loop.callSoon(async () => throwIt());
      const future = loop.createFuture<void>();
      future.addDoneCallback(throwIt);
      future.setResult();
      await sleep(1);
    });
    expect(reports.map(({ exception }) => (exception as Error).cause)).toEqual([thrown, thrown, thrown]);
  });

  it("is caught as it is by the function that awaits it directly", async () => {
    const { result } = await simulateAsync(async () => {
      const caught: unknown[] = [];
      try {
        await timeout(10, async () => {
          throw thrown;
        });
      } catch (error) {
        caught.push(error);
      }
      return caught;
    });
    expect(result).toEqual([thrown]);
  });
});

it("anything else is passed on as it is, even if it is not retrieved for a while", () => {
  const anything = ["text", 0, false, Symbol.iterator, Object.create(null)];
  const outcomes = trial(function* () {
    const seen: unknown[] = [];
    for (const thrown of anything) {
      const task = createTask(ways["a coroutine"]?.(thrown) as Coroutine<unknown>);
      yield* sleep(10);
      seen.push(task.exception());
    }
    return seen;
  });
  expect(outcomes).toEqual(anything);
});
