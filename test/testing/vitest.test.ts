/**
 * Owns the tests of vitest's `test` with kinds: they are such tests themselves. How failures look is in runners.test.ts.
 */

import { afterAll, test as base, describe, expect } from "vitest";
import { createTask, gather, sleep } from "wasyncio";
import { extendTest, it, test } from "wasyncio/testing/vitest";

const seen: string[] = [];

test.virtual(
  "test.virtual runs a coroutine, with the clock and vitest's context",
  function* ({ clock, task }) {
    yield* sleep(60_000);
    expect(clock.time()).toBe(60_000);
    expect(task.name).toContain("test.virtual runs");
  },
);

it.virtual("it.virtual runs an async function", async ({ clock, expect }) => {
  await Promise.all([sleep(1000), sleep(2000)]);
  expect(clock.time()).toBe(2000);
});

test.virtual(
  "test.virtual takes options, of the clock and of vitest",
  { startMs: 5, retry: 1 },
  function* ({ clock, task }) {
    yield* sleep(1);
    expect([clock.time(), task.retry]).toEqual([6, 1]);
  },
);

test.virtual(
  "test.virtual takes options at the end too",
  async ({ clock }) => {
    expect(clock.time()).toBe(7);
  },
  { startMs: 7 },
);

test.virtual(
  "test.virtual takes a time-out in their place",
  async ({ task }) => {
    expect(task.timeout).toBe(1234);
  },
  1234,
);

test.virtual.runIf(true)("test.virtual.runIf is run", () => {
  seen.push("runIf");
});

test.virtual.each([
  [1, 2],
  [10, 20],
])("test.virtual.each gets the case %i, %i", function* (one, other) {
  yield* sleep(one);
  seen.push(`each ${one} ${other}`);
});

test.virtual.for([100, 200])("test.virtual.for gets the case %i and the context", async (ms, { clock }) => {
  await sleep(ms);
  seen.push(`for ${clock.time()}`);
});

test.explore(
  "test.explore runs a program under many schedules",
  { runs: 20 },
  function* ({ clock, seed, task }) {
    const order: string[] = [];
    const add = function* (name: string) {
      yield* sleep(10);
      order.push(name);
    };
    yield* gather(createTask(add("a")), createTask(add("b")));
    expect(clock.time()).toBe(10);
    expect(seed).toBeTypeOf("number");
    expect(task.name).toContain("test.explore");
    seen.push(order.join(""));
  },
);

test.explore(
  "test.explore takes async functions, and options at the end",
  async ({ random }) => {
    await sleep(random.below(10));
  },
  { runs: 5 },
);

const withFixtures = extendTest(
  base.extend<{ greeting: string; unused: string }>({
    greeting: async ({ task }, use) => {
      await use(`hello from ${task.name}`);
    },
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
    unused: async ({}, use) => {
      seen.push("unused");
      await use("");
    },
  }),
);

describe("extendTest", () => {
  withFixtures.virtual("has fixtures for virtual tests", function* ({ greeting, clock }) {
    yield* sleep(1);
    expect([greeting, clock.time()]).toEqual(["hello from has fixtures for virtual tests", 1]);
  });

  withFixtures.explore("has fixtures for explored tests", { runs: 3 }, async ({ greeting, clock }) => {
    await sleep(1);
    expect([greeting, clock.time()]).toEqual(["hello from has fixtures for explored tests", 1]);
  });

  withFixtures("has them for ordinary tests", ({ greeting }) => {
    expect(greeting).toBe("hello from has them for ordinary tests");
  });

  test("leaves the test that it was given alone, and takes no other", () => {
    expect("virtual" in base).toBe(false);
    expect(() => extendTest({} as typeof base)).toThrow("extendTest needs vitest's test");
  });
});

afterAll(() => {
  const orders = seen.filter((each) => ["ab", "ba"].includes(each));
  expect(new Set(orders)).toEqual(new Set(["ab", "ba"]));
  const others = seen.filter((each) => !orders.includes(each));
  expect(others).toEqual(["runIf", "each 1 2", "each 10 20", "for 100", "for 200"]);
});
