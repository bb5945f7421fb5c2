/**
 * Owns what any test runner takes as a test: a function without parameters of its own that returns a promise. Knows of no runner.
 */
import { checkFunction, checkString, readOptions } from "../core/checks.ts";
import type { Coroutine } from "../core/coroutine.ts";
import { run } from "../core/runner.ts";
import { readClockOptions, type VirtualClockOptions } from "./clock-options.ts";
import { explore } from "./explore.ts";
import { type ExploreOptions, readExploreOptions } from "./options.ts";
import type { Program } from "./program.ts";
import { replay } from "./replay.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A test that runs on a virtual clock of its own. It may be any kind of function, and gets what the runner passes after the clock. */
export type VirtualTest<A extends unknown[], T> = (
  clock: VirtualClock,
  ...args: A
) => Coroutine<T> | PromiseLike<T> | T;

/** How a test is explored. */
export interface ExploredOptions extends ExploreOptions {
  /** The token of a failure, a string, which is repeated instead: to be pasted from the error, and removed when it is mended. */
  readonly replay?: string | undefined;
}

/**
 * A test on a virtual clock, for any runner: Node's, Deno's, Bun's, vitest. The program runs on a loop of its own, and a deadlock
 * is a failure that says what each task waits for. For vitest there is also `test.virtual` of `wasyncio/testing/vitest`.
 *
 * @param program - a generator function, an async function, or a function that calls one.
 * @param options - those of the clock.
 * @returns the function to give to the runner.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED; ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE for invalid options.
 *
 * @example
 * ```ts
 * import test from "node:test";
 *
 * test("gives up after a minute", virtual(function* (clock) {
 *   yield* expectTimeout(client.get("/slow"));
 *   assert.equal(clock.time(), 60_000);
 * }));
 * ```
 */
export function virtual<A extends unknown[], T>(
  program: VirtualTest<A, T>,
  options?: VirtualClockOptions,
): (...args: A) => Promise<T> {
  checkFunction("virtual", program, "a test, which is a generator function or an async function");
  readClockOptions("virtual", options);
  return (...args) => {
    const clock = new VirtualClock(options);
    return run(
      likeIt(program, () => program(clock, ...args) as Coroutine<T>),
      { clock },
    );
  };
}

/**
 * A test that is explored, for any runner: see `explore`. It fails with an ExplorationError, whose message has the seed, the token
 * and what to paste here to repeat that very run.
 *
 * @param program - as for `explore`: a generator function, an async function, or a function that calls one.
 * @param options - those of `explore`, and `replay`.
 * @returns the function to give to the runner.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED; ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE for invalid options.
 *
 * @example
 * ```ts
 * Deno.test("never overdraws", explored(function* () {
 *   const account = new Account(100);
 *   yield* gather(account.withdraw(80), account.withdraw(80));
 *   assert(account.balance >= 0);
 * }, { runs: 500 }));
 * ```
 */
export function explored<T>(program: Program<T>, options?: ExploredOptions): () => Promise<void> {
  checkFunction("explored", program, "a program, which is a generator function or an async function");
  const { replay: token } = readOptions("explored", options, ["replay"]);
  if (token !== undefined) checkString("explored", "a token to replay", token);
  readExploreOptions(options);
  return async () => {
    if (token === undefined) await explore(program, options);
    else await replay(program, token, options);
  };
}

/** The function as one of the same kind and name as another, which the loop looks at. @internal */
export function likeIt<F extends (...args: never[]) => unknown>(
  other: (...args: never[]) => unknown,
  body: F,
): F {
  const kind = (other as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  const properties: PropertyDescriptorMap = { name: { value: other.name } };
  if (kind !== undefined) properties[Symbol.toStringTag] = { value: kind };
  return Object.defineProperties(body, properties);
}
