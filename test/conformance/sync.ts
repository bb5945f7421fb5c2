// Items 59 to 65: locks, queues, and the end of a run.

import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  createTask,
  Event,
  gather,
  Lock,
  Queue,
  run as runProgram,
  Semaphore,
  sleep,
  trackAsyncgen,
} from "wasyncio";
import { type Item, type ItemRun, item } from "./harness.ts";

function* hold(run: ItemRun, name: string, primitive: Lock | Semaphore): Coroutine<void> {
  yield* primitive.with(function* () {
    run.record(`${name} has it`);
    yield* sleep(0);
  });
}

export const sync: readonly Item[] = [
  item(59, "no task takes a Lock or Semaphore out of turn", function* (run): Coroutine<void> {
    for (const primitive of [new Lock(), new Semaphore(1)]) {
      yield* primitive.acquire();
      const first = createTask(hold(run, "first", primitive));
      yield* sleep(1);
      // Free for an instant, but the first in line has been promised it.
      primitive.release();
      const second = createTask(hold(run, "second", primitive));
      yield* hold(run, "who released it", primitive);
      yield* gather(first, second);
    }
  }),

  item(59, "cancelled after being woken, one passes the turn on", function* (run): Coroutine<void> {
    for (const primitive of [new Lock(), new Semaphore(1)]) {
      yield* primitive.acquire();
      const first = createTask(hold(run, "first", primitive));
      const second = createTask(hold(run, "second", primitive));
      yield* sleep(1);
      primitive.release();
      first.cancel();
      yield* run.attemptAwait("first", first);
      yield* run.attemptAwait("second", second);
      run.record("locked", primitive.locked());
    }
  }),

  item(59, "what is not held cannot be released", function* (run): Coroutine<void> {
    run.attempt("Lock", () => new Lock().release());
    run.attempt("BoundedSemaphore", () => new BoundedSemaphore(1).release());
    run.attempt("Condition", () => new Condition().release());
    yield* run.refused("a semaphore below zero", () => new Semaphore(-1));
  }),

  item(
    60,
    "a Condition takes its lock again, even when its wait is cancelled",
    function* (run): Coroutine<void> {
      const condition = new Condition();
      const waiter = createTask(
        condition.with(function* () {
          try {
            yield* condition.wait();
          } finally {
            run.record("wait is over, locked", condition.locked());
          }
        }),
      );
      yield* sleep(1);
      yield* condition.with(function* () {
        waiter.cancel();
        yield* sleep(10);
        run.record("release");
      });
      yield* run.attemptAwait("waiter", waiter);
    },
  ),

  item(60, "cancelled after it was notified, a waiter notifies another", function* (run): Coroutine<void> {
    const condition = new Condition();
    function* wait(name: string): Coroutine<void> {
      yield* condition.with(function* () {
        yield* condition.wait();
        run.record(`${name} was notified`);
      });
    }
    const [first, second] = [createTask(wait("first")), createTask(wait("second"))];
    yield* sleep(1);
    yield* condition.with(() => condition.notify(1));
    first.cancel();
    yield* run.attemptAwait("first", first);
    yield* run.attemptAwait("second", second);
  }),

  item(60, "a Condition is used under its lock", function* (run): Coroutine<void> {
    const condition = new Condition();
    yield* run.attemptAwait("wait", condition.wait());
    run.attempt("notify", () => condition.notify());
  }),

  item(60, "a Condition notifies no task for a count below one", function* (run): Coroutine<void> {
    const condition = new Condition();
    const waiter = createTask(condition.with(() => condition.wait()));
    yield* sleep(1);
    yield* condition.with(() => {
      run.attempt("none", () => condition.notify(0));
      run.attempt("less", () => condition.notify(-1));
    });
    yield* sleep(1);
    run.record("notified", waiter.done());
    yield* condition.with(() => condition.notify());
    yield* run.attemptAwait("waiter", waiter);
  }),

  item(61, "an Event set and cleared still wakes who waited", function* (run): Coroutine<void> {
    const event = new Event();
    const waiter = createTask(run.attemptAwait("waited", event.wait()));
    yield* sleep(1);
    event.set();
    event.clear();
    yield* waiter;
    run.record("set", event.isSet());
  }),

  item(62, "a getter or putter cancelled after being woken wakes the next", function* (run): Coroutine<void> {
    const queue = new Queue<string>(1);
    const getters = [createTask(queue.get()), createTask(queue.get())] as const;
    yield* sleep(1);
    queue.putNowait("item");
    getters[0].cancel();
    yield* run.attemptAwait("first getter", getters[0]);
    yield* run.attemptAwait("second getter", getters[1]);
    queue.putNowait("full");
    const putters = [createTask(queue.put("first")), createTask(queue.put("second"))] as const;
    yield* sleep(1);
    queue.getNowait();
    putters[0].cancel();
    yield* run.attemptAwait("first putter", putters[0]);
    yield* run.attemptAwait("second putter", putters[1]);
    run.record("in the queue", queue.getNowait());
  }),

  item(
    62,
    "get_nowait can take an item from a getter that was woken for it",
    function* (run): Coroutine<void> {
      const queue = new Queue<string>();
      const getter = createTask(queue.get());
      yield* sleep(1);
      queue.putNowait("first");
      run.record("taken", queue.getNowait());
      yield* sleep(1);
      run.record("getter done", getter.done());
      queue.putNowait("second");
      yield* run.attemptAwait("getter", getter);
    },
  ),

  item(63, "shutdown lets the queue be drained", function* (run): Coroutine<void> {
    const queue = new Queue<string>(2);
    queue.putNowait("one");
    queue.putNowait("two");
    const putter = createTask(queue.put("three"));
    yield* sleep(1);
    queue.shutdown();
    yield* run.attemptAwait("waiting putter", putter);
    yield* run.attemptAwait("put", queue.put("four"));
    for (let times = 0; times < 3; times++) yield* run.attemptAwait("get", queue.get());
    run.attempt("get_nowait", () => queue.getNowait());
  }),

  item(63, "immediate shutdown empties the queue and releases join", function* (run): Coroutine<void> {
    const queue = new Queue<string>();
    queue.putNowait("one");
    queue.putNowait("two");
    const joiner = createTask(queue.join());
    yield* sleep(1);
    queue.shutdown(true);
    yield* run.attemptAwait("join", joiner);
    run.record("size", queue.qsize());
    yield* run.attemptAwait("get", queue.get());
  }),

  item(63, "one task_done too many is an error", function* (run): Coroutine<void> {
    const queue = new Queue<string>(1);
    queue.putNowait("item");
    run.attempt("full", () => queue.putNowait("more"));
    queue.getNowait();
    run.attempt("empty", () => queue.getNowait());
    run.attempt("task_done", () => queue.taskDone());
    run.attempt("task_done again", () => queue.taskDone());
  }),

  item(64, "a Barrier numbers those who wait, and opens for all at once", function* (run): Coroutine<void> {
    const barrier = new Barrier(3);
    function* wait(name: string, ms: number): Coroutine<void> {
      yield* sleep(ms);
      run.record(`${name} passes as`, yield* barrier.wait());
    }
    yield* gather(wait("slow", 30), wait("quick", 10), wait("middle", 20));
    yield* run.refused("a barrier for no task", () => new Barrier(0));
  }),

  item(64, "an aborted or reset Barrier raises in those who wait", function* (run): Coroutine<void> {
    const barrier = new Barrier(2);
    for (const breakIt of [() => barrier.reset(), () => barrier.abort()]) {
      const waiter = createTask(barrier.wait());
      yield* sleep(1);
      run.record("waiting", barrier.nWaiting);
      yield* breakIt();
      yield* run.attemptAwait("waiter", waiter);
      run.record("broken", barrier.broken);
    }
    yield* run.attemptAwait("wait", barrier.wait());
  }),

  item(
    65,
    "at the end of a run: cancel the tasks, close the async generators, close the loop",
    async (run) => {
      async function* generator(): AsyncGenerator<number> {
        try {
          yield 1;
        } finally {
          run.record("generator closed, loop closed", run.loop.isClosed());
        }
      }
      function* leftBehind(): Coroutine<void> {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(5);
          run.record("task cleaned up");
        }
      }
      const main = async (): Promise<void> => {
        run.loop.createTask(leftBehind());
        const started = trackAsyncgen(generator());
        await started.next();
        await sleep(1);
        run.record("main ends");
      };
      await runProgram(main, { loopFactory: () => run.loop });
      run.record("loop closed", run.loop.isClosed());
    },
  ),
];
