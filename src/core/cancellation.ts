/**
 * Owns requests to cancel: how one goes from where it is made to what is waited for, and what is known about it until it is delivered.
 * Knows nothing of how steps are taken; the core keeps what waits for what, and counts.
 *
 * The invariant: a request that was made and not delivered is due in exactly one place, and its message is there. From where it
 * is made the core walks down what is waited for (`taskCancel`). Either the walk ends at what waits for nothing in the core:
 * there it is due, and comes with the next step, or goes on into the scope whose end is hosted there. Or it ends at a
 * future: that is cancelled, which delivers it, as what waits for it wakes up to a CancelledError; if it refuses, the request
 * is due with the last on the way. `cancelDelivered` ends a request that is due, `keepCancel` makes one due again.
 */
import { CancelSignals } from "./cancel-signals.ts";
import { CancelledError, type LoopError, makeCancelledError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./scheduler.ts";
import { circle, type Owner, type Scope } from "./scope.ts";
import { PENDING } from "./wasm.ts";

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
  /** The scope of a body that has ended, while what was started in it and not awaited is waited for. */
  left: Scope | undefined = undefined;
  /** A generator's task: the scope of the async functions that it has started and not awaited. */
  nursery: Scope | undefined = undefined;
}

/**
 * A future through which what it waits for is cancelled: a task, a strand. It is a ScopeHost by its shape, and does not say so,
 * like the classes on top of it: their declarations are public, and those of interfaces for the package alone are stripped.
 */
export abstract class Cancellable<T> extends Future<T> {
  /** What it waits for. @internal */
  awaited: Future<unknown> | undefined;
  /** Undefined as long as nothing of it is needed, as with most. @internal */
  protected sidecar: Sidecar | undefined;

  // Written out: the constructor that a compiler makes for fields spreads its arguments, which takes longer.
  /** @internal */
  constructor(loop: EventLoop) {
    super(loop);
    this.awaited = undefined;
    this.sidecar = undefined;
  }

  /** The task that this is, or that it is part of. @internal */
  abstract readonly task: Owner;
  /** How many requests to cancel were made and not withdrawn. */
  abstract cancelling(): number;
  /** Withdraws one. @returns how many are left. */
  abstract uncancel(): number;

  /** A strand's scope. @internal */
  get scopeOfStrand(): Scope | undefined {
    return undefined;
  }

  /** Whether what it drives has not ended. @internal */
  get isUnderWay(): boolean {
    return this.state === PENDING;
  }

  /** @internal */
  get hostedScope(): Scope | undefined {
    return this.sidecar?.hosted;
  }

  // ── The walk ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Cancels what it waits for, all the way down, or has the CancelledError come with its next step.
   * @internal
   */
  cancelWait(message: string | undefined): void {
    const { calls } = this.scheduler;
    const endRef = calls.taskCancel(this.ref);
    let last: Cancellable<unknown> = this as Cancellable<unknown>;
    let end: Future<unknown> = last;
    const passed = [last];
    while (end.ref !== endRef) {
      last = end as Cancellable<unknown>;
      end = last.awaited as Future<unknown>;
      if (end instanceof Cancellable && end.isWalkedThrough()) passed.push(end);
    }
    // Only now, since it may itself cancel what is waited for: a listener of a signal, a helper that waits for its own task.
    for (const each of passed) each.cancelAsked(message);
    if (end === this || (end instanceof Cancellable && end.isWalkedThrough())) {
      // It waits for nothing in the core and has noted it, or it was where a cycle closes and is awake now.
      const host = end as Cancellable<unknown>;
      host.ownSidecar().cancelMessage = message;
      if (host === this) this.cancelHosted(message);
      else if (host.cancelsHostedInCircle(message)) last.interruptWait(message);
      this.scheduler.wakeIfAsleep();
      return;
    }
    const asked = askToCancel(end, message);
    if (asked === "refused") last.keepCancel(message);
    else if (asked === "circular") last.interruptWait(message);
  }

  /** What it waits for waits for it in turn, so that the request has to come to it here. */
  private interruptWait(message: string | undefined): void {
    const { scheduler, awaited } = this;
    this.ownSidecar().cancelMessage = message;
    scheduler.calls.taskInterrupt(this.ref, 1);
    awaited?.lease();
    scheduler.wakeIfAsleep();
  }

  // ── A scope whose end it waits for ────────────────────────────────────────────────────────────────────────────

