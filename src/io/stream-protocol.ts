/**
 * Owns what connects a transport with its two streams: passes on what was received, and knows which tasks wait to write more and
 * which for the end.
 */
import { checkFunction, checkInstance, readOptions } from "../core/checks.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkLoop, getEventLoop } from "../core/running.ts";
import { NetworkError } from "./errors.ts";
import { Protocol } from "./protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { SocketTransport } from "./transport.ts";
import { Waiters } from "./waiters.ts";

/** How a connection fails when the other side has gone, or is too slow. */
const LOSSES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** How a StreamReaderProtocol is made by hand. */
export interface StreamReaderProtocolOptions {
  /** The loop it is used on; by default the running one, else the policy's current one. */
  readonly loop?: EventLoop | undefined;
  /** Called with the streams once the connection is made. What it returns is not waited for. */
  readonly clientConnected?: ((reader: StreamReader, writer: StreamWriter) => void) | undefined;
}

/**
 * Feeds a StreamReader with what a transport receives: streams for connections made by `createConnection` or
 * `createServer`. asyncio: `StreamReaderProtocol`.
 *
 * @example
 * ```ts
 * const reader = new StreamReader();
 * const [transport, protocol] = yield* createConnection(() => new StreamReaderProtocol(reader), "127.0.0.1", 8080);
 * const writer = new StreamWriter(transport, protocol);
 * ```
 */
export class StreamReaderProtocol extends Protocol {
  readonly #reader: StreamReader;
  readonly #clientConnected: StreamReaderProtocolOptions["clientConnected"];
  readonly #loop: EventLoop;
  // Most connections never have any.
  #drainWaiters: Waiters | undefined;
  #closeWaiters: Waiters | undefined;
  #paused = false;
  #lost: { readonly error: Error | undefined } | undefined;
  /** Thrown when the program goes on writing after this side has closed. */
  #closedHere: NetworkError | undefined;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_CALLBACK_EXPECTED; LoopError ERR_NO_CURRENT_LOOP. */
  constructor(reader: StreamReader, options?: StreamReaderProtocolOptions) {
    super();
    const caller = "StreamReaderProtocol";
    checkInstance(caller, "a StreamReader", reader, StreamReader);
    const { loop, clientConnected } = readOptions(caller, options, ["loop", "clientConnected"]);
    if (loop !== undefined) checkLoop(caller, loop);
    if (clientConnected !== undefined) checkFunction(caller, clientConnected);
    // Unless a user extends it.
    this.isPlain = new.target === StreamReaderProtocol;
    this.#reader = reader;
    this.#clientConnected = clientConnected;
    this.#loop = loop ?? getEventLoop();
  }

  /** @internal */
  override connectionMade(transport: SocketTransport): void {
    this.#reader.connect(transport);
    if (transport.headerMs !== undefined) this.#reader.header = transport;
    this.#clientConnected?.(this.#reader, new StreamWriter(transport, this));
  }

  /** @internal */
  override dataReceived(bytes: Uint8Array): void {
    this.#reader.feedOwned(bytes);
  }

  /** @internal */
  override eofReceived(): boolean {
    this.#reader.feedEof();
    return true;
  }

  /** @internal */
  override connectionLost(error: Error | undefined): void {
    this.#lost = { error };
    if (error === undefined) this.#reader.feedEof();
    else this.#reader.setException(error);
    this.#drainWaiters?.wake(error);
    this.#closeWaiters?.wake(error);
  }

  /** @internal */
  override pauseWriting(): void {
    this.#paused = true;
  }

  /** @internal */
  override resumeWriting(): void {
    this.#paused = false;
    this.#drainWaiters?.wake();
  }

  /** What has arrived but belongs to TLS, which will make of it what is read. @internal */
  takeUnread(): Uint8Array | undefined {
    const { buffer } = this.#reader;
    return buffer.length === 0 ? undefined : this.#reader.take(buffer.length);
  }

  /** @throws why the connection has failed, if it has. @internal */
  mustBeWhole(): void {
    this.#reader.mustBeWhole();
  }

  /**
   * A future for when it makes sense to write more; undefined if it does now.
   * @throws NetworkError when the connection is lost. @internal
   */
  beginToDrain(): Future<void> | undefined {
    if (this.#lost !== undefined) {
      if (this.#lost.error !== undefined) throw this.#lost.error;
      this.#closedHere ??= new NetworkError(
        "ECONNRESET",
        "Connection lost: it was closed on this side; write before close()",
      );
      throw this.#closedHere;
    }
    if (!this.#paused) return undefined;
    this.#drainWaiters ??= new Waiters(this.#loop);
    return this.#drainWaiters.add();
  }

  /** Nothing waits for this future any more. @internal */
  endToDrain(future: Future<void>): void {
    this.#drainWaiters?.remove(future);
  }

  /** Whether it is the error with which the streams report a lost connection, whichever side caused it. @internal */
  isLoss(error: unknown): error is NetworkError {
    if (!(error instanceof NetworkError) || !LOSSES.has(error.code)) return false;
    return error === this.#lost?.error || error === this.#closedHere;
  }

  /** Waits until the connection is over. @internal */
  *waitClosed(): Generator<unknown, void, unknown> {
    if (this.#lost === undefined) {
      this.#closeWaiters ??= new Waiters(this.#loop);
      yield* this.#closeWaiters.wait();
    }
    const error = this.#lost?.error;
    if (error !== undefined) throw error;
  }
}
