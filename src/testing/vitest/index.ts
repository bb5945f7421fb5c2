/**
 * `wasyncio/testing/vitest`: vitest's `test` with tests on a virtual clock and explored tests. An entry of its own, since only
 * those who have vitest can load it.
 */
import { type TestAPI, type TestContext, type TestOptions, it as vitestTest } from "vitest";
import { checkFunction } from "../../core/checks.ts";
import type { Coroutine } from "../../core/coroutine.ts";
import type { VirtualClockOptions } from "../clock-options.ts";
import { type ExploredOptions, explored, likeIt, virtual } from "../in-runner.ts";
import type { ExploredRun } from "../program.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/** What a test may be: a generator function, an async function, or one that calls one. */
type Body<A extends unknown[]> = (...args: A) => Coroutine<unknown> | PromiseLike<unknown> | unknown;

/** What a test is called with besides what vitest has for it. */
interface OnVirtualClock {
  /** The test's own clock. */
  readonly clock: VirtualClock;
}

/** A kind of test, with what vitest's `test` has for choosing among tests: `only`, `skip`, `each` and the like. */
export interface KindOfTest<O extends object, C> {
  (name: string, body: Body<[context: TestContext & C]>, options?: number | (TestOptions & O)): void;
  (name: string, options: TestOptions & O, body: Body<[context: TestContext & C]>): void;
  readonly only: KindOfTest<O, C>;
  readonly skip: KindOfTest<O, C>;
  readonly todo: KindOfTest<O, C> & ((name: string) => void);
  readonly fails: KindOfTest<O, C>;
  readonly concurrent: KindOfTest<O, C>;
  readonly sequential: KindOfTest<O, C>;
  skipIf(condition: unknown): KindOfTest<O, C>;
  runIf(condition: unknown): KindOfTest<O, C>;
  /** A test for each case, called with the case alone, which is spread if it is a list. */
  each<T>(cases: readonly T[]): TestOfCases<O, T extends readonly unknown[] ? [...T] : [T]>;
  /** A test for each case, called with the case and the context. */
  for<T>(cases: readonly T[]): TestOfCases<O, [T, context: TestContext & C]>;
}

/** Makes a test of each case. */
export interface TestOfCases<O extends object, A extends unknown[]> {
  (name: string, body: Body<A>, options?: number | (TestOptions & O)): void;
  (name: string, options: TestOptions & O, body: Body<A>): void;
}

/** vitest's `test`, and more kinds of tests. */
export type TestWithKinds<C = object> = TestAPI<C> & {
  /**
   * A test that runs on a loop of its own, on a virtual clock: it sleeps without waiting, and a deadlock is a failure that says
   * what each task waits for. Its context has the `clock`; its options may have those of the clock.
   */
  readonly virtual: KindOfTest<VirtualClockOptions, C & OnVirtualClock>;
  /**
   * A test that is run many times under other schedules: see `explore`. Its context has what an explored program is called with; its options
   * may have those of `explore`, and `replay` with the token of a failure, to repeat that one.
   */
  readonly explore: KindOfTest<ExploredOptions, C & ExploredRun>;
};

/**
 * Makes of a test's body, and of the options it was given, what vitest is to call.
 * @param place - which of the arguments is the context; undefined if none is.
 */
type Wrap = (
  body: Body<never[]>,
  options: object,
  place: number | undefined,
) => (...args: unknown[]) => unknown;

/** How vitest's `test` is seen here, in all of its forms. */
interface Runner extends Readonly<Record<(typeof MODES)[number], Runner>> {
  (name: string, options: object, body: unknown): void;
  skipIf(condition: unknown): Runner;
  runIf(condition: unknown): Runner;
  each(cases: readonly unknown[]): (name: string, options: object, body: unknown) => void;
  for(cases: readonly unknown[]): (name: string, options: object, body: unknown) => void;
}

const MODES = ["only", "skip", "todo", "fails", "concurrent", "sequential"] as const;

const onVirtualClock: Wrap = (body, options, place) => {
  const main = (clock: VirtualClock, ...args: unknown[]) => body(...withContext(args, place, { clock }));
  return virtual(likeIt(body, main), options);
};

const asExplored: Wrap =
  (body, options, place) =>
  (...args) => {
    const program = (run: ExploredRun) => body(...withContext(args, place, run));
    return explored(likeIt(body, program), options)();
  };

function withContext(args: readonly unknown[], place: number | undefined, more: object): never[] {
  const withMore = (context: unknown) =>
    Object.create(context as object, Object.getOwnPropertyDescriptors(more)) as unknown;
  return args.map((arg, at) => (at === place ? withMore(arg) : arg)) as never[];
}

function kindOf<O extends object, C>(runner: Runner, wrap: Wrap): KindOfTest<O, C> {
  const define =
    (call: (name: string, options: object, body: unknown) => void, place: number | undefined) =>
    (name: string, one: unknown, other: unknown) => {
      const [body, given] = typeof other === "function" ? [other, one] : [one, other];
      const options = typeof given === "number" ? { timeout: given } : ((given ?? {}) as object);
      call(name, options, typeof body === "function" ? toCall(body as Body<never[]>, options, place) : body);
    };
  const toCall = (body: Body<never[]>, options: object, place: number | undefined) =>
    // From its text vitest learns which fixtures it uses.
    Object.assign(wrap(body, options, place), { toString: () => body.toString() });
  const kind = define(runner, 0);
  for (const mode of MODES) Object.defineProperty(kind, mode, { get: () => kindOf(runner[mode], wrap) });
  return Object.assign(kind, {
    skipIf: (condition: unknown) => kindOf(runner.skipIf(condition), wrap),
    runIf: (condition: unknown) => kindOf(runner.runIf(condition), wrap),
    each: (cases: readonly unknown[]) => define(runner.each(cases), undefined),
    for: (cases: readonly unknown[]) => define(runner.for(cases), 1),
  }) as unknown as KindOfTest<O, C>;
}

/**
 * Adds the kinds of tests to a `test` of one's own, one with fixtures for instance.
 *
 * @param test - vitest's `test`, or what its `extend` has returned.
 * @returns a test that has them; the one that was given stays as it is.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 *
 * @example
 * ```ts
 * const test = extendTest(base.extend({ port: 6379 }));
 * test.virtual("retries", async ({ port, clock }) => { ... });
 * ```
 */
export function extendTest<C>(test: TestAPI<C>): TestWithKinds<C> {
  checkFunction("extendTest", test, "vitest's test");
  const own = test.extend({}) as unknown as Runner;
  const kinds = { virtual: kindOf(own, onVirtualClock), explore: kindOf(own, asExplored) };
  return Object.assign(own, kinds) as unknown as TestWithKinds<C>;
}

/** vitest's `test`, with `test.virtual` and `test.explore`. */
export const test: TestWithKinds = extendTest(vitestTest);

/** The same as `test`. */
export const it: TestWithKinds = test;
