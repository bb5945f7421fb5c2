/**
 * Owns the recording of a program's tasks, by public means alone: a loop whose `createTask` notes each task on a timeline.
 *
 * A task factory would not do, since async functions are always tasks of the loop's own; but all tasks, of coroutines and of
 * async functions, are made by the loop's `createTask`. Of a coroutine every step is seen, by a coroutine around it. An async
 * function is run by the engine, so only its first step and its end are. That a task is asked to cancel is told by its
 * `signal`, and its end by a done callback, neither of which takes an error from those who wait for it.
 */
import {
  type Coroutine,
  currentTask,
  EventLoop,
  iscoroutine,
  isfuture,
  type LoopOptions,
  type Main,
  run,
  type Task,
  type TaskOptions,
} from "wasyncio";
import type { TaskRow, Timeline } from "../timeline/timeline.ts";
import { ObservedCoroutine, observed, type StepListener } from "./observed-coroutine.ts";

type AsyncBody<T> = () => PromiseLike<T>;

export interface ObservedRunOptions extends LoopOptions {
  /** What the main task is called. */
  readonly name: string;
  /** Gets the main task when it is made, to cancel it by. */
  readonly onMain?: (main: Task<unknown>) => void;
}

/** As `run`, with the tasks on a timeline. */
export async function runObserved<T>(
  main: Main<T>,
  timeline: Timeline,
  options: ObservedRunOptions,
): Promise<T> {
  const loop = new ObservedLoop(timeline, options);
  const stopClock = timeline.follow(() => loop.time());
  try {
    return await run(main, { loopFactory: () => loop });
  } finally {
    stopClock();
  }
}

class ObservedLoop extends EventLoop {
  readonly #timeline: Timeline;
  readonly #options: ObservedRunOptions;
  readonly #rowOf = new WeakMap<Task<unknown>, TaskRow>();
  #hasMain = false;

  constructor(timeline: Timeline, options: ObservedRunOptions) {
    super(options);
    this.#timeline = timeline;
    this.#options = options;
  }

  override createTask<T>(coroutine: Coroutine<T> | AsyncBody<T>, options: TaskOptions = {}): Task<T> {
    const isMain = !this.#hasMain;
    this.#hasMain = true;
    const record = new Record(this.#timeline);
    const task = super.createTask(
      typeof coroutine === "function"
        ? observedBody(coroutine, record)
        : new ObservedCoroutine(coroutine, record),
      isMain ? { ...options, name: this.#options.name } : options,
    );
    const creator = currentTask(this);
    const row = this.#timeline.created(
      task.getName(),
      creator === null ? undefined : this.#rowOf.get(creator),
    );
    this.#rowOf.set(task as Task<unknown>, row);
    record.attach(row, task as Task<unknown>);
    if (isMain) this.#options.onMain?.(task as Task<unknown>);
    return task;
  }
}

/** A function that gives a coroutine or a future is watched as a coroutine is, any other from its call to its end. */
function observedBody<T>(body: AsyncBody<T>, record: Record): AsyncBody<T> {
  return () =>
    observed(record, () => {
      const result: unknown = body();
      if (isfuture(result)) return new ObservedCoroutine(result[Symbol.iterator](), record) as never;
      if (iscoroutine(result)) return new ObservedCoroutine(result, record) as never;
      record.isWithEngine(result as PromiseLike<T>);
      return result as PromiseLike<T>;
    });
}

/** Tells the timeline of one task. */
class Record implements StepListener {
  readonly #timeline: Timeline;
  #row: TaskRow | undefined;
  #beganMs = 0;
  #error: unknown;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  attach(row: TaskRow, task: Task<unknown>): void {
    this.#row = row;
    task.signal.addEventListener("abort", () => this.#timeline.cancelAsked(row), { once: true });
    task.addDoneCallback(() => {
      if (task.cancelled()) this.#timeline.ended(row, "cancelled", lineOf(this.#error));
      else if (this.#error !== undefined) this.#timeline.ended(row, "failed", lineOf(this.#error));
      else this.#timeline.ended(row, "returned");
    });
  }

  began(): void {
    this.#beganMs = this.#timeline.nowMs();
  }

  paused(): void {
    if (this.#row !== undefined) this.#timeline.stepped(this.#row, this.#beganMs);
  }

  threw(error: unknown): void {
    this.#error = error ?? new Error(`threw ${error}`);
  }

  /** The task is an async function's: its last step is all that is seen of it from here on, and of that one the end. */
  isWithEngine(promise: PromiseLike<unknown>): void {
    if (this.#row !== undefined) this.#row.isAsyncFunction = true;
    const ended = () => {
      this.began();
      this.paused();
    };
    promise.then(ended, (error) => {
      this.threw(error);
      ended();
    });
  }
}

/** An error as one line. */
function lineOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return error === undefined ? undefined : String(error);
  return error.message === "" ? error.name : `${error.name}: ${error.message}`;
}
