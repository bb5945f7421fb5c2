/**
 * Owns async context on Node 20 and 22, where AsyncLocalStorage is made of hooks for every kind of asynchronous work and
 * takes the larger part of an async function's step. This one follows promises only: a microtask runs in the context that
 * its promise was made in. What a timer or an emitter calls has none.
 */

// By its default export: other runtimes that are given the file for Node have the module without the hooks.
import v8 from "node:v8";
import type { TaskStorageFactory } from "./async-local-storage.ts";
import type { TaskStorage } from "./host.ts";

/** From this version on AsyncLocalStorage is the engine's own and costs next to nothing for each promise. */
const CHEAP_SINCE = 24;

const CONTEXT = Symbol("wasyncio.context");

type Stamped = Promise<unknown> & { [CONTEXT]?: unknown };

/** Undefined where AsyncLocalStorage is the better choice. */
export function promiseContextIfCheaper(): TaskStorageFactory | undefined {
  const hasHooks = (v8 as Partial<typeof v8>).promiseHooks !== undefined;
  return hasHooks && Number.parseInt(process.versions.node, 10) < CHEAP_SINCE
    ? createPromiseContext
    : undefined;
}

/** Context that follows promises. Once made, it stays in use. */
function createPromiseContext<T>(): TaskStorage<T> {
  let here: T | undefined;
  v8.promiseHooks.createHook({
    init(promise: Stamped) {
      if (here !== undefined) promise[CONTEXT] = here;
    },
    before(promise: Stamped) {
      here = promise[CONTEXT] as T | undefined;
    },
    after() {
      here = undefined;
    },
  });
  return {
    run(value, body, ...args) {
      const outer = here;
      here = value;
      try {
        return body(...args);
      } finally {
        here = outer;
      }
    },
    get: () => here,
  };
}
