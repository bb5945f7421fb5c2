/**
 * Owns one worker of a pool from its start to its end: the call that it runs, what it has been told, and what comes back.
 * Knows neither the calls that wait nor the other workers.
 */
import type { HostWorker } from "../host/workers.ts";
import { BrokenExecutorError, ExecutorError } from "./errors.ts";
import type { CallRequest } from "./executor.ts";
import type { ExecutorFuture } from "./future.ts";
import { type FromWorker, receiveError, type ToWorker } from "./messages.ts";
import { transfersOf } from "./reference.ts";

/** A call that waits for a worker, or runs in one. */
export interface PendingCall {
  readonly request: CallRequest;
  readonly future: ExecutorFuture<unknown, unknown>;
}

/** Who is told of a worker. */
export interface WorkerOwner {
  /** The worker has ended a call, and can have another. */
  onFree(worker: CrewWorker): void;
  /** The worker is no more. */
  onGone(worker: CrewWorker): void;
  /** The host lets it not run: what its call is to fail with. */
  refusal(why: string, cause: unknown): ExecutorError;
  /** Its initializer has failed. */
  onBroken(error: BrokenExecutorError): void;
}

let lastId = 0;

export class CrewWorker {
  /** How many calls it has ended. */
  ended = 0;
  /** Takes back the wish to end it after having been idle. */
  stopIdling: (() => void) | undefined;
  readonly #worker: HostWorker;
  readonly #owner: WorkerOwner;
  readonly #told = new Set<number>();
  #call: PendingCall | undefined;
  #id = 0;

  constructor(worker: HostWorker, owner: WorkerOwner) {
    this.#worker = worker;
    this.#owner = owner;
    worker.listen({
      message: (message) => this.#heard(message as FromWorker),
      ended: (why, error) => this.#gone(endedInTheMiddle(why, error)),
      refused: (why, error) => this.#gone(owner.refusal(why, error)),
    });
    worker.keepAlive(false);
  }

  /** Sends what is to be called before all else. What cannot be sent breaks its owner: answers whether it was sent. */
  initialize(message: Extract<ToWorker, { kind: "initialize" }>): boolean {
    try {
      this.#worker.post(message, transfersOf(message.args));
      return true;
    } catch (cause) {
      this.#owner.onBroken(initializerFailed(notCloneable(cause)));
      return false;
    }
  }

  /** Makes a call. What cannot be sent fails it, and leaves the worker free: answers whether it was sent. */
  run(call: PendingCall): boolean {
    const { callee, text, args, isChunk } = call.request;
    const id = ++lastId;
    const isNews = !this.#told.has(callee);
    try {
      this.#worker.post(
        { kind: "call", id, callee, text: isNews ? text : undefined, args, isChunk } satisfies ToWorker,
        transfersOf(args),
      );
    } catch (cause) {
      call.future.fail(notCloneable(cause));
      return false;
    }
    if (isNews) this.#told.add(callee);
    this.#id = id;
    this.#call = call;
    this.#worker.keepAlive(true);
    return true;
  }

  /** Whether it runs the call of this future. */
  runs(future: ExecutorFuture<unknown, unknown>): boolean {
    return this.#call?.future === future;
  }

  /** Tells a generator to end at its next `yield`; whatever else it runs goes on. */
  askToReturn(): void {
    this.#worker.post({ kind: "return", id: this.#id } satisfies ToWorker, []);
  }

  /** Ends it at once. */
  end(): void {
    // The process must not end before whoever waits for this end is told of it.
    this.#worker.keepAlive(true);
    this.#worker.end();
  }

  /** Ends it at once, and its call with this error, or not at all if there is none. */
  abandon(error?: BrokenExecutorError): void {
    const call = this.#call;
    this.#call = undefined;
    this.#id = 0;
    if (error !== undefined) call?.future.fail(error);
    this.end();
  }

  #heard(message: FromWorker): void {
    if (message.kind === "closing") this.end();
    else if (message.kind === "broken") this.#owner.onBroken(initializerFailed(receiveError(message.error)));
    else if (this.#call !== undefined && message.id === this.#id) this.#heardOf(this.#call, message);
  }

  #heardOf({ future }: PendingCall, message: Extract<FromWorker, { id: number }>): void {
    if (message.kind === "progress") {
      const { id } = message;
      future.progressed(message.value, () => {
        if (id === this.#id) this.#worker.post({ kind: "taken", id, count: 1 } satisfies ToWorker, []);
      });
      return;
    }
    this.#call = undefined;
    this.#id = 0;
    this.ended++;
    this.#worker.keepAlive(false);
    if (message.kind === "value") future.finish(message.value);
    else future.fail(receiveError(message.error));
    this.#owner.onFree(this);
  }

  #gone(error: BrokenExecutorError | ExecutorError): void {
    const call = this.#call;
    this.#call = undefined;
    this.#id = 0;
    call?.future.fail(error);
    this.#owner.onGone(this);
  }
}

function endedInTheMiddle(why: string, cause: unknown): BrokenExecutorError {
  return new BrokenExecutorError(
    `the worker has ended in the middle of a call: ${why}; another takes its place`,
    { ...(cause !== undefined && { cause }) },
  );
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function initializerFailed(cause: unknown): BrokenExecutorError {
  return new BrokenExecutorError(`the initializer has failed in a worker: ${inWords(cause)}`, { cause });
}

function notCloneable(cause: unknown): unknown {
  if (cause instanceof ExecutorError) return cause;
  return new ExecutorError(
    "ERR_NOT_CLONEABLE",
    `an argument cannot be sent to a worker: ${inWords(cause)}; give what structuredClone takes, and move what else there is by transfer()`,
    { cause },
  );
}
