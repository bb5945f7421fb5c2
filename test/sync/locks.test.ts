/** Tests Lock, Event, Semaphore and BoundedSemaphore: turns, fairness, cancellation, misuse (items 59 and 61). */
import { describe, expect, it } from "vitest";
import {
  BoundedSemaphore,
  type Coroutine,
  createTask,
  Event,
  gather,
  getRunningLoop,
  Lock,
  Semaphore,
  sleep,
  type Task,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "./trial.ts";

/** Tasks that wait for `place` in the order of their names and say when they are in; each stays for 10 ms. */
function visitors(place: Lock | Semaphore, names: string, order: string[]): Task<void>[] {
  return [...names].map((name) =>
    createTask(
      (function* (): Coroutine<void> {
        yield* place.acquire();
        try {
          order.push(`${name}@${getRunningLoop().time()}`);
          yield* sleep(10);
        } finally {
          place.release();
        }
      })(),
      { name },
    ),
  );
}

describe("Lock", () => {
  it("lets one in at a time, in the order in which they came", () => {
    const order: string[] = [];
    trial(function* () {
      yield* gather(...visitors(new Lock(), "abcd", order));
    });
    expect(order).toEqual(["a@0", "b@10", "c@20", "d@30"]);
  });

  it("that is free is taken without a turn", () => {
    const turns = trial(function* () {
      const lock = new Lock();
      let others = 0;
      getRunningLoop().callSoon(() => others++);
      yield* lock.acquire();
      return [others, lock.locked()];
    });
    expect(turns).toEqual([0, true]);
  });

  it("does not let the releasing task in again before those that wait", () => {
    const order: string[] = [];
    trial(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const others = visitors(lock, "ab", order);
      yield* sleep(0);
      lock.release();
      expect(lock.locked()).toBe(false);
      yield* lock.acquire();
      order.push("again");
      lock.release();
      yield* gather(...others);
    });
    expect(order).toEqual(["a@0", "b@10", "again"]);
  });

  it("is passed on by one who is cancelled after it was woken, and does without one cancelled before", () => {
    const order: string[] = [];
    const states = trial(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [a, b, c] = visitors(lock, "abc", order) as [Task<void>, Task<void>, Task<void>];
      yield* sleep(0);
      b.cancel();
      lock.release();
      a.cancel();
      yield* c;
      return [a.cancelled(), b.cancelled(), lock.locked(), String(lock)];
    });
    expect(order).toEqual(["c@0"]);
    expect(states).toEqual([true, true, false, "<Lock [unlocked]>"]);
  });

  it("is free at once when all waiting tasks were cancelled, even before they know", () => {
    const result = trial(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [a] = visitors(lock, "a", []) as [Task<void>];
      yield* sleep(0);
      const waiting = String(lock);
      a.cancel();
      lock.release();
      let turns = 0;
      getRunningLoop().callSoon(() => turns++);
      yield* lock.acquire();
      const inBetween = turns;
      lock.release();
      yield* sleep(0);
      return [waiting, inBetween];
    });
    expect(result).toEqual(["<Lock [locked, waiters:1]>", 0]);
  });

  it("released when not held is ERR_NOT_ACQUIRED", () => {
    const lock = new Lock();
    expect(outcomeOfCall(() => lock.release())).toBe("LoopError ERR_NOT_ACQUIRED");
    trial(() => lock.with(() => {}));
    expect(outcomeOfCall(() => lock.release())).toBe("LoopError ERR_NOT_ACQUIRED");
  });

  it("an acquire can be waited for once", () => {
    const outcomes = trial(function* () {
      const lock = new Lock();
      const acquire = lock.acquire();
      return [yield* outcomeOf(acquire), yield* outcomeOf(acquire)];
    });
    expect(outcomes).toEqual(["returned true", "LoopError ERR_COROUTINE_FINISHED"]);
  });

  it("belongs to the loop it was first waited for on", () => {
    const lock = new Lock();
    trial(function* () {
      yield* gather(...visitors(lock, "ab", []));
      yield* lock.acquire();
    });
    expect(trial(() => outcomeOf(lock.acquire()))).toBe("LoopError ERR_FOREIGN_FUTURE");
  });
});

