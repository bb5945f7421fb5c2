/**
 * Owns the Task: a coroutine that the loop drives, a step at a time, until it ends.
 * The core says when a step is due and whether it is a cancellation; this file takes it. Knows nothing of async
 * functions beyond that there are some (async-task.ts).
 */
import type { AsyncTask } from "./async-task.ts";
import { checkString } from "./checks.ts";
import { askToCancel } from "./circles.ts";
import { Context, copyContextUnlessEmpty, enterContext } from "./context.ts";
import { type Coroutine, checkCoroutine, iscoroutine, Operation } from "./coroutine.ts";
import { CancelledError, describe, failureOf, LoopError, makeCancelledError } from "./errors.ts";
import { Future, FutureWait, isInterrupt } from "./future.ts";
import { getRunningLoop, runningLoopOrUndefined } from "./running.ts";
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

/** One level of a suspended task, as `getStack` gives it. */
export interface TaskFrame {
  /** The coroutine, as far as it has a name. */
  readonly coroutine: string;
  /** What it waits for, or null when its next step is due. */
  readonly awaiting: string | null;
}

/** What a task has to remember of cancellations and of errors of its own making. */
class Mishaps {
  cancelMessage: string | undefined = undefined;
  /** Thrown into the coroutine in its next step: it waited for something it cannot wait for. */
  stepError: LoopError | undefined = undefined;
  abort: AbortController | undefined = undefined;
  requestsAtEnd = 0;
}

/** Set on a coroutine when a task takes it, so that a second task is told. */
const DRIVER = Symbol("wasyncio.driver");
type Driven = { [DRIVER]?: Task<unknown> };

/** What the task of an async function is made of: it has no coroutine before it awaits one. @internal */
export const NONE_YET = Object.freeze({}) as Coroutine<never>;

let tasksMade = 0;

/**
 * A coroutine that the loop runs. Make one by `createTask`. Waiting for it gives what the coroutine returns; cancelling
 * it throws a CancelledError into the coroutine, where it waits. The loop keeps it until it is done.
 * asyncio: `Task`.
 *
 * @example
 * ```ts
 * const task = createTask(greeting("Ada"), { name: "hello" });
 * task.cancel("not needed any more");
 * ```
 */
export class Task<T> extends Future<T> {
  /** What is being driven: the task's coroutine, in an async function what it awaits. @internal */
  protected coroutine: Coroutine<unknown> | undefined;
  /** What the coroutine waits for. @internal */
  awaited: Future<unknown> | undefined;
  private name: string | number;
  /** Undefined for as long as no variable is set in it; see `run`. */
  private context: Context | undefined;
  /** Undefined for as long as nothing of it is needed, as with most tasks. */
  private mishaps: Mishaps | undefined = undefined;
  /** A callback that came before all who wait. When the task ends it takes its slot over: most have this one alone. */
  private firstCallback: ((task: never) => void) | undefined = undefined;

  /**
   * @param coroutine - what to run. Prefer `createTask`, which respects the loop's task factory.
   * @param loop - the loop to run it; the running one unless given.
   * @throws ArgumentError ERR_COROUTINE_EXPECTED when it is no coroutine, ERR_ARGUMENT_TYPE when the loop is none or the
   * options are; LoopError ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED when another task has taken it.
   */
  constructor(coroutine: Coroutine<T>, loop = getRunningLoop(), options: TaskOptions = NO_OPTIONS) {
    super(loop);
    loop.mustBeOpen();
    const given = readTaskOptions(options);
    const isMadeOfOne = coroutine !== NONE_YET;
    if (isMadeOfOne) claim(coroutine, this as Task<unknown>);
    this.coroutine = isMadeOfOne ? coroutine : undefined;
    this.awaited = undefined;
    this.name = (given.name ?? null) === null ? ++tasksMade : asName(given.name);
    this.context = given.context ?? copyContextUnlessEmpty();
    if (isMadeOfOne) this.start(given);
  }

