/**
 * Owns the tests of the TimersClock: loops that fake timers of a test library move.
 */

import { afterEach, describe, expect, it, vi } from "vitest";
import { createTask, run, sleep, timeout } from "wasyncio";
import { TimersClock } from "wasyncio/testing";

afterEach(() => {
  vi.useRealTimers();
});

describe("TimersClock", () => {
  it("has vi's fake timers move the loop", async () => {
    vi.useFakeTimers();
    const woken: number[] = [];
    const startMs = Date.now();
    const running = run(
      async () => {
        for (let i = 0; i < 4; i++) {
          await sleep(250);
          woken.push(Date.now() - startMs);
        }
        return "done";
      },
      { clock: new TimersClock() },
    );
    await vi.advanceTimersByTimeAsync(749);
    expect(woken).toEqual([250, 500]);
    await vi.advanceTimersByTimeAsync(251);
    expect(woken).toEqual([250, 500, 750, 1000]);
    expect(await running).toBe("done");
  });

  it("goes along with timers of the code under test, for coroutines by the synchronous calls too", async () => {
    vi.useFakeTimers();
    const order: string[] = [];
    const running = run(
      function* () {
        setTimeout(() => order.push("timer"), 20);
        yield* sleep(10);
        order.push("sleep");
        yield* sleep(20);
        order.push("end");
      },
      { clock: new TimersClock() },
    );
    await vi.advanceTimersByTimeAsync(1);
    vi.advanceTimersByTime(100);
    expect(order).toEqual(["sleep", "timer", "end"]);
    await running;
  });

  it("trusts timers alone where only they are faked, and survives their installation", async () => {
    const clock = new TimersClock();
    const before = clock.time();
    vi.useFakeTimers();
    expect(clock.time()).toBeGreaterThanOrEqual(before);
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const running = run(() => timeout(1000, () => sleep(5000)), { clock });
    const isLate = expect(running).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await vi.advanceTimersByTimeAsync(1000);
    await isLate;
  });

  it("is an ordinary clock without fake timers, and waits longer than setTimeout can", async () => {
    const clock = new TimersClock();
    await run(() => sleep(5), { clock });
    vi.useFakeTimers();
    const running = run(
      async () => {
        const task = createTask(sleep(2 ** 31 + 10));
        await task;
      },
      { clock },
    );
    await vi.advanceTimersByTimeAsync(2 ** 31 - 1);
    await vi.advanceTimersByTimeAsync(11);
    await running;
  });
});
