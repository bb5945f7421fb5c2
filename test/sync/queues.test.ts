/** Tests Queue, LifoQueue and PriorityQueue: order, waiting, bounds, shutdown, join, iteration (items 62 and 63). */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  LifoQueue,
  PriorityQueue,
  Queue,
  sleep,
} from "wasyncio";
import { outcomeOf, outcomeOfCall, outcomeOfPromise, trial, trialAsync } from "./trial.ts";

const SHUT_DOWN = "QueueShutDown ERR_QUEUE_SHUT_DOWN";
const EMPTY = "QueueEmpty ERR_QUEUE_EMPTY";
const FULL = "QueueFull ERR_QUEUE_FULL";
const CANCELLED = "CancelledError ERR_CANCELLED";

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

function filled<Q extends Queue<number>>(queue: Q, ...items: number[]): Q {
  for (const item of items) queue.putNowait(item);
  return queue;
}

describe("the order in which items come out", () => {
  it("of a Queue is that in which they went in, over many rounds of its ring", () => {
    const queue = new Queue<number>();
    const out: number[] = [];
    let next = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 7; i++) queue.putNowait(next++);
      for (let i = 0; i < 5; i++) out.push(queue.getNowait());
    }
    out.push(...drain(queue));
    expect(out).toEqual(Array.from({ length: 350 }, (_, i) => i));
  });

  it("of a LifoQueue is the last first", () => {
    expect(drain(filled(new LifoQueue<number>(), 1, 2, 3))).toEqual([3, 2, 1]);
  });

  it("of a PriorityQueue is the least first, by < or by the comparator", () => {
    expect(drain(filled(new PriorityQueue<number>(), 5, 1, 4, 1, 3))).toEqual([1, 1, 3, 4, 5]);
    expect(drain(filled(new PriorityQueue<number>(0, (a, b) => b - a), 5, 1, 4))).toEqual([5, 4, 1]);
    const words = new PriorityQueue<string>();
    for (const word of ["pear", "apple", "fig"]) words.putNowait(word);
    expect(drain(words)).toEqual(["apple", "fig", "pear"]);
  });

  it("of equal items in a PriorityQueue is that of Python's heapq", () => {
    const queue = new PriorityQueue<[number, string]>(0, ([a], [b]) => a - b);
    for (const name of "abcdefg") queue.putNowait([name < "d" ? 1 : 0, name]);
    // heapq.heappush and heappop of objects that compare by their first part.
    expect(drain(queue).map(([, name]) => name)).toEqual(["d", "f", "g", "e", "c", "b", "a"]);
  });
});

