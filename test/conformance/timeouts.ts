// Items 45 to 52: waitFor and timeout.

import {
  type Coroutine,
  createTask,
  currentTask,
  sleep,
  Timeout,
  TimeoutError,
  timeout,
  waitFor,
} from "wasyncio";
import { ValueError } from "./errors.ts";
import { type Item, type ItemRun, item } from "./harness.ts";

interface WorkOptions {
  readonly cleanupMs?: number;
  readonly suppress?: boolean;
}

function* work(
  run: ItemRun,
  ms: number,
  { cleanupMs = 0, suppress = false }: WorkOptions = {},
): Coroutine<string> {
  run.record("work starts");
  try {
    yield* sleep(ms);
  } catch (error) {
    yield* sleep(cleanupMs);
    run.record("work cleaned up");
    if (!suppress) throw error;
  }
  return "value";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

export const timeouts: readonly Item[] = [
  item(45, "wait_for of no time never starts the coroutine", function* (run): Coroutine<void> {
    for (const timeoutMs of [0, -1]) {
      yield* run.attemptAwait(`wait_for ${timeoutMs}`, waitFor(work(run, 10), timeoutMs));
    }
    const done = run.loop.createFuture<string>();
    done.setResult("there already");
    yield* run.attemptAwait("wait_for what is done", waitFor(done, 0));
  }),

  item(46, "wait_for runs the coroutine in the task that calls it", function* (run): Coroutine<void> {
    const caller = currentTask();
    function* who(): Coroutine<boolean> {
      return currentTask() === caller;
    }
    run.record("the same task", yield* waitFor(who(), 10));
  }),

  item(46, "wait_for waits for the clean-up", function* (run): Coroutine<void> {
    yield* run.attemptAwait("wait_for", waitFor(work(run, 9000, { cleanupMs: 3000 }), 1000));
  }),

  item(46, "wait_for gives the value when the cancellation was suppressed", function* (run): Coroutine<void> {
    yield* run.attemptAwait("wait_for", waitFor(work(run, 90, { cleanupMs: 5, suppress: true }), 10));
  }),

  item(47, "result and deadline in the same instant: the result is lost", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<string>();
    run.loop.callLater(10, () => future.setResult("lost"));
    yield* run.attemptAwait("wait_for", waitFor(future, 10));
  }),

  item(
    48,
    "deadline and cancellation in the same instant: the cancellation wins",
    function* (run): Coroutine<void> {
      function* body(): Coroutine<void> {
        try {
          yield* timeout(10, () => sleep(20));
        } catch (error) {
          run.record("raised", nameOf(error));
          run.record("cancelling", currentTask()?.cancelling());
          throw error;
        }
      }
      const task = createTask(body());
      yield* sleep(0);
      run.loop.callLater(10, () => task.cancel());
      yield* run.attemptAwait("task", task);
    },
  ),

  item(49, "of nested timeouts with equal deadlines the outer one raises", function* (run): Coroutine<void> {
    const scopes: Timeout[] = [];
    try {
      yield* timeout(10, function* (outer) {
        try {
          yield* timeout(10, function* (inner) {
            scopes.push(inner, outer);
            yield* sleep(20);
          });
        } catch (error) {
          run.record("left the inner one", nameOf(error));
          throw error;
        }
      });
    } catch (error) {
      run.record("left the outer one", nameOf(error));
    }
    run.record(
      "expired",
      scopes.map((scope) => scope.expired()),
    );
    run.record("cancelling", currentTask()?.cancelling());
  }),

  item(50, "a deadline passed is no error to a body that never waits", function* (run): Coroutine<void> {
    const scope = yield* timeout(-1, function* (scope) {
      run.record("body");
      return scope;
    });
    run.record("expired", scope.expired());
    yield* sleep(0);
    run.record("cancelling", currentTask()?.cancelling());
  }),

  item(
    51,
    "another error at the deadline keeps its type, and has the TimeoutError as its context",
    function* (run): Coroutine<void> {
      try {
        yield* timeout(10, function* () {
          try {
            yield* sleep(20);
          } catch (cancelled) {
            // Python sets the context by itself.
            throw new ValueError("from the clean-up", { cause: cancelled });
          }
        });
      } catch (error) {
        run.record("raised", [nameOf(error), nameOf((error as Error).cause)]);
      }
      run.record("cancelling", currentTask()?.cancelling());
    },
  ),

  item(52, "a timeout can be rescheduled while it runs", function* (run): Coroutine<void> {
    let scope: Timeout | undefined;
    try {
      yield* timeout(10, function* (entered) {
        scope = entered;
        run.record("when", entered.when());
        yield* sleep(5);
        entered.reschedule(run.loop.time() + 10);
        run.record("when", entered.when());
        yield* sleep(20);
      });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      run.record("timed out", scope?.expired());
    }
    run.attempt("reschedule when expired", () => scope?.reschedule(100));
  }),

  item(52, "a timeout belongs in a task, once", function* (run): Coroutine<void> {
    const scope = new Timeout(10);
    run.attempt("reschedule too early", () => scope.reschedule(100));
    scope.enter();
    scope.exit();
    run.attempt("reschedule too late", () => scope.reschedule(100));
    run.attempt("enter twice", () => scope.enter());
    run.loop.callSoon(() => run.attempt("enter outside a task", () => new Timeout(10).enter()));
    yield* sleep(0);
  }),
];
