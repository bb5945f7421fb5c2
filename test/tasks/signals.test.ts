/** Tests the AbortSignals of tasks and of the scopes in them: which requests to cancel abort which. */
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  TaskGroup,
  Timeout,
  TimeoutError,
  timeout,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

const here = () => currentTask() as Task<unknown>;

const told = ({ aborted, reason }: AbortSignal) => (aborted ? `aborted: ${reason}` : "not aborted");

const DEADLINE = "aborted: TimeoutError: the deadline has passed";
const STOP = "aborted: CancelledError: stop";

/** Runs `body` in a task that is cancelled after 50 ms. */
function* cancelledFromOutside(body: () => Coroutine<unknown>): Coroutine<void> {
  const task = createTask(body());
  getRunningLoop().callLater(50, () => task.cancel("stop"));
  yield* outcomeOf(task);
}

function* forEver(): Coroutine<never> {
  yield* getRunningLoop().createFuture<never>();
  throw new Error("for ever is over");
}

describe("Task.signal", () => {
  it("is a new one when a timeout in the task has fired and been left, so that a retry can use it", () => {
    const seen = trial(function* () {
      const signals: AbortSignal[] = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        const { signal } = here();
        expect([signal.aborted, here().signal === signal]).toEqual([false, true]);
        signals.push(signal);
        yield* outcomeOf(timeout(5, forEver));
      }
      return [new Set(signals).size, ...signals.map(told), here().cancelling(), told(here().signal)];
    });
    expect(seen).toEqual([3, ...Array(3).fill("aborted: CancelledError"), 0, "not aborted"]);
  });

  it("stays aborted while any request is left, and the new one shows the new request", () => {
    const seen: unknown[] = [];
    trial(function* () {
      const task = here();
      const before = task.signal;
      task.cancel("first");
      task.cancel("second");
      yield* outcomeOf(sleep(1));
      seen.push(task.uncancel(), task.signal === before, told(before));
      seen.push(task.uncancel(), task.signal === before, told(task.signal));
      task.cancel("third");
      seen.push(told(task.signal), told(before));
      yield* outcomeOf(sleep(1));
      task.uncancel();
    });
    expect(seen).toEqual([
      ...[1, true, "aborted: CancelledError: first"],
      ...[0, false, "not aborted"],
      ...["aborted: CancelledError: third", "aborted: CancelledError: first"],
    ]);
  });

  it("of a task that has been cancelled stays aborted, whatever is taken back afterwards", () => {
    const seen = trial(function* () {
      const task = createTask(sleep(100));
      task.cancel("stop");
      yield* outcomeOf(task);
      const asked = [task.cancelling(), task.uncancel(), task.uncancel()];
      return [...asked, told(task.signal).slice(0, 23)];
    });
    expect(seen).toEqual([1, 0, 0, "aborted: CancelledError"]);
  });
});

describe("A request on its way to what is waited for", () => {
  it("is heard of by whoever cancels that at once", () => {
    const outcome = trial(function* () {
      const answer = getRunningLoop().createFuture<void>();
      const task = createTask(
        (function* () {
          here().signal.addEventListener("abort", () => answer.cancel("by the listener"));
          yield* answer;
        })(),
      );
      yield* sleep(1);
      return [task.cancel("stop"), yield* outcomeOf(task), answer.cancelled(), task.cancelling()];
    });
    expect(outcome).toEqual([true, "CancelledError ERR_CANCELLED", true, 1]);
  });

  it("reaches a helper that waits for a task which waits for the one that has started it", async () => {
    const outcome = await trialAsync(async () => {
      let helped = "nothing";
      const task = createTask(
        (function* () {
          const me = here();
          const other = createTask(function* () {
            yield* me;
          });
          void (async () => {
            helped = await outcomeOfPromise(other);
          })();
          yield* sleep(10);
        })(),
      );
      await sleep(1);
      task.cancel("stop");
      const ended = await outcomeOfPromise(task);
      await sleep(1);
      return [ended, helped];
    });
    expect(outcome).toEqual(["CancelledError ERR_CANCELLED", "CancelledError ERR_CANCELLED"]);
  });
});

