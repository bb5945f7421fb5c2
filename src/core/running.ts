/**
 * Owns the question "where am I?": the loop and the task whose code runs at this moment.
 * Knows how to ask a loop, not how it runs.
 *
 * While a callback or a step of a coroutine executes, the answer is exact. Between the steps of an async function the
 * engine's microtasks run, where it comes from the host's async context if there is one (docs/async-functions.md).
 */

import { noRunningLoop } from "./async/await.ts";
import type { Scope } from "./async/scope.ts";
import { storageInUse } from "./async/storage.ts";
import type { CancelSignals } from "./cancel-signals.ts";
import { wrongArgument } from "./checks.ts";
import { provideContextOfMicrotask } from "./context.ts";
import type { EventLoop } from "./loop.ts";
import type { Stepper } from "./stepper.ts";
import type { Task } from "./task.ts";
import { Core } from "./wasm.ts";

let runningLoop: EventLoop | undefined;
/** Those that are in a run, of which one has control at a time. */
const inRun = new Set<EventLoop>();

/**
 * Checks that something is a loop, by what only a loop has: futures must not import its class.
 * @throws ArgumentError ERR_ARGUMENT_TYPE. @internal
 */
export function checkLoop(caller: string, value: unknown, needs = "an event loop"): void {
  if ((value as Partial<EventLoop> | null | undefined)?.core instanceof Core) return;
  throw wrongArgument(caller, needs, value);
}
/** The policy's current loop, where none is running. */
let loopOfPolicy: (() => EventLoop) | undefined;

/** What to do where a loop runs and is not known. @internal */
export const AFTER_FOREIGN_AWAIT =
  "After an `await` of a foreign promise the loop is known only on hosts with AsyncLocalStorage; await adopt(promise) instead";

/** Makes `loop` the running one, or none. @internal */
export function setRunningLoop(loop: EventLoop | undefined): void {
  runningLoop = loop;
}

/** The loop whose step this is, as far as is known without async context. @internal */
export function runningLoopNow(): EventLoop | undefined {
  return runningLoop;
}

/** A run of the loop begins, or ends. @internal */
export function noteRun(loop: EventLoop, begins: boolean): void {
  if (begins) inRun.add(loop);
  else inRun.delete(loop);
}

/** The loop that is in a run, if there is just one. @internal */
export function onlyRunningLoop(): EventLoop | undefined {
  if (inRun.size !== 1) return undefined;
  for (const loop of inRun) return loop;
  return undefined;
}

/** What the host's async context knows of the code that runs in a microtask, as long as its loop is open. */
function scopeHere(): Scope | undefined {
  const scope = storageInUse?.get()?.open();
  return scope === undefined || scope.loop.isClosed() ? undefined : scope;
}

/** The running loop, or undefined. asyncio: `_get_running_loop`. @internal */
export function runningLoopOrUndefined(): EventLoop | undefined {
  if (runningLoop?.driver.executing) return runningLoop;
  return scopeHere()?.loop ?? runningLoop;
}

/**
 * Whether this is code of a loop's, for certain. Where there is no async context, it is not known of a microtask: an async
 * function may be abroad, and the code be somebody else's, such as another request's. @internal
 */
export function isInsideLoop(): boolean {
  return runningLoop?.driver.executing === true || scopeHere()?.task?.done() === false;
}

/**
 * The loop whose code is running. asyncio: `get_running_loop`.
 * @throws LoopError ERR_NO_RUNNING_LOOP outside of a loop's coroutines and callbacks.
 */
export function getRunningLoop(): EventLoop {
  const loop = runningLoopOrUndefined();
  if (loop !== undefined) return loop;
  throw noRunningLoop();
}

/** Says which loop is the current one where none is running; throws where there is none either. @internal */
export function provideLoopOfPolicy(source: () => EventLoop): void {
  loopOfPolicy = source;
}

/**
 * The running loop, else the policy's current one. asyncio: `get_event_loop`.
 * @throws LoopError ERR_NO_CURRENT_LOOP when there is neither.
 */
export function getEventLoop(): EventLoop {
  return runningLoopOrUndefined() ?? loopOfPolicy?.() ?? getRunningLoop();
}

/**
 * The task whose code is running, or null in a callback or outside. asyncio: `current_task`.
 * @param loop - the loop to ask; the running one unless given.
 * @throws LoopError ERR_NO_RUNNING_LOOP; ArgumentError ERR_ARGUMENT_TYPE for what is no loop.
 */
export function currentTask(loop?: EventLoop): Task<unknown> | null {
  if (loop !== undefined) checkLoop("currentTask", loop);
  return taskHere(loop ?? getRunningLoop());
}

function taskHere(loop: EventLoop): Task<unknown> | null {
  const { executing, current } = loop.driver;
  if (!executing) {
    const scope = scopeHere();
    if (scope?.loop === loop) return scope.task?.done() === false ? scope.task : null;
  }
  return taskOf(current);
}

function taskOf(stepper: Stepper<unknown> | undefined): Task<unknown> | null {
  if (stepper === undefined) return null;
  const scope = stepper.scopeOfStrand;
  return (scope === undefined ? stepper.task : scope.task) ?? null;
}

/**
 * What a deadline or a group that begins here may cancel: the strand that is having its step, a generator's task; behind the
 * `await` of a foreign promise it is the whole task. @internal
 */
export function currentStepper(): Cancellable | null {
  const { current } = getRunningLoop().driver;
  const task = currentTask();
  return task !== null && current !== undefined && taskOf(current) === task
    ? (current as unknown as Cancellable)
    : task;
}

/** Who has its step, as far as is known. Asked by each operation that begins. @internal */
export function currentStepperOrNull(): Stepper<unknown> | null {
  return runningLoop?.driver.current ?? null;
}

/** What takes requests to cancel, and counts them. @internal */
export interface Cancellable {
  readonly task: Task<unknown>;
  cancel(message?: string): boolean;
  cancelling(): number;
  uncancel(): number;
  /** Cancels it on behalf of a scope in it, whose place this is. */
  cancelFrom(place: number): void;
  readonly cancelSignals: CancelSignals;
  /** The message of the last request. */
  readonly cancelMessage: string | undefined;
}

/** Context variables are the task's, in the microtasks of its functions too. */
provideContextOfMicrotask(() => {
  const loop = runningLoop?.driver.executing ? undefined : runningLoopOrUndefined();
  return loop === undefined ? undefined : taskHere(loop)?.getContext();
});
