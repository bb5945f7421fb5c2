/**
 * Owns the reports on async functions that no request to cancel reaches, since they await a promise that is not the loop's:
 * they are reached at their next wait, which may never come. `adopt` turns such a promise into a wait of the loop's.
 */
import type { Scheduler } from "./scheduler.ts";

/** A scope that was asked to cancel, as far as this file knows it (scope.ts). */
interface Asked {
  readonly scheduler: Scheduler;
  readonly task: { getName(): string } | undefined;
  readonly isBody: boolean;
  /** Nothing in it is reached before one of them waits again. */
  readonly isOutOfReach: boolean;
}

const WHAT_HELPS =
  "awaits a promise that is not the loop's, and will be reached only at its next wait; to reach it at once, await adopt(promise)";

/** In debug mode: what has been asked to cancel since the loop last slept. */
const asked = new WeakMap<Scheduler, Set<Asked>>();

/** A scope was asked to cancel. @internal */
export function noteRequest(scope: Asked): void {
  const scopes = asked.get(scope.scheduler);
  if (scopes === undefined) asked.set(scope.scheduler, new Set([scope]));
  else scopes.add(scope);
}

/** The loop has nothing to do. Once microtasks have run out, what has not been reached is out of reach. @internal */
export function reportAfterMicrotasks(scheduler: Scheduler): void {
  const scopes = asked.get(scheduler);
  if (scopes === undefined) return;
  asked.delete(scheduler);
  scheduler.host.wakeSoon(() => {
    if (scheduler.closed) return;
    for (const scope of scopes) if (scope.isOutOfReach) scheduler.warn(describe(scope));
  });
}

function describe(scope: Asked): string {
  const name = scope.task?.getName();
  return scope.isBody
    ? `a timeout or group in the task '${name}' was cancelled, but the function in it ${WHAT_HELPS}`
    : `the task '${name}' was cancelled, but ${WHAT_HELPS}`;
}

/** How long a loop that is being closed waits in silence for tasks that it has cancelled, in milliseconds. */
const SILENCE_MS = 5000;

/**
 * Reports which tasks keep a loop from being closed, if it takes long. Not under a virtual clock, where no time passes meanwhile.
 * @param pending - the tasks that have not ended.
 * @returns a function that ends it.
 * @internal
 */
export function watchClosing(
  scheduler: Scheduler,
  pending: () => readonly { getName(): string; readonly waitsFor: readonly unknown[] }[],
): () => void {
  const { host } = scheduler;
  if (host.skipTo !== undefined) return () => {};
  const timer = host.wakeAt(host.now() + SILENCE_MS, () => {
    for (const task of pending())
      if (task.waitsFor.length === 0)
        scheduler.warn(`run() waits for a task to end: '${task.getName()}' was cancelled, but ${WHAT_HELPS}`);
  });
  return () => timer.cancel();
}
