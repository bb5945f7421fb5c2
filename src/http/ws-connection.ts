/**
 * Owns a WebSocket from when it is made: what has arrived and is not yet received, pings, and how it ends. Works with what has the web's
 * interface, the host's or a library's. Knows nothing of how it is opened, and of users only what they wait for.
 */
import { LoopError } from "../core/errors.ts";
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import { sleep } from "../core/sleep.ts";
import { Channel, type ChannelUser, READABLE } from "../io/channel.ts";
import { NetworkError, networkError } from "../io/errors.ts";
import { Waiters } from "../io/waiters.ts";
import type { Exchange } from "./exchange.ts";
import type { WebSocketEvents, WebSocketLike, WebSocketMessage } from "./web-socket-like.ts";

/** How much may wait to be sent before sending waits, and to be received before the other side is slowed down, where it can be. */
const HIGH_WATER_BYTES = 64 * 1024;
/** No event says that something was sent. */
const SENT_POLL_MS = 5;
const OPEN = 1;
/** The codes of a close without a close frame, and of one for a message that is too long. */
const ABNORMAL = 1006;
const TOO_LONG = 1009;

/** What a WebSocket is opened with. */
export interface WebSocketLimits {
  readonly heartbeatMs: number | null;
  readonly closeTimeoutMs: number;
  readonly messageBytesMax: number | null;
}

export class WebSocketConnection implements ChannelUser, WebSocketEvents {
  closeCode: number | null = null;
  closeReason = "";
  ended = false;
  readonly socket: WebSocketLike;
  readonly #loop: EventLoop;
  readonly #exchange: Exchange;
  readonly #limits: WebSocketLimits;
  readonly #channel: Channel;
  readonly #change: Waiters;
  readonly #messages: WebSocketMessage[] = [];
  #waitingBytes = 0;
  #paused = false;
  #heart: TimerHandle | undefined;
  #pingsSent = 0;
  #pongsHeard = 0;
  /** Whether someone has it. */
  #begun = false;
  /** Whether this side has closed it. */
  #closing = false;
  #failure: Error | undefined;

