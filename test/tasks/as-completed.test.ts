/** Tests asCompleted: both iterations, its timeout, and what it refuses (item 44). */
import { describe, expect, it } from "vitest";
import { asCompleted, type Coroutine, createTask, type Future, getRunningLoop, sleep } from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "../sync/trial.ts";

function* later(delayMs: number, outcome: string | Error): Coroutine<string> {
  yield* sleep(delayMs);
  if (typeof outcome === "string") return outcome;
  throw outcome;
}

describe("asCompleted", () => {
  it("gives the results in the order in which they come, failures in their place", () => {
    const result = trial(function* () {
      const all = [later(30, "c"), later(10, "a"), later(20, new RangeError("b"))];
      const seen: string[] = [];
      for (const next of asCompleted(all)) seen.push(`${yield* outcomeOf(next)} @${getRunningLoop().time()}`);
      return seen;
    });
    expect(result).toEqual(["returned a @10", "RangeError b @20", "returned c @30"]);
  });

  it("by for await gives the very futures, also in an async function", async () => {
    const result = await trialAsync(async () => {
      const tasks = [createTask(later(20, "b")), createTask(later(10, "a"))];
      const seen: unknown[] = [];
      for await (const future of asCompleted([...tasks, later(30, "c")])) {
        seen.push(future.done(), future.result(), tasks.indexOf(future as (typeof tasks)[0]));
      }
      return seen;
    });
    expect(result).toEqual([true, "a", 1, true, "b", 0, true, "c", -1]);
  });

  it("by for await gives failed futures too, without throwing", async () => {
    const result = await trialAsync(async () => {
      const seen: string[] = [];
      for await (const future of asCompleted([later(1, new RangeError("bad"))]))
        seen.push(outcomeOfCall(() => future.result()));
      return seen;
    });
    expect(result).toEqual(["RangeError bad"]);
  });

  it("takes promises and async functions' tasks, and awaits in async functions", async () => {
    const result = await trialAsync(async () => {
      const seen: string[] = [];
      for (const next of asCompleted([
        createTask(async () => await sleep(5, "slow")),
        Promise.resolve("quick"),
      ]))
        seen.push(await next);
      return seen;
    });
    expect(result).toEqual(["quick", "slow"]);
  });

  it("after its timeout throws TimeoutError for each that is missing, and cancels none", () => {
    const result = trial(function* () {
      const tasks = [createTask(later(10, "a")), createTask(later(30, "b")), createTask(later(40, "c"))];
      const seen: string[] = [];
      for (const next of asCompleted(tasks, { timeout: 20 }))
        seen.push(`${yield* outcomeOf(next)} @${getRunningLoop().time()}`);
      return [
        ...seen,
        yield* outcomeOf(tasks[1] as Future<string>),
        yield* outcomeOf(tasks[2] as Future<string>),
      ];
    });
    expect(result).toEqual([
      "returned a @10",
      "TimeoutError ERR_TIMEOUT @20",
      "TimeoutError ERR_TIMEOUT @20",
      "returned b",
      "returned c",
    ]);
  });

  it("by for await throws the TimeoutError", async () => {
    const result = await trialAsync(async () => {
      const slow = createTask(later(30, "late"));
      const seen: unknown[] = [];
      const iterate = async () => {
        for await (const future of asCompleted([later(10, "a"), slow], { timeout: 20 }))
          seen.push(future.result());
      };
      seen.push(await outcomeOfPromise(iterate()), await slow);
      return seen;
    });
    expect(result).toEqual(["a", "TimeoutError ERR_TIMEOUT", "late"]);
  });

  it("lets its timer go when all have ended", () => {
    const timers = trial(function* () {
      for (const next of asCompleted([later(10, "a")], { timeout: 1_000_000 })) yield* next;
      return getRunningLoop().time();
    });
    expect(timers).toBe(10);
  });

  it("of nothing gives nothing, by either iteration and with a timeout", async () => {
    const result = await trialAsync(async () => {
      let count = 0;
      for (const _next of asCompleted([])) count++;
      for await (const _future of asCompleted([], { timeout: 10 })) count++;
      return count;
    });
    expect(result).toBe(0);
  });

  it("takes the same one once", () => {
    const result = trial(function* () {
      const task = createTask(later(1, "task"));
      const coroutine = later(2, "coroutine");
      const seen: string[] = [];
      for (const next of asCompleted([task, coroutine, task, coroutine])) seen.push(yield* next);
      return seen;
    });
    expect(result).toEqual(["task", "coroutine"]);
  });

  it("one that is not waited for does not hold the others up", () => {
    const result = trial(function* () {
      const [first, second] = [...asCompleted([later(1, "a"), later(2, "b")])];
      // Whoever waits first gets what ends first.
      return [yield* outcomeOf(second as never), yield* outcomeOf(first as never)];
    });
    expect(result).toEqual(["returned a", "returned b"]);
  });

  it("refuses a single future or coroutine, what is no list, what cannot be waited for, and a NaN timeout", () => {
    const outcomes = trial(function* () {
      const future = getRunningLoop().createFuture<void>();
      future.setResult();
      const calls = [future, later(1, "x"), 5, null, [5]].map((each) => () => asCompleted(each as never));
      calls.push(() => asCompleted([future], { timeout: Number.NaN }) as never);
      return calls.map(outcomeOfCall);
    });
    expect(outcomes).toEqual([
      ...Array(4).fill("ArgumentError ERR_ARGUMENT_TYPE"),
      "ArgumentError ERR_COROUTINE_EXPECTED",
      "ArgumentError ERR_DELAY",
    ]);
  });
});