describe("Timeout.signal", () => {
  it("is aborted when the deadline passes, before the task is, also where the deadline was moved", () => {
    const seen: unknown[] = [];
    trial(function* () {
      for (const rescheduledMs of [undefined, 20, -1]) {
        let signal: AbortSignal | undefined;
        const began = getRunningLoop().time();
        const outcome = yield* outcomeOf(
          timeout(10, function* (scope) {
            signal = scope.signal;
            signal.addEventListener("abort", () => {
              seen.push(
                `at ${getRunningLoop().time() - began}`,
                scope.expired(),
                here()?.cancelling?.() ?? 0,
              );
            });
            if (rescheduledMs !== undefined) scope.reschedule(began + rescheduledMs);
            seen.push(told(signal), scope.signal === signal);
            yield* forEver();
          }),
        );
        seen.push(told(signal as AbortSignal), outcome);
      }
    });
    const run = (ms: number) => [
      ...["not aborted", true, `at ${ms}`, true, 0],
      ...[DEADLINE, "TimeoutError ERR_TIMEOUT"],
    ];
    expect(seen).toEqual([...run(10), ...run(20), ...run(0)]);
  });

  it("is aborted when the task is cancelled from outside, whenever it is asked for", () => {
    const seen: string[] = [];
    trial(() =>
      cancelledFromOutside(() =>
        timeout(1000, function* (outer) {
          const early = outer.signal;
          yield* timeout(500, function* (inner) {
            try {
              yield* forEver();
            } finally {
              seen.push(told(early), told(outer.signal), told(inner.signal));
            }
          });
        }),
      ),
    );
    // Where none was there yet when the task was cancelled, the message has gone down to what it waited for.
    expect(seen).toEqual([STOP, STOP, "aborted: CancelledError"]);
  });

  it("of an enclosing scope is not affected by what an inner timeout cuts off, and goes on to follow the rest", () => {
    const seen: string[] = [];
    trial(() =>
      cancelledFromOutside(() =>
        timeout(1000, function* (outer) {
          const { signal } = outer;
          for (let attempt = 0; attempt < 3; attempt++) {
            let inner: AbortSignal | undefined;
            yield* outcomeOf(
              timeout(5, function* (scope) {
                inner = scope.signal;
                yield* forEver();
              }),
            );
            seen.push(told(inner as AbortSignal), told(signal));
          }
          expect(outer.signal).toBe(signal);
          try {
            yield* forEver();
          } finally {
            seen.push(told(signal));
          }
        }),
      ),
    );
    expect(seen).toEqual([...Array(3).fill([DEADLINE, "not aborted"]).flat(), STOP]);
  });

  it("of a scope within is aborted by the deadline of one around", () => {
    const seen: string[] = [];
    const outcome = trial(() =>
      outcomeOf(
        timeout(5, (outer) =>
          timeout(1000, function* (inner) {
            const signals = [outer.signal, inner.signal];
            try {
              yield* forEver();
            } finally {
              seen.push(...signals.map(told), String(inner.expired()));
            }
          }),
        ),
      ),
    );
    expect([outcome, ...seen]).toEqual([
      "TimeoutError ERR_TIMEOUT",
      DEADLINE,
      "aborted: CancelledError",
      "false",
    ]);
  });

  it("is not affected by an inner TaskGroup that fails, and aborted by an enclosing one", () => {
    const fail = function* (): Coroutine<void> {
      yield* sleep(1);
      throw new Error("child");
    };
    const seen = trial(function* () {
      const within = yield* timeout(1000, function* (scope) {
        const { signal } = scope;
        yield* outcomeOf(
          new TaskGroup().with(function* (group) {
            group.createTask(fail());
            yield* forEver();
          }),
        );
        return told(signal);
      });
      let around: AbortSignal | undefined;
      yield* outcomeOf(
        new TaskGroup().with(function* (group) {
          group.createTask(fail());
          yield* timeout(1000, function* (scope) {
            around = scope.signal;
            yield* forEver();
          });
        }),
      );
      return [within, told(around as AbortSignal)];
    });
    expect(seen).toEqual(["not aborted", "aborted: CancelledError"]);
  });

  it("is a new one when a request from outside was withdrawn; what came before the scope does not concern it", () => {
    const seen: string[] = [];
    trial(function* () {
      const task = here();
      task.cancel("before");
      yield* outcomeOf(sleep(1));
      yield* timeout(1000, function* (scope) {
        const first = scope.signal;
        seen.push(told(first));
        task.cancel("within");
        yield* outcomeOf(sleep(1));
        seen.push(told(first), told(scope.signal));
        task.uncancel();
        seen.push(told(first), told(scope.signal));
        task.cancel("again");
        yield* outcomeOf(sleep(1));
        seen.push(told(scope.signal));
        task.uncancel();
      });
      task.uncancel();
    });
    const within = "aborted: CancelledError: within";
    expect(seen).toEqual([
      ...["not aborted", within, within, within],
      ...["not aborted", "aborted: CancelledError: again"],
    ]);
  });

  it("is nothing before the scope is entered, and aborted by nothing after it was left", () => {
    const seen = trial(function* () {
      const scope = new Timeout(getRunningLoop().time() + 5);
      const before = outcomeOfCall(() => scope.signal);
      scope.enter();
      const { signal } = scope;
      scope.exit();
      yield* sleep(10);
      here().cancel();
      yield* outcomeOf(sleep(1));
      here().uncancel();
      const late = new Timeout(getRunningLoop().time() + 5).enter();
      yield* outcomeOf(sleep(10));
      const left = late.exit(new CancelledError());
      return [before, told(signal), scope.signal === signal, left instanceof TimeoutError, told(late.signal)];
    });
    expect(seen).toEqual(["LoopError ERR_TIMEOUT_STATE", "not aborted", true, true, DEADLINE]);
  });

  it("stops what an async function has begun elsewhere", async () => {
    const seen = await trialAsync(async () => {
      let told = "";
      const outcome = await outcomeOfPromise(
        timeout(10, async ({ signal }) => {
          signal.addEventListener("abort", () => {
            told = String(signal.reason);
          });
          await new Promise<void>((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          });
        }),
      );
      return [outcome, told];
    });
    expect(seen).toEqual(["TimeoutError ERR_TIMEOUT", "TimeoutError: the deadline has passed"]);
  });
});
