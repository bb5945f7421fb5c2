/**
 * Owns the loop's end of a handle: calls that come from another thread are made on the loop, and answered. Knows no host.
 */
import { perform } from "../core/async/perform.ts";
import type { Body } from "../core/coroutine.ts";
import { LoopError, NotSupportedError } from "../core/errors.ts";
import type { RemoteHandle } from "../core/executor.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { type HostChannel, type HostWorkers, workersHere } from "../host/workers.ts";
import { ExecutorError } from "./errors.ts";
import { sendError } from "./messages.ts";
import {
  ANSWERED,
  BATCHES_HEARD,
  CELLS,
  PIECE_BYTES,
  PIECE_BYTES_MAX,
  type RemoteCall,
  type RemoteOutcome,
  type ToLoop,
  WHOLE_BYTES,
} from "./remote-messages.ts";

type Functions = Readonly<Record<string, unknown>>;

/** Makes a handle of a loop. */
export function remoteOf(loop: EventLoop, functions: object): RemoteHandle<never> {
  const host = workersHere();
  if (host === undefined) {
    throw new NotSupportedError(loop.host.name, "remote() needs threads", "there is nobody to call from");
  }
  const end = new LoopEnd(loop, functions as Functions, host);
  loop.defaultExecutor.closers.push(() => end.close());
  return { port: end.channel.port, cells: end.memory };
}

class LoopEnd {
  readonly channel: HostChannel;
  readonly memory: SharedArrayBuffer | undefined;
  readonly #loop: EventLoop;
  readonly #functions: Functions;
  readonly #host: HostWorkers;
  readonly #cells: Int32Array | undefined;
  /** Calls that are to be answered; undefined while their task has not begun. */
  readonly #underWay = new Map<number, Future<unknown> | undefined>();
  /** The rest of an answer that did not fit. */
  #rest: Uint8Array | undefined;
  #isClosed = false;

  constructor(loop: EventLoop, functions: Functions, host: HostWorkers) {
    this.#loop = loop;
    this.#functions = functions;
    this.#host = host;
    this.channel = host.openChannel((message) => this.#heard(message as ToLoop));
    if (typeof SharedArrayBuffer !== "function") return;
    this.memory = new SharedArrayBuffer(CELLS * 4 + PIECE_BYTES_MAX);
    this.#cells = new Int32Array(this.memory, 0, CELLS);
  }

  #heard(message: ToLoop): void {
    if (message === "next") this.#answerPiece();
    else if ("cancel" in message) this.#cancel(message.cancel);
    else {
      if (this.#cells !== undefined) Atomics.add(this.#cells, BATCHES_HEARD, 1);
      for (const call of message) this.#called(call);
    }
  }

  #called([name, args, id]: RemoteCall): void {
    const callee = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (this.#isClosed || typeof callee !== "function") {
      const error = this.#isClosed ? loopIsClosed() : notThere(name);
      if (id !== 0) this.#answer(id, { error: sendError(error) });
      else if (!this.#isClosed)
        this.#loop.callExceptionHandler({ message: "a call from another thread failed", exception: error });
      return;
    }
    if (id === 0) {
      this.#loop.callSoonThreadsafe(callee as (...args: unknown[]) => unknown, ...args);
      return;
    }
    this.#underWay.set(id, undefined);
    this.#loop.callSoonThreadsafe(() =>
      this.#start(callee as Body<unknown, unknown[]>, args as unknown[], id),
    );
  }

  #start(body: Body<unknown, unknown[]>, args: unknown[], id: number): void {
    // It was cancelled before it began.
    if (!this.#underWay.has(id)) return;
    const task = this.#loop.createTask(perform(body, ...args));
    this.#underWay.set(id, task);
    task.addDoneCallback(() => {
      if (!this.#underWay.delete(id)) return;
      this.#answer(id, outcomeOf(task));
    });
  }

  #cancel(id: number): void {
    const task = this.#underWay.get(id);
    if (task !== undefined) task.cancel();
    else this.#underWay.delete(id);
  }

  /** By a message, or in shared memory where the worker waits and hears none. */
  #answer(id: number, outcome: RemoteOutcome): void {
    try {
      if (id > 0) this.channel.post({ id, outcome });
      else this.#answerPieces(this.#host.encode(outcome));
    } catch (cause) {
      const error = new ExecutorError(
        "ERR_NOT_CLONEABLE",
        `the result cannot be sent to a worker: ${cause}`,
        { cause },
      );
      this.#answer(id, { error: sendError(error) });
    }
  }

  #answerPieces(bytes: Uint8Array): void {
    this.#rest = bytes;
    if (this.#cells !== undefined) this.#cells[WHOLE_BYTES] = bytes.length;
    this.#answerPiece();
  }

  #answerPiece(): void {
    const [cells, rest, memory] = [this.#cells, this.#rest, this.memory];
    if (cells === undefined || rest === undefined || memory === undefined) return;
    const piece = rest.subarray(0, PIECE_BYTES_MAX);
    new Uint8Array(memory, CELLS * 4).set(piece);
    this.#rest = rest.subarray(piece.length);
    cells[PIECE_BYTES] = piece.length;
    Atomics.store(cells, ANSWERED, 1);
    Atomics.notify(cells, ANSWERED);
  }

  close(): void {
    this.#isClosed = true;
    for (const id of this.#underWay.keys()) this.#answer(id, { error: sendError(loopIsClosed()) });
    this.#underWay.clear();
  }
}

function outcomeOf(task: Future<unknown>): RemoteOutcome {
  try {
    return { value: task.result() };
  } catch (error) {
    return { error: sendError(error) };
  }
}

function loopIsClosed(): LoopError {
  return new LoopError("ERR_LOOP_CLOSED", "Event loop is closed; call it while it is open");
}

function notThere(name: string): LoopError {
  return new LoopError(
    "ERR_NO_SUCH_FUNCTION",
    `the loop's handle has no function '${name}'; give it to remote()`,
  );
}
