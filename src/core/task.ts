/**
 * Owns the Task: a coroutine that the loop drives, a step at a time, until it ends. How it takes its steps is its base's
 * business (stepper.ts); this file owns its beginning, its end, and what a user sees of it.
 * Knows nothing of async functions beyond that there are some (async/).
 */
import { storageInUse } from "./async-context.ts";
import { checkString } from "./checks.ts";
import { Context, copyContextUnlessEmpty, enterContext } from "./context.ts";
import { type Coroutine, checkCoroutine, nameOf, Operation } from "./coroutine.ts";
import { taskHere } from "./current.ts";
import { callDone } from "./done-callback.ts";
import { CancelledError, failureOf, LoopError, makeCancelledError } from "./errors.ts";
import type { Future } from "./future.ts";
import { isInterrupt } from "./interrupt.ts";
import { checkLoop, getEventLoop, getRunningLoop, runningScheduler } from "./running.ts";
import type { EventLoop, Scheduler } from "./scheduler.ts";
import { type Owner, scopeOfGenerator } from "./scope.ts";
import { Stepper } from "./stepper.ts";
import { reportUnhandled } from "./swallow.ts";
import { asName, NO_OPTIONS, readTaskOptions, type TaskOptions } from "./task-options.ts";
import {
  CANCELLED,
  END_CANCEL,
  END_RAISE,
  END_RETURN,
  NO_SLOT,
  OUTCOME_BITS,
  OUTCOME_MASK,
  PENDING,
  STEP_CANCEL,
} from "./wasm.ts";

/** One level of a suspended task, as `getStack` returns it. */
export interface TaskFrame {
  /** The coroutine, as far as it has a name. */
  readonly coroutine: string;
  /** What it waits for, or null when its next step is due. */
  readonly awaiting: string | null;
}

/** Set on a coroutine when a task takes it, so that a second task can be refused. */
const TAKER = Symbol("wasyncio.taker");
type Taken = { [TAKER]?: Task<unknown> };

/** What the task of an async function is made of: it has no coroutine before it awaits one. @internal */
export const NONE_YET = Object.freeze({}) as Coroutine<never>;

let tasksMade = 0;

/**
 * A coroutine that the loop runs. Make one with `createTask`. Waiting for it returns what the coroutine returns; cancelling
 * it throws a CancelledError into the coroutine, where it waits. The loop keeps it until it is done.
 * asyncio: `Task`.
 *
 * @example
 * ```ts
 * const task = createTask(greeting("Ada"), { name: "hello" });
 * task.cancel("no longer needed");
 * ```
 */
export class Task<T> extends Stepper<T> {
  private name: string | number;
  /** Undefined as long as no variable is set in it; see `run`. */
  private context: Context | undefined;
  /** A callback that was added before any waiter. When the task ends it takes over its slot: most have only this one. */
  private firstCallback: ((task: never) => void) | undefined = undefined;

  /**
   * @param coroutine - what to run. Prefer `createTask`, which respects the loop's task factory.
   * @param loop - the loop to run it; by default the running one, else the policy's current one.
   * @throws ArgumentError ERR_COROUTINE_EXPECTED if it is not a coroutine, ERR_ARGUMENT_TYPE if the loop or the
   * options are invalid; LoopError ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED when another task has taken it.
   */
  constructor(coroutine: Coroutine<T>, loop: EventLoop = getEventLoop(), options: TaskOptions = NO_OPTIONS) {
    super(loop);
    this.scheduler.mustBeOpen();
    const given = readTaskOptions(options);
    const isMadeOfOne = coroutine !== NONE_YET;
    if (isMadeOfOne) claim(coroutine, this as Task<unknown>);
    this.coroutine = isMadeOfOne ? coroutine : undefined;
    this.name = (given.name ?? null) === null ? ++tasksMade : asName(given.name);
    this.context = given.context ?? copyContextUnlessEmpty();
    if (isMadeOfOne) this.start(given);
  }

  /** Queues the first step, or takes it if the task is eager. @internal */
  protected start(options: TaskOptions): void {
    const { scheduler } = this;
    const guarded = this.cancel === Task.prototype.cancel ? 0 : 1;
    const eager = options.eagerStart === true && runningScheduler() === scheduler;
    this.ref = scheduler.calls.taskStart(guarded, eager ? 1 : 0);
    scheduler.core.attach(this.ref, this);
    if (!eager) scheduler.wakeIfAsleep();
    else scheduler.execute(this);
  }

  /** @internal */
  override get task(): Task<unknown> {
    return this as Task<unknown>;
  }

  /** The task's name. */
  getName(): string {
    return typeof this.name === "number" ? `Task-${this.name}` : this.name;
  }

  /** Sets its name in messages and lists. Other values are converted to strings. */
  setName(name: string): void {
    this.name = asName(name);
  }

  /** The coroutine, or undefined when the task is done or is an async function's. */
  getCoro(): Coroutine<unknown> | undefined {
    return this.coroutine;
  }

