/**
 * Owns the tasks that have strands instead of a coroutine: the task of an async function, and the one that what was started
 * by a callback or left behind by a task belongs to.
 */
import type { CapturedContext } from "../../host/host.ts";
import { callWithin, useStorageOf } from "../async-context.ts";
import {
  type Body,
  type Coroutine,
  coroutineExpected,
  DONE,
  iscoroutine,
  iscoroutinefunction,
  isThenable,
} from "../coroutine.ts";
import { CancelledError, LoopError, OwnerEndedError } from "../errors.ts";
import { Future } from "../future.ts";
import { isInterrupt } from "../interrupt.ts";
import { runningScheduler } from "../running.ts";
import type { EventLoop } from "../scheduler.ts";
import { Scope } from "../scope.ts";
import { NONE_YET, Task } from "../task.ts";
import { readTaskOptions, type TaskOptions } from "../task-options.ts";
import { END_CANCEL, END_RAISE, END_RETURN, PENDING } from "../wasm.ts";
import { Strand } from "./strand.ts";

/** A task that is made of strands. */
abstract class StrandedTask<T> extends Task<T> {
  /** All that the task has started. @internal */
  readonly scope: Scope;

  protected constructor(loop: EventLoop, options: TaskOptions, scope?: Scope) {
    super(NONE_YET, loop, options);
    this.scope = scope ?? new Scope(loop.scheduler, this, undefined);
    this.ref = this.scheduler.calls.taskStart(1, 1);
    this.scheduler.core.attach(this.ref, this);
  }

  override cancel(message?: string): boolean {
    if (this.state !== PENDING) return false;
    this.scheduler.mustBeOpen();
    this.scheduler.calls.taskCancel(this.ref);
    this.cancelAsked(message);
    this.scope.cancel(message);
    // One that was taken at once has its message there.
    if (this.scheduler.calls.taskCancelDue(this.ref) !== 0) this.cancelMessage = message;
    return true;
  }

  override uncancel(): number {
    const wasPending = this.state === PENDING;
    const left = super.uncancel();
    if (wasPending) this.scope.takeBack(left === 0);
    return left;
  }

  /** @internal */
  protected override end(how: number, value: unknown): void {
    super.end(how, value);
    this.scope.ownerEnded();
  }

  /** Its strands ask for its context before they take a step. @internal */
  protected override get hasBorrowedContext(): boolean {
    return false;
  }

  /** @internal */
  override countRequest(by: 1 | -1, message?: string): void {
    if (this.state !== PENDING) return;
    const { calls } = this.scheduler.core;
    if (by === -1) {
      calls.taskUncancel(this.ref);
      return;
    }
    const wasDue = calls.taskCancelDue(this.ref);
    calls.taskCancel(this.ref);
    if (wasDue === 0) calls.taskCancelPassed(this.ref);
    else this.cancelMessage = message;
  }

  /** @internal */
  override get waitsFor(): readonly (Future<unknown> | undefined)[] {
    return this.scope.waits();
  }
}

/** A task whose coroutine is an async function. @internal */
export class AsyncTask<T> extends StrandedTask<T> {
  private readonly bodyName: string;

  /** @internal */
  constructor(body: Body<T>, loop: EventLoop, options: TaskOptions) {
    if (typeof body !== "function" || iscoroutinefunction(body))
      throw coroutineExpected("createTask()", body);
    super(loop, options);
    this.bodyName = body.name || "async function";
    useStorageOf(this.scheduler.host);
    const strand = new Strand(this.scope);
    const eager = readTaskOptions(options).eagerStart === true && runningScheduler() === this.scheduler;
    strand.begin(new Beginning(this as AsyncTask<unknown>, strand, body, eager), eager);
  }

  /** @internal */
  override coroutineName(): string {
    return this.bodyName;
  }

  /** The function has ended, and with it the task. @internal */
  functionEnded(how: number, value: unknown): void {
    const { scheduler } = this;
    if (this.done() || scheduler.closed) return;
    if (how === END_RETURN) this.scope.passUndelivered(this);
    const cancelled =
      value instanceof CancelledError && !(value instanceof OwnerEndedError && this.cancelling() === 0);
    this.end(how === END_RAISE && cancelled ? END_CANCEL : how, value);
    if (how === END_RAISE && isInterrupt(value)) scheduler.interrupt(value);
    else scheduler.functionEnded(this.scope);
  }
}

