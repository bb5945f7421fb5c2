/**
 * Owns the task of an async function. The engine runs such a function, the loop only what it awaits of ours: futures and
 * coroutines are driven in place, in the function's own task, and the function is resumed with the result.
 *
 * After a resumption the function runs in microtasks. The driver waits with the next step of anyone until the function
 * waits for the loop again or has ended (`away`), so that a step of an async function is as much one step as a
 * generator's. A function that awaits a foreign promise is let go after a number of microtasks.
 */
import {
  type Body,
  type Coroutine,
  coroutineExpected,
  iscoroutine,
  iscoroutinefunction,
  isThenable,
  Operation,
} from "./coroutine.ts";
import { CancelledError, LoopError } from "./errors.ts";
import { Future, isInterrupt } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { NativeWait } from "./native-wait.ts";
import { taskStorageOf } from "./running.ts";
import { NONE_YET, Task } from "./task.ts";
import { readTaskOptions, type TaskOptions } from "./task-options.ts";
import { END_CANCEL, END_RAISE, END_RETURN } from "./wasm.ts";

/** What is driven for one `await`, set aside while an async function that it has called is running. */
interface Frame {
  readonly coroutine: Coroutine<unknown>;
  readonly resumption: Resumption | undefined;
}

interface Resumption {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A task whose coroutine is an async function.
 */
export class AsyncTask<T> extends Task<T> {
  private body: Body<T> | undefined;
  private readonly bodyName: string;
  /** Continues the function behind its `await`. */
  private resumption: Resumption | undefined = undefined;
  /** What waits for async functions that are running in this task, the innermost last. */
  private readonly frames: Frame[] = [];
  /** How the function ended, when that became known while a step was still queued. */
  private ended: { readonly how: number; readonly value: unknown } | undefined = undefined;
  /** The function has control, or the engine's microtasks on its behalf. @internal */
  away = false;

  /** @internal */
  constructor(body: Body<T>, loop: EventLoop, options: TaskOptions) {
    if (typeof body !== "function" || iscoroutinefunction(body))
      throw coroutineExpected("createTask()", body);
    super(NONE_YET, loop, options);
    this.body = body;
    this.bodyName = body.name || "async function";
    // Not by the constructor of Task, which knows nothing of the body.
    this.start(readTaskOptions(options));
  }

  /** @internal */
  override asAsyncTask(): AsyncTask<unknown> {
    return this as AsyncTask<unknown>;
  }

  /** @internal */
  override coroutineName(): string {
    return this.bodyName;
  }

  /**
   * Drives `coroutine` in the place of an `await` of this function. False when the function waits for something already,
   * as under Promise.all, or is done.
   * @throws LoopError ERR_COROUTINE_RUNNING or ERR_COROUTINE_FINISHED when it was awaited before.
   * @internal
   */
  tryAwait(
    coroutine: Operation<unknown>,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): boolean {
    if (this.done() || this.resumption !== undefined || this.body !== undefined || this.loop.isClosed())
      return false;
    coroutine.claim(this as AsyncTask<unknown>);
    this.drive({ coroutine, resumption: { resolve, reject } });
    return true;
  }

  /** Takes the next step of what is to be driven, from within a microtask. */
  private drive({ coroutine, resumption }: Frame): void {
    this.coroutine = coroutine;
    this.resumption = resumption;
    this.away = false;
    this.loop.execute(() => this.enter(false));
    this.loop.wakeIfAsleep();
  }

  /** Calls an async function of this task's. @internal */
  callNatively<R>(body: () => PromiseLike<R>): PromiseLike<R> {
    const storage = taskStorageOf(this.loop);
    return storage === undefined ? body() : storage.run(this as AsyncTask<unknown>, body);
  }

  /** @internal */
  protected override wait(yielded: unknown): void {
    if (!(yielded instanceof NativeWait)) {
      super.wait(yielded);
      return;
    }
    const frame: Frame = { coroutine: this.coroutine as Coroutine<unknown>, resumption: this.resumption };
    this.frames.push(frame);
    this.coroutine = undefined;
    this.resumption = undefined;
    this.goAway();
    yielded.whenEnded(() => this.frameEnded(frame));
  }

  private frameEnded(frame: Frame): void {
    if (this.done() || this.loop.isClosed() || !this.frames.includes(frame)) return;
    const { awaited } = this;
    const leftSomething = this.resumption !== undefined;
    this.abandonAwaited(this.frames.indexOf(frame) + 1);
    this.frames.pop();
    if (!leftSomething) {
      this.drive(frame);
      return;
    }
    // A step is queued, or what was left is still waited for: it goes on with the step.
    this.coroutine = frame.coroutine;
    this.resumption = frame.resumption;
    if (!awaited?.pending()) return;
    this.loop.core.calls.taskInterrupt(this.ref, 0);
    awaited.lease();
    this.loop.wakeIfAsleep();
  }

