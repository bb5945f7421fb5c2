// Items 1 to 8, 17 and 18: what runs when.

import { type Coroutine, createTask, sleep } from "wasyncio";
import { KIND_TIMER } from "../../assembly/abi.ts";
import { collectGarbage, difference, type Item, item, type Record } from "./harness.ts";

export const scheduling: readonly Item[] = [
  item(1, "callbacks run in order, and those added by them in the next iteration", async (run) => {
    const { loop } = run;
    loop.callSoon(() => {
      run.record("first");
      loop.callSoon(() => run.record("added by first"));
      loop.stop();
    });
    loop.callSoon(() => run.record("second"));
    await loop.runForever();
    run.record("stopped after the batch");
    loop.callSoon(() => loop.stop());
    await loop.runForever();
  }),

  item(2, "a timer of no delay runs in the same iteration, after what was ready before", async (run) => {
    const { loop } = run;
    loop.callLater(0, () => run.record("later"));
    loop.callSoon(() => run.record("soon"));
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    run.record("stopped after the batch");
  }),

  item(
    3,
    "a callback cancelled within its batch is skipped but counts as a part of the batch",
    async (run) => {
      const { loop } = run;
      loop.callSoon(() => {
        run.record("first");
        second.cancel();
        loop.callSoon(() => run.record("added by first"));
        loop.stop();
      });
      const second = loop.callSoon(() => run.record("second"));
      await loop.runForever();
      run.record("stopped after the batch", second.cancelled());
      loop.callSoon(() => loop.stop());
      await loop.runForever();
    },
  ),

  item(3, "cancelling drops the arguments", async (run) => {
    const handles: unknown[] = [];
    const cancelled = (): WeakRef<object> => {
      const argument = { large: true };
      const handle = run.loop.callLater(100, (_: object) => {}, argument);
      handle.cancel();
      handles.push(handle);
      return new WeakRef(argument);
    };
    const reference = cancelled();
    await collectGarbage();
    run.record("collected", reference.deref() === undefined);
  }),

  item(
    4,
    "deadlines in the past are legal, fire in the next iteration, and the earliest first",
    async (run) => {
      const { loop } = run;
      loop.callLater(-5, () => run.record("delay -5"));
      loop.callAt(-100, () => run.record("at -100"));
      loop.callSoon(() => run.record("soon"));
      loop.callSoon(() => loop.stop());
      await loop.runForever();
      run.record("stopped after the batch");
    },
  ),

  item(5, "a timer is due at its deadline and not before", async (run) => {
    const { loop } = run;
    loop.callAt(10, () => loop.callAt(10, () => run.record("set for 10 at 10")));
    loop.callAt(10.5, () => run.record("set for 10.5"));
    loop.callAt(9.75, () => run.record("set for 9.75"));
    loop.callAt(11, () => loop.stop());
    await loop.runForever();
  }),

  difference(
    6,
    "equal deadlines run in the order in which they were set",
    "FIFO ties: CPython's heap reorders equal deadlines; ours has a sequence number",
    { cpython: timersAt10([1, 3, 2, 4, 5]), wasyncio: timersAt10([1, 2, 3, 4, 5]) },
    async (run) => {
      for (const number of [1, 2, 3, 4, 5]) run.loop.callAt(10, () => run.record(`timer ${number}`));
      run.loop.callAt(11, () => run.loop.stop());
      await run.loop.runForever();
    },
  ),

  difference(
    7,
    "a cancelled timer is taken out at once",
    "eager removal: CPython leaves cancelled timers in its heap until they are due or make up half of it",
    { cpython: [[0, "timers in the heap", 100]], wasyncio: [[0, "timers in the heap", 1]] },
    (run) => {
      const handles = Array.from({ length: 100 }, (_, index) =>
        run.loop.callLater(index + 1, () => run.record("never")),
      );
      for (const handle of handles.slice(1)) handle.cancel();
      run.record("timers in the heap", run.loop.scheduler.core.calls.slotsLive(KIND_TIMER));
    },
  ),

  item(8, "a timer far away fires at its time and not before", function* (run): Coroutine<void> {
    const days30 = 30 * 24 * 60 * 60 * 1000;
    run.loop.callLater(days30, () => run.record("after 30 days"));
    yield* sleep(days30 + 1);
  }),

  item(17, "sleep of zero and less is one bare yield", function* (run): Coroutine<void> {
    for (const delay of [0, -1]) {
      run.loop.callSoon(() => run.record(`queued before sleep(${delay})`));
      yield* sleep(delay);
      run.record(`slept ${delay}`);
    }
  }),

  item(17, "sleep for NaN is refused, and a timer for ever is allowed", function* (run): Coroutine<void> {
    yield* run.refused("sleep NaN", () => sleep(Number.NaN));
    const handle = run.loop.callLater(Number.POSITIVE_INFINITY, () => run.record("never"));
    run.record("is infinite", handle.when() === Number.POSITIVE_INFINITY);
    handle.cancel();
  }),

  item(18, "cancelling a sleeper removes its timer", function* (run): Coroutine<void> {
    const sleeper = createTask(sleep(100));
    yield* sleep(10);
    sleeper.cancel();
    yield* run.attemptAwait("sleeper", sleeper);
    // With the timer gone nothing is left to wait for, and the clock stands still.
    yield* run.loop.createFuture();
  }),
];

function timersAt10(numbers: readonly number[]): Record[] {
  return numbers.map((number) => [10, `timer ${number}`, null]);
}
