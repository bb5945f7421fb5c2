/**
 * Owns what takes steps on the loop: it drives a coroutine until that waits, and is woken when what it waits for is done.
 * A task is one, for its own coroutine; a strand is one, for what an async function awaits.
 * The core says when a step is due and whether it is a cancellation, and this file takes it. How a cancellation comes about is
 * its base's business (cancellation.ts).
 */
import { callWithin } from "./async-context.ts";
import { badYield, cannotWait } from "./bad-wait.ts";
import { Cancellable } from "./cancellation.ts";
import { type Context, enterContext } from "./context.ts";
import { type Coroutine, Operation } from "./coroutine.ts";
import type { LoopError } from "./errors.ts";
import { type Future, FutureWait } from "./future.ts";
import type { EventLoop } from "./scheduler.ts";
import type { Scope } from "./scope.ts";
import { CANCELLED, PENDING } from "./wasm.ts";

/** What a stepper waits for, when it is the end of an async function's body: the scope says how it is reached. @internal */
export abstract class BodyWait<T> extends Operation<T> {
  /** Whose body it is. */
  abstract readonly scope: Scope;
  /** Whether it may be a foreign promise, which can only be let go. */
  abstract readonly isPromiseAlone: boolean;
  /** Calls `ended` once the body has. */
  abstract whenEnded(ended: () => void): void;
}

/** A future whose result comes from taking steps. */
export abstract class Stepper<T> extends Cancellable<T> {
  /** What is being driven. @internal */
  protected coroutine: Coroutine<unknown> | undefined;

  /** @internal */
  constructor(loop: EventLoop) {
    super(loop);
    this.coroutine = undefined;
  }

  /** The context that the coroutine runs in. */
  abstract getContext(): Context;
  /** What is driven returned. @internal */
  protected abstract returned(value: unknown): void;
  /** What is driven threw. @internal */
  protected abstract raised(error: unknown): void;

  /** For a step it enters its scope itself; what is called once it is done is a callback like others. @internal */
  get entersScope(): boolean {
    return this.state === PENDING;
  }

  /** Takes a step from within other code, which goes on as itself afterwards. @internal */
  enter(cancel: boolean): void {
    const { scheduler } = this;
    const outer = scheduler.current;
    // A strand's task is left alone unless somebody asks for its context: where there are thousands it is in no cache.
    const outerContext = enterContext(this.scopeOfStrand === undefined ? this.getContext() : this);
    scheduler.current = this;
    try {
      this.stepInContext(cancel);
    } finally {
      scheduler.current = outer;
      enterContext(outerContext);
    }
  }

  /** Takes a step, in the host's async context too where that is needed. @internal */
  protected abstract stepInContext(cancel: boolean): void;

  /** Takes a step in which the host's async context shows this scope. @internal */
  protected stepWithin(scope: Scope, cancel: boolean): void {
    callWithin(scope, stepNow, this, cancel);
  }

  /** @internal */
  stepNow(cancel: boolean): void {
    this.step(cancel);
  }

  /** @internal */
  protected step(cancel: boolean): void {
    const coroutine = this.coroutine as Coroutine<unknown>;
    const stepError = this.takeStepError();
    const { awaited } = this;
    this.awaited = undefined;
    let result: IteratorResult<unknown, unknown>;
    try {
      if (cancel) result = coroutine.throw(this.takeCancelledError(awaited));
      else if (stepError !== undefined) result = coroutine.throw(stepError);
      // A cancellation thrown from here takes a seventh less time than from within the operation: the engine leaves fewer frames.
      else if (awaited?.state === CANCELLED) result = coroutine.throw(awaited.cancelledError());
      else result = coroutine.next();
    } catch (error) {
      this.raised(error);
      return;
    }
    if (result.done === true) this.returned(result.value);
    else this.wait(result.value);
  }

  /** What is driven has yielded. */
  private wait(yielded: unknown): void {
    const { calls } = this.scheduler;
    if (yielded === undefined) {
      calls.taskYield(this.ref);
      return;
    }
    if (yielded instanceof Operation && yielded.future !== undefined) {
      // Whatever an operation of this package waits for is a future.
      const future = yielded.future as Future<unknown>;
      if (
        future.scheduler === this.scheduler &&
        (future as object) !== this.task &&
        future.state === PENDING
      ) {
        this.awaited = future;
        const cancel = calls.taskWait(this.ref, future.slotForWaiting());
        if (cancel && future.cancel(this.sidecar?.cancelMessage)) {
          this.cancelDelivered();
          // Where a cycle has closed it is awake, and finds what it waits for still pending.
          if (yielded instanceof FutureWait) yielded.allowOnceMore();
        }
        return;
      }
      this.ownSidecar().stepError = cannotWait(future, this);
    } else if (yielded instanceof BodyWait) {
      this.host(yielded);
      return;
    } else {
      this.ownSidecar().stepError = badYield(yielded);
    }
    calls.taskYield(this.ref);
  }

  /** Waits for the end of an async function. Its own wait is not a leaf: a cancellation goes to what is in the scope. */
  private host(body: BodyWait<unknown>): void {
    const { scope } = body;
    this.ownSidecar().hosted = scope;
    this.ownSidecar().letsGo = body.isPromiseAlone;
    if (this.scheduler.calls.taskCancelDue(this.ref)) this.cancelHosted(this.sidecar?.cancelMessage);
    body.whenEnded(() => {
      const { sidecar, scheduler } = this;
      if (sidecar?.hosted !== scope || this.state !== PENDING || scheduler.closed) return;
      sidecar.hosted = undefined;
      scheduler.steps.endedIn(scope);
      scope.bodyEnded(this);
      scheduler.drive(this);
    });
  }

  /** Whether it steps this very coroutine, and not one that waits for it. @internal */
  drives(coroutine: object): boolean {
    return this.coroutine === coroutine;
  }

  private takeStepError(): LoopError | undefined {
    const { sidecar } = this;
    if (sidecar === undefined) return undefined;
    const { stepError } = sidecar;
    sidecar.stepError = undefined;
    return stepError;
  }
}

function stepNow(stepper: Stepper<unknown>, cancel: boolean): void {
  stepper.stepNow(cancel);
}