  /** @internal */
  protected override step(cancel: boolean): void {
    const ended = this.ended;
    if (ended !== undefined) {
      this.end(ended.how, ended.value);
    } else if (this.body === undefined) {
      super.step(cancel);
    } else if (cancel) {
      this.body = undefined;
      super.raised(this.takeCancelledError());
    } else {
      this.begin(this.body);
    }
  }

  private begin(body: Body<T>): void {
    this.body = undefined;
    if (this.loop.isSynchronous) {
      super.raised(
        new LoopError(
          "ERR_RUN_SYNC",
          `runSync cannot wait for the async function '${this.bodyName}', which needs the host's microtasks; use run()`,
        ),
      );
      return;
    }
    let result: Coroutine<T> | PromiseLike<T> | T;
    let coroutine: Coroutine<unknown> | undefined;
    try {
      result = this.callNatively(body as () => PromiseLike<T>);
      if (result instanceof Future || iscoroutine(result))
        coroutine = result[Symbol.iterator]() as Coroutine<unknown>;
    } catch (error) {
      super.raised(error);
      return;
    }
    if (coroutine !== undefined) {
      this.coroutine = coroutine;
      super.step(false);
    } else if (isThenable(result)) {
      this.goAway();
      result.then(
        (value) => this.functionEnded(END_RETURN, value),
        (error) => this.functionEnded(error instanceof CancelledError ? END_CANCEL : END_RAISE, error),
      );
    } else {
      super.returned(result);
    }
  }

  private goAway(): void {
    this.away = true;
    this.loop.waitForMicrotasksOf(this as AsyncTask<unknown>);
  }

  /** What the function awaits has returned. @internal */
  protected override returned(value: unknown): void {
    const resumption = this.takeResumption();
    if (resumption === undefined) super.returned(value);
    else resumption.resolve(value);
  }

  /** What the function awaits has thrown. @internal */
  protected override raised(error: unknown): void {
    const resumption = this.takeResumption();
    if (resumption === undefined) super.raised(error);
    else resumption.reject(error);
  }

  private takeResumption(): Resumption | undefined {
    const resumption = this.resumption;
    if (resumption === undefined) return undefined;
    this.resumption = undefined;
    this.coroutine = undefined;
    this.goAway();
    return resumption;
  }

  private functionEnded(how: number, value: unknown): void {
    this.away = false;
    if (this.done() || this.loop.isClosed()) return;
    this.abandonAwaited(0);
    if (!this.end(how, value)) this.ended = { how, value };
    if (isInterrupt(value) && how === END_RAISE) this.loop.interrupt(value);
  }

  /**
   * A function ended without waiting for what it had begun to await, as by Promise.race: what is driven at the moment, and
   * the frames from `first` on. All that is to clean up.
   */
  private abandonAwaited(first: number): void {
    const { coroutine } = this;
    if (this.resumption !== undefined && coroutine !== undefined) {
      this.resumption = undefined;
      this.coroutine = undefined;
      if (!this.awaited?.done()) this.abandon(coroutine);
    }
    while (this.frames.length > first) this.abandon((this.frames.pop() as Frame).coroutine);
  }

  private abandon(coroutine: Coroutine<unknown>): void {
    this.loop.createTask(new Remainder(coroutine), { name: `${this.getName()} (abandoned)` }).cancel();
  }

  /** @internal */
  override drives(coroutine: Coroutine<unknown>): boolean {
    return super.drives(coroutine) || this.frames.some((frame) => frame.coroutine === coroutine);
  }
}

/** What is left of a coroutine that a task has claimed and let go, for another task to end. */
class Remainder extends Operation<unknown> {
  private readonly coroutine: Coroutine<unknown>;

  constructor(coroutine: Coroutine<unknown>) {
    super();
    this.coroutine = coroutine;
  }

  get name(): string {
    return this.coroutine instanceof Operation ? this.coroutine.name : "coroutine";
  }

  next(value?: unknown): IteratorResult<unknown, unknown> {
    return this.coroutine.next(value);
  }

  throw(error: unknown): IteratorResult<unknown, unknown> {
    return this.coroutine.throw(error);
  }

  return(value: unknown): IteratorResult<unknown, unknown> {
    return this.coroutine.return(value);
  }
}
