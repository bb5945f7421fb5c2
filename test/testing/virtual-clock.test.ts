/**
 * Owns the tests of the VirtualClock: jumps by itself, `advance`, and programs with real I/O beside it.
 */
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import {
  adopt,
  createTask,
  Event,
  newEventLoop,
  openConnection,
  Queue,
  run,
  runSync,
  sleep,
  timeout,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

/** Settles after so much real time. */
function realMs(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve("came"), ms));
}

describe("VirtualClock", () => {
  it("jumps from deadline to deadline when there is nothing to do", async () => {
    const clock = new VirtualClock({ startMs: 500 });
    const times: number[] = [];
    await run(
      async () => {
        for (const ms of [10, 0.5, 86_400_000]) {
          await sleep(ms);
          times.push(clock.time());
        }
      },
      { clock },
    );
    expect(times).toEqual([510, 510.5, 86_400_510.5]);
  });

  it("has the loops that share it keep one time", async () => {
    const clock = new VirtualClock();
    const ticks: Record<string, number[]> = { a: [], b: [] };
    const latest: number[] = [];
    const ticking = (name: string, everyMs: number) =>
      run(
        async () => {
          for (let i = 0; i < 3; i++) {
            await sleep(everyMs);
            ticks[name]?.push(clock.time());
            latest.push(clock.time());
          }
        },
        { clock },
      );
    await Promise.all([ticking("a", 20), ticking("b", 30)]);
    expect(ticks).toEqual({ a: [20, 40, 60], b: [30, 60, 90] });
    expect(latest).toEqual([...latest].sort((one, other) => one - other));
  });
});

describe("VirtualClock.advance", () => {
  it("has everything on the way run at its own time, and is there when nothing is left to run before", async () => {
    const clock = new VirtualClock({ autojump: false });
    const times: number[] = [];
    const running = run(
      async () => {
        for (let i = 0; i < 5; i++) {
          await sleep(10);
          times.push(clock.time());
        }
      },
      { clock },
    );
    await clock.advance(0);
    expect(times).toEqual([]);
    await clock.advance(35);
    expect([clock.time(), times]).toEqual([35, [10, 20, 30]]);
    await clock.advance(5);
    expect([clock.time(), times]).toEqual([40, [10, 20, 30, 40]]);
    await clock.advanceTo(1000);
    await running;
    expect([clock.time(), times]).toEqual([1000, [10, 20, 30, 40, 50]]);
  });

  it("moves the clock although nobody waits, one after the other", async () => {
    const clock = new VirtualClock({ autojump: false });
    const running = run(() => sleep(100), { clock });
    clock.advance(60);
    const last = clock.advance(100);
    await running;
    await last;
    expect(clock.time()).toBe(100);
  });

  it("is there at once where no loop is running, and keeps the time for the next", async () => {
    const clock = new VirtualClock({ autojump: false });
    clock.advance(250);
    expect(clock.time()).toBe(250);
    await clock.advanceTo(300);
    const loop = newEventLoop({ clock });
    expect([clock.time(), loop.time()]).toEqual([300, 0]);
    loop.close();
  });

  it("can be waited for on the loop itself, in a coroutine and in an async function", async () => {
    const clock = new VirtualClock({ autojump: false });
    const times = await run(
      function* () {
        const woken = createTask(sleep(15));
        yield* clock.advance(10);
        const before = [clock.time(), woken.done()];
        yield* createTask(async () => {
          await clock.advance(10);
        });
        return [before, clock.time(), woken.done()];
      },
      { clock },
    );
    expect(times).toEqual([[10, false], 20, true]);
  });

  it("can be cancelled at the wait", async () => {
    const clock = new VirtualClock();
    await run(
      async () => {
        const waiting = [
          createTask(function* () {
            yield* clock.advance(1000);
          }),
          createTask(async () => {
            await clock.advance(1000);
          }),
        ];
        await sleep(1);
        for (const task of waiting) task.cancel();
        await sleep(1);
        expect(waiting.map((task) => task.cancelled())).toEqual([true, true]);
      },
      { clock },
    );
  });

  it("lets a clock that jumps by itself jump, and is there at its time", async () => {
    const clock = new VirtualClock();
    const woken: number[] = [];
    const running = run(
      async () => {
        for (let i = 0; i < 3; i++) {
          await sleep(100);
          woken.push(clock.time());
        }
      },
      { clock },
    );
    await clock.advance(150);
    expect([clock.time(), woken]).toEqual([150, [100]]);
    await running;
    expect(woken).toEqual([100, 200, 300]);
  });

  it("is a sleep under runSync", () => {
    const clock = new VirtualClock({ autojump: false });
    runSync(
      function* () {
        const woken = createTask(sleep(15));
        yield* clock.advance(20);
        expect([clock.time(), woken.done()]).toEqual([20, true]);
      },
      { clock },
    );
  });

  it("wakes a program that waits in a queue and for the clock alike", async () => {
    const clock = new VirtualClock({ autojump: false });
    const queue = new Queue<number>();
    const taken: [number, number][] = [];
    const running = run(
      async () => {
        for (let i = 0; i < 2; i++) taken.push([await queue.get(), clock.time()]);
        await sleep(5);
      },
      { clock },
    );
    await clock.advance(10);
    queue.putNowait(1);
    await clock.advance(10);
    queue.putNowait(2);
    await clock.advance(10);
    await running;
    expect(taken).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });
});

describe("VirtualClock with autojumpAfterMs", () => {
  it("waits for real I/O before it jumps", async () => {
    const clock = new VirtualClock({ autojumpAfterMs: 200 });
    const came = await run(() => timeout(1000, () => adopt(realMs(20))), { clock });
    expect([came, clock.time()]).toEqual(["came", 0]);
  });

  it("waits for real sockets before it jumps", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => setTimeout(() => socket.end("pong"), 20));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const clock = new VirtualClock({ autojumpAfterMs: 200 });
    const answer = await run(
      async () => {
        const [reader, writer] = await openConnection("127.0.0.1", port);
        writer.write(new TextEncoder().encode("ping"));
        const bytes = await timeout(1000, () => reader.read());
        writer.close();
        await writer.waitClosed();
        return new TextDecoder().decode(bytes);
      },
      { clock },
    );
    server.close();
    expect([answer, clock.time()]).toEqual(["pong", 0]);
  });

  it("jumps all the same when nothing comes", async () => {
    const clock = new VirtualClock({ autojumpAfterMs: 5 });
    const running = run(() => timeout(1000, () => adopt(new Promise<void>(() => {}))), { clock });
    await expect(running).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(clock.time()).toBe(1000);
  });

  it("counts from the last thing that has happened", async () => {
    const clock = new VirtualClock({ autojumpAfterMs: 100 });
    const event = new Event();
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
      event.set();
      if (ticks === 10) clearInterval(timer);
    }, 20);
    await run(
      async () => {
        const sleeping = createTask(sleep(1000));
        while (ticks < 10) {
          await event.wait();
          event.clear();
          expect(clock.time()).toBe(0);
        }
        await sleeping;
      },
      { clock },
    );
    expect(clock.time()).toBe(1000);
  });

  it("leaves no real timer behind", async () => {
    const clock = new VirtualClock({ autojumpAfterMs: 60_000 });
    const before = process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    const running = run(
      async () => {
        createTask(sleep(10));
        await adopt(realMs(5));
      },
      { clock: clock },
    );
    await running;
    const after = process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    expect(after).toBe(before);
  });
});
