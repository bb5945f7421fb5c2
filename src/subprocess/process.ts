/**
 * Owns the Process: a process as seen by the code that reads and writes its streams and waits for its end.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction } from "../core/checks.ts";
import { type Body, coroutine, type Operation, operation } from "../core/coroutine.ts";
import type { Signal } from "../core/signals.ts";
import { type BytesLike, bytesOf } from "../io/bytes.ts";
import type { StreamReader } from "../io/stream-reader.ts";
import type { StreamWriter } from "../io/stream-writer.ts";
import { gather } from "../tasks/gather.ts";
import type { SubprocessStreamProtocol } from "./stream-protocol.ts";
import type { SubprocessTransport } from "./transport.ts";

/** What `communicate` returns for a stream: its bytes, or null if it is not a pipe. */
export type Output<S extends StreamReader | null> = S extends StreamReader ? Uint8Array : null;

/**
 * A process that was started, with the streams of its pipes. asyncio: `asyncio.subprocess.Process`.
 *
 * Read what it writes to its pipes, or it blocks as soon as they are full, and so does whatever waits for its end.
 *
 * @example
 * ```ts
 * const sort = yield* createSubprocessExec("sort", "-n", { stdin: PIPE, stdout: PIPE });
 * const [sorted] = yield* sort.communicate("10\n9\n");
 * ```
 */
export class Process<
  I extends StreamWriter | null = StreamWriter | null,
  O extends StreamReader | null = StreamReader | null,
  E extends StreamReader | null = StreamReader | null,
> {
  /** Writes to its input; null unless that is a PIPE. */
  readonly stdin: I;
  /** Reads its output; null unless that is a PIPE. */
  readonly stdout: O;
  /** Reads its other output; null unless that is a PIPE. */
  readonly stderr: E;
  /** Its process id. */
  readonly pid: number;
  readonly #transport: SubprocessTransport;
  readonly #protocol: SubprocessStreamProtocol;

  /** @internal */
  constructor(transport: SubprocessTransport, protocol: SubprocessStreamProtocol) {
    this.#transport = transport;
    this.#protocol = protocol;
    this.stdin = protocol.stdin as I;
    this.stdout = protocol.stdout as O;
    this.stderr = protocol.stderr as E;
    this.pid = transport.getPid();
  }

  /** Its exit status, or minus the number of the signal that ended it: -9 after SIGKILL. Null while it runs. */
  get returncode(): number | null {
    return this.#transport.getReturncode();
  }

  /** Waits until it has ended. Cancelling the wait does not affect it. @returns its returncode. */
  wait(): Operation<number> {
    return this.#transport.wait();
  }

  /**
   * Writes `input` to its stdin, closes that, reads its output to the end, and waits for the process. If it stops reading
   * early, that is not an error. Cancelling does not affect the process, but what was read is lost.
   * @param input - bytes, or a string as UTF-8; ignored without a pipe to stdin.
   * @returns all of stdout and of stderr; null for what is not a PIPE.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  communicate(input?: BytesLike): Operation<[stdout: Output<O>, stderr: Output<E>]> {
    const bytes = input === undefined ? undefined : bytesOf("communicate", input);
    return communicating(this, bytes) as Operation<[Output<O>, Output<E>]>;
  }

  /**
   * Sends it a signal.
   * @param signal - its name, such as "SIGINT".
   * @throws ProcessError ESRCH when it has ended, EPERM when that is not permitted; ArgumentError ERR_ARGUMENT_TYPE, or
   * ERR_ARGUMENT_VALUE if it is not the name of a signal.
   */
  sendSignal(signal: Signal): void {
    this.#transport.sendSignal(signal);
  }

  /** Asks it to end, with SIGTERM. @throws ProcessError ESRCH or EPERM. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** Ends it, with SIGKILL. @throws ProcessError ESRCH or EPERM. */
  kill(): void {
    this.#transport.kill();
  }

  /**
   * Runs `body`; when that ends, in whichever way, the process is killed if it is still running, its pipes are closed, and
   * its end is waited for.
   * @param body - a coroutine function, an async function or a plain one.
   * @returns what the body returns.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   *
   * @example
   * ```ts
   * const server = yield* createSubprocessExec("redis-server", { stdout: DEVNULL });
   * yield* server.with(function* () {
   *   yield* talk();
   * });
   * ```
   */
  with<T>(body: Body<T, [child: this]>): Operation<T> {
    checkFunction("with", body);
    return operation("with", this.#within(body));
  }

  *#within<T>(body: Body<T, [this]>): Generator<unknown, T, unknown> {
    try {
      return yield* perform(body, this);
    } finally {
      yield* this.#transport.reap();
    }
  }

  /** Kills it if it runs, and waits for its end: `await using process`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return operation("reap", this.#transport.reap());
  }

  toString(): string {
    return `<Process ${this.pid}>`;
  }

  /** @internal */
  *feed(bytes: Uint8Array | undefined): Generator<unknown, void, unknown> {
    const { stdin } = this;
    if (stdin === null) return;
    try {
      if (bytes !== undefined) stdin.write(bytes);
      yield* stdin.drain();
    } catch (error) {
      if (!this.#protocol.isLoss(error)) throw error;
    }
    stdin.close();
  }

  /** @internal */
  *readAll(fd: 1 | 2): Generator<unknown, Uint8Array | null, unknown> {
    const stream = fd === 1 ? this.stdout : this.stderr;
    if (stream === null) return null;
    const output = yield* stream.read();
    this.#transport.getPipeTransport(fd)?.close();
    return output;
  }
}

const communicating = coroutine(function* communicate(talked: Process, bytes: Uint8Array | undefined) {
  const [, stdout, stderr] = yield* gather(talked.feed(bytes), talked.readAll(1), talked.readAll(2));
  yield* talked.wait();
  return [stdout, stderr] as [Uint8Array | null, Uint8Array | null];
});
