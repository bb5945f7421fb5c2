/**
 * Owns async context on Node 20 and 22, where AsyncLocalStorage is made of hooks for every kind of asynchronous work and
 * takes the larger part of an async function's step. This one follows promises only: a microtask runs in the context that
 * its promise was made in. What a timer or an emitter calls has none.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { type TaskStorageFactory, taskStorageBy } from "./async-local-storage.ts";
import type { TaskStorage } from "./host.ts";
import { builtin } from "./node-builtin.ts";

type PromiseHooks = typeof import("node:v8")["promiseHooks"];

/** From this version on AsyncLocalStorage is the engine's own and costs next to nothing for each promise. */
const CHEAP_SINCE = 24;

const CONTEXT = Symbol("wasyncio.context");

type Stamped = Promise<unknown> & { [CONTEXT]?: unknown };

/** Undefined where AsyncLocalStorage is the better choice. */
export function promiseContextIfCheaper(): TaskStorageFactory | undefined {
  if (Number.parseInt(process.versions.node, 10) >= CHEAP_SINCE) return undefined;
  return <T>() => {
    const { promiseHooks } = builtin("node:v8") as { readonly promiseHooks?: PromiseHooks };
    // Other runtimes that are given the file for Node have the module without the hooks.
    return promiseHooks === undefined
      ? taskStorageBy(AsyncLocalStorage)<T>()
      : createPromiseContext<T>(promiseHooks);
  };
}

/** Context that follows promises. Once made, it stays in use. */
function createPromiseContext<T>(promiseHooks: PromiseHooks): TaskStorage<T> {
  let here: T | undefined;
  promiseHooks.createHook({
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