  /** The context the coroutine runs in. */
  getContext(): Context {
    this.context ??= this.hasBorrowedContext ? this.scheduler.keepBorrowedContext() : new Context();
    return this.context;
  }

  /** Whether the context that its step runs in is one that the loop has lent. @internal */
  protected get hasBorrowedContext(): boolean {
    return this.running();
  }

  /** Where the task is: itself first, then what it waits for, down to a plain future. Empty when it is done. */
  getStack(): TaskFrame[] {
    const frames: TaskFrame[] = [];
    const seen = new Set<Future<unknown>>();
    for (
      let at: Future<unknown> | undefined = this as Task<unknown>;
      at instanceof Task && !at.done() && !seen.has(at);
    ) {
      seen.add(at);
      const waits: readonly (Future<unknown> | undefined)[] = at.waitsFor;
      const awaiting = waits.filter((each) => each !== undefined);
      frames.push({
        coroutine: at.coroutineName(),
        awaiting: awaiting.length === 0 ? null : awaiting.join(", "),
      });
      at = awaiting[0];
    }
    return frames;
  }

  /** Whether its code is running at this moment. */
  override running(): boolean {
    return taskHere(this.scheduler) === (this as Owner);
  }

  /** Whether it has not ended. */
  isPending(): boolean {
    return this.pending();
  }

  /**
   * An AbortSignal that is aborted when the task is asked to cancel: pass it to whatever takes one. It stands for one request.
   * When all requests have been withdrawn, as by a timeout in the task that has fired and been left, the task has a new
   * signal, so read it again for each attempt. For work with a time limit of its own, see `Timeout.signal`.
   *
   * @example
   * ```ts
   * const task = currentTask();
   * const rows = yield* adopt(database.query(text, { signal: task.signal }));
   * ```
   */
  get signal(): AbortSignal {
    return this.cancelSignals.signal(() =>
      this.cancelled() || this.cancelling() > 0 ? makeCancelledError(this.cancelMessage) : undefined,
    );
  }

  /**
   * Asks the task to cancel: what it waits for is cancelled, all the way down, or else the CancelledError comes with its
   * next step. The coroutine may clean up, and it may refuse.
   * @param message - the error's message.
   * @returns false when the task was already done.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the message is not a string; LoopError ERR_LOOP_CLOSED.
   */
  override cancel(message?: string): boolean {
    if (message !== undefined) checkString("cancel", "a message", message);
    if (this.state !== PENDING) return super.cancel(message);
    this.scheduler.mustBeOpen();
    this.cancelWait(message);
    return true;
  }

  /** The program is over. @internal */
  cancelAtEnd(): void {
    this.cancel();
  }

  /** An overridden `cancel` must be called, not bypassed. @internal */
  protected override isWalkedThrough(): boolean {
    return this.cancel === Task.prototype.cancel;
  }

  /** How many cancellations have been requested and not withdrawn by `uncancel`. */
  override cancelling(): number {
    if (this.state === PENDING) return this.scheduler.calls.taskCancelling(this.ref);
    return this.requestsAtEnd;
  }

  /** Withdraws one request to cancel, as a timeout does with its own. @returns how many are left. */
  uncancel(): number {
    let left = 0;
    if (this.state === PENDING) {
      left = this.scheduler.calls.taskUncancel(this.ref);
      this.nursery?.takeBack(left === 0);
    } else if (this.requestsAtEnd > 0) {
      left = --this.requestsAtEnd;
    }
    if (left === 0) this.renewSignals();
    return left;
  }

  /** A request only to one of its async functions was made or withdrawn, and counts as the task's. @internal */
  countRequest(_by: 1 | -1, _message?: string): void {}

  /** A task's result is its coroutine's. @throws LoopError ERR_INVALID_STATE always, as in asyncio. */
  override setResult(_value: T): never {
    throw new LoopError(
      "ERR_INVALID_STATE",
      "a task's result comes from its coroutine; use a future to set one",
    );
  }

  /** A task's exception is its coroutine's. @throws LoopError ERR_INVALID_STATE always, as in asyncio. */
  override setException(_exception: unknown): never {
    throw new LoopError(
      "ERR_INVALID_STATE",
      "a task's exception comes from its coroutine; use a future to set one",
    );
  }

  override toString(): string {
    const [awaited] = this.done() ? [] : this.waitsFor;
    const waiting = awaited === undefined ? "" : ` wait_for=${awaited.constructor.name}`;
    return `<${this.constructor.name} ${this.describeState()} name='${this.getName()}' coro=${this.coroutineName()}${waiting}>`;
  }

  /** What it waits for: one thing, or as many as its async functions do. @internal */
  get waitsFor(): readonly (Future<unknown> | undefined)[] {
    return [this.awaited];
  }

  /** @internal */
  coroutineName(): string {
    return nameOf(this.coroutine);
  }

