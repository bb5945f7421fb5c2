/**
 * Tests debug mode: what is slow, what was never awaited, where what was never retrieved was made, and coroutine functions
 * given as callbacks. Time is virtual: a callback is slow because it moves the clock.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Barrier,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  type EventLoop,
  getRunningLoop,
  Lock,
  newEventLoop,
  type Operation,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  timeout,
  wait,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { collectGarbage, nothing } from "../core/collect.ts";
import { outcomeOfCall, outcomeOfPromise } from "../sync/trial.ts";
import { bareHost } from "./hosts.ts";

let written: string[];
let clock: VirtualClock;
let loop: EventLoop;

beforeEach(() => {
  written = [];
  clock = new VirtualClock();
  loop = newEventLoop({ clock, host: bareHost({ writeError: (text) => written.push(text) }), debug: true });
});

afterEach(() => {
  if (!loop.isClosed()) loop.close();
});

/** Lets so much time pass in the callback or step at hand. */
function pass(ms: number): void {
  loop.scheduler.host.skipTo?.(clock.time() + ms);
}

describe("slow callbacks are reported in debug mode", () => {
  it("from slowCallbackDuration on, 100 ms unless set", () => {
    expect(loop.slowCallbackDuration).toBe(100);
    for (const ms of [99.5, 100, 250]) loop.callSoon(() => pass(ms));
    loop.runSync(nothing());
    expect(written).toEqual([
      expect.stringMatching(/^Executing .* took 100\.0 ms$/),
      expect.stringMatching(/^Executing .* took 250\.0 ms$/),
    ]);
    loop.slowCallbackDuration = 5;
    loop.callSoon(() => pass(7));
    loop.runSync(nothing());
    expect(written[2]).toMatch(/ took 7\.0 ms$/);
  });

  it("callbacks, timers and done callbacks by their function's name", () => {
    loop.callSoon(function crawling() {
      pass(100);
    });
    loop.callLater(1, function late() {
      pass(100);
    });
    const future = loop.createFuture<void>();
    future.addDoneCallback(function afterwards() {
      pass(100);
    });
    future.setResult();
    loop.runSync(sleep(500));
    expect(
      written.map((text) => text.match(/crawling|late|afterwards of <Future finished/)?.[0]).sort(),
    ).toEqual(["afterwards of <Future finished", "crawling", "late"]);
  });

  it("a task's step by the task's name and, where it has one, its coroutine's", () => {
    const body = coroutine(function* crawl() {
      yield* sleep(1);
      pass(100);
      yield* sleep(1);
    });
    loop.runSync(loop.createTask(body(), { name: "slug" }));
    expect(written).toEqual([
      expect.stringMatching(/^Executing <Task pending name='slug' coro=crawl.*> took 100\.0 ms$/),
    ]);
  });

  it("an async function's step, also after an await", async () => {
    const first = async function crawling() {
      pass(100);
      await sleep(1);
    };
    const later = async function dawdling() {
      await sleep(1);
      await (async () => await sleep(1))();
      pass(200);
      await sleep(1);
    };
    await loop.runUntilComplete(loop.createTask(first, { name: "slug" }));
    await loop.runUntilComplete(loop.createTask(later, { name: "snail" }));
    expect(written).toEqual([
      expect.stringMatching(/^Executing <AsyncTask pending name='slug' coro=crawling.*> took 100\.0 ms$/),
      expect.stringMatching(/^Executing <AsyncTask pending name='snail' coro=dawdling.*> took 200\.0 ms$/),
    ]);
  });

  it("not otherwise", () => {
    loop.setDebug(false);
    loop.callSoon(() => pass(1000));
    loop.runSync(nothing());
    expect([written, loop.getDebug()]).toEqual([[], false]);
  });
});

