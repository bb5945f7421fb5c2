/**
 * The package's own primitives, explored: what each of them promises holds in any legal order, and also where one of the tasks
 * is cancelled at one of its waits, in generators and in async functions.
 */
import { describe, expect, it } from "vitest";
import {
  Barrier,
  Condition,
  type Coroutine,
  createTask,
  Event,
  gather,
  Lock,
  Queue,
  QueueShutDown,
  Semaphore,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  wait,
} from "wasyncio";
import { explore } from "wasyncio/testing";

const RUNS = 150;

type Program = () => Coroutine<void> | Promise<void>;

/** Whoever is in a place that takes so many. */
class Visitors {
  private count = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  enter(): void {
    expect(++this.count).toBeLessThanOrEqual(this.max);
  }

  leave(): void {
    this.count--;
  }
}

function visit(place: Lock | Semaphore, visitors: Visitors): Coroutine<void> {
  return place.with(function* () {
    visitors.enter();
    try {
      yield* sleep(0);
      yield* sleep(1);
    } finally {
      visitors.leave();
    }
  });
}

async function visitAsync(place: Lock | Semaphore, visitors: Visitors): Promise<void> {
  await place.with(async () => {
    visitors.enter();
    try {
      await sleep(0);
      await sleep(1);
    } finally {
      visitors.leave();
    }
  });
}

