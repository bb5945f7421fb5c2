/**
 * Owns the callbacks of a future: what the core calls when the future is done, in which order, and what becomes of an error in
 * there. Knows nothing of futures beyond that they have a scheduler.
 */
import { type Context, currentContext } from "./context.ts";
import { failureOf } from "./errors.ts";
import { isInterrupt } from "./interrupt.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Runnable } from "./wasm.ts";

/** The future that is done, as far as this file knows it. */
interface Done {
  readonly scheduler: Scheduler;
}

/** A callback of a pending future. It joins the core's objects when the future is done, not before: see future.ts. @internal */
export class DoneCallback implements Runnable {
  readonly future: Done;
  readonly callback: (future: never) => void;
  readonly context: Context | undefined;
  readonly slot: number;
  /** The next in the circle; of the last one that is the first. */
  next: DoneCallback;

  constructor(future: Done, callback: (future: never) => void, context: Context | undefined, slot: number) {
    this.future = future;
    this.callback = callback;
    this.context = context;
    this.slot = slot;
    this.next = this;
  }

  /** Named in the report of a slow callback. */
  toString(): string {
    return `<DoneCallback ${this.callback.name || "anonymous"} of ${this.future}>`;
  }

  run(): void {
    const { future } = this;
    future.scheduler.core.detach(this.slot);
    callDone(this.callback, future, this.context);
  }
}

/** Calls a callback of a future that is done. @internal */
export function callDone(
  callback: (future: never) => void,
  future: Done,
  context: Context | undefined,
): void {
  const { scheduler } = future;
  scheduler.enterCallback(context);
  try {
    callback(future as never);
  } catch (thrown) {
    if (isInterrupt(thrown)) throw thrown;
    const message = `Exception in callback ${callback.name || "anonymous"}`;
    const exception = failureOf(thrown, "a callback threw");
    scheduler.reporter.report({ message, exception, future }, currentContext());
  }
}

// The callbacks of one future form a circle, as their records in the core do; a future has the last of them.

/** Puts one behind the last. Answers which is the last now. @internal */
export function after(last: DoneCallback | undefined, done: DoneCallback): DoneCallback {
  if (last !== undefined) {
    done.next = last.next;
    last.next = done;
  }
  return done;
}

/** Takes out those that call this function. Answers which is the last now. @internal */
export function without(
  last: DoneCallback | undefined,
  callback: (future: never) => void,
  takenOut: (done: DoneCallback) => void,
): DoneCallback | undefined {
  if (last === undefined) return undefined;
  let previous = last;
  let keptLast: DoneCallback | undefined;
  for (let done = last.next, more = true; more; done = done.next) {
    more = done !== last;
    if (done.callback === callback) {
      previous.next = done.next;
      takenOut(done);
    } else {
      previous = done;
      keptLast = done;
    }
  }
  return keptLast;
}

/** The core has made all of them ready, and finds them by their slots. @internal */
export function attachAll(last: DoneCallback): void {
  const { core } = last.future.scheduler;
  for (let done = last.next; ; done = done.next) {
    core.attach(done.slot, done);
    if (done === last) break;
  }
}
