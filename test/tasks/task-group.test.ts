/** Tests TaskGroup: errors, cancellation, its end, `cancel()` as of Python 3.15, and entering by hand (items 53 to 58). */
import { describe, expect, it } from "vitest";
import {
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  KeyboardInterrupt,
  sleep,
  type Task,
  TaskGroup,
} from "wasyncio";
import { beginTrial, outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

const GROUP = "ExceptionGroup ERR_EXCEPTION_GROUP";
const CANCELLED = "CancelledError ERR_CANCELLED";
const MISUSED = "LoopError ERR_TASK_GROUP";

function* fail(delayMs: number, message: string): Coroutine<never> {
  yield* sleep(delayMs);
  throw new RangeError(message);
}

/** Sleeps for long, and says so when it is cancelled. */
function* sleeper(name: string, order: string[]): Coroutine<void> {
  try {
    yield* sleep(1000);
    order.push(`${name} slept`);
  } catch (error) {
    order.push(`${name} cancelled`);
    throw error;
  }
}

/** The group that a body throws, as its messages. */
function* errorsOf(body: Coroutine<unknown>): Coroutine<string[]> {
  try {
    yield* body;
  } catch (error) {
    if (error instanceof ExceptionGroup) return error.errors.map((each: Error) => each.message);
    throw error;
  }
  return [];
}

const now = () => getRunningLoop().time();

describe("TaskGroup", () => {
  it("is left when all its tasks have ended, with what the body returned", () => {
    const result = trial(function* () {
      const group = new TaskGroup();
      let slow: Task<string> | undefined;
      const value = yield* group.with(function* () {
        slow = group.createTask(sleep(30, "slow"));
        group.createTask(sleep(10));
        yield* sleep(1);
        expect(String(group)).toBe("<TaskGroup tasks=2 entered>");
        return "body";
      });
      return [value, slow?.result(), now(), String(group)];
    });
    expect(result).toEqual(["body", "slow", 30, "<TaskGroup entered>"]);
  });

  it("an error of a task cancels the siblings and the body, and comes out in a group", () => {
    const order: string[] = [];
    const result = trial(function* () {
      const me = currentTask() as Task<unknown>;
      const errors = yield* errorsOf(
        new TaskGroup().with(function* (group) {
          group.createTask(fail(10, "bad"));
          group.createTask(sleeper("sibling", order));
          yield* sleeper("body", order);
        }),
      );
      return [errors, now(), me.cancelling(), yield* outcomeOf(sleep(1))];
    });
    expect(order).toEqual(["sibling cancelled", "body cancelled"]);
    expect(result).toEqual([["bad"], 10, 0, "returned undefined"]);
  });

  it("errors of the body and of cleaning up join the group, the body's last", () => {
    const errors = trial(() =>
      errorsOf(
        new TaskGroup().with(function* (group) {
          group.createTask(
            (function* () {
              try {
                yield* sleep(1000);
              } finally {
                yield* fail(5, "clean-up");
              }
            })(),
          );
          yield* fail(1, "body");
        }),
      ),
    );
    expect(errors).toEqual(["clean-up", "body"]);
  });

  it("an error of the body that is undefined is an error all the same", () => {
    const errors = trial(() =>
      errorsOf(
        new TaskGroup().with(function* () {
          yield;
          throw undefined;
        }),
      ),
    );
    expect(errors).toEqual(["the body of a TaskGroup threw undefined"]);
  });

  it("the cancellation of a task by itself is not an error", () => {
    const order: string[] = [];
    const result = trial(() =>
      new TaskGroup().with(function* (group) {
        const task = group.createTask(sleeper("child", order));
        yield* sleep(1);
        task.cancel();
        yield* sleep(1);
        return [task.cancelled(), now()];
      }),
    );
    expect([result, order]).toEqual([[true, 2], ["child cancelled"]]);
  });

  it("cancelled from outside cancels its tasks and raises CancelledError, in the body or at its end", () => {
    const order: string[] = [];
    const result = trial(function* () {
      const inBody = createTask(
        new TaskGroup().with(function* (group) {
          group.createTask(sleeper("a", order));
          yield* sleep(1000);
        }),
      );
      const atEnd = createTask(new TaskGroup().with((group) => void group.createTask(sleeper("b", order))));
      yield* sleep(1);
      inBody.cancel();
      atEnd.cancel();
      return [yield* outcomeOf(inBody), yield* outcomeOf(atEnd), now()];
    });
    expect(result).toEqual([CANCELLED, CANCELLED, 1]);
    expect(order).toEqual(["a cancelled", "b cancelled"]);
  });

  it("cancelled from outside with a task that failed raises the group, and the next wait CancelledError", () => {
    const result = trial(function* () {
      const seen: unknown[] = [];
      const task = createTask(
        (function* () {
          const me = currentTask() as Task<unknown>;
          seen.push(
            yield* errorsOf(
              new TaskGroup().with(function* (group) {
                group.createTask(
                  (function* (): Coroutine<void> {
                    yield* sleep(5);
                    me.cancel();
                    throw new RangeError("bad");
                  })(),
                );
                yield* sleep(1000);
              }),
            ),
            me.cancelling(),
            yield* outcomeOf(sleep(1)),
            me.cancelling(),
          );
        })(),
      );
      yield* outcomeOf(task);
      return seen;
    });
    expect(result).toEqual([["bad"], 1, CANCELLED, 1]);
  });

  it("waits for stubborn tasks without cancelling them again", () => {
    const order: string[] = [];
    const errors = trial(() =>
      errorsOf(
        new TaskGroup().with(function* (group) {
          group.createTask(
            (function* () {
              try {
                yield* sleep(1000);
              } catch {
                yield* sleep(50);
                order.push(`stubborn ends @${now()}`);
              }
            })(),
          );
          yield* sleep(1);
          throw new RangeError("bad");
        }),
      ),
    );
    expect([errors, order]).toEqual([["bad"], ["stubborn ends @51"]]);
  });

  it("allows new tasks while it waits at its end, and none before, after, or when it shuts down", () => {
    const order: string[] = [];
    const result = trial(function* () {
      const group = new TaskGroup();
      const seen = [outcomeOfCall(() => group.createTask(sleep(1)))];
      yield* group.with(() => {
        group.createTask(
          (function* () {
            yield* sleep(5);
            group.createTask(sleep(5));
            order.push("spawned");
          })(),
        );
      });
      seen.push(
        String(now()),
        outcomeOfCall(() => group.createTask(sleep(1))),
      );
      const failing = new TaskGroup();
      yield* errorsOf(
        failing.with(function* () {
          failing.createTask(
            (function* () {
              try {
                yield* sleep(1000);
              } finally {
                seen.push(outcomeOfCall(() => failing.createTask(sleep(1))));
              }
            })(),
          );
          yield* fail(1, "bad");
        }),
      );
      return seen;
    });
    expect(order).toEqual(["spawned"]);
    expect(result).toEqual([MISUSED, "10", MISUSED, MISUSED]);
  });

  it("nested groups: an inner error goes through both", () => {
    const result = trial(function* () {
      try {
        yield* new TaskGroup().with(function* (outer) {
          outer.createTask(sleep(1000));
          yield* new TaskGroup().with((inner) => void inner.createTask(fail(1, "deep")));
        });
      } catch (error) {
        const [inner] = (error as ExceptionGroup).errors as ExceptionGroup[];
        return [inner instanceof ExceptionGroup, inner?.errors.map(String), now()];
      }
      return [];
    });
    expect(result).toEqual([true, ["RangeError: deep"], 1]);
  });

  it("a KeyboardInterrupt of a task comes out bare", () => {
    const { loop, end } = beginTrial();
    const group = new TaskGroup();
    const run = () =>
      loop.runSync(
        group.with(function* () {
          group.createTask(
            (function* (): Coroutine<void> {
              yield* sleep(1);
              throw new KeyboardInterrupt("stop");
            })(),
          );
          yield* sleep(1000);
        }),
      );
    expect(outcomeOfCall(run)).toBe("KeyboardInterrupt ERR_INTERRUPTED");
    // The loop stopped at once. In the next run the group cancels its body, and ends with the interrupt as well.
    const main = [...allTasks(loop)][0] as Task<unknown>;
    expect(outcomeOfCall(() => loop.runSync(sleep(10)))).toBe("KeyboardInterrupt ERR_INTERRUPTED");
    expect(loop.runSync(outcomeOf(main))).toBe("KeyboardInterrupt ERR_INTERRUPTED");
    loop.runSync(sleep(10));
    end();
  });

  it("takes a task's options, and async functions", async () => {
    const result = await trialAsync(async () => {
      let task: Task<string> | undefined;
      await new TaskGroup().with(async (group) => {
        task = group.createTask(async () => await sleep(5, "async"), { name: "worker" });
        await sleep(1);
      });
      return [task?.getName(), task?.result(), now()];
    });
    expect(result).toEqual(["worker", "async", 5]);
  });
});

describe("TaskGroup.cancel", () => {
  it("cancels tasks and body, and the scope is left without an error", () => {
    const order: string[] = [];
    const result = trial(function* () {
      const me = currentTask() as Task<unknown>;
      const value = yield* new TaskGroup().with(function* (group) {
        group.createTask(sleeper("child", order));
        getRunningLoop().callLater(5, () => group.cancel());
        yield* sleeper("body", order);
        return "not reached";
      });
      return [value, now(), me.cancelling(), yield* outcomeOf(sleep(1))];
    });
    expect(order).toEqual(["child cancelled", "body cancelled"]);
    expect(result).toEqual([undefined, 5, 0, "returned undefined"]);
  });

  it("by a task of the group ends that one at its next wait", () => {
    const order: string[] = [];
    const result = trial(function* () {
      yield* new TaskGroup().with(function* (group) {
        group.createTask(sleeper("sibling", order));
        group.createTask(
          (function* () {
            yield* sleep(3);
            group.cancel();
            order.push("goes on to its next wait");
            yield* sleeper("canceller", order);
          })(),
        );
        yield* sleeper("body", order);
      });
      return now();
    });
    expect(order).toEqual([
      "goes on to its next wait",
      "sibling cancelled",
      "body cancelled",
      "canceller cancelled",
    ]);
    expect(result).toBe(3);
  });

  it("while the group waits at its end cancels what is left", () => {
    const order: string[] = [];
    const result = trial(function* () {
      const group = new TaskGroup();
      getRunningLoop().callLater(5, () => group.cancel());
      const value = yield* group.with(() => {
        group.createTask(sleeper("child", order));
        return "body";
      });
      return [value, now(), (currentTask() as Task<unknown>).cancelling()];
    });
    expect([result, order]).toEqual([["body", 5, 0], ["child cancelled"]]);
  });

  it("before the group is entered takes effect there, at the body's first wait", () => {
    const order: string[] = [];
    trial(function* () {
      const group = new TaskGroup();
      group.cancel();
      yield* group.with(function* () {
        order.push(
          "body begins",
          outcomeOfCall(() => group.createTask(sleep(1))),
        );
        yield* sleeper("body", order);
      });
      order.push(`left @${now()} cancelling ${(currentTask() as Task<unknown>).cancelling()}`);
    });
    expect(order).toEqual(["body begins", MISUSED, "body cancelled", "left @0 cancelling 0"]);
  });

  it("again, or after the group's end, changes nothing", () => {
    const result = trial(function* () {
      const group = new TaskGroup();
      yield* group.with(function* () {
        group.cancel();
        group.cancel();
        yield* sleep(1000);
      });
      group.cancel();
      return [now(), (currentTask() as Task<unknown>).cancelling(), yield* outcomeOf(sleep(1))];
    });
    expect(result).toEqual([0, 0, "returned undefined"]);
  });

  it("does not hide an error of cleaning up, nor a cancellation from outside", () => {
    const result = trial(function* () {
      const errors = yield* errorsOf(
        new TaskGroup().with(function* (group) {
          group.createTask(
            (function* () {
              try {
                yield* sleep(1000);
              } finally {
                yield* fail(1, "clean-up");
              }
            })(),
          );
          yield* sleep(1);
          group.cancel();
          yield* sleep(1000);
        }),
      );
      const both = createTask(
        new TaskGroup().with(function* (group) {
          yield* sleep(1);
          group.cancel();
          (currentTask() as Task<unknown>).cancel();
          yield* sleep(1000);
        }),
      );
      return [errors, yield* outcomeOf(both)];
    });
    expect(result).toEqual([["clean-up"], CANCELLED]);
  });
});

describe("TaskGroup.enter and exit by hand, in an async function", () => {
  it("wait for the tasks and throw their errors", async () => {
    const result = await trialAsync(async () => {
      const group = new TaskGroup().enter();
      const task = group.createTask(sleep(5, "done"));
      await group.exit();
      const failing = new TaskGroup().enter();
      failing.createTask(fail(5, "bad"));
      let thrown: unknown;
      try {
        await sleep(1000);
      } catch (error) {
        thrown = await failing
          .exit(error)
          .then(undefined, (group: ExceptionGroup) => group.errors.map(String));
      }
      return [task.result(), thrown, now(), currentTask()?.cancelling()];
    });
    expect(result).toEqual(["done", ["RangeError: bad"], 10, 0]);
  });

  it("entered twice, left twice, left before it was entered, entered outside of a task: ERR_TASK_GROUP and the like", async () => {
    const result = await trialAsync(async () => {
      const group = new TaskGroup();
      const before = await outcomeOfPromise(group.exit());
      group.enter();
      const twice = outcomeOfCall(() => group.enter());
      await group.exit();
      const left = [
        await outcomeOfPromise(group.exit()),
        await outcomeOfPromise(group.exit(new RangeError("again"))),
        outcomeOfCall(() => group.enter()),
        await outcomeOfPromise(group.with(() => 1)),
      ];
      const inCallback = await getRunningLoop().callSoon(() => outcomeOfCall(() => new TaskGroup().enter()));
      return [before, twice, ...left, inCallback];
    });
    expect(result).toEqual([...Array(6).fill(MISUSED), "LoopError ERR_NO_CURRENT_TASK"]);
    expect(outcomeOfCall(() => new TaskGroup().enter())).toBe("LoopError ERR_NO_RUNNING_LOOP");
  });

  it("never left, and its parent over, it reports what fails in it", async () => {
    const result = await trialAsync(async () => {
      const reports: unknown[] = [];
      getRunningLoop().setExceptionHandler((_, { message, exception }) => reports.push([message, exception]));
      const parent = createTask(function* () {
        new TaskGroup().enter().createTask(fail(1, "bad"), { name: "child" });
        yield;
      });
      await parent;
      await sleep(10);
      return reports;
    });
    const message = expect.stringMatching(
      /^Task <Task .*name='child'.*> has errored out but its parent task <Task .*> is already completed$/,
    );
    expect(result).toEqual([[message, new RangeError("bad")]]);
  });

  it("left twice after a failure does not take back a cancellation from elsewhere", async () => {
    const result = await trialAsync(async () => {
      const me = currentTask() as Task<unknown>;
      const group = new TaskGroup().enter();
      group.createTask(fail(1, "bad"));
      const first = await outcomeOfPromise(sleep(10).then(undefined, (error) => group.exit(error)));
      me.cancel();
      const second = await outcomeOfPromise(group.exit());
      return [first, second, me.cancelling(), me.uncancel()];
    });
    expect(result).toEqual([GROUP, expect.any(String), 1, 0]);
  });
});
