/**
 * Owns what connects a transport with its two streams: passes on what was received, and knows which tasks wait to write more and
 * which for the end.
 */
import type { EventLoop } from "../core/loop.ts";
import { sleep } from "../core/sleep.ts";
import { NetworkError } from "./errors.ts";
import type { Protocol } from "./protocol.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { SocketTransport } from "./transport.ts";
import { Waiters } from "./waiters.ts";

/** How a connection fails when the other side has gone. */
const LOSSES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

export class StreamProtocol implements Protocol {
  readonly #reader: StreamReader;
  readonly #drainWaiters: Waiters;
  readonly #closeWaiters: Waiters;
  #paused = false;
  #lost: { readonly error: Error | undefined } | undefined;
  /** Thrown when the program goes on writing after this side has closed. */
  #closedHere: NetworkError | undefined;

  constructor(loop: EventLoop, reader: StreamReader) {
    this.#reader = reader;
    this.#drainWaiters = new Waiters(loop);
    this.#closeWaiters = new Waiters(loop);
  }

  connectionMade(transport: SocketTransport): void {
    this.#reader.setTransport(transport);
  }

  dataReceived(bytes: Uint8Array): void {
    this.#reader.feedOwned(bytes);
  }

  eofReceived(): boolean {
    this.#reader.feedEof();
    return true;
  }

  connectionLost(error: Error | undefined): void {
    this.#lost = { error };
    if (error === undefined) this.#reader.feedEof();
    else this.#reader.setException(error);
    this.#drainWaiters.wake(error);
    this.#closeWaiters.wake(error);
  }

  pauseWriting(): void {
    this.#paused = true;
  }

  resumeWriting(): void {
    this.#paused = false;
    this.#drainWaiters.wake();
  }

  /** Waits until it makes sense to write more. */
  *drain(transport: SocketTransport): Generator<unknown, void, unknown> {
    const broken = this.#reader.exception();
    if (broken !== null) throw broken;
    // The loss of a closing connection becomes known in a turn, which a program that never waits would not allow.
    if (transport.isClosing()) yield* sleep(0);
    if (this.#lost !== undefined) {
      if (this.#lost.error !== undefined) throw this.#lost.error;
      this.#closedHere ??= new NetworkError(
        "ECONNRESET",
        "Connection lost: it was closed on this side; write before close()",
      );
      throw this.#closedHere;
    }
    if (this.#paused) yield* this.#drainWaiters.wait();
  }

  /** Whether it is the error with which the streams report a lost connection, whichever side caused it. */
  isLoss(error: unknown): error is NetworkError {
    if (!(error instanceof NetworkError) || !LOSSES.has(error.code)) return false;
    return error === this.#lost?.error || error === this.#closedHere;
  }

  /** Waits until the connection is over. */
  *waitClosed(): Generator<unknown, void, unknown> {
    if (this.#lost === undefined) yield* this.#closeWaiters.wait();
    const error = this.#lost?.error;
    if (error !== undefined) throw error;
  }
}
