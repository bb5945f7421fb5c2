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

/** What becomes of connections. */
export interface Arrivals {
  /** Whether another one can be taken now. */
  hasRoom(): boolean;
  onArrival(socket: HostSocket): void;
}

export class Listener implements ChannelUser {
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #server: HostServer;
  readonly #arrivals: Arrivals;
  readonly #listening;
  readonly #where: string;
  /** Connections may wait, and there is no room for one. */
  #full = false;

  /** Begins to listen; wait for `listening`. */
  constructor(loop: EventLoop, options: HostListenOptions, arrivals: Arrivals) {
    this.#loop = loop;
    this.#arrivals = arrivals;
    this.#where = whereOf(options);
    this.#listening = loop.createFuture<void>();
    this.#server = networkOf(loop, "startServer", "listen").listen(options);
    this.#channel = new Channel(loop, this);
    this.#server.watch(this.#channel);
    this.#channel.want(WRITABLE | HANGUP);
  }

  /** Waits until it listens, or is closed. @throws NetworkError when it cannot. */
  *listening(): Generator<unknown, void, unknown> {
    yield* this.#listening;
    this.#channel.want(READABLE);
  }

  get address(): SocketAddress | undefined {
    return this.#server.address;
  }

  get handle(): unknown {
    return this.#server.handle;
  }

  /** Takes what waits, now that there may be room. */
  takeAgain(): void {
    if (!this.#full) return;
    this.#channel.want(READABLE);
    this.#channel.readable();
  }

  close(): void {
    this.#channel.close();
    this.#server.close();
    // Nobody else tells who waits for it: the channel reports nothing more.
    if (this.#listening.pending()) this.#listening.setResult();
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
    this.#full = false;
    for (;;) {
      if (!this.#arrivals.hasRoom()) {
        this.#full = true;
        this.#channel.want(0);
        return;
      }
      const arrived = this.#server.accept();
      if (arrived === null) return;
      if ("code" in arrived) {
        const exception = networkError(`cannot accept a connection on ${this.#where}`, arrived);
        this.#loop.callExceptionHandler({
          message: "A connection was lost before it was accepted",
          exception,
        });
      } else {
        this.#arrivals.onArrival(arrived);
      }
    }
  }

  abandoned(): void {
    this.#server.close();
  }
}

function whereOf(options: HostListenOptions): string {
  if (options.path !== undefined) return options.path;
  return "host" in options ? `${options.host}:${options.port}` : "the socket that was given";
}