  /** Queues the first step, or takes it if the task is eager. @internal */
  protected start(options: TaskOptions): void {
    const { loop } = this;
    const guarded = this.cancel === Task.prototype.cancel ? 0 : 1;
    const eager = options.eagerStart === true && runningLoopOrUndefined() === loop;
    this.ref = loop.core.calls.taskStart(guarded, eager ? 1 : 0);
    loop.core.attach(this.ref, this);
    if (!eager) loop.wakeIfAsleep();
    else if (loop.executing) this.enter(false);
    // Called by an async function, behind an `await`.
    else loop.execute(() => this.enter(false));
  }

  /** The task's name. */
  getName(): string {
    return typeof this.name === "number" ? `Task-${this.name}` : this.name;
  }

  /** Sets what it is called in messages and lists. What is no string becomes one. */
  setName(name: string): void {
    this.name = asName(name);
  }

  /** The coroutine, or undefined when the task is done or is an async function's. */
  getCoro(): Coroutine<unknown> | undefined {
    return this.coroutine;
  }

  /** The context the coroutine runs in. */
  getContext(): Context {
    this.context ??= new Context();
    return this.context;
  }

  /** Where the task stands: itself first, then what it waits for, down to a plain future. Empty when it is done. */
  getStack(): TaskFrame[] {
    const frames: TaskFrame[] = [];
    const seen = new Set<Future<unknown>>();
    for (
      let at: Future<unknown> | undefined = this as Task<unknown>;
      at instanceof Task && !at.done() && !seen.has(at);
    ) {
      seen.add(at);
      const awaiting: Future<unknown> | undefined = at.awaited;
      frames.push({
        coroutine: at.coroutineName(),
        awaiting: awaiting === undefined ? null : String(awaiting),
      });
      at = awaiting;
    }
    return frames;
  }

  /** Whether its code is running at this moment. */
  override running(): boolean {
    return this.loop.current === (this as Task<unknown>);
  }

  /** Whether it has not ended. */
  isPending(): boolean {
    return this.pending();
  }

  /**
   * An AbortSignal that is aborted when the task is asked to cancel: hand it to what takes one.
   */
  get signal(): AbortSignal {
    const mishaps = this.ownMishaps();
    if (mishaps.abort === undefined) {
      mishaps.abort = new AbortController();
      if (this.cancelled() || this.cancelling() > 0)
        mishaps.abort.abort(makeCancelledError(mishaps.cancelMessage));
    }
    return mishaps.abort.signal;
  }

  /**
   * Asks the task to cancel: what it waits for is cancelled, all the way down, or else the CancelledError comes with its
   * next step. The coroutine may clean up, and it may refuse.
   * @param message - the error's message.
   * @returns false when the task was done already.
   * @throws ArgumentError ERR_ARGUMENT_TYPE for a message that is no string; LoopError ERR_LOOP_CLOSED.
   */
  override cancel(message?: string): boolean {
    if (message !== undefined) checkString("cancel", "a message", message);
    if (this.state !== PENDING) return false;
    this.loop.mustBeOpen();
    const { calls } = this.loop.core;
    const endRef = calls.taskCancel(this.ref);
    let last: Task<unknown> = this as Task<unknown>;
    let end: Future<unknown> = last;
    last.cancelAsked(message);
    while (end.ref !== endRef) {
      last = end as Task<unknown>;
      end = last.awaited as Future<unknown>;
      if (end instanceof Task && end.cancel === Task.prototype.cancel) end.cancelAsked(message);
    }
    if (end === this || (end instanceof Task && end.cancel === Task.prototype.cancel)) {
      // It waits for nothing and has taken note, or it stood where a circle closes and is awake now.
      (end as Task<unknown>).ownMishaps().cancelMessage = message;
      this.loop.wakeIfAsleep();
      return true;
    }
    const asked = askToCancel(end, message);
    if (asked === "refused") {
      calls.taskCancelKeep(last.ref);
      last.ownMishaps().cancelMessage = message;
    } else if (asked === "circular") {
      last.ownMishaps().cancelMessage = message;
      calls.taskInterrupt(last.ref, 1);
      end.lease();
      this.loop.wakeIfAsleep();
    }
    return true;
  }

