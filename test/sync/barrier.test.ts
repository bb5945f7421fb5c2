/** Tests Barrier: filling, draining, reset and abort (item 64). */
import { describe, expect, it } from "vitest";
import { Barrier, BrokenBarrierError, createTask, gather, getRunningLoop, sleep } from "wasyncio";
import { outcomeOf, outcomeOfCall, trial, trialAsync } from "./trial.ts";

const BROKEN = "BrokenBarrierError ERR_BROKEN_BARRIER";

describe("Barrier", () => {
  it("lets all through when the last has come, each with a number of its own", () => {
    const result = trial(function* () {
      const barrier = new Barrier(3);
      const tasks = [1, 2].map(() => createTask(barrier.wait()));
      yield* sleep(5);
      const waiting = [barrier.nWaiting, String(barrier), tasks.some((task) => task.done())];
      const last = yield* barrier.wait();
      return [...waiting, last, ...(yield* gather(...tasks)), getRunningLoop().time(), barrier.nWaiting];
    });
    expect(result).toEqual([2, "<Barrier [filling, waiters:2/3]>", false, 2, 0, 1, 5, 0]);
  });

  it("is filled again and again; a task that comes while it drains belongs to the next filling", () => {
    const result = trial(function* () {
      const barrier = new Barrier(2);
      const numbers = yield* gather(...Array.from({ length: 6 }, () => barrier.wait()));
      return [numbers, String(barrier)];
    });
    expect(result).toEqual([[0, 1, 0, 1, 0, 1], "<Barrier [filling, waiters:0/2]>"]);
  });

  it("of one never holds anyone", () => {
    expect(trial(() => new Barrier(1).wait())).toBe(0);
  });

  it.each([
    [0, "VALUE"],
    [-1, "VALUE"],
    [1.5, "VALUE"],
    [Number.NaN, "VALUE"],
    ["2", "TYPE"],
    [undefined, "TYPE"],
  ])("of %s parties is refused: ERR_ARGUMENT_%s", (parties, code) => {
    expect(outcomeOfCall(() => new Barrier(parties as number))).toBe(`ArgumentError ERR_ARGUMENT_${code}`);
  });

  it("does without one that is cancelled while it waits", () => {
    const result = trial(function* () {
      const barrier = new Barrier(2);
      const left = createTask(barrier.wait());
      yield* sleep(1);
      left.cancel();
      const outcome = yield* outcomeOf(left);
      return [outcome, barrier.nWaiting, barrier.broken, ...(yield* gather(barrier.wait(), barrier.wait()))];
    });
    expect(result).toEqual(["CancelledError ERR_CANCELLED", 0, false, 0, 1]);
  });

  it("reset throws in the waiting tasks, and starts over", () => {
    const result = trial(function* () {
      const barrier = new Barrier(2);
      const task = createTask(outcomeOf(barrier.wait()));
      yield* sleep(1);
      yield* barrier.reset();
      const sentAway = yield* task;
      return [sentAway, barrier.broken, ...(yield* gather(barrier.wait(), barrier.wait()))];
    });
    expect(result).toEqual([BROKEN, false, 0, 1]);
  });

  it("abort breaks it for tasks that wait and that come, until it is reset", () => {
    const result = trial(function* () {
      const barrier = new Barrier(3);
      const tasks = [1, 2].map(() => createTask(outcomeOf(barrier.wait())));
      yield* sleep(1);
      yield* barrier.abort();
      const state = [barrier.broken, String(barrier), barrier.nWaiting];
      const outcomes = [...(yield* gather(...tasks)), yield* outcomeOf(barrier.wait())];
      yield* barrier.reset();
      const again = yield* gather(barrier.wait(), barrier.wait(), barrier.wait());
      return [...state, ...outcomes, barrier.broken, ...again];
    });
    expect(result).toEqual([true, "<Barrier [broken]>", 0, BROKEN, BROKEN, BROKEN, false, 0, 1, 2]);
  });

  it("a BrokenBarrierError is caught by its class", () => {
    const caught = trial(function* () {
      const barrier = new Barrier(2);
      yield* barrier.abort();
      try {
        yield* barrier.wait();
      } catch (error) {
        return error instanceof BrokenBarrierError;
      }
      return "nothing was thrown";
    });
    expect(caught).toBe(true);
  });

  it("works in async functions", async () => {
    const numbers = await trialAsync(async () => {
      const barrier = new Barrier(3);
      return await gather(
        createTask(barrier.wait()),
        createTask(async () => await barrier.wait()),
        createTask(async () => {
          await sleep(5);
          return await barrier.wait();
        }),
      );
    });
    expect(numbers).toEqual([0, 1, 2]);
  });
});