describe("Event", () => {
  it("holds tasks until it is set, and none after that", () => {
    const order: string[] = [];
    trial(function* () {
      const event = new Event();
      const wait = function* (name: string) {
        order.push(`${name} ${yield* event.wait()}`);
      };
      const tasks = [createTask(wait("a")), createTask(wait("b"))];
      yield* sleep(5);
      expect([event.isSet(), String(event)]).toEqual([false, "<Event [unset, waiters:2]>"]);
      event.set();
      event.set();
      yield* wait("late");
      yield* gather(...tasks);
      expect([event.isSet(), String(event)]).toEqual([true, "<Event [set]>"]);
    });
    expect(order).toEqual(["late true", "a true", "b true"]);
  });

  it("set and cleared at once still wakes those that waited, and holds those that come", () => {
    const outcome = trial(function* () {
      const event = new Event();
      const early = createTask(event.wait());
      yield* sleep(0);
      event.set();
      event.clear();
      const late = createTask(event.wait());
      yield* sleep(0);
      yield* sleep(0);
      const done = [early.done(), late.done()];
      late.cancel();
      yield* outcomeOf(late);
      return [...done, String(event)];
    });
    expect(outcome).toEqual([true, false, "<Event [unset]>"]);
  });

  it("forgets one who is cancelled, before and after it was set", () => {
    const result = trial(function* () {
      const event = new Event();
      const [before, after] = [createTask(event.wait()), createTask(event.wait())];
      yield* sleep(0);
      before.cancel();
      event.set();
      after.cancel();
      return [yield* outcomeOf(before), yield* outcomeOf(after), String(event)];
    });
    expect(result).toEqual(["CancelledError ERR_CANCELLED", "CancelledError ERR_CANCELLED", "<Event [set]>"]);
  });
});

describe("Semaphore", () => {
  it("lets so many in at a time, in the order in which they came", () => {
    const order: string[] = [];
    trial(function* () {
      yield* gather(...visitors(new Semaphore(2), "abcde", order));
    });
    expect(order).toEqual(["a@0", "b@0", "c@10", "d@10", "e@20"]);
  });

  it("of zero holds everyone until a release", () => {
    const result = trial(function* () {
      const semaphore = new Semaphore(0);
      const task = createTask(semaphore.acquire());
      yield* sleep(5);
      const before = [task.done(), semaphore.locked(), String(semaphore)];
      semaphore.release();
      yield* task;
      semaphore.release();
      return [...before, String(semaphore)];
    });
    expect(result).toEqual([
      false,
      true,
      "<Semaphore [locked, waiters:1]>",
      "<Semaphore [unlocked, value:1]>",
    ]);
  });

  it("does not let the releasing task in again before those that wait", () => {
    const order: string[] = [];
    trial(function* () {
      const semaphore = new Semaphore(1);
      yield* semaphore.acquire();
      const others = visitors(semaphore, "a", order);
      yield* sleep(0);
      semaphore.release();
      yield* semaphore.acquire();
      order.push("again");
      semaphore.release();
      yield* gather(...others);
    });
    expect(order).toEqual(["a@0", "again"]);
  });

  it("does not let any task overtake one that was woken, even into a free place", () => {
    const order: string[] = [];
    trial(function* () {
      const semaphore = new Semaphore(0);
      const [a] = visitors(semaphore, "a", order) as [Task<void>];
      yield* sleep(0);
      semaphore.release();
      semaphore.release();
      expect(semaphore.locked()).toBe(true);
      yield* semaphore.acquire();
      order.push("second");
      semaphore.release();
      yield* a;
    });
    expect(order).toEqual(["a@0", "second"]);
  });

  it("gives the place of a task that is cancelled after it was woken to the next", () => {
    const order: string[] = [];
    const state = trial(function* () {
      const semaphore = new Semaphore(0);
      const [a, b] = visitors(semaphore, "ab", order) as [Task<void>, Task<void>];
      yield* sleep(0);
      semaphore.release();
      a.cancel();
      yield* b;
      return [a.cancelled(), String(semaphore)];
    });
    expect(order).toEqual(["b@0"]);
    expect(state).toEqual([true, "<Semaphore [unlocked, value:1]>"]);
  });

  it("keeps its places when a waiting task is cancelled before it was woken", () => {
    const state = trial(function* () {
      const semaphore = new Semaphore(1);
      yield* semaphore.acquire();
      const [a] = visitors(semaphore, "a", []) as [Task<void>];
      yield* sleep(0);
      a.cancel();
      yield* outcomeOf(a);
      semaphore.release();
      return String(semaphore);
    });
    expect(state).toBe("<Semaphore [unlocked, value:1]>");
  });

  it.each([
    [-1, "VALUE"],
    [1.5, "VALUE"],
    [Number.NaN, "VALUE"],
    [Number.POSITIVE_INFINITY, "VALUE"],
    ["3", "TYPE"],
    [null, "TYPE"],
  ])("of %s is refused, which is no count: ERR_ARGUMENT_%s", (value, code) => {
    for (const make of [() => new Semaphore(value as number), () => new BoundedSemaphore(value as number)])
      expect(outcomeOfCall(make)).toBe(`ArgumentError ERR_ARGUMENT_${code}`);
  });

  it("may be released beyond what it began with, a BoundedSemaphore may not", () => {
    const semaphore = new Semaphore(1);
    semaphore.release();
    expect(String(semaphore)).toBe("<Semaphore [unlocked, value:2]>");
    const bounded = new BoundedSemaphore(1);
    expect(outcomeOfCall(() => bounded.release())).toBe("LoopError ERR_TOO_MANY_RELEASES");
    trial(() => bounded.with(() => {}));
    expect(outcomeOfCall(() => bounded.release())).toBe("LoopError ERR_TOO_MANY_RELEASES");
    expect(String(bounded)).toBe("<BoundedSemaphore [unlocked, value:1]>");
  });
});

