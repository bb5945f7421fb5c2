/**
 * Leaks, through the public API: whatever is dropped or cancelled gives its slots back, in whichever state it was.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CancelledError,
  type Coroutine,
  currentTask,
  type EventLoop,
  type Future,
  gather,
  shield,
  sleep,
  type Task,
  timeout,
  waitFor,
} from "wasyncio";
import { collectGarbage, type LiveSlots, liveSlots, nothing, virtualLoop } from "./collect.ts";

let loop: EventLoop;
let before: LiveSlots;

beforeEach(() => {
  loop = virtualLoop();
  liveSlots(loop);
  before = liveSlots(loop);
});

afterEach(() => loop.close());

describe("a future that is dropped while pending", () => {
  const COUNT = 100;

  /** In a function of its own, so that no register of a test's frame still holds the last future. */
  function drop(use: (future: Future<number>) => void): void {
    for (let i = 0; i < COUNT; i++) use(loop.createFuture<number>());
  }

  test("gives its slot and its callbacks' back once it is collected", async () => {
    drop((future) => {
      future.addDoneCallback(() => {});
      future.addDoneCallback(() => {});
    });
    expect(liveSlots(loop)).toEqual({ ...before, futures: COUNT, handles: before.handles + 2 * COUNT });
    await collectGarbage();
    expect(liveSlots(loop)).toEqual(before);
  });

  test("keeps them as long as it is referenced", async () => {
    const future = loop.createFuture();
    future.addDoneCallback(() => {});
    await collectGarbage();
    expect(liveSlots(loop)).toEqual({ ...before, futures: 1, handles: before.handles + 1 });
    future.cancel();
    expect(liveSlots(loop)).toEqual(before);
  });

  test("gives its slot back as well when its callbacks were removed", async () => {
    drop((future) => {
      const callback = () => {};
      future.addDoneCallback(callback);
      future.removeDoneCallback(callback);
    });
    await collectGarbage();
    expect(liveSlots(loop)).toEqual(before);
  });

  test("is no danger to the slot's next owner when it was settled before it was collected", async () => {
    drop((future) => {
      future.addDoneCallback(() => {});
      future.setResult(1);
    });
    const held = Array.from({ length: COUNT }, () => {
      const future = loop.createFuture<number>();
      future.addDoneCallback(() => {});
      return future;
    });
    await collectGarbage();
    expect(liveSlots(loop).futures).toBe(COUNT);
    for (const future of held) future.setResult(1);
    expect(liveSlots(loop)).toEqual(before);
  });

  test("does not touch the core of a loop that was closed meanwhile", async () => {
    const closed = virtualLoop();
    (() => closed.createFuture().addDoneCallback(() => {}))();
    closed.close();
    await collectGarbage();
    expect(closed.isClosed()).toBe(true);
  });
});

