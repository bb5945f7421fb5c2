/**
 * Owns one listening address: how it is set up, and the connections that arrive there.
 * Knows nothing of what becomes of them.
 */
import type { EventLoop } from "../core/loop.ts";
import type { HostListenOptions, HostServer, HostSocket, SocketAddress } from "../host/network.ts";
import { Channel, type ChannelUser, HANGUP, READABLE, WRITABLE } from "./channel.ts";
import { networkOf } from "./endpoint.ts";
import { networkError } from "./errors.ts";
import { fail } from "./waiters.ts";

export class Listener implements ChannelUser {
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #server: HostServer;
  readonly #onArrival: (socket: HostSocket) => void;
  readonly #listening;
  readonly #where: string;

  /** Begins to listen; wait for `listening`. */
  constructor(loop: EventLoop, options: HostListenOptions, onArrival: (socket: HostSocket) => void) {
    this.#loop = loop;
    this.#onArrival = onArrival;
    this.#where = options.path !== undefined ? options.path : `${options.host}:${options.port}`;
    this.#listening = loop.createFuture<void>();
    this.#server = networkOf(loop, "startServer", "listen").listen(options);
    this.#channel = new Channel(loop, this);
    this.#server.watch(this.#channel);
    this.#channel.want(WRITABLE | HANGUP);
  }

  /** Waits until it listens. @throws NetworkError when it cannot. */
  *listening(): Generator<unknown, void, unknown> {
    yield* this.#listening;
    this.#channel.want(READABLE);
  }

  get address(): SocketAddress | undefined {
    return this.#server.address;
  }

  close(): void {
    this.#channel.close();
    this.#server.close();
  }

  /** In the channel's turn. */
  ready(bits: number): void {
    if (bits & READABLE) {
      this.#acceptAll();
    } else if (this.#listening.pending()) {
      if (bits & HANGUP) fail(this.#listening, this.#cannotListen());
      else this.#listening.setResult();
    }
  }

  #cannotListen(): Error {
    const failure = this.#channel.failure ?? { code: "EUNKNOWN", reason: "" };
    return networkError(`cannot listen on ${this.#where}`, failure);
  }

  #acceptAll(): void {
    for (let arrived = this.#server.accept(); arrived !== null; arrived = this.#server.accept()) {
      if ("code" in arrived) {
        const exception = networkError(`cannot accept a connection on ${this.#where}`, arrived);
        this.#loop.callExceptionHandler({
          message: "A connection was lost before it was accepted",
          exception,
        });
      } else {
        this.#onArrival(arrived);
      }
    }
  }

  abandoned(): void {
    this.#server.close();
  }
}