  /** Takes the step that is due, or makes the first callback. Called by the scheduler. @internal */
  run(): void {
    if (this.state !== PENDING) {
      this.call();
      return;
    }
    const { scheduler } = this;
    scheduler.current = this;
    // A task whose context is empty borrows one, and keeps it if it sets a variable there.
    const context = this.context ?? scheduler.borrowEmptyContext();
    enterContext(context);
    this.stepInContext(scheduler.calls.taskStep(this.ref) === STEP_CANCEL);
    if (this.context === undefined && !context.isEmpty()) this.context = context;
  }

  private call(): void {
    const { firstCallback } = this;
    this.scheduler.core.detach(this.ref);
    this.ref = NO_SLOT;
    this.firstCallback = undefined;
    callDone(firstCallback as (task: never) => void, this as Task<unknown>, undefined);
  }

  /** @internal */
  protected override takeFirst(callback: (task: Future<T>) => void): boolean {
    if (this.firstCallback !== undefined || this.wasAwaited) return false;
    this.firstCallback = callback;
    return true;
  }

  /** @internal */
  protected override dropFirst(callback: (task: Future<T>) => void): boolean {
    if (this.firstCallback === undefined || this.firstCallback !== callback || this.state !== PENDING)
      return false;
    this.firstCallback = undefined;
    return true;
  }

  /** What a step starts without awaiting it is known as this task's, wherever it comes back from. @internal */
  protected override stepInContext(cancel: boolean): void {
    if (storageInUse === undefined) this.step(cancel);
    else this.stepWithin(scopeOfGenerator(this), cancel);
  }

  /** What is driven returned. @internal */
  protected returned(value: unknown): void {
    this.end(END_RETURN, value);
  }

  /** What is driven threw. @internal */
  protected raised(error: unknown): void {
    if (error instanceof CancelledError) {
      this.end(END_CANCEL, error);
      return;
    }
    this.end(END_RAISE, error);
    if (isInterrupt(error)) throw error;
  }

  /** Ends the task. @internal */
  protected end(how: number, value: unknown): void {
    const { core, calls } = this.scheduler;
    // From here on it is the task's own end, which reaches whatever waits for the task.
    if (how !== END_RETURN) reportUnhandled(value);
    const callsBack = this.firstCallback !== undefined;
    const answer = calls.taskEnd(this.ref, how, callsBack ? 1 : 0);
    const outcome = answer & OUTCOME_MASK;
    if (!callsBack) {
      core.detach(this.ref);
      this.ref = NO_SLOT;
    }
    this.state = outcome;
    const requests = answer >>> OUTCOME_BITS;
    this.requestsAtEnd = requests;
    if (how === END_RAISE) this.setValue(failureOf(value, "a task threw"), true);
    else this.setValue(outcome === CANCELLED && how === END_RETURN ? this.cancelMessage : value, false);
    this.coroutine = undefined;
    this.awaited?.lease();
    this.awaited = undefined;
    this.afterSettling();
    this.nursery?.ownerEnded();
  }

  /** A request that had no effect leaves its message behind, as in asyncio. @internal */
  override get ownCancelMessage(): string | undefined {
    return this.cancelled() ? super.ownCancelMessage : this.cancelMessage;
  }

  /** The loop holds its tasks, so the collector never gets one that is pending. @internal */
  protected override isLeasable(): boolean {
    return false;
  }
}

/**
 * The task whose code is running, or null in a callback or outside. asyncio: `current_task`.
 * @param loop - the loop to ask; by default the running one.
 * @throws LoopError ERR_NO_RUNNING_LOOP; ArgumentError ERR_ARGUMENT_TYPE if it is not a loop.
 */
export function currentTask(loop?: EventLoop): Task<unknown> | null {
  if (loop !== undefined) checkLoop("currentTask", loop);
  // Every owner is a task.
  return taskHere((loop ?? getRunningLoop()).scheduler) as Task<unknown> | null;
}

/** The tasks that are not done. @internal */
export function pendingTasks({ core }: Scheduler): Task<unknown>[] {
  return core.objects().filter((object): object is Task<unknown> => object instanceof Task && !object.done());
}

/** The task that runs a coroutine, or ran it. @internal */
export function takerOf(coroutine: unknown): Task<unknown> | undefined {
  return (coroutine as Taken | null | undefined)?.[TAKER];
}

function claim(coroutine: unknown, task: Task<unknown>): void {
  checkCoroutine("a task", coroutine);
  const taken = coroutine as Taken;
  const other = taken[TAKER];
  if (other === undefined) {
    if (coroutine instanceof Operation) coroutine.claim(task);
    taken[TAKER] = task;
  } else if (other.done()) {
    throw new LoopError(
      "ERR_COROUTINE_FINISHED",
      `this coroutine has already been run by the task '${other.getName()}'; call its function again for a new one`,
    );
  } else {
    throw new LoopError(
      "ERR_COROUTINE_RUNNING",
      `this coroutine is being run by the task '${other.getName()}'; wait for that task, or call its function again`,
    );
  }
}
