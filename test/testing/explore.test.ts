/** What `explore` finds, what it leaves in order, and how a failure reads. */
import { describe, expect, test } from "vitest";
import {
  adopt,
  createTask,
  Event,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  sleep,
  TaskGroup,
  timeout,
} from "wasyncio";
import { ExplorationError, type ExploreOptions, explore, type Program } from "wasyncio/testing";
import { failureOf } from "./failing.ts";

/** What goes well only if the deposit comes first, as it does in the loop's own order. */
function* withdrawing(): Generator<unknown, number, unknown> {
  let balance = 100;
  function* deposit() {
    yield* sleep(5);
    balance += 50;
  }
  function* withdraw() {
    yield* sleep(5);
    if (balance < 120) throw new Error("declined");
    balance -= 120;
  }
  function* idle() {
    for (let i = 0; i < 5; i++) yield* sleep(1);
  }
  const noise = [1, 2, 3].map((i) => createTask(idle(), { name: `noise-${i}` }));
  yield* gather(
    createTask(deposit(), { name: "deposit" }),
    createTask(withdraw(), { name: "withdraw" }),
    ...noise,
  );
  return balance;
}

async function withdrawingAsync(): Promise<number> {
  let balance = 100;
  const deposit = async () => {
    await sleep(5);
    balance += 50;
  };
  const withdraw = async () => {
    await sleep(5);
    if (balance < 120) throw new Error("declined");
    balance -= 120;
  };
  const tasks = [createTask(deposit, { name: "deposit" }), createTask(withdraw, { name: "withdraw" })];
  await gather(...tasks);
  return balance;
}

const PROGRAMS: [string, Program<number>][] = [
  ["a generator function", withdrawing],
  ["an async function", withdrawingAsync],
  ["a function that calls a generator function", () => withdrawing()],
  ["a function that calls an async function", () => withdrawingAsync()],
];

describe.each(PROGRAMS)("explore of %s", (_, program) => {
  test.each(["random", "pct", "exhaustive"] as const)(
    "finds a race by %s, and shrinks it",
    async (strategy) => {
      const error = await failureOf(program, { strategy });
      expect(error).toBeInstanceOf(ExplorationError);
      expect(error.code).toBe("ERR_EXPLORATION_FAILED");
      expect((error.cause as Error).message).toBe("declined");
      expect(error.departures).toHaveLength(1);
      expect(error.schedule.faults).toEqual([]);
      expect(error.run).toBeGreaterThan(1);
      expect(error.message).toContain(error.trace);
      expect(error.message).toContain(`replay(program, "${error.token}")`);
      expect(error.trace).toMatch(/\* turn \d+, \d+ ms: .*withdraw.*deposit/);
    },
  );
});

test("explore finds the same with the same seed, and may find another with another", async () => {
  const tokens = [];
  for (const seed of [7, 7, 8]) tokens.push((await failureOf(withdrawing, { seed })).token);
  expect(tokens[0]).toBe(tokens[1]);
  expect(tokens[2]).not.toBe(tokens[0]);
});

test("explore reports what it has run", async () => {
  function* program() {
    yield* gather(sleep(1), sleep(2), createTask(sleep(1)));
  }
  const report = await explore(program, { runs: 50, seed: 3 });
  expect(report).toMatchObject({ runs: 50, seed: 3, cancellations: 0, exhausted: false });
  expect(report.schedules).toBeGreaterThan(1);
});

test("explore gives each run a fresh loop, a clock at 0 and numbers of its own", async () => {
  const loops = new Set();
  const numbers = new Set();
  await explore(
    function* (explored) {
      loops.add(getRunningLoop());
      numbers.add(explored.random.next());
      expect(explored.clock.time()).toBe(0);
      yield* sleep(1000);
      expect(explored.clock.time()).toBe(1000);
    },
    { runs: 20 },
  );
  expect(loops.size).toBe(20);
  expect(numbers.size).toBe(20);
});

// ── What keeps its order ────────────────────────────────────────────────────────────────────────────────────────────

const IN_ORDER: [string, (log: number[]) => Generator<unknown, void, unknown>][] = [
  [
    "callbacks",
    function* (log) {
      const loop = getRunningLoop();
      for (const i of [1, 2, 3]) loop.callSoon(() => void log.push(i));
      yield* sleep(1);
    },
  ],
  [
    "the callbacks of a future",
    function* (log) {
      const future = getRunningLoop().createFuture<void>();
      for (const i of [1, 2, 3]) future.addDoneCallback(() => void log.push(i));
      future.setResult();
      yield* sleep(1);
    },
  ],
  ["those who wait for a lock", (log) => inLine(log, new Lock(), 1)],
  ["those whom a semaphore has woken at once", (log) => inLine(log, new Semaphore(0), 3)],
  [
    "those who wait for a queue's items",
    function* (log) {
      const queue = new Queue<number>();
      function* getter(i: number) {
        yield* sleep(i);
        expect(yield* queue.get()).toBe(i);
        log.push(i);
      }
      const tasks = [1, 2, 3].map((i) => createTask(getter(i)));
      yield* sleep(10);
      for (const i of [1, 2, 3]) queue.putNowait(i);
      yield* gather(...tasks);
    },
  ],
];

