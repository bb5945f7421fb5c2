/**
 * Owns the Strand: what waits, on behalf of an async function. It drives what the function awaits and resumes the function
 * with the outcome. A function that waits again and again uses one strand; what waits at the same time, as under Promise.all,
 * uses another. A task has any number of them, each in the scope in which it began.
 */
import { storageInUse, useStorageOf } from "../async-context.ts";
import { type Context, enterContext } from "../context.ts";
import type { Coroutine, Operation } from "../coroutine.ts";
import { CancelledError, makeOwnerEndedError } from "../errors.ts";
import type { Future } from "../future.ts";
import type { Scope, Waiting } from "../scope.ts";
import { Stepper } from "../stepper.ts";
import type { Resuming } from "../steps.ts";
import { swallowUnhandled } from "../swallow.ts";
import type { Task } from "../task.ts";
import { END_RETURN, NO_SLOT, STEP_CANCEL } from "../wasm.ts";
import type { Resumption } from "./resumption.ts";

/** One for everything that comes in a further microtask. */
const SETTLED = Promise.resolve();

/** @internal */
export class Strand extends Stepper<never> implements Resuming, Waiting {
  scope: Scope;
  /** The latest request of its scope's that it has taken. */
  private taken: number;
  /** The latest that has reached it at a wait; 0 for none. */
  private asked = 0;
  /** The latest that its function knew of when it was resumed. */
  known: number;
  /** The host's async context knows its scope, so if it has none this is not its code. */
  isTracked: boolean;
  private resumption: Resumption | undefined = undefined;
  private isStepping = false;
  /** It drives the beginning of the function itself. */
  private isBeginning = false;
  /** The latest request of its scope's has not come to a wait so far. One that is due may also be a timeout's or a group's. */
  private isMarkDue = false;
  /** It takes its first step, from within the call of `then`. */
  private isInThen = false;
  /** Its place in the scope; the scope's business. */
  previous: Waiting | undefined = undefined;
  following: Waiting | undefined = undefined;
  /** Its function has had control in the step that is going on; and has it still, as far as is known. */
  isInStep = false;
  isOut = false;
  /** How many awaitables were read on its behalf whose `then` is still to be called, and the last of them. */
  reads = 0;
  readsOfStep = -1;
  lastRead: unknown = undefined;

  constructor(scope: Scope, taken = 0) {
    super(scope.scheduler.loop);
    this.scope = scope;
    this.taken = taken;
    this.known = taken;
    this.isTracked = storageInUse !== undefined;
  }

  /** There is one for whatever waits. */
  override get task(): Task<unknown> {
    return this.scope.task as Task<unknown>;
  }

  /** @internal */
  override get scopeOfStrand(): Scope {
    return this.scope;
  }

  override getContext(): Context {
    return this.task.getContext();
  }

  /** Whether what it drives waits: else that has control, or the function has, or is abroad. */
  get isWaiting(): boolean {
    return this.coroutine !== undefined && !this.isStepping;
  }

  /** Whether it drives nothing, so that its function can wait by it. */
  get isFree(): boolean {
    return this.coroutine === undefined;
  }

  override get isUnderWay(): boolean {
    return !this.isFree;
  }

  /** The one that stands for the code which is running: that of a coroutine which this one drives is not its function's. */
  forCodeInside(): Strand {
    if (!this.isStepping || !this.drivesCode) return this;
    return this.like(this.isMarkDue ? this.known : this.taken);
  }

  /** Another one for the same function, which has been told of the same requests. */
  beside(): Strand {
    return this.like(this.known);
  }

  private like(told: number): Strand {
    const strand = new Strand(this.scope, told);
    strand.isTracked = this.isTracked;
    return strand;
  }

  /** Whether it drives a coroutine, whose code may call others. To begin a function is to be it. */
  private get drivesCode(): boolean {
    const { coroutine } = this;
    return coroutine !== undefined && !this.isBeginning && (coroutine as Operation<unknown>).isPlain !== true;
  }

