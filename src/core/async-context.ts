/**
 * Owns the host's async context, as far as the loop uses it: it holds the scope that an async function was started in, and
 * brings it back after an `await` of a promise that is not ours. Knows nothing of what a scope is.
 * Not in use before the first async function becomes a task: on Node 20 and 22 it slows every native promise of the process.
 */
import type { Host, TaskStorage } from "../host/host.ts";

/** Undefined before it is needed, and on hosts that have none. @internal */
export let storageInUse: TaskStorage<object> | undefined;

/** Sets it up, should the host have any. @internal */
export function useStorageOf(host: Host): void {
  storageInUse ??= host.createTaskStorage?.();
}

/** Calls `body` so that all it starts is known to belong to the scope, wherever it comes back from. @internal */
export function callWithin<A extends unknown[], R>(scope: object, body: (...args: A) => R, ...args: A): R {
  return storageInUse === undefined ? body(...args) : storageInUse.run(scope, body, ...args);
}