describe("what was never awaited is reported in debug mode, once it is collected", () => {
  const mine = coroutine(function* mine() {
    yield;
  });

  /** What is made and dropped, and the name it is to be reported by. */
  const dropped: Record<string, () => unknown> = {
    "sleep(5)": () => sleep(5),
    mine: () => mine(),
    "Lock.acquire": () => new Lock().acquire(),
    with: () => new Lock().with(() => {}),
    hold: () => new Semaphore().hold(),
    "Semaphore.acquire": () => new Semaphore().acquire(),
    "Event.wait": () => new Event().wait(),
    wait: () => new Condition().wait(),
    reset: () => new Barrier(2).reset(),
    "Queue.get": () => new Queue().get(),
    "Queue.put": () => new Queue().put(1),
    join: () => new Queue().join(),
    timeout: () => timeout(5, nothing),
  };

  /** In a function of its own, so that no register of a frame that lives on still holds what was made. */
  function drop(make: () => unknown): void {
    make();
  }

  async function reportsAfter(main: () => Coroutine<unknown>): Promise<string[]> {
    loop.runSync(main());
    loop.runSync(nothing());
    await collectGarbage();
    return written;
  }

  it.each(Object.entries(dropped))("%s", async (name, make) => {
    const reports = await reportsAfter(function* () {
      drop(make);
    });
    const own = reports.filter((text) => text.startsWith(`coroutine '${name}' was never awaited\n`));
    expect(own).toHaveLength(1);
    // Where it was made.
    expect(own[0]).toContain("debug.test.ts");
  });

  it("also in an async function, where an await is missing", async () => {
    await loop.runUntilComplete(async () => {
      drop(() => sleep(7));
      await sleep(8);
    });
    loop.runSync(nothing());
    await collectGarbage();
    expect(written).toEqual([expect.stringMatching(/^coroutine 'sleep\(7\)' was never awaited\n/)]);
  });

  it("not what was awaited, by a coroutine, a task or an async function, or cancelled while it waited", async () => {
    const reports = await reportsAfter(function* () {
      const lock = new Lock();
      yield* lock.with(() => sleep(1));
      yield* mine();
      const tasks = [
        createTask(mine()),
        createTask(lock.with(() => sleep(100))),
        createTask(new Queue().get()),
      ];
      const asked = createTask(new Event().wait());
      yield* wait(tasks, { timeout: 5 });
      for (const task of [...tasks, asked]) task.cancel();
      yield* sleep(1);
    });
    await loop.runUntilComplete(async () => {
      await mine();
      await new Lock().acquire();
      await Promise.all([sleep(1), mine()]);
      await shield(mine());
    });
    loop.runSync(nothing());
    await collectGarbage();
    expect(reports).toEqual([]);
  });

  it("at the loop's end at the latest, held or not, in the order in which it was made", async () => {
    const held: unknown[] = [];
    await run(
      async () => {
        held.push(sleep(1), mine(), sleep(2));
        await (held[2] as PromiseLike<void>);
        held.push(new Lock().acquire());
      },
      { loopFactory: () => loop },
    );
    expect(written.map((text) => text.split("\n")[0])).toEqual([
      "coroutine 'sleep(1)' was never awaited",
      "coroutine 'mine' was never awaited",
      "coroutine 'Lock.acquire' was never awaited",
    ]);
    held.length = 0;
    await collectGarbage();
    expect(written).toHaveLength(3);
  });

  it("not what was cancelled, or thrown away, before it began", async () => {
    loop.runSync(
      (function* () {
        const made: (() => Operation<unknown>)[] = [mine, () => sleep(1), () => new Event().wait()];
        for (const make of made) createTask(make()).cancel();
        for (const make of made) make().return(undefined as never);
        yield* sleep(5);
      })(),
    );
    loop.close();
    expect(written).toEqual([]);
  });

  it("not without debug mode", async () => {
    loop.setDebug(false);
    const reports = await reportsAfter(function* () {
      for (const make of Object.values(dropped)) drop(make);
    });
    expect(reports).toEqual([]);
  });
});

describe("an exception that was never retrieved tells where its future was made", () => {
  function makeFuture(): void {
    loop.createFuture().setException(new Error("lost"));
  }

  function makeTask(): void {
    loop.createTask(
      (function* (): Coroutine<void> {
        yield;
        throw new Error("lost");
      })(),
      { name: "loser" },
    );
  }

  async function sourceOf(
    make: () => void,
  ): Promise<{ source: string | undefined; described: string | undefined }> {
    const contexts: { source: string | undefined; described: string | undefined }[] = [];
    loop.setExceptionHandler((_loop, { source, futureDescription }) =>
      contexts.push({ source, described: futureDescription }),
    );
    loop.runSync(
      (function* () {
        make();
        yield* sleep(1);
      })(),
    );
    loop.runSync(nothing());
    await collectGarbage();
    expect(contexts).toHaveLength(1);
    return contexts[0] as (typeof contexts)[0];
  }

  it("a future", async () => {
    const { source, described } = await sourceOf(makeFuture);
    expect(source).toMatch(/makeFuture/);
    expect(described).toMatch(/^<Future finished exception=Error: lost>/);
  });

  it("a task, with its name", async () => {
    const { source, described } = await sourceOf(makeTask);
    expect(source).toMatch(/makeTask/);
    expect(described).toMatch(/name='loser'/);
  });

  it("not without debug mode", async () => {
    loop.setDebug(false);
    expect((await sourceOf(makeFuture)).source).toBeUndefined();
  });

  it("and the default handler writes it", async () => {
    loop.runSync(
      (function* () {
        makeFuture();
        yield;
      })(),
    );
    loop.runSync(nothing());
    await collectGarbage();
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(
      /^Future exception was never retrieved\n[\s\S]*source: [\s\S]*makeFuture[\s\S]*Error: lost/,
    );
  });
});

describe("a coroutine function given as a callback", () => {
  const asynchronous = async () => {};
  const given: [string, () => unknown][] = [
    ["callSoon of a generator function", () => loop.callSoon(nothing)],
    ["callSoon of an async function", () => loop.callSoon(asynchronous)],
    ["callSoonThreadsafe", () => loop.callSoonThreadsafe(nothing)],
    ["callLater", () => loop.callLater(1, nothing)],
    ["callAt", () => loop.callAt(1, asynchronous)],
  ];

  it.each(given)("to %s is refused in debug mode, and only there", (_name, call) => {
    expect(outcomeOfCall(call)).toBe("ArgumentError ERR_CALLBACK_EXPECTED");
    loop.setDebug(false);
    expect(outcomeOfCall(call)).toMatch(/^returned </);
  });
});

it("run turns debug mode on for its loop", async () => {
  const seen = await run(
    async () => [getRunningLoop().getDebug(), await outcomeOfPromise(sleep(0, "done"))],
    { clock: new VirtualClock(), debug: true },
  );
  expect(seen).toEqual([true, "returned done"]);
});
