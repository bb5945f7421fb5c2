/**
 * Owns `then` of what can be awaited. It is read at the `await`, synchronously, where it is known whose step this is; it is
 * called a microtask later, and then a strand begins to wait. Read and not called, it changes nothing.
 */
import { storageInUse } from "../async-context.ts";
import type { Operation } from "../coroutine.ts";
import { stepperOf } from "../current.ts";
import { makeOwnerEndedError } from "../errors.ts";
import type { Future, FutureWait } from "../future.ts";
import { noRunningLoop, onlyRunning, runningNow } from "../running.ts";
import type { Scheduler } from "../scheduler.ts";
import { Scope, scopeOfGenerator } from "../scope.ts";
import { swallowUnhandled } from "../swallow.ts";
import type { Task } from "../task.ts";
import { Resumption } from "./resumption.ts";
import { Strand } from "./strand.ts";

type Then<T> = PromiseLike<T>["then"];

/** Whose code this is; undefined if that cannot be told. */
function readerHere(): Strand | undefined {
  const scheduler = runningNow();
  const stored = scheduler?.executing === true ? undefined : (storageInUse?.get() as Scope | undefined);
  const current = scheduler && stepperOf(scheduler);
  if (stored !== undefined) {
    const scope = stored.open();
    if (current instanceof Strand) {
      if (current.scope === scope) return current;
    } else if (current !== undefined && current.nursery === scope) {
      return strandOfGenerator(current as Task<unknown>);
    }
    return (
      (scope.scheduler.steps.latestIn(scope) as Strand | undefined) ??
      new Strand(scope, scope.toldToReturning)
    );
  }
  const isTracked = current instanceof Strand ? current.isTracked : storageInUse !== undefined;
  if (!isTracked || scheduler?.executing === true) {
    if (current instanceof Strand) return current.forCodeInside();
    if (current !== undefined) return strandOfGenerator(current as Task<unknown>);
  }
  if (scheduler?.executing === true) return strandOfCallback(scheduler);
  // Not in any task's async context: a foreign listener, which can only mean the loop that exists. Or a function
  // that has come back from abroad before the context was in use. Where there is none it may be any task's.
  const only = onlyRunning();
  if (only?.host.createTaskStorage === undefined) return undefined;
  return strandOfNoTask(only);
}

/** For what a callback of the loop starts. */
function strandOfCallback(scheduler: Scheduler): Strand {
  const scope = storageInUse?.get() as Scope | undefined;
  return scope?.isOfNoTask === true ? new Strand(scope) : strandOfNoTask(scheduler);
}

/** For what no task has started. It gets one when it begins to wait, which the host's async context knows nothing of. */
function strandOfNoTask(scheduler: Scheduler): Strand {
  const strand = new Strand(new Scope(scheduler, undefined, undefined));
  strand.isTracked = false;
  return strand;
}

/** For what a generator's task starts. It has been told of each request that is not still to come. */
function strandOfGenerator(task: Task<unknown>): Strand {
  const scope = scopeOfGenerator(task);
  const isToBeTold = task.done() || task.scheduler.calls.taskCancelDue(task.ref) !== 0;
  return new Strand(scope, isToBeTold ? 0 : scope.mark);
}

/** Whether the step that is open has to wait for what is read on this strand's behalf. */
function isOfThisStep(reader: Strand): boolean {
  const { scheduler } = reader;
  if (scheduler !== runningNow()) return false;
  const current = stepperOf(scheduler);
  return (
    scheduler.executing || reader.isInStep || (current !== undefined && current.nursery === reader.scope)
  );
}

function readAs(key: unknown): Strand | undefined {
  const reader = readerHere();
  if (reader === undefined) return undefined;
  reader.lastRead = key;
  if (isOfThisStep(reader)) reader.scheduler.steps.read(reader);
  return reader;
}

/** Begins to wait, on behalf of the reader. Of several that were read in a step, the last is its own wait. */
function beginToWait(reader: Strand, operation: Operation<unknown>, resumption: Resumption): void {
  const isItsOwn = reader.lastRead === operation && reader.isFree && !resumption.isByHand;
  const strand = isItsOwn ? reader : reader.beside();
  reader.scheduler.steps.called(reader, resumption.isByHand);
  strand.await(operation, resumption);
}

/** `then` of all operations: the engine calls it with the operation as `this`. */
function then(this: Operation<unknown>, onFulfilled: unknown, onRejected: unknown): Resumption {
  const reader = this.reader as Strand | undefined;
  const resumption = new Resumption(onFulfilled as never, onRejected as never);
  if (reader === undefined) resumption.reject(noRunningLoop());
  else beginToWait(reader, this, resumption);
  return resumption;
}

/** The `then` of an operation that is read at this place. @internal */
export function awaitHere<T>(operation: Operation<T>): Then<T> {
  operation.reader = readAs(operation);
  return then as unknown as Then<T>;
}

/** The `then` of a future that is read at this place. @internal */
export function awaitFutureHere<T>(wait: FutureWait<T>): Then<T> {
  const reader = readAs(wait);
  const { future } = wait;
  const { scheduler } = future;
  return ((onFulfilled: unknown, onRejected: unknown) => {
    const resumption = new Resumption(onFulfilled as never, onRejected as never);
    if (reader !== undefined && reader.scheduler === scheduler && !scheduler.closed && !resumption.isByHand) {
      beginToWait(reader, wait, resumption);
    } else {
      if (reader !== undefined) reader.scheduler.steps.called(reader, resumption.isByHand);
      settleLater(future, resumption);
    }
    return resumption;
  }) as unknown as Then<T>;
}

/** How many a future's callbacks have yet to notify. What comes meanwhile is notified after them. */
const toldByCallback = new WeakMap<object, number>();

/** Outside the loop nothing can wait; the future's callbacks are used. */
function settleLater(future: Future<unknown>, resumption: Resumption): void {
  const { outsiders, host, closed } = future.scheduler;
  const others = toldByCallback.get(future) ?? 0;
  const outsider = {
    end() {
      if (future.done()) return settle(future, resumption);
      const error = makeOwnerEndedError(undefined);
      swallowUnhandled(error, host);
      resumption.reject(error);
    },
  };
  if (closed || (future.done() && others === 0)) {
    // A done callback would need the loop to run, and a future may outlive it.
    Promise.resolve().then(outsider.end);
    return;
  }
  const drop = outsiders.add(outsider);
  future.addDoneCallback(() => {
    toldByCallback.set(future, (toldByCallback.get(future) as number) - 1);
    drop();
    outsider.end();
  });
  toldByCallback.set(future, others + 1);
}

function settle(future: Future<unknown>, resumption: Resumption): void {
  let value: unknown;
  try {
    value = future.result();
  } catch (error) {
    resumption.reject(error);
    return;
  }
  resumption.resolve(value);
}
