/**
 * Owns what takes steps on the loop: it drives a coroutine until that waits, and is woken when what it waits for is done.
 * A task is one, for its own coroutine; a strand is one, for what an async function awaits.
 * The core says when a step is due and whether it is a cancellation; this file takes it, and owns the one walk in which a
 * cancellation goes down from where it is requested to what is waited for.
 */
import { badYield, cannotWait } from "./bad-wait.ts";
import { CancelSignals } from "./cancel-signals.ts";
import { askToCancel } from "./circles.ts";
import { type Context, enterContext } from "./context.ts";
import { type Coroutine, Operation } from "./coroutine.ts";
import { CancelledError, type LoopError, makeCancelledError } from "./errors.ts";
import { Future, FutureWait } from "./future.ts";
import type { Owner, Scope, ScopeHost } from "./scope.ts";
import type { Stepping } from "./steps.ts";
import { PENDING } from "./wasm.ts";

/** What a stepper waits for, when it is the end of an async function's body: the scope says how it is reached. @internal */
export abstract class BodyWait<T> extends Operation<T> {
  /** Whose body it is. */
  abstract readonly scope: Scope;
  /** Whether it may be a foreign promise, which can only be let go. */
  abstract readonly isPromiseAlone: boolean;
  /** Calls `ended` once the body has. */
  abstract whenEnded(ended: () => void): void;
}

/** What most steppers do not need. */
class Sidecar {
  cancelMessage: string | undefined = undefined;
  /** Thrown into the coroutine in its next step: it waited for something it cannot wait for. */
  stepError: LoopError | undefined = undefined;
  signals: CancelSignals | undefined = undefined;
  requestsAtEnd = 0;
  /** The scope of the async function whose end is waited for. */
  hosted: Scope | undefined = undefined;
  /** Nothing in that scope is known to be ours, so there is nothing to pass a cancellation on to. */
  letsGo = false;
  /** A generator's task: the scope of the async functions that it has started and not awaited. */
  nursery: Scope | undefined = undefined;
}

/** A future whose result comes of taking steps. */
export abstract class Stepper<T> extends Future<T> implements Stepping, ScopeHost {
  /** What is being driven. @internal */
  protected coroutine: Coroutine<unknown> | undefined = undefined;
  /** What the coroutine waits for. @internal */
  awaited: Future<unknown> | undefined = undefined;
  /** Undefined as long as nothing of it is needed, as with most. */
  private sidecar: Sidecar | undefined = undefined;

  /** The task that this is, or that it is part of. @internal */
  abstract readonly task: Owner;
  /** The context that the coroutine runs in. */
  abstract getContext(): Context;
  /** A strand's scope. @internal */
  get scopeOfStrand(): Scope | undefined {
    return undefined;
  }
  /** How many requests to cancel were made and not withdrawn. */
  abstract cancelling(): number;
  /** What is driven returned. @internal */
  protected abstract returned(value: unknown): void;
  /** What is driven threw. @internal */
  protected abstract raised(error: unknown): void;

  /** Each enters its scope itself. @internal */
  get entersScope(): boolean {
    return true;
  }

