/** The timeline's model, without a page: what a program on a virtual clock leaves behind, and how it is laid out. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createTask,
  type EventLoop,
  gather,
  getEventLoopPolicy,
  type Main,
  run,
  sleep,
  Task,
  timeout,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { parts } from "../../examples/browser/src/parts/all.ts";
import { Player, type Show } from "../../examples/browser/src/player.ts";
import { ObservingPolicy } from "../../examples/browser/src/recorder/observed-loop.ts";
import { formatMs, scaleTo } from "../../examples/browser/src/timeline/scale.ts";
import { type TaskRow, Timeline } from "../../examples/browser/src/timeline/timeline.ts";
import { treeOf } from "../../examples/browser/src/timeline/tree.ts";
import { EXPECTED, rowsOf } from "./expected.ts";

async function record<T>(main: Main<T>): Promise<{ timeline: Timeline; result: T | unknown }> {
  const timeline = new Timeline();
  const result = await runObserved(main, timeline).catch((error: unknown) => error);
  return { timeline, result };
}

function runObserved<T>(main: Main<T>, timeline: Timeline): Promise<T> {
  const policy = new ObservingPolicy(timeline, { newClock: () => new VirtualClock() });
  return run(main, { loopFactory: () => policy.newEventLoop() });
}

function named(timeline: Timeline, name: string): TaskRow {
  const row = timeline.rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no task is called ${name}`);
  return row;
}

const at = (row: TaskRow) => [row.startMs, row.endMs];
const stepsAt = (row: TaskRow) => row.steps.map(({ startMs }) => startMs);

describe("ObservingPolicy", () => {
  it("notes when a task was created, each step it took, and how it ended", async () => {
    const { timeline, result } = await record(function* () {
      yield* sleep(10);
      function* twice() {
        yield* sleep(20);
        yield* sleep(30);
        return "twice";
      }
      return yield* createTask(twice(), { name: "child" });
    });
    expect(result).toBe("twice");
    const [main, child] = [named(timeline, "main"), named(timeline, "child")];
    expect([main.outcome, child.outcome]).toEqual(["returned", "returned"]);
    expect(at(main)).toEqual([0, 60]);
    expect(at(child)).toEqual([10, 60]);
    expect(stepsAt(main)).toEqual([0, 10, 60]);
    expect(stepsAt(child)).toEqual([10, 30, 60]);
    expect([child.stepCount, child.parent, main.parent]).toEqual([3, main, undefined]);
  });

  it("notes failures with their reason, and does not hide them from code that waits", async () => {
    const { timeline, result } = await record(function* () {
      function* fail(): Generator<never, never> {
        throw new RangeError("too far");
      }
      yield* createTask(fail(), { name: "failing" });
    });
    expect(result).toBeInstanceOf(RangeError);
    for (const name of ["failing", "main"]) {
      expect(named(timeline, name)).toMatchObject({ outcome: "failed", reason: "RangeError: too far" });
    }
  });

  it("notes when a task is asked to cancel and when it has unwound", async () => {
    const { timeline } = await record(function* () {
      function* stubborn() {
        try {
          yield* sleep(1000);
        } finally {
          yield* sleep(70);
        }
      }
      const task = createTask(stubborn(), { name: "stubborn" });
      yield* sleep(30);
      task.cancel("enough");
      yield* gather(task, { returnExceptions: true });
    });
    expect(named(timeline, "stubborn")).toMatchObject({
      outcome: "cancelled",
      cancelAskedMs: 30,
      endMs: 100,
      reason: "CancelledError: enough",
    });
    expect(named(timeline, "main").outcome).toBe("returned");
  });

  it("notes a task that is cancelled before its first step", async () => {
    const { timeline } = await record(function* () {
      const task = createTask(sleep(10), { name: "never" });
      task.cancel();
      yield* gather(task, { returnExceptions: true });
    });
    expect(named(timeline, "never")).toMatchObject({ outcome: "cancelled", cancelAskedMs: 0, endMs: 0 });
  });

  it("notes a request to cancel that a timeout took back", async () => {
    const { timeline } = await record(function* () {
      try {
        yield* timeout(40, () => sleep(1000));
      } catch {
        yield* sleep(5);
      }
    });
    expect(named(timeline, "main")).toMatchObject({ outcome: "returned", cancelAskedMs: 40, endMs: 45 });
  });

  it("notes async functions, their creators, and their first and last step", async () => {
    const { timeline, result } = await record(async () => {
      const child = createTask(
        async () => {
          await sleep(20);
          await sleep(20);
          throw new Error("burnt");
        },
        { name: "child" },
      );
      await sleep(10);
      await child;
    });
    expect(result).toMatchObject({ message: "burnt" });
    const [main, child] = [named(timeline, "main"), named(timeline, "child")];
    expect([main.isAsyncFunction, child.isAsyncFunction, child.parent]).toEqual([true, true, main]);
    expect(child).toMatchObject({ outcome: "failed", reason: "Error: burnt", startMs: 0, endMs: 40 });
    expect(stepsAt(child)).toEqual([0, 40]);
  });

  it("watches the coroutine and the future that a plain function gives", async () => {
    const byFuture = await record(() => gather(sleep(10, "slept")));
    expect(byFuture.result).toEqual(["slept"]);
    expect(named(byFuture.timeline, "main")).toMatchObject({ isAsyncFunction: false, endMs: 10 });
    const byCoroutine = await record(() => sleep(10, "slept"));
    expect([byCoroutine.result, stepsAt(named(byCoroutine.timeline, "main"))]).toEqual(["slept", [0, 10]]);
  });

  it("changes nothing about the order of events", async () => {
    const program = (log: string[]) =>
      function* () {
        function* worker(name: string) {
          for (let turn = 0; turn < 5; turn++) {
            log.push(`${name}${turn}`);
            if (turn % 2 === 0) yield;
            else yield* sleep(turn);
          }
        }
        const doomed = createTask(sleep(1e6), { name: "doomed" });
        const tasks = ["a", "b", "c"].map((name) => createTask(worker(name)));
        tasks.push(
          createTask(async () => {
            log.push("async");
            await sleep(2);
            log.push("async again");
          }),
        );
        doomed.addDoneCallback(() => log.push("doomed has ended"));
        doomed.cancel();
        yield* gather(...tasks);
      };
    const [plain, observed]: string[][] = [[], []];
    await run(program(plain as string[]), { clock: new VirtualClock() });
    await record(program(observed as string[]));
    expect(observed).toEqual(plain);
    expect(plain).toHaveLength(18);
  });

  it("leaves the tasks as they are", async () => {
    await record(function* () {
      const task = createTask(sleep(1), { name: "plain" });
      expect(task).toBeInstanceOf(Task);
      expect((task.getLoop() as EventLoop).getTaskFactory()).toBeNull();
      yield* task;
    });
  });
});

describe("Timeline", () => {
  it("merges steps that follow each other closely, and counts them all", async () => {
    const { timeline } = await record(function* () {
      for (let turn = 0; turn < 1000; turn++) yield;
      yield* sleep(10);
    });
    const main = named(timeline, "main");
    expect([main.steps.length, main.stepCount]).toEqual([2, 1002]);
  });

  it("goes on where the program before has ended, and stands still between", async () => {
    const timeline = new Timeline();
    for (let count = 0; count < 2; count++) await runObserved(() => sleep(50), timeline);
    expect(timeline.rows.map(at)).toEqual([
      [0, 50],
      [50, 100],
    ]);
    expect(timeline.nowMs()).toBe(100);
  });

  it("keeps so many notes and counts the others", () => {
    const timeline = new Timeline();
    for (let count = 0; count < 520; count++) timeline.note(`line ${count}`);
    expect([timeline.notes.length, timeline.notesDropped]).toEqual([500, 20]);
  });
});

describe("treeOf", () => {
  it("places each task below its creator, with lines from one to the other", () => {
    const timeline = new Timeline();
    let nowMs = 0;
    timeline.follow(() => nowMs);
    const left = timeline.created("left", undefined);
    const right = timeline.created("right", undefined);
    nowMs = 5;
    const early = timeline.created("early", left);
    timeline.created("of right", right);
    nowMs = 7;
    timeline.created("late", left);
    timeline.created("of early", early);
    const tree = treeOf(timeline.rows);
    expect(tree.map(({ task, depth }) => `${depth} ${task.name}`)).toEqual([
      "0 left",
      "1 early",
      "2 of early",
      "1 late",
      "0 right",
      "1 of right",
    ]);
    const lines = tree.map((row) => row.lines.map(({ part, atMs }) => `${part} ${atMs}`));
    expect(lines).toEqual([
      ["leaves 5", "leaves 7"],
      ["reaches 5", "leaves 7", "passes 7"],
      ["reaches 7", "passes 7"],
      ["reaches 7"],
      ["leaves 5"],
      ["reaches 5"],
    ]);
  });
});

describe("scaleTo", () => {
  it.each([0, 0.3, 7, 450, 999, 61_000, 3_600_000, 86_400_000])(
    "has two to six ticks for %d ms",
    (lengthMs) => {
      const { ticks, percent } = scaleTo(lengthMs);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(percent(0)).toBe(0);
      expect(percent(Math.max(lengthMs, 2))).toBe(97);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
    },
  );

  it("writes times as people do", () => {
    expect([0, 0.04, 3.25, 450.4, 999.7, 1234, 3_600_000].map(formatMs)).toEqual([
      "0",
      "0 ms",
      "3.3 ms",
      "450 ms",
      "1 s",
      "1.23 s",
      "60 min",
    ]);
  });
});

/** Those that need the page's server. */
const FETCHING = ["pages", "timeouts"];

