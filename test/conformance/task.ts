// Items 27 to 37: tasks, and how they are cancelled.

import {
  allTasks,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  Lock,
  LoopError,
  newEventLoop,
  type Operation,
  sleep,
  type Task,
} from "wasyncio";
import { ValueError } from "./errors.ts";
import { collectGarbage, difference, type Item, item } from "./harness.ts";

function here(): Task<unknown> {
  const task = currentTask();
  if (!task) throw new Error("this runs outside of a task");
  return task;
}

export const task: readonly Item[] = [
  item(27, "to await what is done already does not yield", function* (run): Coroutine<void> {
    function* nothing(): Coroutine<void> {}
    const future = run.loop.createFuture<void>();
    future.setResult();
    const task = createTask(nothing());
    yield* task;
    run.loop.callSoon(() => run.record("others get a turn"));
    yield* future;
    yield* task;
    yield* nothing();
    run.record("awaited a future, a task and a coroutine");
    yield* sleep(0);
  }),

  item(28, "cancelled before its first step, a body never runs", function* (run): Coroutine<void> {
    function* work(): Coroutine<void> {
      run.record("body");
      try {
        yield* sleep(1);
      } finally {
        run.record("finally");
      }
    }
    const task = createTask(work());
    task.cancel("never mind");
    yield* run.attemptAwait("task", task);
  }),

  item(29, "cancel says True while cancelled still says False", function* (run): Coroutine<void> {
    const task = createTask(sleep(1));
    yield* sleep(0);
    run.record("cancel", task.cancel());
    run.record("cancelled", task.cancelled());
    run.record("done", task.done());
    yield* run.attemptAwait("task", task);
    run.record("cancelled", task.cancelled());
    run.record("cancel again", task.cancel());
  }),

  item(30, "a task that cancels itself and returns ends cancelled", function* (run): Coroutine<void> {
    function* work(): Coroutine<string> {
      here().cancel("by myself");
      return "lost";
    }
    const task = createTask(work());
    yield* run.attemptAwait("task", task);
    run.record("cancelled", task.cancelled());
  }),

  item(
    31,
    "cancelled between the result and the resumption, the result is lost",
    function* (run): Coroutine<void> {
      const future = run.loop.createFuture<string>();
      const task = createTask(run.attemptAwait("future", future));
      yield* sleep(0);
      future.setResult("lost");
      task.cancel();
      yield* run.attemptAwait("task", task);
      run.attempt("the future has", () => future.result());
    },
  ),

  item(
    32,
    "a cancellation goes down what is awaited, and up again one task an iteration",
    function* (run): Coroutine<void> {
      function* chain(depth: number): Coroutine<void> {
        try {
          yield* depth > 1 ? createTask(chain(depth - 1)) : future;
        } catch (error) {
          if (error instanceof CancelledError) run.record(`reached depth ${depth}`);
          throw error;
        }
      }
      const future = run.loop.createFuture<void>();
      const task = createTask(chain(3));
      yield* sleep(1);
      run.record("cancel", task.cancel());
      run.record("the future is cancelled", future.cancelled());
      run.countIterations(4);
      yield* run.attemptAwait("task", task);
    },
  ),

  item(
    33,
    "cancellations are counted, and catching one does not count down",
    function* (run): Coroutine<void> {
      function* stubborn(): Coroutine<string> {
        for (let times = 0; times < 2; times++) yield* run.attemptAwait("sleep", sleep(10));
        run.record("cancelling", here().cancelling());
        run.record("uncancel", here().uncancel());
        run.record("uncancel", here().uncancel());
        run.record("uncancel below zero", here().uncancel());
        return "survived";
      }
      const task = createTask(stubborn());
      for (let times = 0; times < 2; times++) {
        yield* sleep(1);
        task.cancel();
      }
      yield* run.attemptAwait("task", task);
    },
  ),

  item(33, "uncancel to zero takes back a cancellation not yet delivered", function* (run): Coroutine<void> {
    function* work(): Coroutine<string> {
      yield* sleep(1);
      return "undisturbed";
    }
    const task = createTask(work());
    task.cancel();
    task.cancel();
    run.record("uncancel", task.uncancel());
    run.record("uncancel", task.uncancel());
    yield* run.attemptAwait("task", task);
  }),

  item(34, "a task's result cannot be set", function* (run): Coroutine<void> {
    const task: Future<unknown> = createTask(sleep(1));
    run.attempt("set_result", () => task.setResult(1));
    run.attempt("set_exception", () => task.setException(new ValueError("no")));
  }),

  item(34, "what is no coroutine makes no task", function* (run): Coroutine<void> {
    yield* run.refused("nothing", () => createTask(null as unknown as Coroutine<void>));
    yield* run.refused("a number", () => createTask(5 as unknown as Coroutine<void>));
    yield* run.refused("a future", () => createTask(run.loop.createFuture() as unknown as Coroutine<void>));
  }),

  item(34, "a coroutine is awaited once, and by one", function* (run): Coroutine<void> {
    const lock = new Lock();
    yield* lock.acquire();
    const acquire = lock.acquire();
    function* take(name: string): Coroutine<void> {
      yield* run.attemptAwait(name, waitOnce(acquire));
    }
    function* waitOnce(operation: Operation<unknown>): Coroutine<boolean> {
      try {
        yield* operation;
      } catch (error) {
        if (error instanceof LoopError) return false;
        throw error;
      }
      return true;
    }
    const tasks = [createTask(take("first")), createTask(take("second"))];
    yield* sleep(1);
    lock.release();
    for (const task of tasks) yield* task;
    run.record("locked", lock.locked());
    yield* take("again");
  }),

  item(34, "a task cannot await itself, nor a future of another loop", function* (run): Coroutine<void> {
    function* awaitOneself(): Coroutine<void> {
      yield* here();
    }
    function* awaitForeign(): Coroutine<void> {
      yield* new Future<void>(other);
    }
    const other = newEventLoop();
    yield* run.attemptAwait("itself", createTask(awaitOneself()));
    yield* run.refused("foreign", () => createTask(awaitForeign()));
    other.close();
  }),

  difference(
    35,
    "a pending task that nothing refers to is kept",
    "strong tasks: CPython's loop lets the garbage collector take a task that nothing refers to",
    {
      cpython: [
        [1, "unhandled", { message: "Task was destroyed but it is pending!" }],
        [1, "still there", false],
      ],
      wasyncio: [[1, "still there", true]],
    },
    async (run) => {
      run.recordUnhandled();
      const start = (): void => {
        run.loop.createTask(
          (function* () {
            yield* run.loop.createFuture();
          })(),
        );
      };
      start();
      await run.loop.runUntilComplete(sleep(1));
      await collectGarbage();
      run.record("still there", allTasks(run.loop).size === 1);
    },
  ),

  item(
    36,
    "a task copies the context; a coroutine that is awaited shares it",
    function* (run): Coroutine<void> {
      const variable = new ContextVar("variable", { default: "default" });
      function* change(value: string): Coroutine<void> {
        run.record("sees", variable.get());
        variable.set(value);
      }
      variable.set("parent");
      yield* createTask(change("task"));
      run.record("after the task", variable.get());
      yield* change("coroutine");
      run.record("after the coroutine", variable.get());
    },
  ),

  item(37, "an eager task takes its first step at once", function* (run): Coroutine<void> {
    function* work(): Coroutine<void> {
      run.record("first step in", here().getName());
      yield* sleep(0);
      run.record("second step in", here().getName());
    }
    here().setName("parent");
    const task = createTask(work(), { name: "eager", eagerStart: true });
    run.record("afterwards in", here().getName());
    yield* task;
  }),

  item(37, "an error in the first step of an eager task is kept in it", function* (run): Coroutine<void> {
    function* fail(): Coroutine<void> {
      throw new ValueError("at once");
    }
    const task = createTask(fail(), { eagerStart: true });
    run.record("done", task.done());
    yield* run.attemptAwait("task", task);
  }),
];
