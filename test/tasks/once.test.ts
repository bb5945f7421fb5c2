/** Tests that an operation is waited for once, in either style, and that what is not iterable cannot be iterated over. */
import { describe, expect, it } from "vitest";
import {
  asCompleted,
  Barrier,
  Condition,
  coroutine,
  createTask,
  Event,
  ExceptionGroup,
  type Future,
  gather,
  getRunningLoop,
  LifoQueue,
  Lock,
  newEventLoop,
  type Operation,
  PriorityQueue,
  Queue,
  Semaphore,
  sleep,
  TaskGroup,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import { simulate, simulateAsync, thrownBy } from "../loop/harness.ts";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

const FINISHED = "LoopError ERR_COROUTINE_FINISHED";
const RUNNING = "LoopError ERR_COROUTINE_RUNNING";

interface Example {
  readonly operation: Operation<unknown>;
  /** Called a millisecond later, if it has to wait for something. */
  readonly let?: () => void;
}

/** Each makes an operation that has to wait, and ends it. */
const waiting: Record<string, () => Example> = {
  sleep: () => ({ operation: sleep(1) }),
  "sleep(0)": () => ({ operation: sleep(0) }),
  "loop.sleep": () => ({ operation: getRunningLoop().sleep(1) }),
  coroutine: () => ({ operation: coroutine(() => sleep(1))() }),
  "coroutine(function*)": () => {
    const made = coroutine(function* () {
      yield* sleep(1);
    });
    return { operation: made() };
  },
  "lock.acquire": () => {
    const lock = held(new Lock());
    return { operation: lock.acquire(), let: () => lock.release() };
  },
  "lock.hold": () => {
    const lock = held(new Lock());
    return { operation: lock.hold(), let: () => lock.release() };
  },
  "lock.with": () => ({ operation: new Lock().with(() => sleep(1)) }),
  "semaphore.acquire": () => {
    const semaphore = new Semaphore(0);
    return { operation: semaphore.acquire(), let: () => semaphore.release() };
  },
  "event.wait": () => {
    const event = new Event();
    return { operation: event.wait(), let: () => event.set() };
  },
  "condition.wait": () => {
    const condition = held(new Condition());
    return { operation: condition.wait(), let: () => createTask(condition.with(() => condition.notify())) };
  },
  "condition.waitFor": () => {
    const condition = held(new Condition());
    let ready = false;
    const end = () => {
      ready = true;
      condition.notifyAll();
    };
    return { operation: condition.waitFor(() => ready), let: () => createTask(condition.with(end)) };
  },
  "barrier.wait": () => {
    const barrier = new Barrier(2);
    return { operation: barrier.wait(), let: () => createTask(barrier.wait()) };
  },
  "queue.get": () => {
    const queue = new Queue<number>();
    return { operation: queue.get(), let: () => queue.putNowait(1) };
  },
  "queue.put": () => {
    const queue = new LifoQueue<number>(1);
    queue.putNowait(1);
    return { operation: queue.put(2), let: () => queue.getNowait() };
  },
  "queue.join": () => {
    const queue = new PriorityQueue<number>();
    queue.putNowait(1);
    return { operation: queue.join(), let: () => queue.taskDone() };
  },
  wait: () => ({ operation: wait([createTask(sleep(1))]) }),
  waitFor: () => ({ operation: waitFor(sleep(1), 10) }),
  timeout: () => ({ operation: timeout(10, () => sleep(1)) }),
  timeoutAt: () => ({ operation: timeoutAt(null, () => sleep(1)) }),
  "group.with": () => ({ operation: new TaskGroup().with((group) => void group.createTask(sleep(1))) }),
  asCompleted: () => ({ operation: [...asCompleted([sleep(1)])][0] as Operation<unknown> }),
};

/** Taken at once, as it is free. */
function held<L extends Lock | Condition>(lock: L): L {
  lock.acquire().next();
  return lock;
}

describe.each(Object.entries(waiting))("%s", (_name, make) => {
  it("a second time is ERR_COROUTINE_FINISHED: yield*, as a task, in gather", () => {
    const outcomes = trial(function* () {
      const { operation, let: end } = make();
      if (end !== undefined) getRunningLoop().callLater(1, end);
      yield* operation;
      return [
        yield* outcomeOf(operation),
        outcomeOfCall(() => createTask(operation)),
        outcomeOfCall(() => gather(operation)),
      ];
    });
    expect(outcomes).toEqual([FINISHED, FINISHED, FINISHED]);
  });

  it("a second time is ERR_COROUTINE_FINISHED: await", async () => {
    const outcomes = await trialAsync(async () => {
      const { operation, let: end } = make();
      if (end !== undefined) getRunningLoop().callLater(1, end);
      await operation;
      return [
        await outcomeOfPromise(operation),
        await outcomeOfPromise(createTask(async () => await operation)),
        outcomeOfCall(() => createTask(operation)),
      ];
    });
    expect(outcomes).toEqual([FINISHED, FINISHED, FINISHED]);
  });

  it("of two tasks that yield* it the second gets ERR_COROUTINE_RUNNING, and the first its result", () => {
    const outcomes = trial(function* () {
      const { operation, let: end } = make();
      const tasks = [1, 2].map(() => createTask(outcomeOf(operation)));
      if (end !== undefined) getRunningLoop().callLater(1, end);
      return yield* gather(...tasks);
    });
    expect(outcomes[0]).toMatch(/^returned/);
    expect(outcomes[1]).toBe(RUNNING);
  });

  it("of two tasks that await it the second gets ERR_COROUTINE_RUNNING, and the first its result", async () => {
    const outcomes = await trialAsync(async () => {
      const { operation, let: end } = make();
      const tasks = [1, 2].map(() => createTask(() => outcomeOfPromise(operation)));
      if (end !== undefined) getRunningLoop().callLater(1, end);
      return await gather(...tasks);
    });
    expect(outcomes[0]).toMatch(/^returned/);
    expect(outcomes[1]).toBe(RUNNING);
  });

  it("that is a task's own is ERR_COROUTINE_RUNNING before the task has begun, and while it runs", () => {
    const outcomes = trial(function* () {
      const { operation, let: end } = make();
      const task = createTask(operation);
      if (end !== undefined) getRunningLoop().callLater(1, end);
      const before = yield* outcomeOf(operation);
      yield;
      const running = task.done() ? RUNNING : yield* outcomeOf(operation);
      yield* task;
      return [before, running, yield* outcomeOf(operation)];
    });
    expect(outcomes).toEqual([RUNNING, RUNNING, FINISHED]);
  });

  it("twice in one Promise.all is ERR_COROUTINE_RUNNING", async () => {
    const outcomes = await trialAsync(async () => {
      const { operation, let: end } = make();
      if (end !== undefined) getRunningLoop().callLater(1, end);
      return await Promise.all([outcomeOfPromise(operation), outcomeOfPromise(operation)]);
    });
    expect(outcomes[0]).toMatch(/^returned/);
    expect(outcomes[1]).toBe(RUNNING);
  });
});

describe("an operation", () => {
  it("on which two wait for a lock gives it only to the first, and the lock goes on", () => {
    const outcomes = trial(function* () {
      const lock = held(new Lock());
      const acquire = lock.acquire();
      const tasks = [1, 2].map(() => createTask(outcomeOf(acquire)));
      yield* sleep(1);
      const locked = lock.locked();
      lock.release();
      const both = yield* gather(...tasks);
      const taken = lock.locked();
      lock.release();
      return [locked, ...both, taken, lock.locked()];
    });
    expect(outcomes).toEqual([true, "returned true", RUNNING, true, false]);
  });

  it("that has failed is over", () => {
    const outcomes = trial(function* () {
      const queue = new Queue<number>();
      queue.shutdown();
      const get = queue.get();
      const failing = coroutine(function* () {
        yield* sleep(0);
        throw new RangeError("bad");
      })();
      const seen: string[] = [];
      for (const each of [get, get, failing, failing]) seen.push(yield* outcomeOf(each));
      return seen;
    });
    expect(outcomes).toEqual(["QueueShutDown ERR_QUEUE_SHUT_DOWN", FINISHED, "RangeError bad", FINISHED]);
  });

  it("that was cancelled is over", () => {
    const outcomes = trial(function* () {
      const seen: string[] = [];
      for (const operation of [new Event().wait(), sleep(100), new Lock().with(() => sleep(100))]) {
        const task = createTask<unknown>(operation);
        yield* sleep(1);
        task.cancel();
        yield* outcomeOf(task);
        seen.push(yield* outcomeOf(operation));
      }
      return seen;
    });
    expect(outcomes).toEqual([FINISHED, FINISHED, FINISHED]);
  });

  it("that waits for itself gets an error that says so", async () => {
    const outcomes = await trialAsync(async () => {
      const itself: Operation<string> = timeout(10, async () => await outcomeOfPromise(itself));
      return await itself;
    });
    expect(outcomes).toBe(RUNNING);
  });

  it("given twice to one gather runs once, and is taken", () => {
    const outcomes = trial(function* () {
      const operation = sleep(1, "slept");
      return [yield* gather(operation, operation), yield* outcomeOf(operation)];
    });
    expect(outcomes).toEqual([["slept", "slept"], FINISHED]);
  });

  it("that a race has left behind is cancelled and cleans up, and is taken", async () => {
    const order: string[] = [];
    const { result } = await simulateAsync(async () => {
      const slow = coroutine(function* () {
        try {
          yield* sleep(1000);
        } finally {
          order.push("cleaned up");
        }
      })();
      await createTask(async () => await Promise.race([slow, sleep(1)]));
      await sleep(1);
      return await outcomeOfPromise(slow);
    });
    expect([order, result]).toEqual([["cleaned up"], FINISHED]);
  });

  it("whose loop is closed rejects what is awaited", async () => {
    const loop = newEventLoop();
    const waiting = sleep(1);
    let then: PromiseLike<void>["then"] | undefined;
    await loop.runUntilComplete(async () => {
      ({ then } = waiting);
    });
    loop.close();
    const codes: unknown[] = [];
    await then?.call(waiting, undefined, ({ code }) => codes.push(code));
    expect(codes).toEqual(["ERR_OWNER_ENDED"]);
  });
});

describe("what has to be waited for is not iterable: ERR_BAD_YIELD", () => {
  const NO_LIST = "LoopError ERR_BAD_YIELD";

  it.each(Object.entries(waiting).filter(([name]) => name !== "sleep(0)"))("%s", (_name, make) => {
    simulate(function* () {
      const { operation } = make();
      expect(outcomeOfCall(() => [...(operation as Iterable<unknown>)])).toBe(NO_LIST);
      expect(outcomeOfCall(() => [...(operation as Iterable<unknown>)])).toBe(FINISHED);
    });
  });

  it("a future or task that is pending, which can be waited for all the same; one that is done is an empty list", () => {
    const result = trial(function* () {
      const future = getRunningLoop().createFuture<number>();
      const task = createTask(outcomeOf(future as Future<unknown> as Iterable<unknown>));
      const refused = [future, task].map((each) =>
        outcomeOfCall(() => Array.from(each as Iterable<unknown>)),
      );
      future.setResult(5);
      return [...refused, yield* future, yield* task, [...(future as Iterable<unknown>)]];
    });
    expect(result).toEqual([NO_LIST, NO_LIST, 5, "returned 5", []]);
  });

  it("the message says what to do", () => {
    const loop = newEventLoop();
    const { message } = thrownBy(() => [...(loop.createFuture() as Iterable<unknown>)]);
    loop.close();
    expect(message).toBe(
      "await wasn't used with future; <Future pending> is not iterable: wait for it with yield* or await, in a task",
    );
  });

  it("a lock that was iterated over leaves nothing in line", () => {
    const state = trial(function* () {
      const lock = held(new Lock());
      outcomeOfCall(() => [...(lock.acquire() as Iterable<unknown>)]);
      lock.release();
      yield* lock.acquire();
      lock.release();
      return String(lock);
    });
    expect(state).toBe("<Lock [unlocked]>");
  });

  it("an async function's scope", async () => {
    const { result } = await simulateAsync(async () => {
      const scope = timeout(10, async () => {});
      return outcomeOfCall(() => [...(scope as Iterable<unknown>)]);
    });
    expect(result).toBe(NO_LIST);
  });

  it("errors for an ExceptionGroup", () => {
    const loop = newEventLoop();
    const errors = loop.createFuture() as unknown as readonly unknown[];
    expect(thrownBy(() => new ExceptionGroup("none", errors)).code).toMatch(/^ERR_/);
    loop.close();
  });
});