describe("Queue.put and get", () => {
  it("wait while the queue is full, and while it is empty", () => {
    const order: string[] = [];
    trial(function* () {
      const queue = new Queue<number>(1);
      const producer = function* (): Coroutine<void> {
        for (let i = 0; i < 3; i++) {
          yield* queue.put(i);
          order.push(`put ${i}@${getRunningLoop().time()}`);
        }
      };
      const consumer = function* (): Coroutine<void> {
        for (let i = 0; i < 3; i++) {
          yield* sleep(10);
          order.push(`got ${yield* queue.get()}@${getRunningLoop().time()}`);
        }
      };
      yield* gather(producer(), consumer());
      expect(String(queue)).toBe("<Queue maxsize=1 size=0>");
    });
    expect(order).toEqual(["put 0@0", "got 0@10", "put 1@10", "got 1@20", "put 2@20", "got 2@30"]);
  });

  it("serve waiting tasks in the order in which they came", () => {
    const result = trial(function* () {
      const queue = new Queue<number>();
      const getters = [1, 2, 3].map(() => createTask(queue.get()));
      yield* sleep(1);
      filled(queue, 10, 20, 30);
      return yield* gather(...getters);
    });
    expect(result).toEqual([10, 20, 30]);
  });

  it("getNowait can take an item from a getter that is woken, which then waits on", () => {
    const result = trial(function* () {
      const queue = new Queue<number>();
      const getter = createTask(queue.get());
      yield* sleep(1);
      queue.putNowait(1);
      const taken = queue.getNowait();
      yield* sleep(1);
      const waits = !getter.done();
      queue.putNowait(2);
      return [taken, waits, yield* getter];
    });
    expect(result).toEqual([1, true, 2]);
  });

  it("a getter that is cancelled after it was woken wakes the next", () => {
    const result = trial(function* () {
      const queue = new Queue<number>();
      const [first, second] = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(1);
      queue.putNowait(7);
      first.cancel();
      return [yield* second, first.cancelled(), queue.qsize()];
    });
    expect(result).toEqual([7, true, 0]);
  });

  it("a putter that is cancelled after it was woken wakes the next, and puts nothing", () => {
    const result = trial(function* () {
      const queue = filled(new Queue<number>(1), 0);
      const [first, second] = [createTask(queue.put(1)), createTask(queue.put(2))];
      yield* sleep(1);
      const got = [queue.getNowait()];
      first.cancel();
      yield* second;
      return [...got, ...drain(queue), first.cancelled()];
    });
    expect(result).toEqual([0, 2, true]);
  });

  it("those cancelled while they wait are forgotten", () => {
    const result = trial(function* () {
      const queue = new Queue<number>(1);
      const getter = createTask(outcomeOf(queue.get()));
      yield* sleep(1);
      getter.cancel();
      const got = yield* getter;
      filled(queue, 1);
      const putter = createTask(outcomeOf(queue.put(2)));
      yield* sleep(1);
      putter.cancel();
      return [got, yield* putter, ...drain(queue), queue.getters.size, queue.putters.size];
    });
    expect(result).toEqual([CANCELLED, CANCELLED, 1, 0, 0]);
  });

  it("without waiting throw QueueEmpty and QueueFull", () => {
    const queue = new Queue<number>(2);
    expect(outcomeOfCall(() => queue.getNowait())).toBe(EMPTY);
    filled(queue, 1, 2);
    expect([queue.full(), outcomeOfCall(() => queue.putNowait(3))]).toEqual([true, FULL]);
    expect(drain(queue)).toEqual([1, 2]);
  });

  it("a maxsize of zero or less bounds nothing", () => {
    for (const maxsize of [0, -1]) expect(filled(new Queue<number>(maxsize), 1, 2, 3).full()).toBe(false);
  });

  it("work in async functions", async () => {
    const got = await trialAsync(async () => {
      const queue = new LifoQueue<string>(1);
      const producer = createTask(async () => {
        for (const item of ["a", "b", "c"]) await queue.put(item);
        queue.shutdown();
      });
      const items: string[] = [];
      for (let i = 0; i < 3; i++) items.push(await queue.get());
      await producer;
      return [...items, await outcomeOfPromise(queue.get())];
    });
    expect(got).toEqual(["a", "b", "c", SHUT_DOWN]);
  });
});

describe("Queue.join and taskDone", () => {
  it("join waits until all that was put in is dealt with, and not at all when nothing was", () => {
    const result = trial(function* () {
      const queue = new Queue<number>();
      yield* queue.join();
      filled(queue, 1, 2);
      const join = createTask(queue.join());
      const states: boolean[] = [];
      for (let i = 0; i < 2; i++) {
        queue.getNowait();
        yield* sleep(1);
        states.push(join.done());
        queue.taskDone();
      }
      yield* join;
      return states;
    });
    expect(result).toEqual([false, false]);
  });

  it("taskDone once too often is ERR_TOO_MANY_RELEASES", () => {
    const queue = filled(new Queue<number>(), 1);
    queue.taskDone();
    expect(outcomeOfCall(() => queue.taskDone())).toBe("LoopError ERR_TOO_MANY_RELEASES");
    expect(outcomeOfCall(() => new Queue().taskDone())).toBe("LoopError ERR_TOO_MANY_RELEASES");
  });
});