  /** How many cancellations have been asked for and not taken back by `uncancel`. */
  cancelling(): number {
    if (this.state === PENDING) return this.loop.core.calls.taskCancelling(this.ref);
    return this.mishaps?.requestsAtEnd ?? 0;
  }

  /** Takes one request to cancel back, as a timeout does with its own. @returns how many are left. */
  uncancel(): number {
    if (this.state === PENDING) return this.loop.core.calls.taskUncancel(this.ref);
    const { mishaps } = this;
    if (mishaps === undefined || mishaps.requestsAtEnd === 0) return 0;
    return --mishaps.requestsAtEnd;
  }

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
    const waiting =
      this.awaited === undefined || this.done() ? "" : ` wait_for=${this.awaited.constructor.name}`;
    return `<${this.constructor.name} ${this.describeState()} name='${this.getName()}' coro=${this.coroutineName()}${waiting}>`;
  }

  /** Whether it steps this very coroutine, and not one that waits for it. @internal */
  drives(coroutine: Coroutine<unknown>): boolean {
    return this.coroutine === coroutine;
  }

  /** @internal */
  coroutineName(): string {
    return this.coroutine instanceof Operation ? this.coroutine.name : "coroutine";
  }

  /** @internal */
  asAsyncTask(): AsyncTask<unknown> | undefined {
    return undefined;
  }

  /** Takes the step that is due, or makes the first callback. Called by the driver. @internal */
  run(): void {
    if (this.state !== PENDING) {
      this.call();
      return;
    }
    const { loop } = this;
    loop.current = this as Task<unknown>;
    // A task whose context is empty borrows one, and keeps it should it set a variable there.
    const context = this.context ?? loop.borrowEmptyContext();
    enterContext(context);
    this.step(loop.core.calls.taskStep(this.ref) === STEP_CANCEL);
    if (this.context === undefined && !context.isEmpty()) this.context = context;
  }

  private call(): void {
    const { loop, firstCallback } = this;
    loop.core.detach(this.ref);
    this.ref = NO_SLOT;
    this.firstCallback = undefined;
    loop.runDoneCallback(firstCallback as (task: never) => void, this as Task<unknown>);
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

  /** Takes a step from within other code, which goes on as itself afterwards. @internal */
  protected enter(cancel: boolean): void {
    const { loop } = this;
    const outerTask = loop.current;
    const outerContext = enterContext(this.getContext());
    loop.current = this as Task<unknown>;
    try {
      this.step(cancel);
    } finally {
      loop.current = outerTask;
      enterContext(outerContext);
    }
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
      else result = coroutine.next();
    } catch (error) {
      this.raised(error);
      return;
    }
    if (result.done === true) this.returned(result.value);
    else this.wait(result.value);
  }

  /** What is driven has yielded. @internal */
  protected wait(yielded: unknown): void {
    const { calls } = this.loop.core;
    if (yielded === undefined) {
      calls.taskYield(this.ref);
      return;
    }
    if (yielded instanceof Operation && yielded.future !== undefined) {
      const { future } = yielded;
      if (future.loop === this.loop && future !== this && future.state === PENDING) {
        this.awaited = future;
        const cancel = calls.taskWait(this.ref, future.slotForWaiting());
        if (cancel && future.cancel(this.mishaps?.cancelMessage)) {
          calls.taskCancelPassed(this.ref);
          // Where a circle has closed the task is awake, and finds what it waits for as pending as before.
          if (yielded instanceof FutureWait) yielded.allowOnceMore();
        }
        return;
      }
      this.ownMishaps().stepError = cannotWait(future, this as Task<unknown>);
    } else {
      this.ownMishaps().stepError = badYield(yielded);
    }
    calls.taskYield(this.ref);
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
    return makeCancelledError(this.mishaps?.cancelMessage);
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

  /** Ends the task. Answers false when the core needs its pending step to do so. @internal */
  protected end(how: number, value: unknown): boolean {
    const { core } = this.loop;
    const calls = this.firstCallback !== undefined;
    const answer = core.calls.taskEnd(this.ref, how, calls ? 1 : 0);
    const outcome = answer & OUTCOME_MASK;
    if (outcome === PENDING) return false;
    if (!calls) {
      core.detach(this.ref);
      this.ref = NO_SLOT;
    }
    this.state = outcome;
    const requests = answer >>> OUTCOME_BITS;
    if (requests > 0) this.ownMishaps().requestsAtEnd = requests;
    if (how === END_RAISE) this.setValue(failureOf(value, "a task threw"), true);
    else
      this.setValue(outcome === CANCELLED && how === END_RETURN ? this.mishaps?.cancelMessage : value, false);
    this.coroutine = undefined;
    this.awaited?.lease();
    this.awaited = undefined;
    this.afterSettling();
    return true;
  }

  /** A request that came to nothing leaves its message behind, as in asyncio. @internal */
  override get ownCancelMessage(): string | undefined {
    return this.cancelled() ? super.ownCancelMessage : this.mishaps?.cancelMessage;
  }

  /** The loop holds its tasks, so the collector never gets one that is pending. @internal */
  protected override isLeasable(): boolean {
    return false;
  }

  private ownMishaps(): Mishaps {
    this.mishaps ??= new Mishaps();
    return this.mishaps;
  }

  private takeStepError(): LoopError | undefined {
    const { mishaps } = this;
    if (mishaps === undefined) return undefined;
    const { stepError } = mishaps;
    mishaps.stepError = undefined;
    return stepError;
  }

  private cancelAsked(message: string | undefined): void {
    this.mishaps?.abort?.abort(makeCancelledError(message));
  }
}

