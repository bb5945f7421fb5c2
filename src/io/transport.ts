/**
 * Owns one connection: what it does when its socket can be read or written, and when it ends. Knows the channel,
 * the host's socket and, of the program, only its protocol.
 */
import { checkString } from "../core/checks.ts";
import { LoopError, TimeoutError } from "../core/errors.ts";
import type { TimerHandle } from "../core/handle.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostSocket, HostTlsInfo, HostTlsStart, SocketAddress } from "../host/network.ts";
import { type BytesLike, bytesOf, concat, piecesOf } from "./bytes.ts";
import { type Channel, HANGUP, READABLE, WRITABLE } from "./channel.ts";
import { NetworkError, networkError } from "./errors.ts";
import { Handshake } from "./handshake.ts";
import { limitHost } from "./host-limit.ts";
import type { IdleTimer } from "./idle-timer.ts";
import { type BufferedProtocol, checkProtocol, fill, isBuffered, type Protocol } from "./protocol.ts";
import { DEFAULT_WATER_MARKS, type WaterMarks, type WriteBufferLimits, waterMarksOf } from "./water-marks.ts";

/** What a transport is made with, besides its socket. A server's connections share it, unless they have timers of their own. */
export interface TransportOptions {
  /** Called once the socket is closed, before the protocol is told. */
  readonly onGone?: ((transport: SocketTransport) => void) | undefined;
  /** Closes an idle connection. */
  readonly idle?: IdleTimer | undefined;
  /** How long the other side may take for a header. */
  readonly headerMs?: number | undefined;
  /** Where TLS has been started: how long closing may take. */
  readonly shutdownMs?: number | undefined;
}

const NO_OPTIONS: TransportOptions = {};

/**
 * A connection of bytes. Programs mostly use the StreamReader and StreamWriter on top of it.
 * asyncio: `Transport`, that of the selector event loop's sockets.
 */
export class SocketTransport {
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #socket: HostSocket;
  readonly #options: TransportOptions;
  #headerLimit: TimerHandle<void> | undefined;
  #protocol: Protocol | BufferedProtocol;
  #isBuffered: boolean;
  /** Whether the protocol runs no user code when something comes. @internal */
  isPlain: boolean;
  #readingPaused = false;
  #writingPaused = false;
  #endReceived = false;
  #endSent = false;
  /** `close` or `abort` was called, or the connection failed. */
  #closing = false;
  /** The socket is closed and its channel given back. */
  #gone = false;
  #lost = false;
  #marks: WaterMarks = DEFAULT_WATER_MARKS;
  /** The handshake of `startTls`, while it lasts. */
  #handshake: Handshake | undefined;
  /** Under TLS: how long closing may take, and then what ends it. */
  #shutdownMs: number | undefined;
  #shutdown: { cancel(): void } | undefined;
  /** Why this side has cut the connection. */
  #fault: unknown;

  /** @internal */
  constructor(
    loop: EventLoop,
    channel: Channel,
    socket: HostSocket,
    protocol: Protocol | BufferedProtocol,
    options: TransportOptions = NO_OPTIONS,
  ) {
    this.#loop = loop;
    this.#channel = channel;
    this.#socket = socket;
    this.#protocol = protocol;
    this.#isBuffered = isBuffered(protocol);
    this.isPlain = protocol.isPlain === true;
    this.#options = options;
    this.#shutdownMs = options.shutdownMs;
    channel.user = this;
    if (options.idle !== undefined) {
      socket.sendInPieces?.();
      options.idle.watch(this);
    }
    this.beginHeader();
    try {
      protocol.connectionMade(this);
    } catch (exception) {
      this.#report("connectionMade", exception);
    }
    this.#wantAgain();
  }

  /** How long the other side may take for a header, if there is a limit. @internal */
  get headerMs(): number | undefined {
    return this.#options.headerMs;
  }

  // ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops reading, so that the other side eventually has to wait. Harmless to repeat. */
  pauseReading(): void {
    this.#readingPaused = true;
    this.#wantAgain();
  }