function* inLine(
  log: number[],
  place: Lock | Semaphore,
  releases: number,
): Generator<unknown, void, unknown> {
  if (place instanceof Lock) yield* place.acquire();
  function* worker(i: number) {
    yield* sleep(i);
    yield* place.acquire();
    log.push(i);
    if (place instanceof Lock) place.release();
  }
  const tasks = [1, 2, 3].map((i) => createTask(worker(i)));
  yield* sleep(10);
  for (let i = 0; i < releases; i++) place.release();
  yield* gather(...tasks);
}

test.each(IN_ORDER)("explore keeps the order of %s", async (_, program) => {
  for (const strategy of ["random", "pct"] as const) {
    await explore(
      function* () {
        const log: number[] = [];
        yield* program(log);
        expect(log).toEqual([1, 2, 3]);
      },
      { runs: 100, strategy },
    );
  }
});

const IN_ANY_ORDER: [string, (log: number[]) => Generator<unknown, void, unknown>][] = [
  [
    "first steps",
    function* (log) {
      function* step(i: number) {
        log.push(i);
      }
      yield* gather(...[1, 2, 3].map((i) => createTask(step(i))));
    },
  ],
  [
    "timers of equal deadline",
    function* (log) {
      for (const i of [1, 2, 3]) getRunningLoop().callLater(5, () => void log.push(i));
      yield* sleep(10);
    },
  ],
  [
    "those who wait for an event",
    function* (log) {
      const event = new Event();
      function* waiter(i: number) {
        yield* sleep(i);
        yield* event.wait();
        log.push(i);
      }
      const tasks = [1, 2, 3].map((i) => createTask(waiter(i)));
      yield* sleep(10);
      event.set();
      yield* gather(...tasks);
    },
  ],
];

test.each(IN_ANY_ORDER)("explore finds every order of %s, the loop's own first", async (_, program) => {
  for (const strategy of ["random", "pct", "exhaustive"] as const) {
    const orders = new Set<string>();
    await explore(
      function* () {
        const log: number[] = [];
        yield* program(log);
        orders.add(log.join(""));
      },
      { runs: 100, strategy },
    );
    expect([...orders][0]).toBe("123");
    expect([...orders].sort()).toEqual(["123", "132", "213", "231", "312", "321"]);
  }
});

test("explore does not let timers of different deadlines change places", async () => {
  await explore(
    function* () {
      const log: number[] = [];
      for (const i of [1, 2, 3]) getRunningLoop().callLater(i, () => void log.push(i));
      yield* sleep(10);
      expect(log).toEqual([1, 2, 3]);
    },
    { runs: 100 },
  );
});

// ── The exhaustive search ───────────────────────────────────────────────────────────────────────────────────────────

describe("explore, exhaustively,", () => {
  test("runs each schedule once, and says when there are no more", async () => {
    function* program() {
      yield* gather(...[1, 2, 3].map(() => createTask(function* () {})));
    }
    // Three tasks have six orders, five of which differ from the loop's own by one move or two.
    const report = await explore(program, { strategy: "exhaustive", depth: 2 });
    expect(report).toMatchObject({ runs: 6, schedules: 6, exhausted: true });
  });

  test("does not try the orders of sleeps, which only wake tasks", async () => {
    function* program() {
      const loop = getRunningLoop();
      const futures = [1, 2, 3].map(() => loop.createFuture<void>());
      const sleeps = createTask(function* () {
        yield* sleep(5);
      });
      const other = createTask(function* () {
        yield* sleep(5);
      });
      for (const future of futures) future.setResult();
      yield* gather(sleeps, other);
    }
    // The first steps and those after the sleeps have two orders each; that of the timers follows from the first.
    const report = await explore(program, { strategy: "exhaustive", depth: 5 });
    expect(report).toMatchObject({ runs: 4, exhausted: true });
  });

  test("says when it has not run all of them", async () => {
    const report = await explore(withdrawingWithLuck, { strategy: "exhaustive", runs: 10 });
    expect(report).toMatchObject({ runs: 10, exhausted: false });
  });
});

function* withdrawingWithLuck(): Generator<unknown, void, unknown> {
  yield* gather(...[1, 2, 3, 4, 5].map(() => createTask(sleep(1))));
}

// ── What counts as a failure ────────────────────────────────────────────────────────────────────────────────────────

