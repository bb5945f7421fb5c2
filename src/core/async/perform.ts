/**
 * Owns `perform`: calling a body that may be any kind of function, in the current task. What is no generator function has a
 * scope of its own, to which the enclosing deadline or group belongs.
 */
import { callWithin, storageInUse, useStorageOf } from "../async-context.ts";
import {
  type Body,
  type Coroutine,
  isAsyncFunction,
  iscoroutine,
  iscoroutinefunction,
  isThenable,
  notWaitedFor,
} from "../coroutine.ts";
import { stepperOf } from "../current.ts";
import { adopt } from "../ensure.ts";
import { CancelledError } from "../errors.ts";
import { Future } from "../future.ts";
import { getRunningLoop } from "../running.ts";
import { Scope } from "../scope.ts";
import { BodyWait, type Stepper } from "../stepper.ts";
import { Strand } from "./strand.ts";

/**
 * Calls `body` and waits for what it returns, in the current task.
 * @internal
 */
export function* perform<T, A extends unknown[]>(
  body: Body<T, A>,
  ...args: A
): Generator<unknown, T, unknown> {
  if (iscoroutinefunction(body)) return yield* body(...(args as unknown as never[])) as Coroutine<T>;
  const { scheduler } = getRunningLoop();
  const host = stepperOf(scheduler);
  if (host === undefined || scheduler.synchronous) {
    const result = body(...args);
    if (iscoroutine(result)) return yield* result as Coroutine<T>;
    if (result instanceof Future) return yield* result as Future<T>;
    if (isThenable(result)) return yield* adopt(result as PromiseLike<T>);
    return result as T;
  }
  const scope = new Scope(scheduler, undefined, host);
  try {
    const result = begin(scope, host, body, args);
    if (iscoroutine(result)) return yield* result as Coroutine<T>;
    if (result instanceof Future) return yield* result as Future<T>;
    if (!isThenable(result)) return result as T;
    return yield* new EndOfBody(scope, result as PromiseLike<T>, !isAsyncFunction(body));
  } finally {
    yield* leave(scope, host);
  }
}

/** The code of the body is a strand of its own, in its scope. */
function begin<T, A extends unknown[]>(
  scope: Scope,
  host: Stepper<unknown>,
  body: Body<T, A>,
  args: A,
): Coroutine<T> | PromiseLike<T> | T {
  const { scheduler } = scope;
  if (isAsyncFunction(body)) useStorageOf(scheduler.host);
  const strand = new Strand(scope);
  scheduler.current = strand;
  try {
    const result = callWithin(scope, body, ...args);
    // In this order: reading the `then` of one of ours leaves a step open that is never ended.
    if (!(result instanceof Future) && !iscoroutine(result) && isThenable(result))
      scheduler.steps.goesOn(strand);
    return result;
  } finally {
    scheduler.current = host;
  }
}

/** A cancelled scope is left when everything that waits in it has ended; otherwise its leftovers go to the enclosing scope. */
function* leave(scope: Scope, host: Stepper<unknown>): Generator<unknown, void, unknown> {
  let cancelled: CancelledError | undefined;
  // Without async context something else may be booked in here, and wait for this very scope.
  while (storageInUse !== undefined && scope.mark > 0 && !scope.isEmpty()) {
    const emptied = scope.scheduler.loop.createFuture<void>();
    scope.whenEmpty(() => {
      if (emptied.pending()) emptied.setResult();
    });
    host.waitsForLeftovers(scope);
    try {
      yield* emptied;
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      cancelled = error;
    } finally {
      host.waitsForLeftovers(undefined);
    }
  }
  scope.whenEmpty(undefined);
  scope.close();
  if (cancelled !== undefined) throw cancelled;
}

class EndOfBody<T> extends BodyWait<T> {
  readonly scope: Scope;
  readonly isPromiseAlone: boolean;
  private readonly promise: PromiseLike<T>;
  private hasYielded = false;
  private outcome: { readonly value: T } | { readonly error: unknown } | undefined = undefined;

  constructor(scope: Scope, promise: PromiseLike<T>, isPromiseAlone: boolean) {
    super();
    this.isPromiseAlone = isPromiseAlone;
    this.scope = scope;
    this.promise = promise;
  }

  get name(): string {
    return "async function";
  }

  whenEnded(ended: () => void): void {
    this.promise.then(
      (value) => {
        this.outcome = { value };
        ended();
      },
      (error) => {
        this.outcome = { error };
        ended();
      },
    );
  }

  next(): IteratorResult<unknown, T> {
    const { outcome } = this;
    if (outcome === undefined) {
      if (this.hasYielded) throw notWaitedFor(this.name);
      this.hasYielded = true;
      return { done: false, value: this };
    }
    if ("error" in outcome) throw outcome.error;
    return { done: true, value: outcome.value };
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    return { done: true, value };
  }
}
