// Items 38 to 44: gather, shield, wait and asCompleted.

import {
  asCompleted,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  gather,
  shield,
  sleep,
  wait,
} from "wasyncio";
import { ValueError } from "./errors.ts";
import { type Item, item } from "./harness.ts";

function* after<T = null>(ms: number, value: T | null = null): Coroutine<T | null> {
  yield* sleep(ms);
  return value;
}

function* failAfter(ms: number, message: string): Coroutine<never> {
  yield* sleep(ms);
  throw new ValueError(message);
}

/** Whether a set holds these and nothing else. */
function holds(set: ReadonlySet<Future<unknown>>, ...members: readonly Future<unknown>[]): boolean {
  return set.size === members.length && members.every((member) => set.has(member));
}

export const combinators: readonly Item[] = [
  item(38, "the first error leaves gather at once, and the siblings go on", function* (run): Coroutine<void> {
    function* sibling(): Coroutine<void> {
      yield* sleep(20);
      run.record("sibling ends");
    }
    yield* run.attemptAwait("gather", gather(failAfter(10, "first"), failAfter(15, "second"), sibling()));
    yield* sleep(20);
  }),

  item(38, "gather with return_exceptions gives them in place", function* (run): Coroutine<void> {
    const cancelled = createTask(after(10));
    run.loop.callLater(1, () => cancelled.cancel());
    const results: readonly unknown[] = yield* gather(after(3, "value"), failAfter(2, "error"), cancelled, {
      returnExceptions: true,
    });
    run.record(
      "results",
      results.map((result) => (result instanceof Error ? result.name : result)),
    );
  }),

  item(
    39,
    "a cancelled child makes gather raise, though gather itself is not cancelled",
    function* (run): Coroutine<void> {
      const child = createTask(after(10));
      const outer = gather(child, after(20));
      run.loop.callLater(5, () => child.cancel("child"));
      yield* run.attemptAwait("gather", outer);
      run.record("cancelled", outer.cancelled());
    },
  ),

  item(
    40,
    "cancelling gather cancels all children, and raises even with return_exceptions",
    function* (run): Coroutine<void> {
      const children = [createTask(after(10)), createTask(after(20))];
      const outer = gather(...children, { returnExceptions: true });
      run.loop.callLater(5, () => outer.cancel());
      yield* run.attemptAwait("gather", outer);
      run.record(
        "children cancelled",
        children.map((child) => child.cancelled()),
      );
      run.record("gather cancelled", outer.cancelled());
      run.record("cancel when done", outer.cancel());
    },
  ),

  item(
    41,
    "an empty gather is done at once, and what is given twice runs once",
    function* (run): Coroutine<void> {
      function* work(): Coroutine<string> {
        run.record("runs");
        return "result";
      }
      const empty = gather();
      run.record("empty", [empty.done(), yield* empty]);
      const coroutine = work();
      run.record("twice", yield* gather(coroutine, coroutine));
    },
  ),

  item(42, "shield of a done future is that future", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<void>();
    future.setResult();
    run.record("the same", shield(future) === future);
  }),

  item(
    42,
    "cancelling what is shielded cancels the shield, and not vice versa",
    function* (run): Coroutine<void> {
      let inner = createTask(after(10, "inner"));
      let outer = shield(inner);
      outer.cancel();
      yield* run.attemptAwait("cancelled shield", outer);
      yield* run.attemptAwait("its inner task", inner);
      inner = createTask(after(10, "inner"));
      outer = shield(inner);
      run.loop.callLater(5, () => inner.cancel());
      yield* run.attemptAwait("shield of a cancelled task", outer);
      run.record("shield cancelled", outer.cancelled());
    },
  ),

  item(42, "an error after a cancelled shield is reported", function* (run): Coroutine<void> {
    run.recordUnhandled();
    const outer = shield(failAfter(10, "unseen"));
    yield* sleep(1);
    outer.cancel();
    yield* run.attemptAwait("shield", outer);
    yield* sleep(20);
  }),

  item(43, "wait neither raises at its timeout nor cancels", function* (run): Coroutine<void> {
    const [fast, slow] = [createTask(after(5)), createTask(after(20, "slow"))];
    const [done, pending] = yield* wait<Future<unknown>>([fast, slow], { timeout: 10 });
    run.record("done and pending", [holds(done, fast), holds(pending, slow)]);
    yield* run.attemptAwait("slow", slow);
  }),

  item(43, "wait takes no coroutines and not nothing", function* (run): Coroutine<void> {
    yield* run.refused("a coroutine", () => wait([after(1) as unknown as Future<unknown>]));
    yield* run.refused("nothing", () => wait([]));
    const returnWhen = -1 as unknown as typeof FIRST_COMPLETED;
    const noFuture = after(1) as unknown as Future<unknown>;
    yield* run.refused("neither", () => wait([noFuture], { returnWhen }));
  }),

  item(43, "wait for the first exception passes over cancelled tasks", function* (run): Coroutine<void> {
    const [cancelled, failing, slow] = [
      createTask(after(50)),
      createTask(failAfter(10, "no")),
      createTask(after(100)),
    ];
    run.loop.callLater(5, () => cancelled.cancel());
    const tasks: readonly Future<unknown>[] = [cancelled, failing, slow];
    const [done, pending] = yield* wait(tasks, { returnWhen: FIRST_EXCEPTION });
    run.record("done and pending", [holds(done, cancelled, failing), holds(pending, slow)]);
    const [first] = yield* wait<Future<unknown>>([slow, failing], { returnWhen: FIRST_COMPLETED });
    run.record("first completed", holds(first, failing));
  }),

  item(44, "as_completed goes by the order of completion", function* (run): Coroutine<void> {
    for (const earliest of asCompleted([after(30, "third"), after(10, "first"), after(20, "second")])) {
      run.record("next", yield* earliest);
    }
  }),

  item(44, "as_completed gives the futures themselves to an async for", async (run) => {
    const [slow, fast] = [run.loop.createTask(after(20, "slow")), run.loop.createTask(after(10, "fast"))];
    await run.loop.runUntilComplete(async () => {
      for await (const earliest of asCompleted([slow, fast])) {
        // The future itself, whatever TypeScript thinks: it takes every thenable in a for await for awaited.
        run.record("next", [Object.is(earliest, slow) ? "slow" : "fast", await earliest]);
      }
    });
  }),

  item(44, "as_completed raises at its timeout, and cancels nothing", function* (run): Coroutine<void> {
    const slow = createTask(after(20, "slow"));
    for (const earliest of asCompleted([after(5, "fast"), slow], { timeout: 10 })) {
      yield* run.attemptAwait("next", earliest);
    }
    yield* run.attemptAwait("slow", slow);
  }),
];