  /** Passes a request on to what is in the scope whose end it waits for. @internal */
  protected cancelHosted(message: string | undefined): void {
    const { sidecar } = this;
    if (sidecar?.hosted === undefined) return;
    sidecar.hosted.cancel(message);
    this.letGoIfAlone();
  }

  /** Passes it on, and says whether it has come back here. */
  private cancelsHostedInCircle(message: string | undefined): boolean {
    const wasClosed = circle.isClosed;
    circle.isClosed = false;
    try {
      this.cancelHosted(message);
      return circle.isClosed;
    } finally {
      circle.isClosed = wasClosed;
    }
  }

  /** If nothing of ours is in the scope that a request could be passed on to, it is taken out of its wait. @internal */
  letGoIfAlone(): void {
    const { sidecar, scheduler } = this;
    if (sidecar?.hosted === undefined || !sidecar.letsGo || sidecar.hosted.isKnownAsOurs) return;
    const { calls } = scheduler;
    if (calls.taskCancelDue(this.ref) === 0) return;
    sidecar.hosted.letGo();
    // The step that is due by this throws the cancellation.
    sidecar.hosted = undefined;
    calls.taskYield(this.ref);
    scheduler.wakeIfAsleep();
  }

  // ── What is notified ───────────────────────────────────────────────────────────────────────────────────────────────

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
   * Cancels it on behalf of a scope in it, at this position. What it has itself started and not awaited is none of the
   * scope's. @internal
   */
  cancelFrom(place: number): void {
    const signals = this.sidecar?.signals;
    this.withoutNursery(() =>
      signals === undefined ? this.cancel() : signals.askFrom(place, () => this.cancel()),
    );
  }

  /** Withdraws what `cancelFrom` has asked for. @returns how many requests are left. @internal */
  uncancelFrom(): number {
    return this.withoutNursery(() => this.uncancel());
  }

  private withoutNursery<R>(act: () => R): R {
    const { sidecar } = this;
    if (sidecar?.nursery === undefined) return act();
    const { nursery } = sidecar;
    sidecar.nursery = undefined;
    try {
      return act();
    } finally {
      sidecar.nursery = nursery;
    }
  }

  /** Whether the core's walk goes through it instead of asking it. @internal */
  protected isWalkedThrough(): boolean {
    return true;
  }

  /** A request has come through. @internal */
  protected cancelAsked(message: string | undefined): void {
    const { sidecar } = this;
    if (sidecar === undefined) return;
    this.abortSignals(message);
    sidecar.nursery?.cancel(message);
    sidecar.left?.cancel(message);
  }

  /** What a listener asks for is a request of its own, and closes no circle. */
  private abortSignals(message: string | undefined): void {
    const signals = this.sidecar?.signals;
    if (signals === undefined) return;
    const { isClosed } = circle;
    signals.asked(makeCancelledError(message));
    circle.isClosed = isClosed;
  }

  /** From now on a request goes into this scope as well, at once. @internal */
  waitsForLeftovers(scope: Scope | undefined): void {
    this.ownSidecar().left = scope;
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
   * The error to throw into the coroutine, with the message of the request. What was waited for comes first: if it was
   * cancelled by an earlier request, that one's error it is, and its own failure counts as taken. @internal
   */
  protected takeCancelledError(awaited?: Future<unknown>): CancelledError {
    // Asked without `result`, since to throw here would cost as much as to throw into the coroutine.
    if (awaited?.cancelled()) return awaited.cancelledError();
    const failure = awaited?.done() ? awaited.exception() : null;
    if (failure instanceof CancelledError) return failure;
    return makeCancelledError(this.sidecar?.cancelMessage);
  }

  /** The message of the last request that has had no effect so far. @internal */
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
}

/** From the outermost call on this stack to the innermost. */
const cancelsUnderWay: Future<unknown>[] = [];

/**
 * Cancels a future that overrides `cancel`, such as that of `gather`. Where such futures wait for one another in a cycle,
 * the request comes back to one that is passing it on, and ends there. "circular": that is already in progress, further up this very call.
 * So it is where async functions' tasks wait for one another, whose requests go by their scopes.
 */
function askToCancel(future: Future<unknown>, message: string | undefined): "done" | "refused" | "circular" {
  if (cancelsUnderWay.includes(future)) return "circular";
  cancelsUnderWay.push(future);
  const wasClosed = circle.isClosed;
  circle.isClosed = false;
  try {
    const isAsked = future.cancel(message);
    if (circle.isClosed) return "circular";
    return isAsked ? "done" : "refused";
  } finally {
    cancelsUnderWay.pop();
    circle.isClosed = wasClosed;
  }
}