const FAILURES: [string, Program<unknown>, string, RegExp, ExploreOptions?][] = [
  [
    "a deadlock",
    function* () {
      const lock = new Lock();
      yield* lock.acquire();
      yield* lock.acquire();
    },
    "ERR_DEADLOCK",
    /still pending:\n {2}main/,
  ],
  [
    "a deadlock of an async function",
    async () => {
      const lock = new Lock();
      await lock.acquire();
      await lock.acquire();
    },
    "ERR_DEADLOCK",
    /still pending:\n {2}main/,
  ],
  [
    "a task that is left",
    function* () {
      createTask(sleep(1000), { name: "forgotten" });
      yield* sleep(1);
    },
    "ERR_LEFT_BEHIND",
    /forgotten/,
  ],
  [
    "an exception in a callback",
    function* () {
      getRunningLoop().callSoon(() => {
        throw new Error("in a callback");
      });
      yield* sleep(1);
    },
    "ERR_UNHANDLED",
    /in a callback/,
  ],
  [
    "an exception that nobody retrieves",
    function* () {
      createTask(function* () {
        throw new Error("of nobody");
      });
      yield* sleep(1);
    },
    "ERR_UNHANDLED",
    /of nobody/,
  ],
  [
    "a program that never ends",
    function* () {
      for (;;) yield* sleep(1);
    },
    "ERR_STEPS_EXCEEDED",
    /after 500 steps/,
    { maxSteps: 500 },
  ],
  [
    "an async program that never ends",
    async () => {
      for (;;) await sleep(0);
    },
    "ERR_STEPS_EXCEEDED",
    /after 500 steps/,
    { maxSteps: 500 },
  ],
];

test.each(FAILURES)("explore fails at %s", async (_, program, code, message, options) => {
  const error = await failureOf(program, options);
  expect(error).toBeInstanceOf(ExplorationError);
  expect(error.cause).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error.run).toBe(1);
  expect(error.departures).toEqual([]);
});

test("explore calls tasks without a name the same in every message and trace", async () => {
  const program: Program<void> = function* () {
    const lock = new Lock();
    function* taker() {
      yield* lock.acquire();
    }
    yield* gather(createTask(taker()), createTask(taker()));
  };
  const messages = [await failureOf(program), await failureOf(program)].map(({ message }) => message);
  expect(messages[1]).toBe(messages[0]);
  expect(messages[0]).toMatch(/Task-3 \(coroutine\) waits for/);
});

test("explore lets what is about to end do so", async () => {
  await explore(function* () {
    const task = createTask(sleep(1000));
    yield* sleep(1);
    task.cancel();
  });
});

test("explore does not go on in the background when a run has failed", async () => {
  const log: string[] = [];
  await failureOf(function* () {
    createTask(function* () {
      try {
        yield* sleep(1000);
      } finally {
        log.push("cleaned up");
      }
    });
    yield* sleep(1);
    throw new Error("failed");
  });
  expect(log.length).toBeGreaterThan(0);
});

test("explore runs a generator function that waits for promises on the host", async () => {
  const report = await explore(
    function* () {
      const value = yield* adopt(Promise.resolve(42));
      expect(value).toBe(42);
      expect(yield* createTask(async () => (await sleep(1, "done")) as string)).toBe("done");
      yield* timeout(1000, function* () {
        yield* adopt(Promise.resolve());
      });
    },
    { runs: 5 },
  );
  expect(report.runs).toBe(5);
});

test("explore cannot be called from a running loop", async () => {
  await expect(run(async () => await adopt(explore(function* () {})))).rejects.toMatchObject({
    code: "ERR_LOOP_RUNNING",
  });
});

test("explore runs two programs at once, each as if it were alone", async () => {
  const alone = (await failureOf(withdrawingAsync)).token;
  const both = await Promise.all([
    failureOf(withdrawingAsync),
    failureOf(withdrawingAsync),
    failureOf(withdrawing),
  ]);
  expect(both[0]?.token).toBe(alone);
  expect(both[1]?.token).toBe(alone);
});

test("explore says when what it has found cannot be repeated", async () => {
  let runs = 0;
  const error = await failureOf(function* () {
    runs++;
    yield* sleep(1);
    if (runs === 10) throw new Error("only once");
  });
  expect(error.message).toContain("not deterministic");
  expect((error.cause as Error).message).toBe("only once");
});

test("explore waits for groups, timeouts and their tasks", async () => {
  const report = await explore(
    function* () {
      const group = new TaskGroup();
      yield* group.with(function* () {
        for (let i = 0; i < 3; i++) group.createTask(sleep(i));
        yield* timeout(5, () => sleep(1));
      });
    },
    { runs: 100, cancellations: true },
  );
  expect(report.cancellations).toBeGreaterThan(3);
});
