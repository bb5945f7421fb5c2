/**
 * Owns what a coroutine is: anything with the interface of a generator. And `Operation`, the base of the coroutines that
 * this package returns, which an async function may `await` as well.
 * Knows nothing of how tasks step coroutines.
 */
import { checkFunction } from "./checks.ts";
import { ArgumentError, describe, LoopError } from "./errors.ts";
import { runningScheduler, steppingNow } from "./running.ts";
import { anyDebugged } from "./scheduler.ts";
import type { Stepping } from "./steps.ts";
import { claim } from "./unclaimed.ts";

/**
 * A coroutine: a generator, or an object that behaves like one. It waits with `yield*` on a future, a task or another
 * coroutine, and a bare `yield` gives the other tasks a turn.
 *
 * @example
 * ```ts
 * function* greeting(name: string): Coroutine<string> {
 *   yield* sleep(100);
 *   return `Hello, ${name}`;
 * }
 * ```
 */
export interface Coroutine<T> {
  next(value?: unknown): IteratorResult<unknown, T>;
  throw(error: unknown): IteratorResult<unknown, T>;
  return(value: T): IteratorResult<unknown, T>;
  [Symbol.iterator](): Coroutine<T>;
}

/** What a task can wait for: a coroutine; a future or a task, which are like promises in this; a promise. */
export type Awaitable<T> = Coroutine<T> | PromiseLike<T>;

/** What a task can be started from: whatever can be waited for, or a function, which becomes a task of its own. */
export type Startable<T> = Awaitable<T> | (() => Coroutine<T> | PromiseLike<T>);

/** The result of waiting for it. */
export type Result<A> =
  A extends PromiseLike<infer T>
    ? T
    : A extends Coroutine<infer T>
      ? T
      : A extends () => infer R
        ? Result<R>
        : never;

/** A function whose result a task can wait for, or take as it is: a coroutine function, an async function, a plain one. */
export type Body<T, A extends unknown[] = []> = (...args: A) => Coroutine<T> | PromiseLike<T> | T;

/**
 * A coroutine of this package. It begins when it is waited for, with `yield*` in a coroutine or `await` in an async
 * function, and it runs in the task that waits. Nothing happens before, and it can be waited for once.
 */
export abstract class Operation<T> implements Coroutine<T>, PromiseLike<T> {
  /** The future that it waits for, when it yields itself to the task. @internal */
  future: object | undefined = undefined;
  /** Who has read `then` and is to call it: async/await.ts knows. @internal */
  reader: object | undefined = undefined;

  /** Takes a step, on behalf of a task. @param value - passed to the coroutine, whatever it is. */
  abstract next(value?: unknown): IteratorResult<unknown, T>;
  /** Takes a step that begins with an error. @param error - thrown in the coroutine, whatever it is. */
  abstract throw(error: unknown): IteratorResult<unknown, T>;
  /** Ends it where it is. @param value - returned, whatever it is. */
  abstract return(value: T): IteratorResult<unknown, T>;

  /** Named in messages and in the list of tasks. */
  abstract get name(): string;

  /** Whether it runs no user code. @internal */
  get isPlain(): boolean {
    return true;
  }

  /**
   * Called first by whatever is about to wait for it, in whichever way.
   * @param _claimant - what waits; by default whatever has its step.
   * @throws LoopError ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED when it has already been called. @internal
   */
  claim(_claimant?: Stepping): void {}

  [Symbol.iterator](): this {
    this.claim();
    return this;
  }

  /** It is being waited for. @internal */
  protected markAwaited(): void {
    if (anyWatched) claim(this);
  }

  /** Read at the `await`, where the task that waits is known. */
  get then(): PromiseLike<T>["then"] {
    return thens.ofOperation(this);
  }
}

type Then<T> = PromiseLike<T>["then"];

/** The result of what ends with nothing: one for all, since a step that makes its own takes longer. @internal */
export const DONE: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });

/** The result of reading `then` of an operation or of the wait for a future. @internal */
export interface Thens {
  ofOperation<T>(operation: Operation<T>): Then<T>;
  ofFuture<T>(wait: Operation<T>): Then<T>;
}

/** How async functions wait lies above, in async/await.ts, which says so here. @internal */
export let thens: Thens;

/** @internal */
export function provideThens(provided: Thens): void {
  thens = provided;
}

/** Whether there has ever been an operation to report. */
let anyWatched = false;

/** In debug mode, reports an operation that is dropped without having been waited for. @internal */
export function watchUntilAwaited(operation: Operation<unknown>): void {
  if (!anyDebugged) return;
  const scheduler = runningScheduler();
  if (!scheduler?.debugging) return;
  anyWatched = true;
  const { name } = operation;
  const stack = new Error("made here").stack;
  scheduler.unclaimed.add(operation, () => scheduler.warn(`coroutine '${name}' was never awaited\n${stack}`));
}

/** An operation made of a generator, or of what behaves like one. */
class GeneratorOperation<T> extends Operation<T> {
  readonly name: string;
  private readonly iterator: Iterator<unknown, T, unknown>;
  /** What waits for it, or has; undefined while nothing does, null when it is known to be over. */
  private claimant: Stepping | null | undefined = undefined;

  constructor(name: string, iterator: Iterator<unknown, T, unknown>) {
    super();
    this.name = name;
    this.iterator = iterator;
    watchUntilAwaited(this);
  }

  override get isPlain(): boolean {
    return false;
  }

  override claim(claimant: Stepping | null = steppingNow()): void {
    if (this.claimant !== undefined) throw claimedBefore(this.name, this.isRunning());
    this.claimant = claimant;
    this.markAwaited();
  }

