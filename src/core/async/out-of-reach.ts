/**
 * Owns the reports on async functions that no request to cancel reaches, since they await a promise that is none of the loop's:
 * they are told at their next wait, which may never come. `adopt` makes a wait of the loop's of such a promise.
 */
import type { EventLoop } from "../loop.ts";
import type { Scope } from "./scope.ts";

const WHAT_HELPS =
  "awaits a promise that is none of the loop's, and is told at its next wait; to be told at once it has to await adopt(promise)";

/** In debug mode: what was asked to cancel since the loop slept last. */
const asked = new WeakMap<EventLoop, Set<Scope>>();

/** A scope was asked to cancel. @internal */
export function noteRequest(scope: Scope): void {
  const scopes = asked.get(scope.loop);
  if (scopes === undefined) asked.set(scope.loop, new Set([scope]));
  else scopes.add(scope);
}

/** The loop has nothing to do. Once microtasks have run out, whoever was not told by then is out of reach. @internal */
export function reportAfterMicrotasks(loop: EventLoop): void {
  const scopes = asked.get(loop);
  if (scopes === undefined) return;
  asked.delete(loop);
  loop.host.wakeSoon(() => {
    if (loop.isClosed()) return;
    for (const scope of scopes) if (scope.isOutOfReach) loop.warn(describe(scope));
  });
}

function describe(scope: Scope): string {
  const name = scope.task?.getName();
  return scope.isBody
    ? `a timeout or group in the task '${name}' was cancelled, but the function in it ${WHAT_HELPS}`
    : `the task '${name}' was cancelled, but ${WHAT_HELPS}`;
}

/** How long a loop that is being closed waits in silence for tasks that it has cancelled, in milliseconds. */
const SILENCE_MS = 5000;

/**
 * Says who it is that keeps a loop from being closed, if it takes long. Not under a virtual clock, which has no time for that.
 * @returns what ends it.
 * @internal
 */
export function watchClosing(loop: EventLoop): () => void {
  const { host } = loop;
  if (host.skipTo !== undefined) return () => {};
  const timer = host.wakeAt(host.now() + SILENCE_MS, () => {
    const names = loop.pendingTasks().filter((task) => task.waitsFor.length === 0);
    for (const task of names)
      loop.warn(`run() waits for a task to end: '${task.getName()}' was cancelled, but ${WHAT_HELPS}`);
  });
  return () => timer.cancel();
}