  /** Takes a step from within other code, which goes on as itself afterwards. @internal */
  enter(cancel: boolean): void {
    const { scheduler } = this;
    const outer = scheduler.current;
    const outerContext = enterContext(this.getContext());
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

  /** Waits for the end of an async function. Its own wait is no leaf: a cancellation goes to those in the scope. */
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

  /** Passes a request on to those in the scope whose end it waits for. */
  private cancelHosted(message: string | undefined): void {
    const { sidecar } = this;
    if (sidecar?.hosted === undefined) return;
    sidecar.hosted.cancel(message);
    this.letGoIfAlone();
  }

  /** If nothing of ours is in the scope that a request could be passed on to, it is taken out of its wait. @internal */
  letGoIfAlone(): void {
    const { sidecar, scheduler } = this;
    if (sidecar?.hosted === undefined || !sidecar.letsGo || sidecar.hosted.isKnownAsOurs) return;
    const { calls } = scheduler;
    if (calls.taskCancelDue(this.ref) === 0) return;
    // The step that is due by this throws the cancellation.
    sidecar.hosted = undefined;
    calls.taskYield(this.ref);
    scheduler.wakeIfAsleep();
  }

  /** Whether it steps this very coroutine, and not one that waits for it. @internal */
  drives(coroutine: object): boolean {
    return this.coroutine === coroutine;
  }

  /** Whether what it drives has not ended. @internal */
  get isUnderWay(): boolean {
    return this.state === PENDING;
  }

  /** @internal */
  get hostedScope(): Scope | undefined {
    return this.sidecar?.hosted;
  }

  /**
   * Cancels what it waits for, all the way down, or has the CancelledError come with its next step.
   * @internal
   */
  cancelWait(message: string | undefined): void {
    const { calls } = this.scheduler;
    const endRef = calls.taskCancel(this.ref);
    let last: Stepper<unknown> = this as Stepper<unknown>;
    let end: Future<unknown> = last;
    last.cancelAsked(message);
    while (end.ref !== endRef) {
      last = end as Stepper<unknown>;
      end = last.awaited as Future<unknown>;
      if (end instanceof Stepper && end.isWalkedThrough()) end.cancelAsked(message);
    }
    if (end === this || (end instanceof Stepper && end.isWalkedThrough())) {
      // It waits for nothing in the core and has noted it, or it was where a cycle closes and is awake now.
      const sidecar = (end as Stepper<unknown>).ownSidecar();
      sidecar.cancelMessage = message;
      (end as Stepper<unknown>).cancelHosted(message);
      this.scheduler.wakeIfAsleep();
      return;
    }
    const asked = askToCancel(end, message);
    if (asked === "refused") {
      last.keepCancel(message);
    } else if (asked === "circular") {
      last.ownSidecar().cancelMessage = message;
      calls.taskInterrupt(last.ref, 1);
      end.lease();
      this.scheduler.wakeIfAsleep();
    }
  }

  /** The AbortSignals that requests to cancel it abort. @internal */
  get cancelSignals(): CancelSignals {
    const sidecar = this.ownSidecar();
    sidecar.signals ??= new CancelSignals();
    return sidecar.signals;
  }

  /** All requests have been withdrawn. @internal */
  protected renewSignals(): void {
    this.sidecar?.signals?.renew();
  }

  /**
   * Cancels it on behalf of a scope in it, whose place this is. What it has started itself and not awaited is none of the
   * scope's. @internal
   */
  cancelFrom(place: number): void {
    const { sidecar } = this;
    if (sidecar === undefined) {
      this.cancel();
      return;
    }
    const { nursery, signals } = sidecar;
    sidecar.nursery = undefined;
    try {
      if (signals === undefined) this.cancel();
      else signals.askFrom(place, () => this.cancel());
    } finally {
      sidecar.nursery = nursery;
    }
  }

  /** Whether the core's walk goes through it instead of asking it. @internal */
  protected isWalkedThrough(): boolean {
    return true;
  }

  /** A request has come by. @internal */
  protected cancelAsked(message: string | undefined): void {
    const { sidecar } = this;
    if (sidecar === undefined) return;
    sidecar.signals?.asked(makeCancelledError(message));
    sidecar.nursery?.cancel(message);
  }

  /** A cancellation is due that has not been delivered so far. @internal */
  keepCancel(message: string | undefined): void {
    this.scheduler.calls.taskCancelKeep(this.ref);
    this.cancelMessage = message;
  }

  /** A cancellation that was due has reached what it waits for, or something in a scope of its own. @internal */
  cancelDelivered(): void {
    this.scheduler.calls.taskCancelPassed(this.ref);
  }

  /**
   * The error to throw into the coroutine, with the message of the request. What was waited for is asked first: if it was
   * cancelled by an earlier request, that one's error it is, and its own failure counts as taken. @internal
   */
  protected takeCancelledError(awaited?: Future<unknown>): CancelledError {
    // Asked without `result`, since to throw here would cost as much as to throw into the coroutine.
    if (awaited?.cancelled()) return awaited.cancelledError();
    const failure = awaited?.done() ? awaited.exception() : null;
    if (failure instanceof CancelledError) return failure;
    return makeCancelledError(this.sidecar?.cancelMessage);
  }

  /** The message of the last request that came to nothing so far. @internal */
  get cancelMessage(): string | undefined {
    return this.sidecar?.cancelMessage;
  }

  /** @internal */
  set cancelMessage(message: string | undefined) {
    this.ownSidecar().cancelMessage = message;
  }

  /** How many requests there were when it ended. @internal */
  get requestsAtEnd(): number {
    return this.sidecar?.requestsAtEnd ?? 0;
  }

  /** @internal */
  set requestsAtEnd(requests: number) {
    if (requests > 0 || this.sidecar !== undefined) this.ownSidecar().requestsAtEnd = requests;
  }

  /** The scope of what a generator's task has started and not awaited, if there is one. @internal */
  get nursery(): Scope | undefined {
    return this.sidecar?.nursery;
  }

  /** @internal */
  set nursery(scope: Scope | undefined) {
    this.ownSidecar().nursery = scope;
  }

  /** @internal */
  protected ownSidecar(): Sidecar {
    this.sidecar ??= new Sidecar();
    return this.sidecar;
  }

  private takeStepError(): LoopError | undefined {
    const { sidecar } = this;
    if (sidecar === undefined) return undefined;
    const { stepError } = sidecar;
    sidecar.stepError = undefined;
    return stepError;
  }
}
