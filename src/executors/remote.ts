/**
 * Owns the loop's end of a handle: calls that come from another thread are made on the loop, and answered. Knows no host.
 */
import { perform } from "../core/async/perform.ts";
import type { Body } from "../core/coroutine.ts";
import { LoopError, NotSupportedError } from "../core/errors.ts";
import type { RemoteHandle } from "../core/executor.ts";
import type { Future } from "../core/future.ts";
import { Interrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { type HostChannel, type HostWorkers, workersHere } from "../host/workers.ts";
import { ExecutorError } from "./errors.ts";
import { sendError } from "./messages.ts";
import {
  ANSWERED,
  BATCHES_HEARD,
  type CallBatch,
  CELLS,
  PIECE_BYTES,
  PIECE_BYTES_MAX,
  type RemoteOutcome,
  type ToLoop,
  WHOLE_BYTES,
} from "./remote-messages.ts";

type Functions = Readonly<Record<string, unknown>>;

/** Makes a handle of a loop. */
export function remoteOf(loop: EventLoop, functions: object): RemoteHandle<never> {
  const host = workersHere();
  if (host === undefined) {
    throw new NotSupportedError(
      loop.scheduler.host.name,
      "remote() needs threads",
      "there is nobody to call from",
    );
  }
  const end = new LoopEnd(loop, functions as Functions, host);
  loop.defaultExecutor.closers.push(() => end.close());
  return { port: end.channel.port, cells: end.memory, names: end.names };
}

class LoopEnd {
  readonly channel: HostChannel;
  readonly memory: SharedArrayBuffer | undefined;
  readonly names: readonly string[];
  readonly #loop: EventLoop;
  readonly #functions: Functions;
  readonly #host: HostWorkers;
  readonly #cells: Int32Array | undefined;
  /** Calls that are to be answered. */
  readonly #underWay = new Map<number, Future<unknown>>();
  /** The rest of an answer that did not fit. */
  #rest: Uint8Array | undefined;
  #isClosed = false;

  constructor(loop: EventLoop, functions: Functions, host: HostWorkers) {
    this.#loop = loop;
    this.#functions = functions;
    this.names = Object.keys(functions);
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
      if (this.#isClosed) this.#refuse(message);
      else this.#loop.callSoonThreadsafe(this.#runFrom, message, 0);
    }
  }

  /** One callback of the loop for all calls of a batch: they stand in a row in any case, and one costs as much as ten calls. */
  readonly #runFrom = (batch: CallBatch, start: number): void => {
    for (let at = start; at < batch.length; ) {
      const [place, id, count] = [batch[at], batch[at + 1] as number, batch[at + 2] as number];
      const args = batch.slice(at + 3, at + 3 + count);
      at += 3 + count;
      try {
        this.#called(place, id, args);
      } catch (exception) {
        if (exception instanceof Interrupt) {
          if (at < batch.length) this.#loop.callSoonThreadsafe(this.#runFrom, batch, at);
          throw exception;
        }
        const message = `Exception in callback ${this.#nameOf(place)}, called from another thread`;
        this.#loop.callExceptionHandler({ message, exception });
      }
    }
  };

  #nameOf(place: unknown): string {
    return typeof place === "number" ? (this.names[place] as string) : String(place);
  }

  #called(place: unknown, id: number, args: unknown[]): void {
    const name = this.#nameOf(place);
    const callee = typeof place === "number" ? this.#functions[name] : undefined;
    if (typeof callee !== "function") {
      if (id === 0) throw notThere(name);
      this.#answer(id, { error: sendError(notThere(name)) });
    } else if (id === 0) {
      this.#loop.scheduler.enterCallback(undefined);
      callee(...args);
    } else this.#start(callee as Body<unknown, unknown[]>, args, id);
  }

  /** The loop is closed: who waits is told so. */
  #refuse(batch: CallBatch): void {
    for (let at = 0; at < batch.length; at += 3 + (batch[at + 2] as number)) {
      const id = batch[at + 1] as number;
      if (id !== 0) this.#answer(id, { error: sendError(loopIsClosed()) });
    }
  }

  #start(body: Body<unknown, unknown[]>, args: unknown[], id: number): void {
    const task = this.#loop.createTask(perform(body, ...args));
    this.#underWay.set(id, task);
    task.addDoneCallback(() => {
      if (!this.#underWay.delete(id)) return;
      this.#answer(id, outcomeOf(task));
    });
  }

  #cancel(id: number): void {
    this.#underWay.get(id)?.cancel();
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