describe("Queue.shutdown", () => {
  it("lets nothing in, and out what is there", () => {
    const result = trial(function* () {
      const queue = filled(new Queue<number>(), 1, 2);
      queue.shutdown();
      return [
        String(queue),
        outcomeOfCall(() => queue.putNowait(3)),
        yield* outcomeOf(queue.put(3)),
        yield* outcomeOf(queue.get()),
        outcomeOfCall(() => queue.getNowait()),
        yield* outcomeOf(queue.get()),
        outcomeOfCall(() => queue.getNowait()),
      ];
    });
    expect(result).toEqual([
      "<Queue maxsize=0 size=2 shutdown>",
      SHUT_DOWN,
      SHUT_DOWN,
      "returned 1",
      "returned 2",
      SHUT_DOWN,
      SHUT_DOWN,
    ]);
  });

  it.each([false, true])("throws in waiting getters and putters (immediate %s)", (immediate) => {
    const result = trial(function* () {
      const empty = new Queue<number>();
      const full = filled(new Queue<number>(1), 1);
      const tasks = [empty.get(), empty.get(), full.put(2), full.put(3)].map((each) =>
        createTask(outcomeOf(each)),
      );
      yield* sleep(1);
      empty.shutdown(immediate);
      full.shutdown(immediate);
      return [...(yield* gather(...tasks)), full.qsize()];
    });
    expect(result).toEqual([SHUT_DOWN, SHUT_DOWN, SHUT_DOWN, SHUT_DOWN, immediate ? 0 : 1]);
  });

  it("does not release join while items are left; what was taken out still has to be dealt with", () => {
    const result = trial(function* () {
      const queue = filled(new Queue<number>(), 1, 2);
      const join = createTask(queue.join());
      yield* sleep(1);
      queue.shutdown();
      yield* sleep(1);
      const states = [join.done()];
      for (let i = 0; i < 2; i++) {
        queue.getNowait();
        queue.taskDone();
        yield* sleep(1);
        states.push(join.done());
      }
      return states;
    });
    expect(result).toEqual([false, false, true]);
  });

  it("at once drops the items and releases join, but for what was taken out before", () => {
    const result = trial(function* () {
      const queue = filled(new Queue<number>(), 1, 2, 3);
      queue.getNowait();
      const join = createTask(queue.join());
      yield* sleep(1);
      queue.shutdown(true);
      yield* sleep(1);
      const states: unknown[] = [queue.qsize(), join.done(), outcomeOfCall(() => queue.getNowait())];
      queue.taskDone();
      yield* join;
      return [...states, outcomeOfCall(() => queue.taskDone())];
    });
    expect(result).toEqual([0, false, SHUT_DOWN, "LoopError ERR_TOO_MANY_RELEASES"]);
  });

  it("at once releases join right away when nothing was taken out", () => {
    const time = trial(function* () {
      const queue = filled(new Queue<number>(), 1, 2);
      const join = createTask(queue.join());
      yield* sleep(1);
      queue.shutdown(true);
      yield* join;
      return getRunningLoop().time();
    });
    expect(time).toBe(1);
  });

  it("may be called again, and then at once", () => {
    const queue = filled(new Queue<number>(), 1, 2);
    queue.shutdown();
    queue.shutdown();
    expect(queue.qsize()).toBe(2);
    queue.shutdown(true);
    expect([queue.qsize(), outcomeOfCall(() => queue.getNowait())]).toEqual([0, SHUT_DOWN]);
  });

  it("in the turn in which a getter was woken leaves the item to it", () => {
    const result = trial(function* () {
      const queue = new Queue<number>();
      const [first, second] = [createTask(outcomeOf(queue.get())), createTask(outcomeOf(queue.get()))];
      yield* sleep(1);
      queue.putNowait(1);
      queue.shutdown();
      return yield* gather(first, second);
    });
    expect(result).toEqual(["returned 1", SHUT_DOWN]);
  });
});

