/**
 * The types that the API infers, checked by tsc (`npm run typecheck`): a wrong one is an error there. The programs run as
 * well, so that no type is wrong about the value.
 */
import { expect, expectTypeOf, it } from "vitest";
import {
  adopt,
  asCompleted,
  type Context,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  ensureFuture,
  type Future,
  gather,
  getRunningLoop,
  type Handle,
  Lock,
  type Operation,
  PriorityQueue,
  Queue,
  type Result,
  run,
  runSync,
  shield,
  sleep,
  type Task,
  TaskGroup,
  type Timeout,
  type TimerHandle,
  type Token,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

function* text(): Coroutine<string> {
  yield* sleep(1);
  return "text";
}

function* count(): Coroutine<number> {
  yield* sleep(2);
  return 5;
}

const simulate = <T>(main: () => Coroutine<T>) => runSync(main, { clock: new VirtualClock() });
const simulateAsync = <T>(main: () => Promise<T>) => run(main, { clock: new VirtualClock() });

it("Result takes the result's type out of whatever can be waited for", () => {
  expectTypeOf<Result<Future<string>>>().toEqualTypeOf<string>();
  expectTypeOf<Result<Task<string>>>().toEqualTypeOf<string>();
  expectTypeOf<Result<Coroutine<number>>>().toEqualTypeOf<number>();
  expectTypeOf<Result<Operation<number>>>().toEqualTypeOf<number>();
  expectTypeOf<Result<Promise<boolean>>>().toEqualTypeOf<boolean>();
  expectTypeOf<Result<Generator<unknown, Date, unknown>>>().toEqualTypeOf<Date>();
});

it("yield* and await give the result's type, of coroutines, tasks and operations", async () => {
  const twice = coroutine(function* twice(of: number) {
    yield* sleep(1);
    return of * 2;
  });
  expectTypeOf(twice).toEqualTypeOf<(of: number) => Operation<number>>();

  const inCoroutine = simulate(function* () {
    const a = yield* text();
    expectTypeOf(a).toEqualTypeOf<string>();
    const b = yield* twice(2);
    expectTypeOf(b).toEqualTypeOf<number>();
    const c = yield* sleep(1, "slept" as const);
    expectTypeOf(c).toEqualTypeOf<"slept">();
    const d = yield* createTask(count());
    expectTypeOf(d).toEqualTypeOf<number>();
    expectTypeOf(yield* sleep(1)).toEqualTypeOf<void>();
    return [a, b, c, d] as const;
  });
  expectTypeOf(inCoroutine).toEqualTypeOf<readonly [string, number, "slept", number]>();
  expect(inCoroutine).toEqual(["text", 4, "slept", 5]);

  const inAsync = await simulateAsync(async () => {
    const task = createTask(async () => ({ value: await twice(3) }));
    expectTypeOf(task).toEqualTypeOf<Task<{ value: number }>>();
    const { value } = await task;
    expectTypeOf(value).toEqualTypeOf<number>();
    expectTypeOf(await sleep(1, "slept")).toEqualTypeOf<string>();
    return value;
  });
  expectTypeOf(inAsync).toEqualTypeOf<number>();
  expect(inAsync).toBe(6);
});

it("gather gives a tuple, with returnExceptions one of results or errors", () => {
  const result = simulate(function* () {
    const future = gather(text(), createTask(count()), Promise.resolve(true));
    expectTypeOf(future).toEqualTypeOf<Future<[string, number, boolean]>>();
    future.addDoneCallback((cancelled) => cancelled.exception());
    future.cancel();

    const all = yield* gather(text(), count());
    expectTypeOf(all).toEqualTypeOf<[string, number]>();
    const [first] = all;
    expectTypeOf(first).toEqualTypeOf<string>();

    const outcomes = yield* gather(text(), count(), { returnExceptions: true });
    expectTypeOf(outcomes).toEqualTypeOf<[string | Error, number | Error]>();
    const same = yield* gather(text(), count(), { returnExceptions: false });
    expectTypeOf(same).toEqualTypeOf<[string, number]>();
    const either = yield* gather(text(), { returnExceptions: Math.random() < 2 });
    expectTypeOf(either).toEqualTypeOf<[string | Error]>();

    const many = yield* gather(...[1, 2].map((each) => sleep(each, each)));
    expectTypeOf(many).toEqualTypeOf<number[]>();
    expectTypeOf(gather()).toEqualTypeOf<Future<[]>>();
    return [all, outcomes, same, either, many];
  });
  expect(result).toEqual([["text", 5], ["text", 5], ["text", 5], ["text"], [1, 2]]);
});

it("asCompleted gives the union of the results, by for await futures of it", async () => {
  const result = simulate(function* () {
    const seen: (string | number)[] = [];
    for (const next of asCompleted([text(), createTask(count())])) {
      expectTypeOf(next).toEqualTypeOf<Operation<string | number>>();
      const value = yield* next;
      expectTypeOf(value).toEqualTypeOf<string | number>();
      seen.push(value);
    }
    return seen;
  });
  expect(result).toEqual(["text", 5]);

  const futures = await simulateAsync(async () => {
    const seen: (string | number)[] = [];
    for await (const future of asCompleted([text(), count()], { timeout: 100 })) {
      expectTypeOf(future).toEqualTypeOf<Future<string | number>>();
      seen.push(future.result());
    }
    return seen;
  });
  expect(futures).toEqual(["text", 5]);
});

it("wait gives sets of what it was given", () => {
  const size = simulate(function* () {
    const [done, pending] = yield* wait([createTask(text()), createTask(text())]);
    expectTypeOf(done).toEqualTypeOf<Set<Task<string>>>();
    expectTypeOf(pending).toEqualTypeOf<Set<Task<string>>>();
    const [mixed] = yield* wait(new Set([createTask(text()), ensureFuture(count())]));
    expectTypeOf(mixed).toEqualTypeOf<Set<Task<string> | Future<number>>>();
    return done.size + mixed.size;
  });
  expect(size).toBe(4);
});

it("TaskGroup.createTask gives tasks of the result, with gives what the body returns", async () => {
  const result = simulate(function* () {
    let task: Task<string> | undefined;
    const value = yield* new TaskGroup().with(function* (group) {
      expectTypeOf(group).toEqualTypeOf<TaskGroup>();
      task = group.createTask(text());
      expectTypeOf(group.createTask(count())).toEqualTypeOf<Task<number>>();
      yield* sleep(1);
      return "body" as const;
    });
    expectTypeOf(value).toEqualTypeOf<"body">();
    return [task?.result(), value];
  });
  expect(result).toEqual(["text", "body"]);

  const ofAsync = await simulateAsync(
    async () =>
      await new TaskGroup().with(async (group) => {
        const task = group.createTask(async () => [await sleep(1, 1)]);
        expectTypeOf(task).toEqualTypeOf<Task<number[]>>();
        return await task;
      }),
  );
  expectTypeOf(ofAsync).toEqualTypeOf<number[]>();
  expect(ofAsync).toEqual([1]);
});

it("timeout, timeoutAt, waitFor and shield give what the body or the awaitable gives", async () => {
  const result = simulate(function* () {
    const a = yield* timeout(10, text);
    expectTypeOf(a).toEqualTypeOf<string>();
    const b = yield* timeout(null, function* (scope) {
      expectTypeOf(scope).toEqualTypeOf<Timeout>();
      yield;
      return 1;
    });
    expectTypeOf(b).toEqualTypeOf<number>();
    const c = yield* timeoutAt(getRunningLoop().time() + 5, () => "plain");
    expectTypeOf(c).toEqualTypeOf<string>();
    const d = yield* waitFor(count(), 10);
    expectTypeOf(d).toEqualTypeOf<number>();
    const e = yield* shield(text());
    expectTypeOf(e).toEqualTypeOf<string>();
    return [a, b, c, d, e];
  });
  expect(result).toEqual(["text", 1, "plain", 5, "text"]);

  const ofAsync = await simulateAsync(async () => {
    const a = await timeout(10, async () => await sleep(1, "slept"));
    expectTypeOf(a).toEqualTypeOf<string>();
    const b = await waitFor(adopt(Promise.resolve(2)), 10);
    expectTypeOf(b).toEqualTypeOf<number>();
    return [a, b];
  });
  expect(ofAsync).toEqual(["slept", 2]);
});

it("Queue<T> takes and gives T, by iteration as well, futures as they are", async () => {
  const queue = new Queue<string>();
  expectTypeOf(queue.put).parameter(0).toEqualTypeOf<string>();
  expectTypeOf(queue.get()).toEqualTypeOf<Operation<string>>();
  expectTypeOf(queue.getNowait).returns.toEqualTypeOf<string>();
  // @ts-expect-error a number is no string
  queue.putNowait(5);
  const byLength = new PriorityQueue<string>(0, (a, b) => {
    expectTypeOf(a).toEqualTypeOf<string>();
    return a.length - b.length;
  });
  byLength.putNowait("long");
  byLength.putNowait("x");
  expect([queue.qsize(), byLength.getNowait()]).toEqual([1, "x"]);

  const same = await simulateAsync(async () => {
    const futures = new Queue<Future<number>>();
    const future = getRunningLoop().createFuture<number>();
    futures.putNowait(future);
    for await (const item of futures) {
      expectTypeOf(item).toEqualTypeOf<Future<number>>();
      return item === future;
    }
    return false;
  });
  expect(same).toBe(true);
});

it("Lock.with gives what the body gives", async () => {
  const result = simulate(function* () {
    const a = yield* new Lock().with(text);
    expectTypeOf(a).toEqualTypeOf<string>();
    return a;
  });
  expect(result).toBe("text");
  const ofAsync = await simulateAsync(async () => await new Lock().with(async () => 5));
  expectTypeOf(ofAsync).toEqualTypeOf<number>();
  expect(ofAsync).toBe(5);
});

it("ContextVar<T> and Context know the type of the value", () => {
  const variable = new ContextVar<string>("variable", { default: "default" });
  expectTypeOf(variable.get()).toEqualTypeOf<string>();
  const token = variable.set("value");
  expectTypeOf(token).toEqualTypeOf<Token<string>>();
  expectTypeOf<Context>().toHaveProperty("get");
  variable.reset(token);
  const other = new ContextVar<number>("other");
  // @ts-expect-error a fallback of another type
  expect(other.get("text")).toBe("text");
  // @ts-expect-error a token of another variable
  expect(() => other.reset(token)).toThrow("token");
  // @ts-expect-error a default of another type
  expect(new ContextVar<number>("third", { default: "text" }).name).toBe("third");
});

it("callSoon and callLater check the arguments, and their handles give the callback's result", () => {
  const result = simulate(function* () {
    const loop = getRunningLoop();
    const join = (name: string, times: number) => name.repeat(times);
    const handle = loop.callSoon(join, "ab", 2);
    expectTypeOf(handle).toEqualTypeOf<Handle<string>>();
    const timer = loop.callLater(1, join, "c", 3);
    expectTypeOf(timer).toEqualTypeOf<TimerHandle<string>>();
    const value = yield* handle;
    expectTypeOf(value).toEqualTypeOf<string>();
    // @ts-expect-error an argument is missing
    loop.callSoon(join, "a").cancel();
    // @ts-expect-error the arguments are the wrong way round
    loop.callAt(1, join, 2, "a").cancel();
    const nothing = loop.callSoon(() => {});
    expectTypeOf(nothing).toEqualTypeOf<Handle<void>>();
    return [value, yield* timer];
  });
  expect(result).toEqual(["abab", "ccc"]);
});

it("functions are started, and their results' types come through", async () => {
  const name = async () => {
    await sleep(1);
    return "name";
  };
  const done = await simulateAsync(async () => {
    const gathered = await gather(name, count, () => text());
    expectTypeOf(gathered).toEqualTypeOf<[string, number, string]>();
    const inTime = await waitFor(name, 10);
    expectTypeOf(inTime).toEqualTypeOf<string>();
    const shielded = await shield(count);
    expectTypeOf(shielded).toEqualTypeOf<number>();
    const ensured = ensureFuture(name);
    expectTypeOf(await ensured).toEqualTypeOf<string>();
    const completed: (string | number)[] = [];
    for (const earliest of asCompleted([name, count])) {
      const each = await earliest;
      expectTypeOf(each).toEqualTypeOf<string | number>();
      completed.push(each);
    }
    const inGroup = await new TaskGroup().with(async (group) => {
      const task = group.createTask(name);
      expectTypeOf(task).toEqualTypeOf<Task<string>>();
      return await task;
    });
    return [...gathered, inTime, shielded, await ensured, ...completed, inGroup];
  });
  expect(done).toEqual(["name", 5, "text", "name", 5, "name", "name", 5, "name"]);
});
