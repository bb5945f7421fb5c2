/**
 * Owns the question "who am I?": whose code runs at this moment, within the loop that running.ts tells. Knows how to ask a
 * stepper and a scope, not how they run.
 */
import { storageInUse } from "./async-context.ts";
import type { Cancellable } from "./cancellation.ts";
import { provideContextOfMicrotask } from "./context.ts";
import { getRunningLoop, runningNow, runningScheduler } from "./running.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Owner, Scope } from "./scope.ts";
import type { Stepper } from "./stepper.ts";

/** What the host's async context knows of the code that runs in a microtask, as long as its loop is open. */
function scopeHere(): Scope | undefined {
  const scope = (storageInUse?.get() as Scope | undefined)?.open();
  return scope?.scheduler.closed === false ? scope : undefined;
}

/** The stepper that has its step. @internal */
export function stepperOf({ current }: Scheduler): Stepper<unknown> | undefined {
  return current as Stepper<unknown> | undefined;
}

/**
 * Whether this is code of a loop's, for certain. Where there is no async context, it is not known of a microtask: an async
 * function may be waiting for a foreign promise, and the code belong to something else, such as another request. @internal
 */
export function isInsideLoop(): boolean {
  return runningNow()?.executing === true || scopeHere()?.task?.done() === false;
}

/** The task whose code is running. @internal */
export function taskHere(scheduler: Scheduler): Owner | null {
  const current = stepperOf(scheduler);
  if (!scheduler.executing) {
    const scope = scopeHere();
    if (scope?.scheduler === scheduler) return scope.task?.done() === false ? scope.task : null;
  }
  return taskOf(current);
}

function taskOf(stepper: Stepper<unknown> | undefined): Owner | null {
  if (stepper === undefined) return null;
  const scope = stepper.scopeOfStrand;
  return (scope === undefined ? stepper.task : scope.task) ?? null;
}

/**
 * What a deadline or a group that begins here may cancel: the strand that is having its step, a generator's task; behind the
 * `await` of a foreign promise it is the whole task. @internal
 */
export function currentStepper(): Cancellable<unknown> | null {
  const { scheduler } = getRunningLoop();
  const current = stepperOf(scheduler);
  const task = taskHere(scheduler);
  const stepper = task !== null && current !== undefined && taskOf(current) === task ? current : task;
  return stepper as Cancellable<unknown> | null;
}

/** Context variables are the task's, in the microtasks of its functions too. */
provideContextOfMicrotask(() => {
  const scheduler = runningNow()?.executing ? undefined : runningScheduler();
  return scheduler === undefined ? undefined : taskHere(scheduler)?.getContext();
});
