/**
 * Owns the async generators of a loop: those that have begun but not ended are closed when the loop shuts down, so that
 * their `finally` runs. JavaScript does not report when a generator begins; `trackAsyncgen` does.
 */
import { checkMethods, wrongArgument } from "./checks.ts";
import type { Future } from "./future.ts";
import { checkLoop, getRunningLoop } from "./running.ts";
import type { EventLoop } from "./scheduler.ts";

type Begun = AsyncGenerator<unknown, unknown, unknown>;

/** Those that have begun but not ended, of each loop. */
const open = new WeakMap<EventLoop, Set<Begun>>();

/** Those that are to be closed at the loop's end. @internal */
export function asyncgensOf(loop: EventLoop): Set<Begun> {
  let generators = open.get(loop);
  if (generators === undefined) {
    generators = new Set();
    open.set(loop, generators);
  }
  return generators;
}

/** Closes all of them at once and waits until they are. One that fails is reported and does not stop the others. @internal */
export function* closeAsyncgens(loop: EventLoop): Generator<unknown, void, unknown> {
  const generators = asyncgensOf(loop);
  const closing: Future<unknown>[] = [];
  // Each in a task, so that it can wait while it cleans up.
  for (const generator of generators) closing.push(loop.createTask(() => generator.return(undefined)));
  generators.clear();
  for (const future of closing) {
    try {
      yield* future;
    } catch (exception) {
      loop.callExceptionHandler({
        message: "an error occurred during closing of asynchronous generator",
        exception,
      });
    }
  }
}

const ASYNCGEN_METHODS = ["next", "return", "throw"];

/**
 * Has an async generator closed when its loop shuts down, if it has not ended by then. asyncio does so for every
 * async generator.
 *
 * @param loop - the loop that closes it; by default the running one.
 * @returns the same items, from a generator that the loop knows.
 * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not an async generator, or the loop is not one.
 *
 * @example
 * ```ts
 * for await (const row of trackAsyncgen(rows())) { ... }
 * ```
 */
export function trackAsyncgen<T, R, N>(
  generator: AsyncGenerator<T, R, N>,
  loop: EventLoop = getRunningLoop(),
): AsyncGenerator<T, R, N> {
  checkMethods("trackAsyncgen", "an async generator", generator, ASYNCGEN_METHODS);
  if (!(Symbol.asyncIterator in generator))
    throw wrongArgument("trackAsyncgen", "an async generator", generator);
  checkLoop("trackAsyncgen", loop);
  const known = generator as Begun;
  const generators = asyncgensOf(loop);
  generators.add(known);
  const ending = async (result: Promise<IteratorResult<T, R>>) => {
    try {
      const item = await result;
      if (item.done === true) generators.delete(known);
      return item;
    } catch (error) {
      generators.delete(known);
      throw error;
    }
  };
  return Object.assign(Object.create(generator) as AsyncGenerator<T, R, N>, {
    next: (...value: [] | [N]) => ending(generator.next(...value)),
    return: (value: R | PromiseLike<R>) => ending(generator.return(value)),
    throw: (error: unknown) => ending(generator.throw(error)),
    [Symbol.asyncIterator](): AsyncGenerator<T, R, N> {
      return this as unknown as AsyncGenerator<T, R, N>;
    },
  });
}