const programs: Record<string, Program> = {
  *"Lock lets one in at a time, and is free at the end"() {
    const lock = new Lock();
    const visitors = new Visitors(1);
    const visits = [1, 2, 3].map(() => visit(lock, visitors));
    yield* gather(...visits, { returnExceptions: true });
    expect(lock.locked()).toBe(false);
  },

  async "Lock lets one async function in at a time, and is free at the end"() {
    const lock = new Lock();
    const visitors = new Visitors(1);
    const visits = [1, 2, 3].map(() => () => visitAsync(lock, visitors));
    await gather(...visits, { returnExceptions: true });
    expect(lock.locked()).toBe(false);
  },

  *"Semaphore lets as many in as it has permits, and has them all at the end"() {
    const places = new Semaphore(2);
    const visitors = new Visitors(2);
    const visits = [1, 2, 3, 4].map(() => visit(places, visitors));
    yield* gather(...visits, { returnExceptions: true });
    for (let free = 0; free < 2; free++) {
      expect(places.locked()).toBe(false);
      yield* places.acquire();
    }
    expect(places.locked()).toBe(true);
  },

  async "Semaphore lets as many async functions in as it has permits, and has them all at the end"() {
    const places = new Semaphore(2);
    const visitors = new Visitors(2);
    const visits = [1, 2, 3, 4].map(() => () => visitAsync(places, visitors));
    await gather(...visits, { returnExceptions: true });
    await places.acquire();
    expect(places.locked()).toBe(false);
  },

  *"Condition wakes another if the one that was notified is cancelled"() {
    const changed = new Condition();
    let tokens = 0;
    function* take(): Coroutine<void> {
      yield* changed.with(function* () {
        yield* changed.waitFor(() => tokens > 0);
        tokens--;
      });
    }
    yield* new TaskGroup().with(function* (group) {
      for (let i = 0; i < 3; i++) group.createTask(take());
      for (let i = 0; i < 3; i++) {
        yield* sleep(0);
        yield* changed.with(() => {
          tokens++;
          changed.notify();
        });
      }
    });
  },

  *"Queue loses no item and has none twice"() {
    const queue = new Queue<number>(1);
    const taken: number[] = [];
    let put = 0;
    function* produce(items: readonly number[]): Coroutine<void> {
      for (const item of items) {
        yield* queue.put(item);
        put++;
      }
    }
    function* consume(): Coroutine<void> {
      try {
        for (;;) taken.push(yield* queue.get());
      } catch (error) {
        if (!(error instanceof QueueShutDown)) throw error;
      }
    }
    yield* new TaskGroup().with(function* (group) {
      for (let i = 0; i < 3; i++) group.createTask(consume());
      yield* gather(produce([1, 2]), produce([3, 4]), { returnExceptions: true });
      queue.shutdown();
    });
    expect(taken.length).toBe(put);
    expect(new Set(taken).size).toBe(put);
  },

  *"Queue is joined when every item is done, and not before"() {
    const queue = new Queue<number>();
    let done = 0;
    function* work(): Coroutine<void> {
      for (;;) {
        yield* queue.get();
        try {
          yield* sleep(1);
        } finally {
          done++;
          queue.taskDone();
        }
      }
    }
    for (let item = 0; item < 4; item++) queue.putNowait(item);
    const workers = [work(), work(), work()].map((each) => createTask(each));
    try {
      yield* queue.join();
      expect(done).toBe(4);
    } finally {
      for (const worker of workers) worker.cancel();
      yield* gather(...workers, { returnExceptions: true });
    }
  },

  *"Event wakes all that wait, and those that come later do not wait"() {
    const event = new Event();
    yield* new TaskGroup().with(function* (group) {
      for (let i = 0; i < 3; i++) group.createTask(event.wait());
      yield* sleep(1);
      event.set();
      yield* event.wait();
    });
  },

  *"TaskGroup is left when all of its tasks have cleaned up"() {
    let running = 0;
    function* work(ms: number): Coroutine<void> {
      running++;
      try {
        yield* sleep(ms);
        if (ms === 2) throw new Error("it fails");
      } finally {
        try {
          yield* sleep(1);
        } finally {
          running--;
        }
      }
    }
    try {
      yield* new TaskGroup().with(function* (group) {
        for (const ms of [1, 2, 2, 3]) group.createTask(work(ms));
        yield* sleep(2);
      });
    } catch (error) {
      if ((error as Error).name !== "ExceptionGroup") throw error;
    } finally {
      expect(running).toBe(0);
    }
  },

  async "TaskGroup of async functions is left when all of its tasks have cleaned up"() {
    let running = 0;
    async function work(ms: number): Promise<void> {
      running++;
      try {
        await sleep(ms);
        if (ms === 2) throw new Error("it fails");
      } finally {
        try {
          await sleep(1);
        } finally {
          running--;
        }
      }
    }
    try {
      await new TaskGroup().with(async (group) => {
        for (const ms of [1, 2, 2, 3]) group.createTask(() => work(ms));
        await sleep(2);
      });
    } catch (error) {
      if ((error as Error).name !== "ExceptionGroup") throw error;
    } finally {
      expect(running).toBe(0);
    }
  },

  *"timeout ends what is in it before it is left, with the result or with a TimeoutError"() {
    let running = 0;
    function* work(): Coroutine<string> {
      running++;
      try {
        yield* sleep(5);
        return "done";
      } finally {
        running--;
      }
    }
    function* limited(): Coroutine<void> {
      try {
        expect(yield* timeout(5, work)).toBe("done");
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    }
    yield* gather(limited(), limited(), { returnExceptions: true });
    expect(running).toBe(0);
  },

  *"wait tells what is done from what is not"() {
    const tasks = [1, 2, 2].map((ms) => createTask(sleep(ms)));
    try {
      const [done, pending] = yield* wait(tasks, { timeout: 2 });
      expect(done.size + pending.size).toBe(3);
      expect([...pending].every((task) => task !== tasks[0])).toBe(true);
    } finally {
      for (const task of tasks) task.cancel();
      yield* gather(...tasks, { returnExceptions: true });
    }
  },
};

describe.each(Object.entries(programs))("%s", (_name, program) => {
  it.each(["random", "pct"] as const)("in any order (%s)", async (strategy) => {
    expect(await explore(program, { strategy, runs: RUNS })).toMatchObject({ runs: RUNS });
  });

  it("where a task is cancelled", async () => {
    const { cancellations } = await explore(program, { runs: 1, cancellations: true });
    expect(cancellations).toBeGreaterThan(0);
  });
});

describe("Barrier", () => {
  it("lets none into the next round before all have left the last", async () => {
    await explore(
      function* () {
        const barrier = new Barrier(3);
        const rounds = [0, 0, 0];
        function* run(who: number): Coroutine<void> {
          for (let round = 1; round <= 3; round++) {
            yield* barrier.wait();
            rounds[who] = round;
            expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThanOrEqual(1);
          }
        }
        yield* gather(run(0), run(1), run(2));
      },
      { runs: RUNS },
    );
  });
});