/** What the first strand of an async function's task drives: it calls the function, in the async context of its maker. */
class Beginning implements Coroutine<void> {
  private readonly task: AsyncTask<unknown>;
  private readonly strand: Strand;
  private body: Body<unknown> | undefined;
  private readonly isEager: boolean;
  private readonly context: CapturedContext | undefined;
  /** If the function was a plain one that returns a coroutine. */
  private coroutine: Coroutine<unknown> | undefined = undefined;

  constructor(task: AsyncTask<unknown>, strand: Strand, body: Body<unknown>, isEager: boolean) {
    this.task = task;
    this.strand = strand;
    this.body = body;
    this.isEager = isEager;
    // One that begins at once is in that context.
    this.context = isEager ? undefined : task.scheduler.host.captureContext?.();
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(value?: unknown): IteratorResult<unknown, void> {
    const { body } = this;
    if (body === undefined) return this.go((coroutine) => coroutine.next(value));
    this.body = undefined;
    const { task } = this;
    if (task.scheduler.synchronous) return this.end(END_RAISE, cannotRunSync(task));
    let result: unknown;
    try {
      result = this.call(body);
      if (result instanceof Future || iscoroutine(result)) {
        this.coroutine = result[Symbol.iterator]() as Coroutine<unknown>;
      }
    } catch (error) {
      return this.end(END_RAISE, error);
    }
    if (this.coroutine !== undefined) return this.go((coroutine) => coroutine.next());
    if (!isThenable(result)) return this.end(END_RETURN, result);
    const { steps } = task.scheduler;
    if (this.isEager) steps.goesOnBeside(this.strand);
    else steps.goesOn(this.strand);
    result.then(
      (returned) => task.functionEnded(END_RETURN, returned),
      (error) => task.functionEnded(END_RAISE, error),
    );
    return DONE;
  }

  private call(body: Body<unknown>): unknown {
    const { context, task } = this;
    if (context === undefined) return callWithin(task.scope, body);
    return context.runInAsyncScope(callWithin, undefined, task.scope, body);
  }

  throw(error: unknown): IteratorResult<unknown, void> {
    if (this.body === undefined) return this.go((coroutine) => coroutine.throw(error));
    this.body = undefined;
    return this.end(END_RAISE, error);
  }

  return(): IteratorResult<unknown, void> {
    return DONE;
  }

  private go(
    step: (coroutine: Coroutine<unknown>) => IteratorResult<unknown, unknown>,
  ): IteratorResult<unknown, void> {
    let result: IteratorResult<unknown, unknown>;
    try {
      result = step(this.coroutine as Coroutine<unknown>);
    } catch (error) {
      return this.end(END_RAISE, error);
    }
    return result.done === true ? this.end(END_RETURN, result.value) : { done: false, value: result.value };
  }

  private end(how: number, value: unknown): IteratorResult<unknown, void> {
    this.strand.leave();
    this.task.functionEnded(how, value);
    return DONE;
  }
}

function cannotRunSync(task: Task<unknown>): LoopError {
  return new LoopError(
    "ERR_RUN_SYNC",
    `runSync cannot wait for the async function '${task.coroutineName()}', which needs the host's microtasks; use run()`,
  );
}

/** The task of what no task has started, or what a task has left behind. It ends when nothing of that waits any longer. @internal */
export class ImplicitTask extends StrandedTask<void> {
  constructor(scope: Scope, name: string | undefined) {
    super(scope.scheduler.loop, { name }, scope);
    scope.whenEmpty(() => {
      scope.whenEmpty(undefined);
      if (!this.done()) this.end(END_RETURN, undefined);
    });
  }

  /** What a task left behind was then cancelled, and cleans up. @internal */
  override cancelAtEnd(): void {
    if (this.scope.cutOffMark === 0 || this.scope.hasSpared) this.cancel();
  }

  /** @internal */
  override coroutineName(): string {
    return "async functions";
  }
}
