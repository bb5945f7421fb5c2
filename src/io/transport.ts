/**
 * Owns one connection: what it does when its socket can be read or written, and the water marks. Knows the channel,
 * the host's socket and, of the program, only its protocol.
 */
import { checkMethods, checkString, readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError, describe, LoopError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostSocket, SocketAddress } from "../host/network.ts";
import { type BytesLike, bytesOf, concat, piecesOf } from "./bytes.ts";
import { type Channel, HANGUP, READABLE, WRITABLE } from "./channel.ts";
import { networkError } from "./errors.ts";
import { PROTOCOL_METHODS, type Protocol } from "./protocol.ts";

/** With more unsent bytes than this, the protocol is asked to pause. */
const HIGH_WATER_BYTES = 64 * 1024;
/** The high-water mark divided by this is the low-water mark. */
const LOW_WATER_PART = 4;

/**
 * A connection of bytes. Programs mostly use the StreamReader and StreamWriter on top of it.
 * asyncio: the selector event loop's socket transport.
 */
export class SocketTransport {
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #socket: HostSocket;
  readonly #onGone: ((transport: SocketTransport) => void) | undefined;
  readonly #info: ReadonlyMap<string, unknown>;
  #protocol: Protocol;
  #readingPaused = false;
  #writingPaused = false;
  #endReceived = false;
  #endSent = false;
  /** `close` or `abort` was called, or the connection failed. */
  #closing = false;
  /** The socket is closed and its channel given back. */
  #gone = false;
  #lost = false;
  #highBytes = HIGH_WATER_BYTES;
  #lowBytes = HIGH_WATER_BYTES / LOW_WATER_PART;

  /**
   * @param onGone - called once the socket is closed, before the protocol is told.
   * @internal
   */
  constructor(
    loop: EventLoop,
    channel: Channel,
    socket: HostSocket,
    protocol: Protocol,
    onGone?: (transport: SocketTransport) => void,
  ) {
    this.#loop = loop;
    this.#channel = channel;
    this.#socket = socket;
    this.#protocol = protocol;
    this.#onGone = onGone;
    // Read now, since a closed socket no longer knows them.
    this.#info = new Map<string, unknown>([
      ["peername", socket.remoteAddress],
      ["sockname", socket.localAddress],
    ]);
    channel.user = this;
    protocol.connectionMade?.(this);
    this.#wantAgain();
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
    return !this.#readingPaused && !this.#closing && !this.#endReceived;
  }

  // ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends bytes, or a string as UTF-8. Never waits: what cannot be sent yet is kept. After `close` or a failure it is dropped.
   * The bytes must not be changed until they have been sent.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; LoopError ERR_WRITE_AFTER_EOF.
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
    this.#socket.write(bytes);
    this.#pauseIfHigh();
  }

  /** Sends all of them, as one. @throws as `write`. */
  writelines(list: Iterable<BytesLike>): void {
    const pieces = piecesOf("writelines", list);
    this.write(pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(pieces));
  }

  /** Ends this direction after what was written; the other stays open. Harmless to repeat. */
  writeEof(): void {
    if (this.#endSent || this.#closing) return;
    this.#endSent = true;
    if (!this.#gone) this.#socket.end();
  }

  /** Whether `writeEof` can be called. */
  canWriteEof(): boolean {
    return true;
  }

  /** How many written bytes have not been sent yet. */
  getWriteBufferSize(): number {
    return this.#gone ? 0 : this.#socket.unsentBytes;
  }

  /** The water marks, in bytes: above `high` writing pauses, at `low` and below it resumes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.#lowBytes, high: this.#highBytes };
  }

  /**
   * Sets the water marks, in bytes. By default `high` is 64 KiB or four times `low`, and `low` is a quarter of `high`.
   * @throws ArgumentError ERR_ARGUMENT_VALUE when they are not `high >= low >= 0`, ERR_ARGUMENT_TYPE.
   */
  setWriteBufferLimits(limits?: { readonly high?: number; readonly low?: number }): void {
    const given = readOptions("setWriteBufferLimits", limits, ["high", "low"]);
    for (const mark of Object.values(given) as unknown[])
      if (mark !== undefined && typeof mark !== "number")
        throw wrongArgument("setWriteBufferLimits", "numbers of bytes", mark);
    const high = given.high ?? (given.low === undefined ? HIGH_WATER_BYTES : LOW_WATER_PART * given.low);
    const low = given.low ?? Math.floor(high / LOW_WATER_PART);
    if (!(high >= low && low >= 0)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `setWriteBufferLimits needs high >= low >= 0, got high ${describe(high)} and low ${describe(low)}`,
      );
    }
    this.#highBytes = high;
    this.#lowBytes = low;
    this.#pauseIfHigh();
    this.#resumeIfLow();
  }

  #pauseIfHigh(): void {
    if (this.#writingPaused || this.#gone || this.#socket.unsentBytes <= this.#highBytes) return;
    this.#writingPaused = true;
    this.#wantAgain();
    this.#protocol.pauseWriting();
  }

  #resumeIfLow(): void {
    if (!this.#writingPaused || this.#gone || this.#socket.unsentBytes > this.#lowBytes) return;
    this.#writingPaused = false;
    this.#wantAgain();
    this.#protocol.resumeWriting();
  }

  // ── Ending ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends what was written, then closes. Nothing more is read. Harmless to repeat. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#gone) {
      this.#loseSoon();
      return;
    }
    this.#wantAgain();
    this.#socket.close();
  }

  /** Closes at once; what has not been sent is dropped. Harmless to repeat. */
  abort(): void {
    this.#closing = true;
    if (this.#gone) {
      this.#loseSoon();
      return;
    }
    this.#wantAgain();
    this.#socket.destroy();
  }

  /** Whether it is closed, or closing. */
  isClosing(): boolean {
    return this.#closing;
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What is known about the connection: 'peername' and 'sockname' are its ends. Otherwise `fallback`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the name is not a string.
   */
  getExtraInfo(name: "peername" | "sockname"): SocketAddress | undefined;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    checkString("getExtraInfo", "a name", name);
    return this.#info.get(name) ?? fallback;
  }

  /** The protocol that receives events. */
  getProtocol(): Protocol {
    return this.#protocol;
  }

  /** Sends events to another protocol from now on. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a protocol. */
  setProtocol(protocol: Protocol): void {
    checkMethods("setProtocol", "a protocol", protocol, PROTOCOL_METHODS);
    this.#protocol = protocol;
  }

  toString(): string {
    const state = this.#gone ? "closed" : this.#closing ? "closing" : "open";
    return `<SocketTransport ${state} unsent=${this.getWriteBufferSize()}>`;
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
    if (bytes !== null) this.#protocol.dataReceived(bytes);
    // The end is reported only once everything has been read, so there is nothing left to read after it.
    if (this.#channel.endTold) this.#endReading();
  }

  #endReading(): void {
    if (this.#endReceived || this.#closing) return;
    this.#endReceived = true;
    this.#wantAgain();
    if (!this.#protocol.eofReceived()) this.close();
  }

  #hungUp(): void {
    this.#gone = true;
    this.#channel.close();
    this.#onGone?.(this);
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
    this.#protocol.connectionLost(error);
  }

  /** @internal */
  abandoned(): void {
    this.#gone = true;
    this.#closing = true;
    this.#socket.destroy();
  }
}
