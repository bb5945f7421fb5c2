/**
 * Owns the TLS handshake on one connection: while it lasts, the channel is its own. It always ends in time, one way or the other.
 * Knows nothing of certificates.
 */
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostSocket, HostTlsStart } from "../host/network.ts";
import { type Channel, type ChannelUser, HANGUP, WRITABLE } from "./channel.ts";
import { NetworkError, networkError } from "./errors.ts";
import { limitHost } from "./host-limit.ts";
import { fail } from "./waiters.ts";

export class Handshake implements ChannelUser {
  /** Done when the connection is secured, or with why it is not. */
  readonly ending: Future<void>;
  /** The connection is over, and the channel reports nothing more. */
  hungUp = false;
  readonly #channel: Channel;
  readonly #socket: HostSocket;
  readonly #limit: { cancel(): void };
  /** Why it failed, unless the host knows. */
  #reason = CLOSED;

  constructor(loop: EventLoop, channel: Channel, socket: HostSocket, start: HostTlsStart, timeoutMs: number) {
    this.ending = loop.createFuture<void>();
    this.#channel = channel;
    this.#socket = socket;
    channel.user = this;
    socket.startTls?.(start);
    channel.want(WRITABLE | HANGUP);
    this.#limit = limitHost(loop, timeoutMs, () => this.#end(tooSlow(timeoutMs)));
    this.ending.addDoneCallback(() => this.#limit.cancel());
  }

  /** Gives up, and drops the connection. */
  destroy(): void {
    this.#reason = ABORTED;
    this.#socket.destroy();
  }

  abort(): void {
    this.destroy();
  }

  /** Nothing was written that would have to be sent first. */
  close(): void {
    this.destroy();
  }

  /** In the channel's turn. */
  ready(bits: number): void {
    if (bits & HANGUP) {
      this.hungUp = true;
      this.#end(networkError("the TLS handshake has failed", this.#channel.failure ?? this.#reason));
    } else if (this.#socket.tlsInfo !== undefined) {
      // Without it, the event was for something written before the handshake.
      this.#end(undefined);
    }
  }

  #end(error: NetworkError | undefined): void {
    if (error !== undefined) this.#socket.destroy();
    if (!this.ending.pending()) return;
    if (error === undefined) this.ending.setResult();
    else fail(this.ending, error);
  }

  abandoned(): void {
    this.#limit.cancel();
    this.#socket.destroy();
  }
}

const CLOSED = { code: "ECONNRESET", reason: "the other side has closed the connection" };
const ABORTED = { code: "ECONNABORTED", reason: "this side has closed the connection" };

function tooSlow(timeoutMs: number): NetworkError {
  return new NetworkError(
    "ECONNABORTED",
    `the TLS handshake is taking longer than ${timeoutMs} ms: aborting the connection; ` +
      "check that the other side speaks TLS, or give it more time (sslHandshakeTimeout)",
  );
}