describe("Player", () => {
  beforeEach(() => {
    vi.spyOn(console, "log").mockImplementation(() => {});
  });
  afterEach(() => vi.restoreAllMocks());

  const player = () => new Player(parts, { newClock: () => new VirtualClock() });
  const showOf = (shows: readonly Show[], name: string) =>
    shows.find(({ part }) => part.name === name) as Show;

  it.each(Object.keys(EXPECTED).filter((name) => !FETCHING.includes(name)))(
    "plays %s, with the tasks and outcomes that every engine shows",
    async (name) => {
      const playing = player();
      await playing.play(showOf(playing.shows, name).part);
      const show = showOf(playing.shows, name);
      expect([show.status, show.reason, show.timeline.notes.at(-1)?.text]).toEqual([
        ...["returned", ""],
        expect.stringMatching(EXPECTED[name]?.lastLine ?? /^$/),
      ]);
      expect(rowsOf(show)).toEqual(EXPECTED[name]?.rows);
    },
  );

  it("takes what a program prints, tells the console too, and leaves policy and console as they were", async () => {
    const { log } = console;
    const policy = getEventLoopPolicy();
    const playing = player();
    const broken = {
      name: "broken",
      title: "",
      play: async () => {
        // What stands there while it runs.
        const { log: print } = console;
        print("about", 2, "break");
        throw new RangeError("too far");
      },
    };
    const failing = new Player([broken]);
    await failing.play();
    expect(failing.shows[0]).toMatchObject({
      status: "failed",
      reason: "RangeError: too far",
      timeline: { notes: [{ text: "about 2 break" }] },
    });
    expect(log).toHaveBeenCalledWith("about", 2, "break");
    await playing.play(showOf(playing.shows, "hello").part);
    expect([{ ...console }.log, getEventLoopPolicy()]).toEqual([log, policy]);
  });

  it("cancels the main task, and shows a part that was cancelled by hand as such", async () => {
    // On the real clock, since a virtual one would be hours ahead before anybody could press a button.
    const playing = new Player(parts);
    let told = 0;
    const unsubscribe = playing.subscribe(() => told++);
    const played = playing.play(showOf(playing.shows, "watch").part);
    await Promise.resolve();
    expect([playing.busy, showOf(playing.shows, "watch").status]).toEqual([true, "running"]);
    while (showOf(playing.shows, "watch").timeline.rows.length < 4)
      await new Promise((wake) => setTimeout(wake, 5));
    playing.cancel();
    await played;
    unsubscribe();
    const show = showOf(playing.shows, "watch");
    expect([playing.busy, show.status, told]).toEqual([false, "cancelled", 3]);
    expect(rowsOf(show)).toEqual([
      "main cancelled",
      "  supervisor cancelled",
      "    north cancelled",
      "    south cancelled",
    ]);
    playing.clear();
    expect(
      playing.shows.every(({ status, timeline }) => status === "idle" && timeline.rows.length === 0),
    ).toBe(true);
  });
});