describe.each([
  ["Lock", () => new Lock()],
  ["Semaphore", () => new Semaphore(1)],
  ["BoundedSemaphore", () => new BoundedSemaphore(1)],
])("scoped use of a %s", (_name, make) => {
  it("by with, in a coroutine: releases however the body ends, and gives its result", () => {
    trial(function* () {
      const place = make();
      const seen = yield* place.with(function* () {
        yield* sleep(1);
        return place.locked();
      });
      const plain = yield* place.with(() => place.locked());
      const thrown = yield* outcomeOf(
        place.with(function* () {
          throw new RangeError("bad");
        }),
      );
      expect([seen, plain, thrown, place.locked()]).toEqual([true, true, "RangeError bad", false]);
    });
  });

  it("by with, cancelled inside and while it waits", () => {
    trial(function* () {
      const place = make();
      const inside = createTask(place.with(() => sleep(100)));
      const waiting = createTask(place.with(() => sleep(100)));
      yield* sleep(1);
      waiting.cancel();
      yield* outcomeOf(waiting);
      expect(place.locked()).toBe(true);
      inside.cancel();
      yield* outcomeOf(inside);
      expect(place.locked()).toBe(false);
    });
  });

  it("by with, in an async function", async () => {
    await trialAsync(async () => {
      const place = make();
      const seen = await place.with(async () => {
        await sleep(1);
        return place.locked();
      });
      const thrown = await outcomeOfPromise(
        place.with(async () => {
          await sleep(1);
          throw new RangeError("bad");
        }),
      );
      expect([seen, thrown, place.locked()]).toEqual([true, "RangeError bad", false]);
    });
  });

  it("by hold: disposing releases, and only once", async () => {
    await trialAsync(async () => {
      const place = make();
      const hold = await place.hold();
      const held = place.locked();
      hold[Symbol.dispose]();
      hold[Symbol.dispose]();
      const free = place.locked();
      const other = await place.hold();
      // A hold that was disposed does not release what another task holds by now.
      hold[Symbol.dispose]();
      const stillHeld = place.locked();
      await other[Symbol.asyncDispose]();
      expect([held, free, stillHeld, place.locked()]).toEqual([true, false, true, false]);
    });
  });
});

it("Lock, Semaphore and Event can be made and asked outside of a loop, but not waited for", () => {
  const lock = new Lock();
  expect([lock.locked(), new Event().isSet(), new Semaphore(0).locked()]).toEqual([false, false, true]);
  expect(outcomeOfCall(() => new Event().wait().next())).toBe("LoopError ERR_NO_RUNNING_LOOP");
});
