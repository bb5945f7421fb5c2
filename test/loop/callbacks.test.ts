/** Tests callbacks and timers, and how a loop is run, stopped and closed. */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  getRunningLoop,
  Handle,
  KeyboardInterrupt,
  newEventLoop,
  sleep,
  type TimerHandle,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { type Host, makeDefaultHost } from "../../src/host/host.ts";
import { rejectionOf, simulate, thrownBy, virtualLoop } from "./harness.ts";

describe("EventLoop.callSoon", () => {
  it("calls in the order of the calls, and what is added while a batch runs in the next one", () => {
    const order: string[] = [];
    simulate(function* () {
      const loop = getRunningLoop();
      loop.callSoon(() => {
        order.push("first");
        loop.callSoon((name) => order.push(name), "later");
      });
      loop.callSoon(() => order.push("second"));
      yield;
      order.push("task");
      yield;
    });
    expect(order).toEqual(["first", "second", "task", "later"]);
  });

  it("skips a handle that is cancelled within its own batch, and drops its arguments", () => {
    const order: string[] = [];
    simulate(function* () {
      const loop = getRunningLoop();
      loop.callSoon(() => victim.cancel());
      const victim = loop.callSoon(() => order.push("victim"));
      loop.callSoon(() => order.push("last"));
      yield;
      expect(victim.cancelled()).toBe(true);
    });
    expect(order).toEqual(["last"]);
  });

  it("hands an exception to the handler, and the rest of the batch goes on", () => {
    const order: string[] = [];
    const { reports } = simulate(function* () {
      const loop = getRunningLoop();
      loop.callSoon(function failing() {
        throw new Error("oops");
      });
      loop.callSoon(() => order.push("after"));
      yield;
    });
    expect(order).toEqual(["after"]);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toBe("Exception in callback failing");
    expect(String(reports[0]?.exception)).toBe("Error: oops");
    expect(reports[0]?.handle).toBeInstanceOf(Handle);
  });

  it("gives a handle that can be waited for: before the call, after it, and when it throws", () => {
    const { result, reports } = simulate(function* () {
      const loop = getRunningLoop();
      const sum = loop.callSoon((a, b) => a + b, 1, 2);
      const before = yield* sum;
      const again = yield* sum;
      const failing = loop.callSoon(() => {
        throw new RangeError("no");
      });
      let caught: unknown;
      try {
        yield* failing;
      } catch (error) {
        caught = error;
      }
      const unawaited = loop.callSoon(() => "kept");
      yield;
      yield;
      return [before, again, String(caught), yield* unawaited];
    });
    expect(result).toEqual([3, 3, "RangeError: no", "kept"]);
    expect(reports).toEqual([]);
  });

  it("reports the failure of an async function that was given for a callback", async () => {
    const reports: string[] = [];
    const loop = newEventLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(`${context.message}: ${context.exception}`));
    loop.callSoon(async () => {
      throw new RangeError("later");
    });
    await loop.runUntilComplete(sleep(5));
    loop.close();
    expect(reports).toEqual(["Exception in async function given as a callback: RangeError: later"]);
  });

  it("rejects what is no function, in debug mode a coroutine function, and a closed loop", () => {
    const loop = virtualLoop();
    expect(thrownBy(() => loop.callSoon(7 as never))).toMatchObject({
      code: "ERR_CALLBACK_EXPECTED",
      message: "callSoon needs a function, got 7",
    });
    loop.setDebug(true);
    const coroutineFunction = function* greeting(): Coroutine<void> {};
    expect(thrownBy(() => loop.callSoon(coroutineFunction as never)).message).toContain(
      "coroutine function 'greeting'",
    );
    loop.close();
    expect(thrownBy(() => loop.callSoon(() => {}))).toMatchObject({
      name: "LoopError",
      code: "ERR_LOOP_CLOSED",
    });
  });
});