  /**
   * As far as can be known: a generator that is delegated to does not say when it ends. Its task has come back from it if it
   * asks for it again, unless it is driven by that task directly; with any other it may be in progress until the task ends.
   */
  private isRunning(): boolean {
    const { claimant } = this;
    if (!claimant?.isUnderWay) return false;
    return claimant !== steppingNow() || claimant.drives(this);
  }

  override [Symbol.iterator](): this {
    this.claim();
    // Delegating to the generator itself saves a call on each step.
    return this.iterator as unknown as this;
  }

  next(value?: unknown): IteratorResult<unknown, T> {
    if (this.claimant === undefined) this.claim();
    const result = this.iterator.next(value);
    if (result.done === true) this.claimant = null;
    return result;
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    if (this.claimant === undefined) this.claim();
    if (this.iterator.throw === undefined) throw error;
    return this.iterator.throw(error);
  }

  return(value: T): IteratorResult<unknown, T> {
    if (this.claimant === undefined) this.claim();
    return this.iterator.return?.(value) ?? { done: true, value };
  }
}

/** An operation of an existing generator that has not begun. @internal */
export function operation<T>(name: string, iterator: Iterator<unknown, T, unknown>): Operation<T> {
  return new GeneratorOperation(name, iterator);
}

/**
 * Turns a generator function into a coroutine function whose coroutines an async function can `await` too.
 * They run in the task that waits for them, like everything else in this package.
 *
 * @param body - the generator function.
 * @returns a function with the same parameters that returns an `Operation`; it throws an ArgumentError ERR_COROUTINE_EXPECTED
 * when `body` does not return a generator.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 *
 * @example
 * ```ts
 * const twice = coroutine(function* (ms: number) { yield* sleep(ms); yield* sleep(ms); });
 * await twice(10); // in an async function
 * yield* twice(10); // in a generator
 * ```
 */
export function coroutine<A extends unknown[], T>(
  body: (...args: A) => Iterator<unknown, T, unknown>,
): (...args: A) => Operation<T> {
  checkFunction("coroutine", body);
  const isOfEngine = iscoroutinefunction(body);
  return (...args) => {
    const iterator = body(...args);
    if (!isOfEngine) checkCoroutine("coroutine", iterator);
    return new GeneratorOperation(body.name || "coroutine", iterator);
  };
}

/** Whether `value` is a coroutine. asyncio: `iscoroutine`. */
export function iscoroutine(value: unknown): value is Coroutine<unknown> {
  if (typeof value !== "object" || value === null) return false;
  const object = value as Partial<Coroutine<unknown>>;
  return (
    typeof object.next === "function" &&
    typeof object.throw === "function" &&
    typeof object[Symbol.iterator] === "function"
  );
}

/** Checks that something is a coroutine. @throws ArgumentError ERR_COROUTINE_EXPECTED. @internal */
export function checkCoroutine(caller: string, value: unknown): void {
  if (!iscoroutine(value)) throw coroutineExpected(caller, value);
}

/** The names of coroutines that were made of named functions here. */
const names = new WeakMap<object, string>();

/** Calls a coroutine function whose coroutine gets its name in messages. @internal */
export function callNamed<T>(body: () => Coroutine<T>): Coroutine<T> {
  const made = body();
  if (body.name !== "") names.set(made, body.name);
  return made;
}

/** The name of a coroutine in messages, if it has one. @internal */
export function nameOf(coroutine: Coroutine<unknown> | undefined): string {
  if (coroutine instanceof Operation) return coroutine.name;
  return (coroutine && names.get(coroutine)) ?? "coroutine";
}

/** Whether `value` is a generator function, so that calling it returns a coroutine. asyncio: `iscoroutinefunction`. */
export function iscoroutinefunction(value: unknown): value is (...args: never[]) => Coroutine<unknown> {
  return hasTag(value, "GeneratorFunction");
}

/** Whether `value` is an async function, as far as the engine still recognizes it as one. */
export function isAsyncFunction(value: unknown): value is (...args: never[]) => Promise<unknown> {
  return hasTag(value, "AsyncFunction");
}

function hasTag(value: unknown, tag: string): boolean {
  return (
    typeof value === "function" && (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === tag
  );
}

/** Whether `value` has a `then` but is not one of ours. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

/** The error for a second wait for an operation, which can be waited for only once. @internal */
export function claimedBefore(name: string, running: boolean): LoopError {
  return running
    ? new LoopError(
        "ERR_COROUTINE_RUNNING",
        `this ${name} is already being waited for; call it again for another`,
      )
    : new LoopError("ERR_COROUTINE_FINISHED", `this ${name} has finished; call it again for another`);
}

/** The error for code that goes on without waiting, as a spread or a `for` loop does. @internal */
export function notWaitedFor(what: string): LoopError {
  return new LoopError(
    "ERR_BAD_YIELD",
    `await wasn't used with future; ${what} is not iterable: wait for it with yield* or await, in a task`,
  );
}

/** The error for something that is not a coroutine, where `caller` needs one. */
export function coroutineExpected(caller: string, value: unknown): ArgumentError {
  const got = `${caller} needs a coroutine, got ${describe(value)}`;
  if (iscoroutinefunction(value)) {
    const name = (value as { name: string }).name || "it";
    return new ArgumentError(
      "ERR_COROUTINE_EXPECTED",
      `${got}, which is a coroutine function: call it, as in ${name}()`,
    );
  }
  if (isThenable(value)) {
    return new ArgumentError(
      "ERR_COROUTINE_EXPECTED",
      `${got}, which is already running: pass the async function itself, or wait for adopt(promise)`,
    );
  }
  return new ArgumentError("ERR_COROUTINE_EXPECTED", `${got}: pass a generator object or an async function`);
}
