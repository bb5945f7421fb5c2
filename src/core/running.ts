/**
 * Owns the question "which loop am I in?": the one whose code runs at this moment, or the policy's. Knows how to ask a
 * scheduler, not how it runs. Whose step it is, in that loop, is asked in current.ts.
 *
 * While a callback or a step of a coroutine executes, the answer is exact. Between the steps of an async function the
 * engine's microtasks run, where it comes from the host's async context if there is one (docs/async-functions.md).
 */
import { storageInUse } from "./async-context.ts";
import { wrongArgument } from "./checks.ts";
import { LoopError } from "./errors.ts";
import { type EventLoop, Scheduler } from "./scheduler.ts";
import type { Stepping } from "./steps.ts";

let running: Scheduler | undefined;
/** Those in a run, one of which has control at a time. */
const inRun = new Set<Scheduler>();
/** The policy's current loop, if none is running. */
let loopOfPolicy: (() => EventLoop) | undefined;

/** What the host's async context holds, as far as this file knows it: a scope. @internal */
interface Stored {
  readonly scheduler: Scheduler;
}

/** What to do if a loop is running but not known. @internal */
export const AFTER_FOREIGN_AWAIT =
  "After an `await` of a foreign promise the loop is known only on hosts with AsyncLocalStorage; use await adopt(promise)";

/** The error if there is no loop, or it is not known. @internal */
export function noRunningLoop(): LoopError {
  return new LoopError(
    "ERR_NO_RUNNING_LOOP",
    `no running event loop: call this from a coroutine or callback of a loop. ${AFTER_FOREIGN_AWAIT}`,
  );
}

/**
 * Checks that something is a loop: the face of its scheduler, since its class is above.
 * @throws ArgumentError ERR_ARGUMENT_TYPE. @internal
 */
export function checkLoop(caller: string, value: unknown, needs = "an event loop"): void {
  const scheduler = (value as Partial<EventLoop> | null | undefined)?.scheduler;
  if (scheduler instanceof Scheduler && scheduler.loop === value) return;
  throw wrongArgument(caller, needs, value);
}

/** Makes it the running one, or none. @internal */
export function setRunning(scheduler: Scheduler | undefined): void {
  if (running !== scheduler) running = scheduler;
}

/** The scheduler whose step this is, as far as is known without async context. @internal */
export function runningNow(): Scheduler | undefined {
  return running;
}

/** A run begins, or ends. @internal */
export function noteRun(scheduler: Scheduler, begins: boolean): void {
  if (begins) inRun.add(scheduler);
  else inRun.delete(scheduler);
}

/** The scheduler that is in a run, if there is just one. @internal */
export function onlyRunning(): Scheduler | undefined {
  if (inRun.size !== 1) return undefined;
  for (const scheduler of inRun) return scheduler;
  return undefined;
}

/** Who has its step, as far as is known. Asked by each operation that begins. @internal */
export function steppingNow(): Stepping | null {
  return running?.current ?? null;
}

/** Whose code is running, as far as can be told. @internal */
export function runningScheduler(): Scheduler | undefined {
  if (running?.executing) return running;
  const stored = (storageInUse?.get() as Stored | undefined)?.scheduler;
  return stored === undefined || stored.closed ? running : stored;
}

/** The running loop, or undefined. asyncio: `_get_running_loop`. @internal */
export function runningLoopOrUndefined(): EventLoop | undefined {
  return runningScheduler()?.loop;
}

/**
 * The loop whose code is running. asyncio: `get_running_loop`.
 * @throws LoopError ERR_NO_RUNNING_LOOP outside a loop's coroutines and callbacks.
 */
export function getRunningLoop(): EventLoop {
  const scheduler = runningScheduler();
  if (scheduler !== undefined) return scheduler.loop;
  throw noRunningLoop();
}

/** Sets how to find the current loop when none is running; it throws if there is none either. @internal */
export function provideLoopOfPolicy(source: () => EventLoop): void {
  loopOfPolicy = source;
}

/**
 * The running loop, else the policy's current one. asyncio: `get_event_loop`.
 * @throws LoopError ERR_NO_CURRENT_LOOP when there is neither.
 */
export function getEventLoop(): EventLoop {
  return runningScheduler()?.loop ?? loopOfPolicy?.() ?? getRunningLoop();
}
