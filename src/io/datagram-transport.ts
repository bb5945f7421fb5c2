/**
 * Owns one datagram socket: what it does when something has arrived or been sent, and when it ends. Knows the channel and the
 * host's socket, and of the program only its protocol.
 */
import { checkString, readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError } from "../core/errors.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostDatagramSocket, SocketAddress } from "../host/network.ts";
import { type BytesLike, bytesOf } from "./bytes.ts";
import { type Channel, HANGUP, READABLE, WRITABLE } from "./channel.ts";
import { checkHost, checkPort } from "./endpoint.ts";
import { networkError } from "./errors.ts";
import { checkDatagramProtocol, type DatagramProtocol } from "./protocol.ts";
import { DEFAULT_WATER_MARKS, type WaterMarks, type WriteBufferLimits, waterMarksOf } from "./water-marks.ts";

/** Where a datagram goes. */
export interface DatagramAddress {
  readonly host: string;
  readonly port: number;
}

/** Sends datagrams, and passes those that arrive to its protocol. asyncio: `DatagramTransport`. */
export class DatagramTransport {
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #socket: HostDatagramSocket;
  #protocol: DatagramProtocol;
  #marks: WaterMarks = DEFAULT_WATER_MARKS;
  #writingPaused = false;
  #closing = false;
  #gone = false;

  /** @internal */
  constructor(loop: EventLoop, channel: Channel, socket: HostDatagramSocket, protocol: DatagramProtocol) {
    this.#loop = loop;
    this.#channel = channel;
    this.#socket = socket;
    this.#protocol = protocol;
    channel.user = this;
    this.#call("connectionMade", () => protocol.connectionMade(this));
    this.#wantAgain();
  }

  /**
   * Sends bytes, or a string as UTF-8. Never waits. What cannot be sent is reported to the protocol's `errorReceived`, if
   * the host learns of it. The bytes must not be changed until they have been sent.
   * @param address - where to; with a peer it may be omitted, and must be the peer's.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  sendto(data: BytesLike, address?: DatagramAddress): void {
    const bytes = bytesOf("sendto", data);
    const to = address === undefined ? undefined : addressOf(address);
    const { remoteAddress } = this.#socket;
    if (remoteAddress === undefined && to === undefined)
      throw wrongArgument("sendto", "an address, since there is no peer", address, "ERR_ARGUMENT_VALUE");
    if (remoteAddress !== undefined && to !== undefined && !isSame(remoteAddress, to)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `sendto needs no address, or the peer's, which is ${remoteAddress.host}:${remoteAddress.port}`,
      );
    }
    if (this.#closing || this.#gone) return;
    this.#socket.send(bytes, remoteAddress === undefined ? to : undefined);
    this.#pauseIfHigh();
  }

  /** How many bytes have not been sent yet. */
  getWriteBufferSize(): number {
    return this.#gone ? 0 : this.#socket.unsentBytes;
  }

  /** The water marks, in bytes: above `high` writing pauses, at `low` and below it resumes. */
  getWriteBufferLimits(): WaterMarks {
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

  /** Sends what is left to send, then closes. Harmless to repeat. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#wantAgain();
    this.#socket.close();
  }

  /** Closes at once; what has not been sent is dropped. Harmless to repeat. */
  abort(): void {
    this.#closing = true;
    this.#wantAgain();
    this.#socket.destroy();
  }

  /** Whether it is closed, or closing. */
  isClosing(): boolean {
    return this.#closing;
  }

  /**
   * What is known about it: 'sockname' is this end, 'peername' the peer if there is one, 'socket' the host's own, for what only
   * that can do, such as joining a multicast group. Otherwise `fallback`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE if the name is not a string.
   */
  getExtraInfo(name: "peername" | "sockname"): SocketAddress | undefined;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    checkString("getExtraInfo", "a name", name);
    const { localAddress, remoteAddress, handle } = this.#socket;
    const known = { peername: remoteAddress, sockname: localAddress, socket: handle };
    return (Object.hasOwn(known, name) ? known[name as "socket"] : undefined) ?? fallback;
  }

  /** The protocol that receives events. */
  getProtocol(): DatagramProtocol {
    return this.#protocol;
  }

  /** Sends events to another protocol from now on. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a protocol for datagrams. */
  setProtocol(protocol: DatagramProtocol): void {
    checkDatagramProtocol("setProtocol", protocol);
    this.#protocol = protocol;
  }

  toString(): string {
    const state = this.#gone ? "closed" : this.#closing ? "closing" : "open";
    return `<DatagramTransport ${state} unsent=${this.getWriteBufferSize()}>`;
  }

  // ── In the channel's turn ─────────────────────────────────────────────────────────────────────────────────────

  #wantAgain(): void {
    if (this.#gone) return;
    this.#channel.want(HANGUP | (this.#closing ? 0 : READABLE) | (this.#writingPaused ? WRITABLE : 0));
  }

  /** @internal */
  ready(bits: number): void {
    this.#receiveAll();
    if (bits & HANGUP) this.#hungUp();
    else if (bits & WRITABLE) this.#resumeIfLow();
  }

  /** Failures of what was sent are told even if it is closing; only `abort` drops them. */
  #receiveAll(): void {
    for (let next = this.#socket.read(); next !== null; next = this.#socket.read()) {
      if ("code" in next) {
        const error = networkError("a datagram was not sent, or not accepted", next);
        this.#call("errorReceived", () => this.#protocol.errorReceived(error));
      } else if (!this.#closing) {
        this.#call("datagramReceived", () => this.#protocol.datagramReceived(next.bytes, next.address));
      }
    }
  }

  #hungUp(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#closing = true;
    this.#channel.close();
    const { failure } = this.#channel;
    const error = failure === undefined ? undefined : networkError("the socket has failed", failure);
    this.#protocol.connectionLost(error);
  }

  #pauseIfHigh(): void {
    if (this.#writingPaused || this.#gone || this.#socket.unsentBytes <= this.#marks.high) return;
    this.#writingPaused = true;
    this.#wantAgain();
    this.#call("pauseWriting", () => this.#protocol.pauseWriting());
  }

  #resumeIfLow(): void {
    if (!this.#writingPaused || this.#gone || this.#socket.unsentBytes > this.#marks.low) return;
    this.#writingPaused = false;
    this.#wantAgain();
    this.#call("resumeWriting", () => this.#protocol.resumeWriting());
  }

  /** One datagram has nothing to do with the next, so a protocol that fails at one still gets the others. */
  #call(method: string, told: () => void): void {
    try {
      told();
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      const message = `Exception in a protocol's ${method}`;
      this.#loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#protocol });
    }
  }

  /** @internal */
  abandoned(): void {
    this.#gone = true;
    this.#closing = true;
    this.#socket.destroy();
  }
}

function addressOf(address: DatagramAddress): DatagramAddress {
  if (typeof address !== "object" || address === null)
    throw wrongArgument("sendto", "an address with host and port", address);
  const { host, port } = readOptions("sendto", address, ["host", "port"]);
  return { host: checkHost("sendto", host), port: checkPort("sendto", port) };
}

function isSame(one: DatagramAddress, other: DatagramAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