  /** Starts reading again. Harmless to repeat. */
  resumeReading(): void {
    this.#readingPaused = false;
    this.#wantAgain();
    // What was closed while reading was paused has had no turn to tell its end in.
    if (this.#gone && this.#channel.endTold && !this.#loop.isClosed())
      this.#loop.callSoon(() => this.#endReading());
  }

  /** Whether it is reading. */
  isReading(): boolean {
    return !this.#readingPaused && !this.#closing && !this.#endReceived && this.#handshake === undefined;
  }

  /**
   * A header has begun, which has to be complete within the server's `headerTimeoutMs`. The first one begins with the connection.
   * Harmless to repeat, and without such a limit. Streams call it themselves.
   */
  beginHeader(): void {
    const { headerMs } = this.#options;
    if (headerMs === undefined || this.#closing || this.#gone) return;
    this.#headerLimit ??= this.#loop.callLater(headerMs, () => this.cutOff(headerTooSlow(headerMs)));
  }

  /** All of a header has arrived, which ends its time limit. */
  endHeader(): void {
    this.#headerLimit?.cancel();
    this.#headerLimit = undefined;
  }

  // ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends bytes, or a string as UTF-8. Never waits: what cannot be sent yet is kept. After `close` or a failure it is dropped.
   * The bytes must not be changed until they have been sent.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; LoopError ERR_WRITE_AFTER_EOF, or ERR_INVALID_STATE while TLS is being started.
   */
  write(data: BytesLike): void {
    const bytes = bytesOf("write", data);
    if (this.#endSent) {
      throw new LoopError(
        "ERR_WRITE_AFTER_EOF",
        "Cannot call write() after writeEof(); write everything first",
      );
    }
    if (bytes.length === 0 || this.#closing || this.#gone) return;
    if (this.#handshake !== undefined) throw notWhileStarting("write");
    this.#options.idle?.touch();
    this.#socket.write(bytes);
    this.#pauseIfHigh();
  }

  /** Sends all of them, as one. @throws as `write`. */
  writelines(list: Iterable<BytesLike>): void {
    const pieces = piecesOf("writelines", list);
    this.write(pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(pieces));
  }

  /**
   * Ends this direction after what was written; the other stays open. Harmless to repeat.
   * @throws LoopError ERR_INVALID_STATE under TLS, which ends as a whole.
   */
  writeEof(): void {
    if (this.#endSent || this.#closing) return;
    if (!this.canWriteEof()) {
      throw new LoopError(
        "ERR_INVALID_STATE",
        "writeEof cannot end one direction of a connection under TLS; tell the other side where a message ends, or close()",
      );
    }
    this.#endSent = true;
    if (!this.#gone) this.#socket.end();
  }

  /** Whether `writeEof` can be called: not under TLS. */
  canWriteEof(): boolean {
    return this.#shutdownMs === undefined;
  }

  /** How many written bytes have not been sent yet. */
  getWriteBufferSize(): number {
    return this.#gone ? 0 : this.#socket.unsentBytes;
  }

  /** The water marks, in bytes: above `high` writing pauses, at `low` and below it resumes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return this.#marks;
  }

  /**
   * Sets the water marks, in bytes. By default `high` is 64 KiB or four times `low`, and `low` is a quarter of `high`.
   * @throws ArgumentError ERR_ARGUMENT_VALUE when they are not `high >= low >= 0`, ERR_ARGUMENT_TYPE.
   */
  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.#marks = waterMarksOf(limits);
    this.#pauseIfHigh();
    this.#resumeIfLow();
  }

  #pauseIfHigh(): void {
    if (this.#writingPaused || this.#gone || this.#socket.unsentBytes <= this.#marks.high) return;
    this.#writingPaused = true;
    this.#wantAgain();
    this.#tell("pauseWriting");
  }

  #resumeIfLow(): void {
    if (!this.#writingPaused || this.#gone || this.#socket.unsentBytes > this.#marks.low) return;
    this.#writingPaused = false;
    this.#wantAgain();
    this.#tell("resumeWriting");
  }

  #tell(method: "pauseWriting" | "resumeWriting"): void {
    try {
      this.#protocol[method]();
    } catch (exception) {
      this.#report(method, exception);
    }
  }

  // ── Ending ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends what was written, then closes. Nothing more is read. Harmless to repeat. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.endHeader();
    if (this.#gone) {
      this.#loseSoon();
      return;
    }
    this.#wantAgain();
    if (this.#handshake !== undefined) this.#handshake.destroy();
    else this.#socket.close();
    if (this.#shutdownMs !== undefined)
      this.#shutdown = limitHost(this.#loop, this.#shutdownMs, () =>
        this.cutOff(
          new TimeoutError(
            `the connection did not close within ${this.#shutdownMs} ms; what was written last may be lost`,
          ),
        ),
      );
  }

  /** Closes at once, and gives the protocol the reason. @internal */
  cutOff(error: Error): void {
    this.#fault = error;
    this.abort();
  }

  /** Closes at once; what has not been sent is dropped. Harmless to repeat. */
  abort(): void {
    this.#closing = true;
    if (this.#gone) {
      this.#loseSoon();
      return;
    }
    this.#wantAgain();
    (this.#handshake ?? this.#socket).destroy();
  }

  /** Whether it is closed, or closing. */
  isClosing(): boolean {
    return this.#closing;
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What is known about the connection: 'peername' and 'sockname' are its ends, 'socket' is the host's own, and under TLS there
   * are 'cipher', 'peercert', 'alpnProtocol' and 'serverName'. Otherwise `fallback`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the name is not a string.
   */
  getExtraInfo(name: "peername" | "sockname"): SocketAddress | undefined;
  getExtraInfo<K extends keyof HostTlsInfo>(name: K): HostTlsInfo[K] | undefined;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    checkString("getExtraInfo", "a name", name);
    return this.#infoOf(name) ?? fallback;
  }

  #infoOf(name: string): unknown {
    switch (name) {
      case "peername":
        return this.#socket.remoteAddress;
      case "sockname":
        return this.#socket.localAddress;
      case "socket":
        return this.#socket.handle;
      case "cipher":
      case "peercert":
      case "alpnProtocol":
      case "serverName":
        return this.#socket.tlsInfo?.[name];
      default:
        return undefined;
    }
  }

  /** The protocol that receives events. */
  getProtocol(): Protocol | BufferedProtocol {
    return this.#protocol;
  }

  /** Sends events to another protocol from now on. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a protocol. */
  setProtocol(protocol: Protocol | BufferedProtocol): void {
    checkProtocol("setProtocol", protocol);
    this.#protocol = protocol;
    this.#isBuffered = isBuffered(protocol);
    this.isPlain = protocol.isPlain === true;
  }

  toString(): string {
    const state = this.#gone ? "closed" : this.#closing ? "closing" : "open";
    return `<SocketTransport ${state} unsent=${this.getWriteBufferSize()}>`;
  }

  // ── TLS ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether TLS can be started now. @throws LoopError ERR_TLS_STARTED or ERR_INVALID_STATE. @internal */
  mustBePlain(): void {
    if (this.#shutdownMs !== undefined || this.#handshake !== undefined) {
      throw new LoopError("ERR_TLS_STARTED", "this connection already uses TLS; start it only once");
    }
    if (this.#closing || this.#gone || this.#endSent || this.#endReceived) {
      throw new LoopError(
        "ERR_INVALID_STATE",
        "TLS needs a connection that is open in both directions, and one has ended; connect again",
      );
    }
  }

  /** The host's socket, for what TLS it has. @internal */
  get socket(): HostSocket {
    return this.#socket;
  }

  /** Secures the connection in its place. When that fails or is given up, the connection is over. @internal */
  *secure(start: HostTlsStart, handshakeMs: number, shutdownMs: number): Generator<unknown, void, unknown> {
    this.mustBePlain();
    const handshake = new Handshake(this.#loop, this.#channel, this.#socket, start, handshakeMs);
    this.#handshake = handshake;
    try {
      yield* handshake.ending;
      this.#shutdownMs = shutdownMs;
    } catch (error) {
      this.abort();
      throw error;
    } finally {
      this.#handshake = undefined;
      this.#channel.user = this;
      if (handshake.hungUp) this.#hungUp();
      else this.#wantAgain();
    }
  }

  // ── In the channel's turn ─────────────────────────────────────────────────────────────────────────────────────

  #wantAgain(): void {
    if (this.#gone) return;
    let bits = HANGUP;
    if (this.isReading()) bits |= READABLE;
    if (this.#writingPaused) bits |= WRITABLE;
    this.#channel.want(bits);
  }

  /** @internal */
  ready(bits: number): void {
    // What was received comes before the news that it is over.
    if (bits & READABLE) this.#read();
    // A socket that has failed reports nothing as unsent, which is no reason to resume writing.
    if (bits & HANGUP) this.#hungUp();
    else if (bits & WRITABLE) this.#resumeIfLow();
  }

  #read(): void {
    if (!this.isReading()) return;
    const bytes = this.#socket.read();
    if (bytes !== null) {
      this.#options.idle?.touch();
      this.#receive(bytes);
    }
    // The end is reported only once everything has been read, so there is nothing left to read after it.
    if (this.#channel.endTold) this.#endReading();
  }

  #endReading(): void {
    if (this.#endReceived || this.#closing) return;
    this.#endReceived = true;
    this.#wantAgain();
    if (!this.#keepsOpen() || this.#shutdownMs !== undefined) this.close();
  }

  #receive(bytes: Uint8Array): void {
    const protocol = this.#protocol;
    try {
      if (this.#isBuffered) fill(protocol as BufferedProtocol, bytes);
      else (protocol as Protocol).dataReceived(bytes);
    } catch (exception) {
      this.#fail(this.#isBuffered ? "getBuffer or bufferUpdated" : "dataReceived", exception);
    }
  }

  #keepsOpen(): unknown {
    try {
      return this.#protocol.eofReceived();
    } catch (exception) {
      this.#fail("eofReceived", exception);
      return true;
    }
  }

  /** A protocol that fails at what came has lost its place in it, so the connection is over, as in asyncio. */
  #fail(method: string, exception: unknown): void {
    this.#fault = exception;
    try {
      this.#report(method, exception);
    } finally {
      this.abort();
    }
  }

  #report(method: string, exception: unknown): void {
    if (isInterrupt(exception)) throw exception;
    this.#loop.callExceptionHandler({
      message: `Exception in a protocol's ${method}`,
      exception,
      transport: this,
      protocol: this.#protocol,
    });
  }

  #hungUp(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#channel.close();
    this.#shutdown?.cancel();
    this.#options.idle?.end();
    this.endHeader();
    this.#options.onGone?.(this);
    const { failure } = this.#channel;
    if (failure !== undefined) {
      this.#closing = true;
      this.#lose(networkError("the connection failed", failure));
    } else if (this.#closing) {
      this.#lose(undefined);
    }
    // Otherwise both directions have ended, which is not a loss: it is over when the program closes it.
  }

  #loseSoon(): void {
    if (!this.#lost && !this.#loop.isClosed()) this.#loop.callSoon(() => this.#lose(undefined));
  }

  #lose(error: Error | undefined): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#protocol.connectionLost(this.#fault instanceof Error ? this.#fault : error);
  }

  /** @internal */
  abandoned(): void {
    this.#gone = true;
    this.#closing = true;
    this.#shutdown?.cancel();
    this.#socket.destroy();
  }
}

function headerTooSlow(headerMs: number): NetworkError {
  return new NetworkError(
    "ETIMEDOUT",
    `no complete header arrived within ${headerMs} ms; use a longer headerTimeoutMs for slow clients`,
  );
}

function notWhileStarting(what: string): LoopError {
  return new LoopError(
    "ERR_INVALID_STATE",
    `${what}() during startTls() would not be encrypted; wait for startTls() first`,
  );
}
