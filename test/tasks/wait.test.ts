/** Tests wait: its three modes, its timeout, and what it refuses (item 43). */
import { describe, expect, it } from "vitest";
import {
  ALL_COMPLETED,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  getRunningLoop,
  type ReturnWhen,
  sleep,
  type Task,
  type WaitOptions,
  wait,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, trial, trialAsync } from "../sync/trial.ts";

function* later(delayMs: number, outcome: string | Error): Coroutine<string> {
  yield* sleep(delayMs);
  if (typeof outcome === "string") return outcome;
  throw outcome;
}

const name = (task: Task<unknown>) => task.getName();

/** Waits for tasks that end after 10, 20 (which fails) and 30 ms; returns which were done, which were not, and when. */
function waitForThree(options: WaitOptions, prepare: (tasks: Task<string>[]) => void = () => {}): unknown[] {
  return trial(function* () {
    const tasks = [
      createTask(later(10, "a"), { name: "a" }),
      createTask(later(20, new RangeError("b")), { name: "b" }),
      createTask(later(30, "c"), { name: "c" }),
    ];
    prepare(tasks);
    const [done, pending] = yield* wait(tasks, options);
    const answer = [[...done].map(name), [...pending].map(name), getRunningLoop().time()];
    for (const task of tasks) yield* outcomeOf(task);
    return answer;
  });
}

describe("wait", () => {
  it("for all of them waits for the last, and throws nothing", () => {
    expect(waitForThree({})).toEqual([["a", "b", "c"], [], 30]);
    expect(waitForThree({ returnWhen: ALL_COMPLETED })).toEqual([["a", "b", "c"], [], 30]);
  });

  it("FIRST_COMPLETED returns with the first that ends", () => {
    expect(waitForThree({ returnWhen: FIRST_COMPLETED })).toEqual([["a"], ["b", "c"], 10]);
  });

  it("FIRST_EXCEPTION returns with the first that fails", () => {
    expect(waitForThree({ returnWhen: FIRST_EXCEPTION })).toEqual([["a", "b"], ["c"], 20]);
  });

  it("FIRST_EXCEPTION takes no notice of one that is cancelled, and without a failure waits for all", () => {
    const prepare = (tasks: Task<string>[]) => {
      getRunningLoop().callLater(5, () => tasks[1]?.cancel());
    };
    expect(waitForThree({ returnWhen: FIRST_EXCEPTION }, prepare)).toEqual([["a", "b", "c"], [], 30]);
  });

  it("with a timeout returns then what there is, cancels nothing and throws nothing", () => {
    expect(waitForThree({ timeout: 15 })).toEqual([["a"], ["b", "c"], 15]);
    expect(waitForThree({ timeout: 0 })).toEqual([[], ["a", "b", "c"], 0]);
    expect(waitForThree({ timeout: 100 })).toEqual([["a", "b", "c"], [], 30]);
    expect(waitForThree({ timeout: null })).toEqual([["a", "b", "c"], [], 30]);
  });

  it("returns with what is done already, and takes the same future once", () => {
    const result = trial(function* () {
      const future = getRunningLoop().createFuture<number>();
      future.setResult(1);
      const other = getRunningLoop().createFuture<number>();
      const [done, pending] = yield* wait([future, other, future], { returnWhen: FIRST_COMPLETED });
      other.cancel();
      return [done.size, done.has(future), [...pending][0] === other];
    });
    expect(result).toEqual([1, true, true]);
  });

  it("takes an iterator, going through it once", () => {
    const result = trial(function* () {
      const tasks = new Map([1, 2].map((ms) => [ms, createTask(later(ms, ms === 1 ? "a" : "b"))]));
      const [done] = yield* wait(tasks.values());
      return [...done].map((task) => task.result());
    });
    expect(result).toEqual(["a", "b"]);
  });

  it("that is cancelled does not touch the tasks, and drops its timer", () => {
    const result = trial(function* () {
      const task = createTask(later(10, "a"));
      const waiting = createTask(wait([task], { timeout: 1_000_000 }));
      yield* sleep(1);
      waiting.cancel();
      return [yield* outcomeOf(waiting), yield* task];
    });
    expect(result).toEqual(["CancelledError ERR_CANCELLED", "a"]);
  });

  it("works in async functions", async () => {
    const result = await trialAsync(async () => {
      const tasks = [createTask(async () => await sleep(5, "slow")), createTask(async () => "quick")];
      const [done, pending] = await wait(tasks, { returnWhen: FIRST_COMPLETED });
      const first = [...done].map((task) => task.result());
      await wait(pending);
      return [...first, tasks[0]?.result()];
    });
    expect(result).toEqual(["quick", "slow"]);
  });

  it("refuses nothing at all, a single future, coroutines, other values and a wrong returnWhen", () => {
    const outcomes = trial(function* () {
      const future = getRunningLoop().createFuture<void>();
      future.setResult();
      const bad: unknown[] = [[], new Set(), future, later(1, "x"), [later(1, "x")], [future, 5], 5, null];
      const seen: string[] = [];
      for (const futures of bad) seen.push(outcomeOfCall(() => wait(futures as never)));
      for (const options of [{ returnWhen: "SOMETIME" as ReturnWhen }, { timeout: Number.NaN }])
        seen.push(outcomeOfCall(() => wait([future], options)));
      return seen;
    });
    expect(outcomes).toEqual([
      "ArgumentError ERR_ARGUMENT_VALUE",
      "ArgumentError ERR_ARGUMENT_VALUE",
      ...Array(6).fill("ArgumentError ERR_ARGUMENT_TYPE"),
      "ArgumentError ERR_ARGUMENT_VALUE",
      "ArgumentError ERR_DELAY",
    ]);
  });
});