/** The task that runs a coroutine, or ran it. @internal */
export function driverOf(coroutine: unknown): Task<unknown> | undefined {
  return (coroutine as Driven | null | undefined)?.[DRIVER];
}

function claim(coroutine: unknown, task: Task<unknown>): void {
  checkCoroutine("a task", coroutine);
  const driven = coroutine as Driven;
  const other = driven[DRIVER];
  if (other === undefined) {
    if (coroutine instanceof Operation) coroutine.claim(task);
    driven[DRIVER] = task;
  } else if (other.done()) {
    throw new LoopError(
      "ERR_COROUTINE_FINISHED",
      `this coroutine has been run already, by the task '${other.getName()}'; call its function again for a new one`,
    );
  } else {
    throw new LoopError(
      "ERR_COROUTINE_RUNNING",
      `this coroutine is being run by the task '${other.getName()}'; wait for that task, or call its function again`,
    );
  }
}

function cannotWait(future: Future<unknown>, task: Task<unknown>): LoopError {
  if (future === task) {
    return new LoopError("ERR_AWAIT_CURRENT_TASK", `the task '${task.getName()}' cannot wait for itself`);
  }
  if (future.loop !== task.loop) {
    return new LoopError(
      "ERR_FOREIGN_FUTURE",
      `the task '${task.getName()}' waits for ${future}, which belongs to another loop; wait for it there`,
    );
  }
  return new LoopError(
    "ERR_BAD_YIELD",
    `the task '${task.getName()}' waits again for ${future}, which is done`,
  );
}

function badYield(yielded: unknown): LoopError {
  const star =
    yielded instanceof Future || iscoroutine(yielded)
      ? "write yield* to wait for it"
      : "use yield* on futures, tasks and coroutines, and a bare yield to give others a turn";
  return new LoopError("ERR_BAD_YIELD", `a coroutine yielded ${describe(yielded)}; ${star}`);
}