describe("EventLoop.callLater and callAt", () => {
  it("call in the order of the deadlines, equal ones in the order set, and never early", () => {
    const order: string[] = [];
    const { tookMs } = simulate(function* () {
      const loop = getRunningLoop();
      const note = (name: string) => order.push(`${name}@${loop.time()}`);
      loop.callLater(20, note, "b");
      loop.callAt(loop.time() + 10, note, "a");
      loop.callLater(20, note, "c");
      yield* sleep(30);
    });
    expect(order).toEqual(["a@10", "b@20", "c@20"]);
    expect(tookMs).toBe(30);
  });

  it("call a negative delay and a time in the past in the next turn, after what callSoon has queued by then", () => {
    const order: string[] = [];
    const { tookMs } = simulate(function* () {
      const loop = getRunningLoop();
      loop.callLater(0, () => order.push("zero"));
      loop.callAt(-5, () => order.push("past"));
      loop.callSoon(() => order.push("soon"));
      yield;
      yield;
    });
    expect(order).toEqual(["soon", "past", "zero"]);
    expect(tookMs).toBe(0);
  });

  it("allow Infinity, which is never", () => {
    const { result } = simulate(function* () {
      let called = false;
      const timer = getRunningLoop().callLater(Number.POSITIVE_INFINITY, () => {
        called = true;
      });
      yield* sleep(1e9);
      timer.cancel();
      return called;
    });
    expect(result).toBe(false);
  });

  it.each([Number.NaN, "10", undefined, null, {}])("reject the delay %s", (delay) => {
    const loop = virtualLoop();
    expect(thrownBy(() => loop.callLater(delay as never, () => {})).code).toBe("ERR_DELAY");
    expect(thrownBy(() => loop.callAt(delay as never, () => {})).code).toBe("ERR_DELAY");
    loop.close();
  });

  it("tell when they are due: while they wait, after they have run, and after they were cancelled", () => {
    const { result } = simulate(function* () {
      const loop = getRunningLoop();
      const ran = loop.callLater(5, () => "done");
      const cancelled = loop.callLater(7, () => "never");
      const before = [ran.when(), cancelled.when()];
      cancelled.cancel();
      const value = yield* ran;
      return [...before, ran.when(), cancelled.when(), value];
    });
    expect(result).toEqual([5, 7, 5, 7, "done"]);
  });

  it("give CancelledError to a task that waits for a timer that is cancelled", () => {
    const { result } = simulate(function* () {
      const loop = getRunningLoop();
      const timer = loop.callLater(5, () => "never");
      loop.callSoon(() => timer.cancel());
      try {
        yield* timer;
        return "returned";
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(result).toBe("CancelledError");
  });
});

describe("EventLoop.runForever, stop and close", () => {
  it("stop finishes the batch, and a later run goes on where it was", async () => {
    const loop = newEventLoop();
    const order: string[] = [];
    loop.callSoon(() => {
      loop.stop();
      loop.callSoon(() => order.push("next run"));
    });
    loop.callSoon(() => order.push("same batch"));
    await loop.runForever();
    expect(order).toEqual(["same batch"]);
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(order).toEqual(["same batch", "next run"]);
    loop.close();
  });

  it("stop before runForever makes exactly one pass, without waiting for timers", async () => {
    const loop = newEventLoop();
    const order: string[] = [];
    loop.callSoon(() => {
      order.push("one");
      loop.callSoon(() => order.push("two"));
    });
    loop.callLater(60_000, () => order.push("timer"));
    loop.stop();
    await loop.runForever();
    expect(order).toEqual(["one"]);
    loop.close();
  });

  it("close is idempotent, drops what is pending, and is refused while the loop runs", async () => {
    const loop = newEventLoop();
    let called = false;
    loop.callLater(60_000, () => {
      called = true;
    });
    loop.callSoon(() => {
      expect(thrownBy(() => loop.close()).code).toBe("ERR_LOOP_RUNNING");
      loop.stop();
    });
    await loop.runForever();
    loop.close();
    loop.close();
    expect(loop.isClosed()).toBe(true);
    expect((await rejectionOf(loop.runForever())).code).toBe("ERR_LOOP_CLOSED");
    expect(called).toBe(false);
  });

  it("refuse to run a loop that is already running, or another one inside it", async () => {
    const loop = newEventLoop();
    const other = newEventLoop();
    const running = loop.runForever();
    expect((await rejectionOf(loop.runForever())).message).toContain("This event loop is already running");
    let nested: PromiseLike<unknown> | undefined;
    loop.callSoon(() => {
      nested = rejectionOf(other.runForever());
      loop.stop();
    });
    await running;
    expect(await nested).toMatchObject({ code: "ERR_LOOP_RUNNING" });
    loop.close();
    other.close();
  });

  it("a timer tells when it is due, before its callback, in it and after it, and when it was cancelled", () => {
    const loop = newEventLoop({ clock: new VirtualClock() });
    const told: number[] = [];
    const nested: TimerHandle = loop.callAt(5, () => {
      told.push(nested.when());
      nested.cancel();
      told.push(nested.when());
    });
    const other = loop.callAt(7, () => {});
    told.push(nested.when(), other.when());
    loop.runSync(sleep(6));
    other.cancel();
    told.push(nested.when(), other.when());
    expect(told).toEqual([5, 7, 5, 5, 5, 7]);
    loop.close();
  });

  it("an error is written with its message, even where the engine's stack has only the frames", async () => {
    const written: string[] = [];
    const host = Object.assign(makeDefaultHost(), { writeError: (text: string) => written.push(text) });
    const loop = newEventLoop({ host });
    const error = new RangeError("too far");
    error.stack = "step@program.js:1:2";
    loop.callSoon(() => {
      throw error;
    });
    await loop.runUntilComplete(sleep(0));
    expect(written.join("\n")).toContain("RangeError: too far\nstep@program.js:1:2");
    loop.close();
  });

  it("a host that refuses to wake makes the run fail, and the loop can be run again", async () => {
    let refuses = true;
    const host = makeDefaultHost();
    const picky: Host = {
      name: "picky",
      sliceMs: 1,
      now: () => host.now(),
      wakeSoon: (wake) => {
        if (refuses) throw new Error("not here");
        host.wakeSoon(wake);
      },
      wakeAt: (deadlineMs, wake) => host.wakeAt(deadlineMs, wake),
      keepAlive: (on) => host.keepAlive(on),
      writeError: (text) => host.writeError(text),
    };
    const loop = newEventLoop({ host: picky });
    expect(await rejectionOf(loop.runForever())).toMatchObject({
      name: "LoopError",
      code: "ERR_HOST_REFUSED",
      message: expect.stringContaining("'picky' does not allow a loop to run here: Error: not here"),
    });
    expect(loop.isRunning()).toBe(false);
    refuses = false;
    expect(await loop.runUntilComplete(sleep(1, "ran"))).toBe("ran");
    loop.close();
  });

  it("runUntilComplete tells when the loop was stopped before the future was done", async () => {
    const loop = newEventLoop();
    const future = loop.createFuture<void>();
    loop.callSoon(() => loop.stop());
    expect(await rejectionOf(loop.runUntilComplete(future))).toMatchObject({
      code: "ERR_LOOP_STOPPED",
      message: "Event loop stopped before Future completed.",
    });
    loop.close();
  });

  it("an interrupt thrown by a callback leaves the run at once; the rest of the batch stays queued", async () => {
    const loop = newEventLoop();
    const order: string[] = [];
    loop.callSoon(() => order.push("before"));
    loop.callSoon(() => {
      throw new KeyboardInterrupt();
    });
    loop.callSoon(() => order.push("after"));
    expect((await rejectionOf(loop.runForever())).name).toBe("KeyboardInterrupt");
    expect(order).toEqual(["before"]);
    loop.stop();
    await loop.runForever();
    expect(order).toEqual(["before", "after"]);
    loop.close();
  });
});

describe("real time", () => {
  it("timers are never early, and time passes", async () => {
    const loop = newEventLoop();
    const lateMs: number[] = [];
    for (const delayMs of [0.4, 1, 1.5, 2.7, 5, 10]) {
      const dueMs = loop.time() + delayMs;
      loop.callLater(delayMs, () => lateMs.push(loop.time() - dueMs));
    }
    loop.callLater(30, () => loop.stop());
    await loop.runForever();
    loop.close();
    expect(lateMs).toHaveLength(6);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(-1e-6);
  });

  it("two loops run side by side", async () => {
    const order: string[] = [];
    const runOne = async (name: string, delayMs: number) => {
      const loop = newEventLoop();
      await loop.runUntilComplete(
        (function* () {
          yield* sleep(delayMs);
          order.push(name);
          yield* sleep(20);
          order.push(name);
        })(),
      );
      loop.close();
    };
    await Promise.all([runOne("slow", 10), runOne("fast", 1)]);
    expect(order).toEqual(["fast", "slow", "fast", "slow"]);
  });

  it("a loop with nothing ready gives the host its thread, and a busy one does so after its slice", async () => {
    const loop = newEventLoop();
    let turns = 0;
    const spin = () => {
      turns++;
      loop.callSoon(spin);
    };
    loop.callSoon(spin);
    const running = loop.runForever();
    await new Promise((resolve) => setTimeout(resolve, 20));
    loop.stop();
    await running;
    // On a machine that is busy with other things few slices go into that time.
    expect(turns).toBeGreaterThan(10);
    loop.close();
  });

  it("a virtual clock and a real run together jump from deadline to deadline", async () => {
    const clock = new VirtualClock(1000);
    const loop = newEventLoop({ clock });
    const startMs = performance.now();
    await loop.runUntilComplete(sleep(3_600_000));
    expect(clock.time()).toBe(3_601_000);
    expect(loop.time()).toBe(3_600_000);
    expect(performance.now() - startMs).toBeLessThan(1000);
    loop.close();
  });
});
