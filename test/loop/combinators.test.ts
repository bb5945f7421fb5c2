/** Tests gather, shield, timeout and waitFor. */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  createTask,
  currentTask,
  type Future,
  gather,
  getRunningLoop,
  shield,
  sleep,
  Timeout,
  TimeoutError,
  timeout,
  timeoutAt,
  waitFor,
} from "wasyncio";
import { simulate, thrownBy } from "./harness.ts";

function* failing(delayMs: number, message: string): Coroutine<never> {
  yield* sleep(delayMs);
  throw new RangeError(message);
}

/** What a coroutine throws, as text; or that it returned. */
function* outcomeOf(coroutine: Coroutine<unknown> | Future<unknown>): Coroutine<string> {
  try {
    return `returned ${yield* coroutine as Coroutine<unknown>}`;
  } catch (error) {
    return String(error);
  }
}

describe("gather", () => {
  it("gives the results in the order of the arguments, whatever they are and however they end", () => {
    const { result, tookMs } = simulate(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      loop.callLater(5, () => future.setResult("future"));
      const [slow, fast, third] = yield* gather(sleep(20, "slow"), sleep(10, 1), future);
      return [slow, fast, third];
    });
    expect(result).toEqual(["slow", 1, "future"]);
    expect(tookMs).toBe(20);
  });

  it("ends with the first failure, and the siblings go on", () => {
    const { result, reports } = simulate(function* () {
      const sibling = createTask(sleep(50, "sibling"));
      const outcome = yield* outcomeOf(gather(failing(10, "first"), failing(20, "second"), sibling));
      const wentOn = sibling.pending();
      return [outcome, wentOn, yield* sibling];
    });
    expect(result).toEqual(["RangeError: first", true, "sibling"]);
    expect(reports).toEqual([]);
  });

  it("with returnExceptions takes failures and cancellations for results", () => {
    const { result } = simulate(function* () {
      const cancelled = createTask(sleep(50));
      getRunningLoop().callLater(5, () => cancelled.cancel("gone"));
      const outcomes = yield* gather(failing(10, "bad"), cancelled, sleep(20, "fine"), {
        returnExceptions: true,
      });
      return outcomes.map(String);
    });
    expect(result).toEqual(["RangeError: bad", "CancelledError", "fine"]);
  });

  it("a cancelled child makes it raise, and it is not cancelled itself", () => {
    const { result } = simulate(function* () {
      const child = createTask(sleep(50));
      const all = gather(child, sleep(60));
      yield;
      child.cancel("child");
      return [yield* outcomeOf(all), all.cancelled(), all.done(), all.cancel()];
    });
    expect(result).toEqual(["CancelledError: child", false, true, false]);
  });

  it("cancelling it cancels the children, and raises even with returnExceptions", () => {
    const { result } = simulate(function* () {
      const children = [createTask(sleep(50)), createTask(sleep(60))] as const;
      const all = gather(...children, { returnExceptions: true });
      yield;
      const accepted = all.cancel("all");
      return [accepted, yield* outcomeOf(all), children.map((child) => child.cancelled())];
    });
    expect(result).toEqual([true, "CancelledError: all", [true, true]]);
  });

  it("of nothing is done at once; the same coroutine given twice runs once", () => {
    const { result } = simulate(function* () {
      const nothing = gather();
      let runs = 0;
      const counting = (function* () {
        yield;
        return ++runs;
      })();
      const same = yield* gather(counting, counting);
      return [nothing.done(), nothing.result(), same];
    });
    expect(result).toEqual([true, [], [1, 1]]);
  });

  it("rejects what cannot be waited for", () => {
    simulate(function* () {
      expect(thrownBy(() => gather(5 as never))).toMatchObject({ code: "ERR_COROUTINE_EXPECTED" });
      expect(thrownBy(() => gather({} as never, sleep(0)))).toMatchObject({ code: "ERR_COROUTINE_EXPECTED" });
      yield;
    });
  });
});

describe("shield", () => {
  it("lets the inner one go on when the wait is cancelled, and reports its failure then", () => {
    const { result, reports } = simulate(function* () {
      const inner = createTask(failing(10, "late"));
      const waiter = createTask(outcomeOf(shield(inner)));
      yield;
      yield;
      waiter.cancel();
      const outcome = yield* waiter;
      const running = inner.pending();
      yield* sleep(20);
      return [outcome, running, inner.done()];
    });
    expect(result).toEqual(["CancelledError", true, true]);
    expect(reports.map((report) => report.message)).toEqual(["RangeError exception in shielded future"]);
  });

  it("of what is done is that itself; a cancelled inner one cancels the wait", () => {
    const { result } = simulate(function* () {
      const done = createTask(sleep(0));
      yield* done;
      const inner = createTask(sleep(10));
      const outer = shield(inner);
      inner.cancel();
      const outcome = yield* outcomeOf(outer);
      return [shield(done) === done, outcome, outer.cancelled()];
    });
    expect(result).toEqual([true, "CancelledError", true]);
  });
});