describe("a Queue as an async iterable", () => {
  it("gives the items as they come, until the queue is shut down and empty", async () => {
    const got = await trialAsync(async () => {
      const queue = new Queue<number>(1);
      const producer = createTask(async () => {
        for (let i = 0; i < 4; i++) {
          await sleep(1);
          await queue.put(i);
        }
        queue.shutdown();
      });
      const items: number[] = [];
      for await (const item of queue) items.push(item);
      await producer;
      return items;
    });
    expect(got).toEqual([0, 1, 2, 3]);
  });

  it("ends at once for a queue that is shut down and empty, and loses nothing when it is left early", async () => {
    const got = await trialAsync(async () => {
      const queue = filled(new Queue<number>(), 1, 2, 3);
      queue.shutdown();
      const items: (number | string)[] = [];
      for await (const item of queue) {
        items.push(item);
        if (item === 2) break;
      }
      items.push("again");
      for await (const item of queue) items.push(item);
      for await (const item of queue) items.push(item);
      return items;
    });
    expect(got).toEqual([1, 2, "again", 3]);
  });

  it("gives an item that is a future as it is", async () => {
    const result = await trialAsync(async () => {
      const queue = new Queue<Future<number>>();
      const future = getRunningLoop().createFuture<number>();
      queue.putNowait(future);
      queue.shutdown();
      for await (const item of queue) return item === future && item.pending();
      return "nothing came";
    });
    expect(result).toBe(true);
  });

  it("passes on a cancellation of the iterating task", async () => {
    const outcome = await trialAsync(async () => {
      const queue = new Queue<number>();
      const task = createTask(async () => {
        for await (const _item of queue);
      });
      await sleep(1);
      task.cancel();
      const seen = await outcomeOfPromise(task);
      return [seen, queue.getters.size];
    });
    expect(outcome).toEqual([CANCELLED, 0]);
  });
});

describe("bad input", () => {
  it.each([
    [Number.NaN, "VALUE"],
    [1.5, "VALUE"],
    ["5", "TYPE"],
    [null, "TYPE"],
  ])("a queue of the size %s is refused: ERR_ARGUMENT_%s", (maxsize, code) => {
    for (const make of [Queue, LifoQueue, PriorityQueue])
      expect(outcomeOfCall(() => new make(maxsize as number))).toBe(`ArgumentError ERR_ARGUMENT_${code}`);
  });

  it.each([0, -1, Number.POSITIVE_INFINITY])("a queue of the size %s takes any number", (maxsize) => {
    const queue = new Queue<number>(maxsize);
    for (let i = 0; i < 5; i++) queue.putNowait(i);
    expect([queue.qsize(), queue.full()]).toEqual([5, false]);
  });

  it("a comparator that is no function is refused", () => {
    expect(outcomeOfCall(() => new PriorityQueue(0, 5 as never))).toBe("ArgumentError ERR_CALLBACK_EXPECTED");
  });

  it("a comparator that throws in get throws there, and the queue is as it was", () => {
    let broken = false;
    const queue = new PriorityQueue<number>(0, (a, b) => {
      if (broken) throw new RangeError("cannot compare");
      return a - b;
    });
    filled(queue, 5, 3, 4, 1, 2);
    broken = true;
    expect(outcomeOfCall(() => queue.getNowait())).toBe("RangeError cannot compare");
    expect(trial(() => outcomeOf(queue.get()))).toBe("RangeError cannot compare");
    broken = false;
    expect(drain(queue)).toEqual([1, 2, 3, 4, 5]);
  });

  it("a comparator that throws in put throws there, and the item is in the queue, as in asyncio", () => {
    let broken = false;
    const queue = new PriorityQueue<number>(0, (a, b) => {
      if (broken) throw new RangeError("cannot compare");
      return a - b;
    });
    filled(queue, 1, 2);
    broken = true;
    expect(outcomeOfCall(() => queue.putNowait(3))).toBe("RangeError cannot compare");
    broken = false;
    expect(drain(queue)).toEqual([1, 2, 3]);
    // It was not counted: the put has failed.
    queue.taskDone();
    queue.taskDone();
    expect(outcomeOfCall(() => queue.taskDone())).toBe("LoopError ERR_TOO_MANY_RELEASES");
  });
});
