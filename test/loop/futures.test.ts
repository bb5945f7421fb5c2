/** Tests the Future: its states, its callbacks, and waiting for it. */
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  ContextVar,
  type Coroutine,
  createTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  newEventLoop,
  sleep,
} from "wasyncio";
import { simulate, thrownBy, virtualLoop } from "./harness.ts";

describe("Future", () => {
  it("is pending, then finished or cancelled, once and for all", () => {
    const loop = virtualLoop();
    const future = loop.createFuture<number>();
    expect([future.done(), future.pending(), future.running(), future.cancelled()]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(thrownBy(() => future.result())).toMatchObject({
      name: "InvalidStateError",
      message: "Result is not set.",
    });
    expect(thrownBy(() => future.exception()).message).toBe("Exception is not set.");
    future.setResult(7);
    expect([future.result(), future.exception(), future.done()]).toEqual([7, null, true]);
    expect(() => future.setResult(8)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error())).toThrow(InvalidStateError);
    expect(future.cancel()).toBe(false);
    expect(future.getLoop()).toBe(loop);
    loop.close();
  });

  it("keeps the first cancel's message, and every waiter gets it", () => {
    const loop = virtualLoop();
    const future = loop.createFuture<number>();
    expect([future.cancel("first"), future.cancel("second")]).toEqual([true, false]);
    expect(thrownBy(() => future.result())).toMatchObject({ name: "CancelledError", message: "first" });
    expect(thrownBy(() => future.exception()).message).toBe("first");
    loop.close();
  });

  it("setException takes an error, of any realm, or a class of errors, and nothing else", () => {
    const loop = virtualLoop();
    const byClass = loop.createFuture<void>();
    byClass.setException(RangeError);
    expect(byClass.exception()).toBeInstanceOf(RangeError);
    const future = loop.createFuture<void>();
    for (const value of [undefined, null, 5, "text", {}, Map, () => new Error("made")])
      expect(thrownBy(() => future.setException(value)).code).toBe("ERR_ARGUMENT_TYPE");
    expect(future.pending()).toBe(true);
    const foreign = runInNewContext("new RangeError('foreign')") as Error;
    expect(foreign).not.toBeInstanceOf(Error);
    future.setException(foreign);
    expect(future.exception()).toBe(foreign);
    loop.close();
  });

  it("calls its callbacks through the loop, in order, the same one as often as it was added", () => {
    const order: string[] = [];
    simulate(function* () {
      const future = getRunningLoop().createFuture<string>();
      const twice = (done: Future<string>) => order.push(`twice ${done.result()}`);
      future.addDoneCallback(twice);
      future.addDoneCallback(() => order.push("once"));
      future.addDoneCallback(twice);
      future.setResult("x");
      order.push("set");
      future.addDoneCallback(() => order.push("late"));
      order.push("added");
      yield;
    });
    expect(order).toEqual(["set", "added", "twice x", "once", "twice x", "late"]);
  });

  it("removeDoneCallback removes all that are equal and says how many", () => {
    const order: string[] = [];
    const { result } = simulate(function* () {
      const future = getRunningLoop().createFuture<void>();
      const gone = () => order.push("gone");
      const kept = () => order.push("kept");
      for (const callback of [gone, kept, gone, kept, gone]) future.addDoneCallback(callback);
      const removed = [future.removeDoneCallback(gone), future.removeDoneCallback(gone)];
      future.addDoneCallback(() => order.push("last"));
      future.setResult();
      yield;
      return removed;
    });
    expect(result).toEqual([3, 0]);
    expect(order).toEqual(["kept", "kept", "last"]);
  });

  it("removes the only callback, the first, and the last", () => {
    const order: string[] = [];
    const { result } = simulate(function* () {
      const future = getRunningLoop().createFuture<void>();
      const [a, b, c] = ["a", "b", "c"].map((name) => () => void order.push(name)) as [
        () => void,
        () => void,
        () => void,
      ];
      future.addDoneCallback(a);
      const only = future.removeDoneCallback(a);
      for (const callback of [a, b, c]) future.addDoneCallback(callback);
      const ends = future.removeDoneCallback(a) + future.removeDoneCallback(c);
      future.setResult();
      yield;
      return [only, ends];
    });
    expect(result).toEqual([1, 2]);
    expect(order).toEqual(["b"]);
  });

  it("a callback that throws does not stop the others", () => {
    const order: string[] = [];
    const { reports } = simulate(function* () {
      const future = getRunningLoop().createFuture<void>();
      future.addDoneCallback(function bad() {
        throw new Error("bad");
      });
      future.addDoneCallback(() => order.push("good"));
      future.setResult();
      yield;
    });
    expect(order).toEqual(["good"]);
    expect(reports.map((report) => report.message)).toEqual(["Exception in callback bad"]);
  });

  it("captures the context when a callback is added", () => {
    const user = new ContextVar<string>("user", { default: "nobody" });
    const seen: string[] = [];
    simulate(function* () {
      const future = getRunningLoop().createFuture<void>();
      user.set("Ada");
      future.addDoneCallback(() => seen.push(user.get()));
      user.set("Grace");
      getRunningLoop().callSoon(() => seen.push(user.get()));
      user.set("Linus");
      future.setResult();
      yield;
      yield;
    });
    expect(seen).toEqual(["Grace", "Ada"]);
  });

  it("resumes its waiter one turn after it was set, and gives a done future's result without a turn", () => {
    const { result } = simulate(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      let turns = 0;
      const count = () => {
        turns++;
        loop.callSoon(count);
      };
      loop.callLater(5, () => {
        future.setResult("now");
        loop.callSoon(count);
      });
      yield* future;
      const afterFirst = turns;
      yield* future;
      return [afterFirst, turns];
    });
    // The waiter was made ready before `count`, so it runs first in the turn after.
    expect(result).toEqual([0, 0]);
  });

  it("cancelled, is thrown into the coroutine that waits for it, which is not asked for its next step", () => {
    const seen: string[] = [];
    simulate(function* () {
      const future = new Future<void>();
      const byHand: Coroutine<void> = {
        next() {
          seen.push("next");
          return future[Symbol.iterator]().next();
        },
        throw(error) {
          seen.push(`throw ${error}`);
          throw error;
        },
        return: () => ({ done: true, value: undefined }),
        [Symbol.iterator]() {
          return this;
        },
      };
      const task = createTask(byHand);
      yield;
      task.cancel("why");
      yield* gather(task, { returnExceptions: true });
      expect(task.cancelled()).toBe(true);
    });
    expect(seen).toEqual(["next", "throw CancelledError: why"]);
  });

  it("can be awaited as a promise, before and after it is done", async () => {
    const loop = newEventLoop();
    const future = loop.createFuture<number>();
    loop.callLater(1, () => future.setResult(42));
    const awaited = (async () => await future)();
    await loop.runUntilComplete(future);
    expect(await awaited).toBe(42);
    expect(await future).toBe(42);
    const failed = loop.createFuture<number>();
    failed.setException(new RangeError("no"));
    await expect((async () => await failed)()).rejects.toThrow("no");
    loop.close();
  });

  it("describes itself", () => {
    const loop = virtualLoop();
    const future = loop.createFuture<number>();
    expect(String(future)).toBe("<Future pending>");
    future.setResult(1);
    expect(String(future)).toBe("<Future finished result=1>");
    loop.close();
  });

  it("of another loop is not what a loop can run until", async () => {
    const other = virtualLoop();
    const loop = virtualLoop();
    await expect(loop.runUntilComplete(other.createFuture())).rejects.toMatchObject({
      code: "ERR_FOREIGN_FUTURE",
    });
    loop.close();
    other.close();
  });

  it("of another loop cannot be waited for, and the loop goes on", () => {
    const other = virtualLoop();
    const foreign = other.createFuture<void>();
    const { result } = simulate(function* () {
      try {
        yield* foreign;
        return "waited";
      } catch (error) {
        yield* sleep(1);
        return (error as { code: string }).code;
      }
    });
    expect(result).toBe("ERR_FOREIGN_FUTURE");
    other.close();
  });
});