describe("timeout", () => {
  it("cancels the body where it waits and raises TimeoutError when that has cleaned up", () => {
    const { result, tookMs } = simulate(function* () {
      let cleaned = false;
      const outcome = yield* outcomeOf(
        timeout(10, function* () {
          try {
            yield* sleep(100);
          } finally {
            yield* sleep(3);
            cleaned = true;
          }
        }),
      );
      return [outcome, cleaned, currentTask()?.cancelling()];
    });
    expect(result).toEqual(["TimeoutError: the deadline has passed", true, 0]);
    expect(tookMs).toBe(13);
  });

  it("is no error for a body that never waits, or that ends in time", () => {
    const { result } = simulate(function* () {
      return [
        yield* timeout(-1, () => "quick"),
        yield* timeout(10, () => sleep(5, "in time")),
        yield* timeout(null, () => 1),
      ];
    });
    expect(result).toEqual(["quick", "in time", 1]);
  });

  it("can be rescheduled inside, and tells its deadline and whether it has passed", () => {
    const { result, tookMs } = simulate(function* () {
      const seen: unknown[] = [];
      let scope: Timeout | undefined;
      const outcome = yield* outcomeOf(
        timeout(10, function* (inside) {
          scope = inside;
          seen.push(inside.when(), inside.expired());
          inside.reschedule(getRunningLoop().time() + 30);
          yield* sleep(20);
          inside.reschedule(null);
          yield* sleep(100);
          inside.reschedule(125);
          yield* sleep(100);
        }),
      );
      return [...seen, outcome, scope?.expired(), thrownBy(() => scope?.reschedule(1)).code];
    });
    expect(result).toEqual([10, false, "TimeoutError: the deadline has passed", true, "ERR_TIMEOUT_STATE"]);
    expect(tookMs).toBe(125);
  });

  it("gives way to a cancellation from outside in the same turn", () => {
    const { result } = simulate(function* () {
      const task = createTask(timeout(10, () => sleep(100)));
      getRunningLoop().callAt(10, () => task.cancel("outside"));
      const [outcome] = yield* gather(task, { returnExceptions: true });
      return [String(outcome), task.cancelling()];
    });
    expect((result[0] as string).startsWith("CancelledError")).toBe(true);
    expect(result[1]).toBe(1);
  });

  it("nested with equal deadlines: only the outer one raises, both have expired", () => {
    const { result } = simulate(function* () {
      const scopes: Timeout[] = [];
      const caught: string[] = [];
      try {
        yield* timeoutAt(10, function* (outer) {
          scopes.push(outer);
          try {
            yield* timeoutAt(10, function* (inner) {
              scopes.push(inner);
              yield* sleep(100);
            });
          } catch (error) {
            caught.push(`inner ${(error as Error).name}`);
            throw error;
          }
        });
      } catch (error) {
        caught.push(`outer ${(error as Error).name}`);
      }
      return [caught, scopes.map((scope) => scope.expired())];
    });
    expect(result).toEqual([
      ["inner CancelledError", "outer TimeoutError"],
      [true, true],
    ]);
  });

  it("leaves another error its type, and makes a TimeoutError of its cause", () => {
    const { result } = simulate(function* () {
      try {
        yield* timeout(10, function* () {
          try {
            yield* sleep(100);
          } catch (cause) {
            throw new RangeError("other", { cause });
          }
        });
      } catch (error) {
        return [(error as Error).name, (error as Error).cause instanceof TimeoutError];
      }
      return [];
    });
    expect(result).toEqual(["RangeError", true]);
  });

  it("is refused outside of a task, and twice", () => {
    simulate(function* () {
      const code = yield* getRunningLoop().callSoon(() => thrownBy(() => new Timeout(5).enter()).code);
      expect(code).toBe("ERR_NO_CURRENT_TASK");
      const scope = new Timeout(null);
      expect(thrownBy(() => scope.reschedule(1)).code).toBe("ERR_TIMEOUT_STATE");
      scope.enter();
      expect(thrownBy(() => scope.enter()).code).toBe("ERR_TIMEOUT_STATE");
      expect(scope.exit()).toBe(undefined);
      expect(thrownBy(() => timeout(Number.NaN, () => 1)).code).toBe("ERR_DELAY");
    });
  });
});

describe("waitFor", () => {
  it("returns in time, raises TimeoutError late, and gives back what a suppressed cancellation returns", () => {
    const { result, tookMs } = simulate(function* () {
      const inTime = yield* waitFor(sleep(5, "fast"), 10);
      const late = yield* outcomeOf(waitFor(sleep(50), 10));
      const suppressed = yield* waitFor(
        (function* () {
          try {
            yield* sleep(50);
          } catch {
            yield* sleep(3);
          }
          return "kept";
        })(),
        10,
      );
      return [inTime, late, suppressed];
    });
    expect(result).toEqual(["fast", "TimeoutError: the deadline has passed", "kept"]);
    expect(tookMs).toBe(5 + 10 + 13);
  });

  it("of zero never starts the coroutine, and takes what is done already", () => {
    const { result } = simulate(function* () {
      let started = false;
      const outcome = yield* outcomeOf(
        waitFor(
          (function* () {
            started = true;
            yield;
          })(),
          0,
        ),
      );
      const done = createTask(sleep(0, "done"));
      yield* done;
      return [outcome, started, yield* waitFor(done, 0)];
    });
    expect(result).toEqual(["TimeoutError: the deadline has passed", false, "done"]);
  });

  it("awaits in the same task, and cancelling the wait cancels what it waits for", () => {
    const { result } = simulate(function* () {
      const inner = createTask(sleep(50));
      let ranIn: unknown;
      const waiter = createTask(
        (function* () {
          yield* waitFor(
            (function* () {
              ranIn = currentTask();
              yield* inner;
            })(),
            100,
          );
        })(),
      );
      yield* sleep(1);
      waiter.cancel();
      yield* gather(waiter, { returnExceptions: true });
      return [ranIn === waiter, inner.cancelled()];
    });
    expect(result).toEqual([true, true]);
  });
});
