// Programs that are written once and run both as generators and as async functions.
//
// Owns the two ways to run an asking body: one that yields what it wants to wait for. Must not know what is
// waited for.

import type { Awaitable, Coroutine, Result } from "wasyncio";

/** A body that yields what it wants to wait for and gets back what waiting for it gave. */
export type Asking<T> = Generator<Awaitable<unknown> | Call<unknown>, T, unknown>;

/** How tasks run their bodies. */
export type Style = "generators" | "async functions";

/** Another body, to be called in the style of the one that asks. */
export class Call<T> {
  readonly asking: Asking<T>;

  constructor(asking: Asking<T>) {
    this.asking = asking;
  }
}

/** Waits for something, in either style. */
export function* ask<A extends Awaitable<unknown>>(
  awaitable: A,
): Generator<Awaitable<unknown>, Result<A>, unknown> {
  return (yield awaitable) as Result<A>;
}

/** Calls another body and waits for it, in either style. */
export function* call<T>(asking: Asking<T>): Asking<T> {
  return (yield new Call(asking)) as T;
}

/** Runs an asking body as a coroutine: each wait is a `yield*`. */
export function* asGenerator<T>(asking: Asking<T>): Coroutine<T> {
  let result = asking.next();
  while (!result.done) {
    const wanted = result.value;
    let value: unknown;
    try {
      value = yield* wanted instanceof Call ? asGenerator(wanted.asking) : (wanted as Coroutine<unknown>);
    } catch (error) {
      result = asking.throw(error);
      continue;
    }
    result = asking.next(value);
  }
  return result.value;
}

/** Runs an asking body as an async function: each wait is an `await`. */
export async function asAsyncFunction<T>(asking: Asking<T>): Promise<T> {
  let result = asking.next();
  while (!result.done) {
    const wanted = result.value;
    let value: unknown;
    try {
      value = await (wanted instanceof Call
        ? asAsyncFunction(wanted.asking)
        : (wanted as PromiseLike<unknown>));
    } catch (error) {
      result = asking.throw(error);
      continue;
    }
    result = asking.next(value);
  }
  return result.value;
}