  // ── Waiting ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Queues the first step of an async function's task, or takes it. */
  begin(beginning: Coroutine<unknown>, eager: boolean): void {
    this.isBeginning = true;
    this.coroutine = beginning;
    this.open(eager);
    if (eager) this.scheduler.execute(this);
    else this.scheduler.wakeIfAsleep();
  }

  /** Waits for what a function awaits, within the microtask in which the engine calls for it. */
  await(operation: Operation<unknown>, resumption: Resumption): void {
    try {
      if (this.scheduler.closed) throw this.endedError();
      operation.claim(this);
    } catch (error) {
      resumption.reject(error);
      return;
    }
    this.scope = this.scope.open();
    this.scope.claim();
    this.coroutine = operation;
    this.resumption = resumption;
    if (this.ref === NO_SLOT) this.open(true);
    // Counted before anything inside asks how many there are; delivered when it comes to a wait.
    if (this.scope.mark > this.taken) this.takeMark(this.scope.message);
    // An async function that no task was made of, as when a generator has called it.
    if (storageInUse === undefined && !resumption.isByHand) useStorageOf(this.scheduler.host);
    this.isInThen = true;
    this.scheduler.drive(this);
    this.isInThen = false;
  }

  private open(running: boolean): void {
    const { core, calls } = this.scheduler;
    this.ref = calls.taskStart(0, running ? 1 : 0);
    core.attach(this.ref, this);
    this.scope.add(this);
  }

  /** Takes the step that is due. Called by the scheduler. */
  run(): void {
    const { scheduler } = this;
    scheduler.current = this;
    enterContext(this);
    const cancel = scheduler.calls.taskStep(this.ref) === STEP_CANCEL;
    if (cancel) {
      this.isMarkDue = false;
      this.scope.delivered();
    }
    this.stepInContext(cancel);
  }

  /** What is driven may be user code, and so may be what is called with its outcome: what that starts belongs to this scope. */
  protected override stepInContext(cancel: boolean): void {
    const runsNoCode =
      (this.coroutine as Operation<unknown>).isPlain === true && this.resumption?.isByHand !== true;
    if (storageInUse === undefined || runsNoCode) this.stepNow(cancel);
    else this.stepWithin(this.scope, cancel);
  }

  override stepNow(cancel: boolean): void {
    this.isStepping = true;
    this.step(cancel);
    this.isStepping = false;
    // A request that came meanwhile.
    if (this.coroutine !== undefined && this.scope.mark > this.taken) this.takeMark(this.scope.message);
  }

  protected override returned(value: unknown): void {
    this.resume(value, false);
  }

  protected override raised(error: unknown): void {
    this.resume(error instanceof CancelledError ? this.cancellation(error) : error, true);
  }

  /** What the function gets for a CancelledError. Its own caller may not be there any more to be told. */
  private cancellation(error: CancelledError): CancelledError {
    const { cutOffFrom, cutOffMark, mark } = this.scope;
    if (cutOffFrom !== undefined && this.asked === cutOffMark)
      return this.swallowed(makeOwnerEndedError(cutOffFrom));
    return mark > 0 && this.taken === mark ? this.swallowed(error) : error;
  }

  private swallowed(error: CancelledError): CancelledError {
    swallowUnhandled(error, this.scheduler.host);
    return error;
  }

  /** The function goes on, in the microtasks that follow. */
  private resume(outcome: unknown, failed: boolean): void {
    const { resumption } = this;
    this.coroutine = undefined;
    this.isBeginning = false;
    this.resumption = undefined;
    if (this.taken !== this.known) this.tellFunction();
    // The beginning of a function, which has counted itself.
    if (resumption === undefined) return;
    const byHand = resumption.isByHand;
    // What a callback does is nobody's step, except that a function that cleans up may wait for it.
    const goesOn = !byHand || this.scope.mark !== 0;
    if (goesOn) this.scheduler.steps.goesOn(this);
    // The caller of `then` does not expect to be called back from within it.
    if (this.isInThen) SETTLED.then(() => settle(resumption, outcome, failed));
    else settle(resumption, outcome, failed);
    if (!goesOn) this.retire();
  }

