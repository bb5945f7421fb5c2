/**
 * Owns the recording of a program's tasks, using only public API: a policy, whose loops record each task on a timeline
 * where it is made, in `createTask`.
 *
 * A task factory would not do, since the tasks of async functions are always the loop's own; but all tasks, of coroutines and of
 * async functions, are made by the loop's `createTask`. Every step of a coroutine is seen, by a coroutine around it. An async
 * function is run by the engine, so only its first step and its end are seen. A request to cancel shows in the task's
 * `signal`, and its end in a done callback; neither hides an error from code that waits for the task.
 */
import {
  type Clock,
  type Coroutine,
  currentTask,
  DefaultEventLoopPolicy,
  EventLoop,
  iscoroutine,
  isfuture,
  type LoopOptions,
  type Task,
  type TaskOptions,
} from "wasyncio";
import type { TaskRow, Timeline } from "../timeline/timeline.ts";
import { ObservedCoroutine, observed, type StepListener } from "./observed-coroutine.ts";

/** The name of a program's main task. */
const MAIN = "main";

type AsyncBody<T> = () => PromiseLike<T>;

export interface Observer {
  /** Called with the main task of each program when it is made, so that it can be cancelled. */
  readonly onMain?: (main: Task<unknown>) => void;
  /** Makes the clocks of programs that bring none; by default the real one. */
  readonly newClock?: (() => Clock) | undefined;
}

/** While it is in force, the tasks of every program that is run are recorded on a timeline; programs know nothing of it. */
export class ObservingPolicy extends DefaultEventLoopPolicy {
  readonly #timeline: Timeline;
  readonly #observer: Observer;

  constructor(timeline: Timeline, observer: Observer = {}) {
    super();
    this.#timeline = timeline;
    this.#observer = observer;
  }

  override newEventLoop(options: LoopOptions = {}): EventLoop {
    const { newClock, onMain } = this.#observer;
    return new ObservedLoop(this.#timeline, { ...options, clock: options.clock ?? newClock?.() }, onMain);
  }
}

class ObservedLoop extends EventLoop {
  readonly #timeline: Timeline;
  readonly #onMain: Observer["onMain"];
  readonly #rowOf = new WeakMap<Task<unknown>, TaskRow>();
  readonly #stopClock: () => void;
  #hasMain = false;

  constructor(timeline: Timeline, options: LoopOptions, onMain: Observer["onMain"]) {
    super(options);
    this.#timeline = timeline;
    this.#onMain = onMain;
    this.#stopClock = timeline.follow(() => this.time());
  }

  override close(): void {
    this.#stopClock();
    super.close();
  }

  override createTask<T>(coroutine: Coroutine<T> | AsyncBody<T>, options: TaskOptions = {}): Task<T> {
    const isMain = !this.#hasMain;
    this.#hasMain = true;
    const record = new Record(this.#timeline);
    const task = super.createTask(
      typeof coroutine === "function"
        ? observedBody(coroutine, record)
        : new ObservedCoroutine(coroutine, record),
      isMain ? { ...options, name: MAIN } : options,
    );
    const creator = currentTask(this);
    const row = this.#timeline.created(
      task.getName(),
      creator === null ? undefined : this.#rowOf.get(creator),
    );
    this.#rowOf.set(task as Task<unknown>, row);
    record.attach(row, task as Task<unknown>);
    if (isMain) this.#onMain?.(task as Task<unknown>);
    return task;
  }
}

/** A function that returns a coroutine or a future is observed like a coroutine, any other from its call to its end. */
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

/** Reports one task to the timeline. */
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

  /** The task is an async function's: all that is seen of it from here on is the end of its last step. */
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
