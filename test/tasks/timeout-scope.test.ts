/** Tests Timeout entered and left by hand, as async functions use it, and what it refuses (items 47 to 52). */
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  sleep,
  type Task,
  Timeout,
  TimeoutError,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

const MISUSED = "LoopError ERR_TIMEOUT_STATE";
const now = () => getRunningLoop().time();

/** What an async function does that has a scope of its own around some waiting. */
async function inScope(scope: Timeout, body: () => Promise<unknown>): Promise<unknown> {
  scope.enter();
  let value: unknown;
  try {
    value = await body();
  } catch (error) {
    throw scope.exit(error);
  }
  scope.exit();
  return value;
}

describe("Timeout.enter and exit, in an async function", () => {
  it("make a TimeoutError of what the deadline cut off, with the CancelledError as its cause", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(now() + 10);
      let thrown: unknown;
      try {
        await inScope(scope, async () => await sleep(1000));
      } catch (error) {
        thrown = error;
      }
      const { cause } = thrown as TimeoutError;
      return [
        thrown instanceof TimeoutError,
        cause instanceof CancelledError,
        scope.expired(),
        now(),
        currentTask()?.cancelling(),
        await outcomeOfPromise(sleep(1)),
      ];
    });
    expect(seen).toEqual([true, true, true, 10, 0, "returned undefined"]);
  });

  it("in time change nothing, and the deadline is let go", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(now() + 10);
      const value = await inScope(scope, async () => await sleep(5, "value"));
      await sleep(100);
      return [value, scope.expired(), scope.when(), String(scope)];
    });
    expect(seen).toEqual(["value", false, 10, "<Timeout [finished]>"]);
  });

  it("mark what the deadline has caused, also the errors of a group", async () => {
    const seen = await trialAsync(async () => {
      const failAtDeadline = async () => {
        try {
          await sleep(1000);
        } catch (cause) {
          throw new ExceptionGroup("both", [
            new RangeError("caused", { cause }),
            new RangeError("not caused"),
          ]);
        }
      };
      const thrown = await inScope(new Timeout(now() + 10), failAtDeadline).catch((error) => error);
      return (thrown as ExceptionGroup).errors.map(({ cause }) => (cause as Error | undefined)?.name);
    });
    expect(seen).toEqual(["TimeoutError", undefined]);
  });

  it("pass another error on as it is", async () => {
    const seen = await trialAsync(async () => {
      const fail = async () => {
        await sleep(1);
        throw new RangeError("bad");
      };
      return await outcomeOfPromise(inScope(new Timeout(now() + 10), fail));
    });
    expect(seen).toBe("RangeError bad");
  });

  it("without a deadline never expire", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(null);
      await inScope(scope, async () => await sleep(1_000_000));
      return [scope.when(), scope.expired(), now()];
    });
    expect(seen).toEqual([null, false, 1_000_000]);
  });

  it("with a deadline that has passed cut off the first wait, and nothing where there is none", async () => {
    const seen = await trialAsync(async () => [
      await outcomeOfPromise(inScope(new Timeout(-1), async () => await sleep(1))),
      await outcomeOfPromise(inScope(new Timeout(-1), async () => "never waits")),
      now(),
    ]);
    expect(seen).toEqual(["TimeoutError ERR_TIMEOUT", "returned never waits", 0]);
  });

  it("reschedule moves the deadline, forwards, backwards, to never and back", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(now() + 10);
      const outcome = await outcomeOfPromise(
        inScope(scope, async () => {
          await sleep(5);
          scope.reschedule(now() + 20);
          await sleep(15);
          scope.reschedule(null);
          await sleep(100);
          scope.reschedule(now() + 1);
          await sleep(100);
        }),
      );
      return [outcome, now(), scope.when()];
    });
    expect(seen).toEqual(["TimeoutError ERR_TIMEOUT", 121, 121]);
  });

  it("give way to a cancellation from outside", async () => {
    const seen = await trialAsync(async () => {
      const task = createTask(() => inScope(new Timeout(now() + 10), async () => await sleep(1000)));
      await sleep(10);
      task.cancel();
      return [await outcomeOfPromise(task), task.cancelling()];
    });
    expect(seen).toEqual(["CancelledError ERR_CANCELLED", 1]);
  });

  it("nested: the deadline that has passed is the one that raises", async () => {
    const seen = await trialAsync(async () => {
      const [outer, inner] = [new Timeout(10), new Timeout(20)];
      const outcome = await outcomeOfPromise(
        inScope(outer, () => inScope(inner, async () => await sleep(1000))),
      );
      return [outcome, outer.expired(), inner.expired(), now()];
    });
    expect(seen).toEqual(["TimeoutError ERR_TIMEOUT", true, false, 10]);
  });
});

describe("Timeout refuses", () => {
  it("to be entered twice, left twice, left before it was entered", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(now() + 10);
      const before = outcomeOfCall(() => scope.exit());
      scope.enter();
      const twice = outcomeOfCall(() => scope.enter());
      scope.exit();
      return [before, twice, outcomeOfCall(() => scope.exit()), outcomeOfCall(() => scope.enter())];
    });
    expect(seen).toEqual([MISUSED, MISUSED, MISUSED, MISUSED]);
  });

  it("to be left twice after it has expired, so that no cancellation is taken back that is not its own", async () => {
    const seen = await trialAsync(async () => {
      const scope = new Timeout(now() + 1);
      await outcomeOfPromise(inScope(scope, async () => await sleep(10)));
      const me = currentTask() as Task<unknown>;
      me.cancel();
      const outcome = outcomeOfCall(() => scope.exit(new CancelledError()));
      const left = me.cancelling();
      return [outcome, left, me.uncancel()];
    });
    expect(seen).toEqual([MISUSED, 1, 0]);
  });

  it("to be rescheduled before it is entered, after it has expired, and after it was left", () => {
    const seen = trial(function* () {
      const scope = new Timeout(1);
      const reschedule = () => outcomeOfCall(() => scope.reschedule(5));
      const outcomes = [reschedule()];
      scope.enter();
      try {
        yield* sleep(10);
      } catch (error) {
        outcomes.push(reschedule());
        scope.exit(error);
      }
      return [...outcomes, reschedule()];
    });
    expect(seen).toEqual([MISUSED, MISUSED, MISUSED]);
  });

  it("a deadline that is no number, and a place outside of a task", () => {
    expect(outcomeOfCall(() => new Timeout(Number.NaN))).toBe("ArgumentError ERR_DELAY");
    expect(outcomeOfCall(() => new Timeout("5" as never))).toBe("ArgumentError ERR_DELAY");
    expect(outcomeOfCall(() => new Timeout(1).enter())).toBe("LoopError ERR_NO_RUNNING_LOOP");
    const inCallback = trial(function* () {
      const outcome = yield* outcomeOf(getRunningLoop().callSoon(() => new Timeout(1).enter()));
      return outcome;
    });
    expect(inCallback).toBe("LoopError ERR_NO_CURRENT_TASK");
  });
});