  /** A request was taken meanwhile. One that was not delivered has yet to reach the function, and whatever it starts. */
  private tellFunction(): void {
    const isOfScope = this.isMarkDue && this.isCancelDue;
    this.isMarkDue = false;
    if (!isOfScope) {
      this.known = this.taken;
      this.scope.functionTold(this.known);
      return;
    }
    this.taken = this.known;
    this.scope.message = this.cancelMessage;
    this.scheduler.calls.taskCancelPassed(this.ref);
    this.scheduler.calls.taskUncancel(this.ref);
  }

  /** The function has ended without ever waiting. */
  leave(): void {
    this.coroutine = undefined;
    this.retire();
  }

  /** The step is over in which its function had control. */
  stepEnded(): void {
    this.isInStep = false;
    this.isOut = false;
    this.retire();
    this.scope.stepEnded();
  }

  /** The step is over, and the function has not come back: it has ended, or is abroad. If it comes back, it begins afresh. */
  retire(): void {
    if (!this.isFree || this.ref === NO_SLOT) return;
    const { core, calls } = this.scheduler;
    calls.taskEnd(this.ref, END_RETURN, 0);
    core.detach(this.ref);
    this.ref = NO_SLOT;
    this.scope.remove(this);
  }

  /** What it waits for, or what is waited for in the body that it waits for. */
  waits(): (Future<unknown> | undefined)[] {
    return this.hostedScope?.waits() ?? [this.awaited];
  }

  /** Requests to the enclosing scope have come through what waited for this one's end. */
  moveTo(scope: Scope): void {
    this.scope = scope;
    this.taken = Math.max(this.taken, scope.mark);
    scope.add(this);
  }

  /** Named in the report of a slow step. */
  override toString(): string {
    return String(this.task);
  }

  // ── Cancellation ──────────────────────────────────────────────────────────────────────────────────────────────

  get wasAsked(): boolean {
    return this.asked !== 0;
  }

  passMark(): void {
    const { mark } = this.scope;
    if (this.known === this.taken) this.known = mark;
    this.taken = mark;
  }

  /** A request of the scope's reaches it where it waits. */
  takeMark(message: string | undefined): void {
    this.taken = this.scope.mark;
    this.asked = this.taken;
    this.cancelWait(message);
    this.isMarkDue = this.isCancelDue;
    if (!this.isMarkDue) this.scope.delivered();
  }

  /** Cancels what it waits for and nothing else, as a timeout or a group does with what is in its scope. */
  override cancel(message?: string): boolean {
    if (this.ref === NO_SLOT) {
      this.scope.cancel(message);
    } else {
      this.cancelWait(message);
      this.task.countRequest(1, message);
    }
    return true;
  }

  override cancelDelivered(): void {
    super.cancelDelivered();
    this.isMarkDue = false;
    this.scope.delivered();
  }

  /** Requests to it and to the enclosing ones, made before it began or passed on by them. */
  override cancelling(): number {
    const own = this.ref === NO_SLOT ? 0 : this.scheduler.calls.taskCancelling(this.ref);
    return own + this.scope.cancellingAround();
  }

  uncancel(): number {
    let own = 0;
    if (this.ref !== NO_SLOT) {
      this.task.countRequest(-1);
      own = this.takeRequestBack();
    }
    return own + this.scope.cancellingAround();
  }

  /** A request of the scope's was withdrawn. */
  takeRequestBack(): number {
    const left = this.scheduler.calls.taskUncancel(this.ref);
    if (left === 0) {
      this.asked = 0;
      this.renewSignals();
      this.hostedScope?.takeBack(true);
    }
    return left;
  }

  /** Whether the function that has control was asked to cancel, and has not been reached. */
  get isCancelDue(): boolean {
    return this.ref !== NO_SLOT && this.scheduler.calls.taskCancelDue(this.ref) !== 0;
  }

  private endedError(): CancelledError {
    return this.swallowed(makeOwnerEndedError(this.scope.task?.getName()));
  }

  protected override isLeasable(): boolean {
    return false;
  }
}

function settle(resumption: Resumption, outcome: unknown, failed: boolean): void {
  if (failed) resumption.reject(outcome);
  else resumption.resolve(outcome);
}
