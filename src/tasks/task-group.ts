/**
 * Owns the TaskGroup: a scope that is not left until the tasks started in it have ended.
 */
import { perform } from "../core/async/perform.ts";
import { takePlace } from "../core/cancel-signals.ts";
import type { Cancellable } from "../core/cancellation.ts";
import { checkFunction } from "../core/checks.ts";
import { type Body, type Coroutine, type Operation, operation } from "../core/coroutine.ts";
import { currentStepper } from "../core/current.ts";
import { CancelledError, failureOf, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import type { TaskOptions } from "../core/task-options.ts";
import { ExceptionGroup } from "./exception-group.ts";

/**
 * A scope for tasks. Leaving it waits for all of them; the first error cancels the others and the body, and all errors come
 * out together as an ExceptionGroup. asyncio: `TaskGroup`.
 *
 * @example
 * ```ts
 * yield* new TaskGroup().with(function* (group) {
 *   group.createTask(greeting("Ada"));
 *   group.createTask(greeting("Grace"));
 * });
 * ```
 */
export class TaskGroup {
  private loop: EventLoop | undefined = undefined;
  /** What is in the scope. */
  private parent: Cancellable<unknown> | undefined = undefined;
  /** Its position among nested scopes. */
  private place = 0;
  private readonly tasks = new Set<Task<unknown>>();
  private readonly errors: unknown[] = [];
  private interrupt: unknown = undefined;
  private exiting = false;
  private aborting = false;
  private parentCancelRequested = false;
  /** `cancel` was called before the group was entered. */
  private cancelAtEntry = false;
  private allDone: Future<void> | undefined = undefined;

  /**
   * Runs `body` in the scope.
   * @param body - a coroutine function or an async function; it gets the group.
   * @returns what the body returns; undefined when the group was cancelled by `cancel`.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED at the call; ExceptionGroup of the errors of body and tasks; CancelledError
   * when the enclosing task was cancelled.
   */
  with<T>(body: Body<T, [TaskGroup]>): Operation<T> {
    checkFunction("TaskGroup.with", body);
    return operation("TaskGroup", this.within(body));
  }

  private *within<T>(body: Body<T, [TaskGroup]>): Generator<unknown, T, unknown> {
    this.enter();
    let result: T;
    try {
      result = yield* perform(body, this);
    } catch (error) {
      yield* this.leave(failureOf(error, "the body of a TaskGroup threw"));
      return undefined as T;
    }
    yield* this.leave(undefined);
    return result;
  }

  /**
   * Enters the scope by hand, for async functions: pair it with `exit`.
   * @throws LoopError ERR_TASK_GROUP when it has already been entered; ERR_NO_CURRENT_TASK outside a task.
   */
  enter(): this {
    if (this.parent !== undefined)
      throw new LoopError("ERR_TASK_GROUP", "TaskGroup has been already entered");
    const parent = currentStepper();
    if (parent === null)
      throw new LoopError("ERR_NO_CURRENT_TASK", "TaskGroup cannot determine the parent task");
    this.loop = getRunningLoop();
    this.parent = parent;
    this.place = takePlace();
    if (this.cancelAtEntry) this.cancel();
    return this;
  }

  /**
   * Leaves the scope: waits for the tasks, and throws what `with` would throw.
   * @param error - what the body threw, if it did.
   * @throws LoopError ERR_TASK_GROUP when it was not entered, or has already been exited.
   */
  exit(error?: unknown): Operation<void> {
    return operation("exit", this.leave(error));
  }

  /**
   * Starts a coroutine or a function as a task in the group.
   * @throws as the module's `createTask`; LoopError ERR_TASK_GROUP before the group is entered, when it is shutting down and
   * when it is finished.
   */
  createTask<T>(
    coroutine: Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>),
    options?: TaskOptions,
  ): Task<T> {
    const { loop } = this;
    if (loop === undefined) throw new LoopError("ERR_TASK_GROUP", "TaskGroup has not been entered");
    if (this.exiting && this.tasks.size === 0) throw new LoopError("ERR_TASK_GROUP", "TaskGroup is finished");
    if (this.aborting) throw new LoopError("ERR_TASK_GROUP", "TaskGroup is shutting down");
    const task = loop.createTask(coroutine, options);
    this.tasks.add(task as Task<unknown>);
    task.addDoneCallback(this.taskDone as (task: Future<T>) => void);
    return task;
  }

  /**
   * Cancels the tasks and the body; the scope is then left without an error. Called before the group is entered, it takes
   * effect on entry; called again or after the group's end, it has none. As of Python 3.15.
   */
  cancel(): void {
    if (this.parent === undefined) {
      this.cancelAtEntry = true;
      return;
    }
    if (this.exiting && this.tasks.size === 0) return;
    if (!this.aborting) this.abort();
    this.cancelParent(this.parent);
  }

  private cancelParent(parent: Cancellable<unknown>): void {
    // A listener of a task's signal may have cancelled the group while its tasks were being cancelled.
    if (this.parentCancelRequested) return;
    this.parentCancelRequested = true;
    parent.cancelFrom(this.place);
  }

  private abort(): void {
    this.aborting = true;
    for (const task of this.tasks) if (!task.done()) task.cancel();
  }

  private readonly taskDone = (task: Task<unknown>) => {
    this.tasks.delete(task);
    if (this.tasks.size === 0 && this.allDone?.pending()) this.allDone.setResult();
    if (task.cancelled()) return;
    const exception = task.exception();
    if (exception === null) return;
    this.errors.push(exception);
    if (isInterrupt(exception)) this.interrupt ??= exception;
    const parent = this.parent as Cancellable<unknown>;
    if (parent.task.done()) {
      const message = `Task ${task} has errored out but its parent task ${parent.task} is already completed`;
      task.getLoop().callExceptionHandler({ message, exception, task });
      return;
    }
    if (this.aborting || this.parentCancelRequested) return;
    this.abort();
    this.cancelParent(parent);
  };

  private *leave(error: unknown): Generator<unknown, void, unknown> {
    if (this.parent === undefined) throw new LoopError("ERR_TASK_GROUP", "TaskGroup has not been entered");
    if (this.exiting) throw new LoopError("ERR_TASK_GROUP", "TaskGroup has already been exited");
    this.exiting = true;
    if (isInterrupt(error)) this.interrupt ??= error;
    let cancelled = error instanceof CancelledError ? error : undefined;
    if (error !== undefined && !this.aborting) this.abort();
    cancelled = (yield* this.waitForTasks()) ?? cancelled;
    if (this.interrupt !== undefined) throw this.interrupt;

    const parent = this.parent as Cancellable<unknown>;
    // Our own request to cancel is withdrawn; if it was the only one, the CancelledError was ours as well.
    if (this.parentCancelRequested && parent.uncancelFrom() === 0) cancelled = undefined;
    if (cancelled !== undefined && this.errors.length === 0) throw cancelled;
    if (error !== undefined && !(error instanceof CancelledError)) this.errors.push(error);
    if (this.errors.length === 0) return;
    if (parent.cancelling() > 0) {
      // Also cancelled from outside: the parent's next wait has to raise that.
      parent.uncancelFrom();
      parent.cancelFrom(this.place);
    }
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this.errors);
  }

  /** Handles a cancellation that came from outside in the meantime. */
  private *waitForTasks(): Generator<unknown, CancelledError | undefined, unknown> {
    let cancelled: CancelledError | undefined;
    while (this.tasks.size > 0) {
      this.allDone ??= (this.loop as EventLoop).createFuture<void>();
      this.allDone.value = this.tasks;
      try {
        yield* this.allDone;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        if (!this.aborting) {
          cancelled = error;
          this.abort();
        }
      }
      this.allDone = undefined;
    }
    return cancelled;
  }

  toString(): string {
    const states = [
      this.tasks.size > 0 ? ` tasks=${this.tasks.size}` : "",
      this.errors.length > 0 ? ` errors=${this.errors.length}` : "",
      this.aborting ? " cancelling" : this.parent !== undefined ? " entered" : "",
    ];
    return `<TaskGroup${states.join("")}>`;
  }
}
