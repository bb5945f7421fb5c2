/** Cases: the clock, timers, and how the loop shares the thread with its host. */
import { assert } from "chai";
import {
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  newEventLoop,
  run,
  sleep,
  type Task,
  waitFor,
} from "wasyncio";
import { casesOf, needing } from "./case.ts";

/** Lets the loop be busy until the host has done something, and no longer than this. */
const BUSY_MS_MAX = 5000;

/** Turns of the loop until `done`, each of them ready at once. */
function* busyUntil(done: () => boolean) {
  const loop = getRunningLoop();
  const endMs = loop.time() + BUSY_MS_MAX;
  let turns = 0;
  while (!done()) {
    assert.isBelow(loop.time(), endMs, `the host did not get its turn in ${turns} turns of the loop`);
    turns++;
    yield* sleep(0);
  }
  return turns;
}

export const clock = casesOf("clock", {
  "time never goes backwards": () => {
    const loop = newEventLoop();
    let beforeMs = loop.time();
    for (let i = 0; i < 10_000; i++) {
      const nowMs = loop.time();
      assert.isAtLeast(nowMs, beforeMs);
      beforeMs = nowMs;
    }
    loop.close();
  },

  "a sleep never ends early": ({ clockStepMs }) =>
    run(function* () {
      const loop = getRunningLoop();
      for (const delayMs of [0.4, 1, 1.5, 3.7, 20]) {
        const startMs = loop.time();
        yield* sleep(delayMs);
        assert.isAtLeast(loop.time() - startMs, delayMs - clockStepMs, `sleep(${delayMs})`);
      }
    }),

  "timers run in the order of their deadlines, and those of one deadline as they were set": () =>
    run(function* () {
      const loop = getRunningLoop();
      const log: string[] = [];
      const startMs = loop.time();
      loop.callAt(startMs + 9, () => log.push("c"));
      loop.callAt(startMs + 3, () => log.push("a1"));
      loop.callAt(startMs + 3, () => log.push("a2"));
      loop.callAt(startMs + 6, () => log.push("b"));
      yield* sleep(12);
      assert.deepEqual(log, ["a1", "a2", "b", "c"]);
    }),

  "a deadline beyond 2^31 ms does not come early": () =>
    run(function* () {
      const loop = getRunningLoop();
      let fired = 0;
      const handles = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 5, 2 ** 45].map((delayMs) =>
        loop.callLater(delayMs, () => fired++),
      );
      // The loop has to go to sleep for the host to be asked for the far deadline.
      yield* sleep(20);
      assert.equal(fired, 0);
      for (const handle of handles) handle.cancel();
    }),

  "a loop that waits for a far deadline alone is woken by a promise": () =>
    run(async () => {
      const far = createTask(sleep(2 ** 40));
      await new Promise((resolve) => setTimeout(resolve, 5));
      far.cancel();
      assert.isTrue(await Promise.resolve(true));
    }),

  "a time-out cancels what takes too long": () =>
    run(function* () {
      try {
        yield* waitFor(sleep(60_000), 5);
        assert.fail("no time-out");
      } catch (error) {
        assert.propertyVal(error, "code", "ERR_TIMEOUT");
      }
    }),
});

export const fairness = casesOf("fairness", {
  "callbacks run in the order of callSoon, never from within": () =>
    run(function* () {
      const loop = getRunningLoop();
      const log: number[] = [];
      for (let i = 1; i <= 3; i++) loop.callSoon(() => log.push(i));
      log.push(0);
      yield* sleep(0);
      assert.deepEqual(log, [0, 1, 2, 3]);
    }),

  "a busy loop lets the host's timers through": () =>
    run(function* () {
      let came = false;
      setTimeout(() => {
        came = true;
      }, 5);
      yield* busyUntil(() => came);
    }),

  "a busy loop lets the host's input and output through": needing(
    (here) => here.fetch,
    ({ url }) =>
      run(function* () {
        let answer: unknown;
        const keep = (value: unknown) => {
          answer = value;
        };
        fetch(url)
          .then((response) => response.text())
          .then(keep, keep);
        yield* busyUntil(() => answer !== undefined);
        assert.equal(answer, "hello");
      }),
  ),

  "a busy loop lets promises through": () =>
    run(function* () {
      let hops = 0;
      (async () => {
        while (hops < 10) {
          await null;
          hops++;
        }
      })();
      yield* busyUntil(() => hops === 10);
    }),

  "1,000 turns of sleep(0) take less than half a second": () =>
    run(function* () {
      const startMs = performance.now();
      for (let i = 0; i < 1000; i++) yield* sleep(0);
      assert.isBelow(performance.now() - startMs, 500);
    }),

  "100 loops, each woken by the host, take less than a second and a half": async () => {
    const startMs = performance.now();
    for (let i = 0; i < 100; i++) await run(sleep(0));
    assert.isBelow(performance.now() - startMs, 1500);
  },
});

export const cancelling = casesOf("cancellation", {
  "cancel unwinds finally, and what it waits for there": () =>
    run(function* () {
      const log: string[] = [];
      const task = createTask(
        (function* () {
          try {
            yield* sleep(60_000);
          } finally {
            log.push("unwinding");
            yield* sleep(1);
            log.push("unwound");
          }
        })(),
      );
      yield* sleep(1);
      task.cancel();
      try {
        yield* task;
        assert.fail("not cancelled");
      } catch (error) {
        assert.instanceOf(error, CancelledError);
      }
      assert.deepEqual(log, ["unwinding", "unwound"]);
    }),

  "the task's AbortSignal is aborted when it is cancelled": () =>
    run(function* () {
      let signal: AbortSignal | undefined;
      const task: Task<void> = createTask(
        (function* () {
          signal = currentTask()?.signal;
          yield* sleep(60_000);
        })(),
      );
      yield* sleep(1);
      assert.isFalse(signal?.aborted);
      task.cancel();
      yield* sleep(1);
      assert.isTrue(signal?.aborted);
    }),
});
