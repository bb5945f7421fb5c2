// Items 53 to 58: TaskGroup.

import {
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  KeyboardInterrupt,
  sleep,
  TaskGroup,
} from "wasyncio";
import type { Json } from "../oracle/oracle.ts";
import { KeyError, ValueError } from "./errors.ts";
import { type Item, type ItemRun, item } from "./harness.ts";

function* failAfter(ms: number, message: string): Coroutine<never> {
  yield* sleep(ms);
  throw new ValueError(message);
}

function told(error: unknown): Json {
  if (error instanceof ExceptionGroup) return [`${error.message}: ${error.name}`, ...error.errors.map(told)];
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

/** Runs the body in a group, and records how the group ends. */
function* attemptGroup(run: ItemRun, body: (group: TaskGroup) => Coroutine<void>): Coroutine<void> {
  try {
    yield* new TaskGroup().with(body);
    run.record("group", "ends well");
  } catch (error) {
    run.record("group", told(error));
  }
  run.record("cancelling", currentTask()?.cancelling());
}

export const taskgroup: readonly Item[] = [
  item(
    53,
    "an error cancels the siblings and the body, and errors of the clean-up join the group",
    function* (run): Coroutine<void> {
      function* sibling(): Coroutine<void> {
        try {
          yield* sleep(100);
        } catch {
          run.record("sibling cleans up");
          throw new KeyError("'clean-up'");
        }
      }
      yield* attemptGroup(run, function* (group) {
        group.createTask(failAfter(10, "first"));
        group.createTask(sibling());
        try {
          yield* sleep(100);
        } finally {
          run.record("body cleans up", currentTask()?.cancelling());
        }
      });
    },
  ),

  item(53, "an error of the body is a part of the group", function* (run): Coroutine<void> {
    yield* attemptGroup(run, function* (group) {
      group.createTask(failAfter(10, "cancelled before"));
      yield* sleep(5);
      throw new ValueError("body");
    });
  }),

  item(54, "a child that is cancelled is no error", function* (run): Coroutine<void> {
    yield* attemptGroup(run, function* (group) {
      const child = group.createTask(sleep(100));
      group.createTask(sleep(20));
      yield* sleep(5);
      child.cancel();
    });
  }),

  item(
    55,
    "a group that waits at its end takes more tasks; one that aborts or is over does not",
    function* (run): Coroutine<void> {
      const spawn = (group: TaskGroup) => () => {
        group.createTask(sleep(5));
      };
      function* child(group: TaskGroup): Coroutine<void> {
        yield* sleep(5);
        run.attempt("while waiting", spawn(group));
      }
      function* stubborn(group: TaskGroup): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          run.attempt("while aborting", spawn(group));
        }
      }
      const groups: TaskGroup[] = [];
      yield* attemptGroup(run, function* (group) {
        groups.push(group);
        group.createTask(child(group));
      });
      for (const group of groups) run.attempt("when over", spawn(group));
      yield* attemptGroup(run, function* (group) {
        group.createTask(failAfter(5, "abort"));
        group.createTask(stubborn(group));
      });
      run.attempt("before it is entered", spawn(new TaskGroup()));
    },
  ),

  item(
    56,
    "cancelled from outside while a child fails, the group is raised and the next await cancelled",
    function* (run): Coroutine<void> {
      function* parent(): Coroutine<void> {
        yield* attemptGroup(run, function* (group) {
          group.createTask(failAfter(10, "child"));
        });
        yield* run.attemptAwait("next await", sleep(5));
      }
      const task = createTask(parent());
      yield* sleep(1);
      // After the timer that lets the child fail, in the same instant.
      run.loop.callAt(10, () => task.cancel());
      yield* run.attemptAwait("parent", task);
    },
  ),

  item(
    56,
    "cancelled from outside without an error, the cancellation is raised",
    function* (run): Coroutine<void> {
      function* child(): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          run.record("child cleans up");
        }
      }
      function* parent(): Coroutine<void> {
        yield* attemptGroup(run, function* (group) {
          group.createTask(child());
        });
      }
      const task = createTask(parent());
      yield* sleep(10);
      task.cancel("from outside");
      yield* run.attemptAwait("parent", task);
    },
  ),

  item(57, "KeyboardInterrupt leaves the group as it is", function* (run): Coroutine<void> {
    function* child(): Coroutine<void> {
      try {
        yield* sleep(100);
      } finally {
        run.record("child cleans up");
      }
    }
    class Stop extends KeyboardInterrupt {
      override readonly message = "stop";
    }
    try {
      yield* new TaskGroup().with(function* (group) {
        group.createTask(child());
        yield* sleep(10);
        throw new Stop();
      });
    } catch (error) {
      run.record("group", told(error));
    }
  }),

  item(58, "children that refuse to be cancelled are waited for", function* (run): Coroutine<void> {
    function* stubborn(): Coroutine<void> {
      for (let times = 0; times < 2; times++) yield* run.attemptAwait("stubborn sleeps", sleep(50));
      run.record("stubborn ends", currentTask()?.cancelling());
    }
    yield* attemptGroup(run, function* (group) {
      group.createTask(stubborn());
      group.createTask(failAfter(10, "first"));
    });
  }),
];