/** Ends `task` by cancelling it, now or after some turns, and waits for its end. */
function* cancelAfter(task: Task<unknown>, turns: number): Coroutine<void> {
  for (let i = 0; i < turns; i++) yield;
  task.cancel();
  try {
    yield* task;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}

function* forever(): Coroutine<void> {
  yield* sleep(1_000_000);
}

function* waitForAny(awaitable: Future<unknown>): Coroutine<void> {
  yield* awaitable;
}

describe("a task that is cancelled leaves nothing behind", () => {
  const states: Record<string, { body: () => Coroutine<unknown>; turns?: number }> = {
    "before its first step": { body: forever, turns: 0 },
    asleep: { body: forever },
    "in a bare yield": {
      *body() {
        for (;;) yield;
      },
    },
    "waiting for a future": {
      *body() {
        yield* loop.createFuture();
      },
    },
    "waiting for a handle": {
      *body() {
        yield* loop.callLater(50, () => {});
      },
    },
    "waiting for a task": {
      *body() {
        yield* loop.createTask(forever());
      },
    },
    "waiting for tasks a hundred deep": {
      *body() {
        let task = loop.createTask(forever());
        for (let i = 0; i < 100; i++) task = loop.createTask(waitForAny(task));
        yield* task;
      },
      turns: 110,
    },
    "in gather": {
      *body() {
        yield* gather(forever(), forever(), loop.createFuture());
      },
    },
    "in shield, and what it shielded after it": {
      *body() {
        const inner = loop.createTask(forever());
        try {
          yield* shield(inner);
        } finally {
          inner.cancel();
        }
      },
    },
    "in shield of a future that nobody has any more": {
      *body() {
        yield* shield(loop.createFuture());
      },
    },
    "in timeout": {
      *body() {
        yield* timeout(5000, forever);
      },
    },
    "in waitFor": {
      *body() {
        yield* waitFor(forever(), 5000);
      },
    },
    "in its own clean-up": {
      *body() {
        try {
          yield* forever();
        } finally {
          yield* sleep(10);
        }
      },
    },
    "after it swallowed one": {
      *body() {
        for (let i = 0; i < 2; i++) {
          try {
            yield* forever();
          } catch {
            loop.callSoon(() => loop.createTask(nothing()));
          }
        }
      },
    },
  };

  test.each(Object.entries(states))("%s", async (_state, { body, turns = 3 }) => {
    loop.runSync(
      (function* () {
        const task = loop.createTask(body());
        yield* cancelAfter(task, turns);
        // One that refuses ends by itself, or is asked again.
        while (!task.done()) yield* cancelAfter(task, 3);
        yield* sleep(100);
      })(),
    );
    await collectGarbage();
    expect(liveSlots(loop)).toEqual(before);
  });

  test("in a circle of tasks", async () => {
    const tasks: Task<unknown>[] = [];
    loop.runSync(
      (function* () {
        for (let i = 0; i < 10; i++) {
          tasks.push(
            loop.createTask(
              (function* () {
                yield;
                yield* tasks[(i + 1) % 10] as Task<unknown>;
              })(),
            ),
          );
        }
        yield* cancelAfter(tasks[0] as Task<unknown>, 5);
        yield* sleep(100);
      })(),
    );
    expect(tasks.every((task) => task.cancelled())).toBe(true);
    expect(liveSlots(loop)).toEqual(before);
  });

  test("in a gather of itself, which it cancels by waiting for it", () => {
    // The gather fails with the task's CancelledError, and nothing is left to retrieve it.
    loop.setExceptionHandler(() => {});
    loop.runSync(
      (function* () {
        const task = loop.createTask(
          (function* () {
            yield;
            const self = currentTask() as Task<unknown>;
            self.cancel();
            yield* gather(self);
          })(),
        );
        yield* cancelAfter(task, 5);
        yield* sleep(100);
        expect(task.cancelled()).toBe(true);
      })(),
    );
    expect(liveSlots(loop)).toEqual(before);
  });

  test("as an async function, in each place where it can wait", async () => {
    const places: (() => Promise<unknown>)[] = [
      async () => await sleep(1_000_000),
      async () => await loop.createFuture(),
      async () => await gather(sleep(1_000_000), sleep(2_000_000)),
      async () => await timeout(5000, async () => await sleep(1_000_000)),
      async () => await Promise.all([sleep(1_000_000), loop.createFuture()]),
      async () => await Promise.race([sleep(1_000_000), sleep(10)]),
    ];
    for (const place of places) {
      await loop.runUntilComplete(
        (function* () {
          const task = loop.createTask(place);
          yield* cancelAfter(task, 4);
          yield* sleep(3_000_000);
        })(),
      );
    }
    await collectGarbage();
    expect(liveSlots(loop)).toEqual(before);
  });
});

test("cancelled timers and handles leave nothing behind, whether or not they were due", () => {
  const handles = Array.from({ length: 1000 }, (_, i) =>
    i % 2 === 0 ? loop.callLater(i, () => {}) : loop.callSoon(() => {}),
  );
  loop.callLater(500, () => {
    for (const handle of handles) handle.cancel();
  });
  loop.runSync(sleep(500));
  expect(liveSlots(loop)).toEqual(before);
});