  constructor(loop: EventLoop, exchange: Exchange, socket: WebSocketLike, limits: WebSocketLimits) {
    this.#loop = loop;
    this.#exchange = exchange;
    this.socket = socket;
    this.#limits = limits;
    this.#channel = new Channel(loop, this);
    this.#channel.want(READABLE);
    this.#change = new Waiters(loop);
    exchange.signal.addEventListener("abort", () => this.#cutOff(exchange.signal.reason as Error));
  }

  get what(): string {
    return this.#exchange.what;
  }

  /** It is open, and someone has it. */
  begin(): void {
    this.#begun = true;
    const { heartbeatMs } = this.#limits;
    if (this.ended) this.#letGo();
    else if (heartbeatMs !== null) this.#beat(heartbeatMs);
  }

  // ── The coroutines ────────────────────────────────────────────────────────────────────────────────────────────

  *receive(): Generator<unknown, WebSocketMessage | null, unknown> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#waitingBytes -= message.length;
        if (this.#paused && this.#waitingBytes <= HIGH_WATER_BYTES / 2) this.#resume();
        return message;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.ended) return null;
      yield* this.#change.wait();
    }
  }

  *send(data: string | Uint8Array): Generator<unknown, void, unknown> {
    this.#mustBeOpen();
    this.socket.send(data);
    const { socket } = this;
    const isFull = () => socket.bufferedAmount > HIGH_WATER_BYTES;
    // What was sent before this side closes it is still sent; the other side drops it once it closes it.
    const isGoing = () => !this.ended && (this.#closing || socket.readyState === OPEN);
    while (isGoing() && isFull()) yield* sleep(SENT_POLL_MS);
    if (this.#failure !== undefined || isFull()) this.#mustBeOpen();
  }

  *ping(): Generator<unknown, void, unknown> {
    this.#mustBeOpen();
    const number = this.#sendPing();
    while (this.#pongsHeard < number) {
      yield* this.#change.wait();
      if (this.ended) this.#mustBeOpen();
    }
  }

  *close(code: number, reason: string): Generator<unknown, void, unknown> {
    if (this.ended) return;
    if (!this.#closing) {
      this.#closing = true;
      // The other side's answer comes after all that it has sent.
      this.#resume();
      this.socket.close(code, reason);
    }
    const patience = this.#loop.callLater(this.#limits.closeTimeoutMs, () => this.#cutOff(undefined));
    try {
      while (!this.ended) yield* this.#change.wait();
    } catch (error) {
      this.#cutOff(undefined);
      throw error;
    } finally {
      patience.cancel();
    }
  }

  // ── What the socket tells, from the host's own stack ──────────────────────────────────────────────────────────

  messaged(message: WebSocketMessage): void {
    if (this.ended) return;
    const { messageBytesMax } = this.#limits;
    this.#channel.readable();
    if (messageBytesMax !== null && message.length > messageBytesMax) {
      const long = `a message of ${message.length} bytes came, of which ${messageBytesMax} are allowed`;
      const words = `${this.what}: ${long}; use a higher messageBytesMax`;
      this.#drop(new NetworkError("EMSGSIZE", words), TOO_LONG);
      return;
    }
    this.#messages.push(message);
    this.#waitingBytes += message.length;
    if (this.#waitingBytes <= HIGH_WATER_BYTES || this.#closing) return;
    this.#paused = true;
    this.socket.pause?.();
  }

  failed(error: Error): void {
    if (!this.ended && !this.#closing) this.#failure ??= error;
  }

  closedBy(told: number, reason: string): void {
    if (this.ended) return;
    // Deno's is 0 where there was no close frame.
    const code = told || ABNORMAL;
    if (code === ABNORMAL) {
      const failure = { code: "ECONNRESET", reason: "the connection broke without a close frame" };
      this.failed(networkError(this.what, failure));
    }
    this.#end(code, reason);
    this.#channel.readable();
  }

  ponged(number: number): void {
    this.#pongsHeard = Math.max(this.#pongsHeard, number);
    this.#channel.readable();
  }

  // ── In turns of the loop ──────────────────────────────────────────────────────────────────────────────────────

  ready(): void {
    if (this.ended && this.#begun) this.#letGo();
    this.#change.wake();
  }

  /** The loop was closed. */
  abandoned(): void {
    this.#cutOff(new LoopError("ERR_LOOP_CLOSED", `${this.what}: its loop was closed`));
  }

  #end(code: number, reason: string): void {
    this.ended = true;
    this.closeCode = code;
    this.closeReason = reason;
  }

  /** Ends it without waiting for the other side. */
  #drop(failure: Error | undefined, code: number): void {
    if (this.ended) return;
    if (!this.#closing) this.#failure ??= failure;
    this.#end(code, "");
    if (this.socket.terminate === undefined) this.socket.close();
    else this.socket.terminate();
  }

  /** The same, for a turn of the loop. */
  #cutOff(failure: Error | undefined): void {
    this.#drop(failure, ABNORMAL);
    if (this.#loop.isClosed()) return;
    this.#letGo();
    this.#change.wake();
  }

  #letGo(): void {
    this.#heart?.cancel();
    this.#channel.close();
    this.#exchange.finish();
  }

  #mustBeOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    // The other side may be closing it, which drops what is sent.
    if (this.socket.readyState === OPEN && !this.ended && !this.#closing) return;
    throw new NetworkError("EPIPE", `${this.what}: the WebSocket is closed; connect again`);
  }

  #resume(): void {
    this.#paused = false;
    this.socket.resume?.();
  }

  // ── Pings ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #sendPing(): number {
    if (this.socket.ping === undefined || this.socket.on === undefined) {
      throw this.#exchange.notSupported(
        "ping needs a WebSocket that sends pings",
        "give the session the class of the package ws as webSocket, or send messages of your own",
      );
    }
    this.#pingsSent++;
    this.socket.ping(String(this.#pingsSent));
    return this.#pingsSent;
  }

  /** As in aiohttp, the pong has half the time from one ping to the next. */
  #beat(everyMs: number): void {
    this.#heart = this.#loop.callLater(everyMs, () => {
      if (this.ended || this.#closing) return;
      const number = this.#sendPing();
      this.#heart = this.#loop.callLater(everyMs / 2, () => {
        if (this.#pongsHeard >= number) return this.#beat(everyMs);
        const reason = `no pong within ${everyMs / 2} ms`;
        this.#exchange.stop(networkError(this.what, { code: "ETIMEDOUT", reason }));
      });
    });
  }
}
