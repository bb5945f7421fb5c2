/**
 * Owns the way past Node's streams: what a socket receives is taken where it would enter its readable side, and what is written goes
 * where its writable side would hand it on. By the methods that streams are made of (`push`, `_read`, `_write`), which a net.Socket
 * has on Node; other runtimes with the same module go about it differently. Knows nothing of loops, nor of TLS.
 *
 * A stream keeps its own queue, and several calls and a tick for each chunk, which a transport has already.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { noteArrival } from "./node-wakes.ts";

/** From so many bytes on that nobody has taken, the rest is left to the system. */
const UNREAD_BYTES = 128 * 1024;

/** Who is told. */
export interface DirectEvents {
  /** There is something to take. */
  arrived(): void;
  /** Something that could not leave at once has left, or has failed. */
  sent(error: Error | null | undefined): void;
}

export class DirectStream {
  readonly #socket: Socket;
  readonly #events: DirectEvents;
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #bytes = 0;
  /** The socket has stopped to read, as it does when it is told that enough has come. */
  #isFull = false;
  /** The end has come, which is not told before everything is taken. */
  #hasEnd = false;
  /** The lengths of what could not leave at once, in the order in which it will. */
  readonly #unsent: number[] = [];
  #unsentBytes = 0;
  /** Within `write`: whether it has been told that all has left. */
  #isWriting = false;
  #hasLeft = false;

  /** @param socket - one that nothing was read from. */
  constructor(socket: Socket, events: DirectEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.push = this.#arrived;
  }

  readonly #arrived = (chunk: Buffer | null): boolean => {
    if (chunk === null) return this.#ended();
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#others === undefined) this.#others = [chunk];
    else this.#others.push(chunk);
    this.#bytes += chunk.length;
    this.#isFull = this.#bytes >= UNREAD_BYTES;
    this.#events.arrived();
    noteArrival(chunk.length);
    return !this.#isFull;
  };

  #ended(): boolean {
    this.#hasEnd = true;
    if (this.#first === undefined) this.#endStream();
    return false;
  }

  #endStream(): void {
    this.#hasEnd = false;
    const socket = this.#socket;
    Object.getPrototypeOf(socket).push.call(socket, null);
    socket.read(0);
  }

  /** Whether there is something to take. */
  get hasArrived(): boolean {
    return this.#first !== undefined;
  }

  /** All that has come, or null. */
  take(): Buffer | null {
    const first = this.#first;
    if (first === undefined) return null;
    const whole = this.#others === undefined ? first : together([first, ...this.#others], this.#bytes);
    this.#first = undefined;
    this.#others = undefined;
    this.#bytes = 0;
    if (this.#isFull) {
      this.#isFull = false;
      if (!this.#socket.destroyed) this.#socket._read(UNREAD_BYTES);
    }
    if (this.#hasEnd) this.#endStream();
    return whole;
  }

  /** Returns whether all of it has left. */
  write(bytes: Uint8Array): boolean {
    this.#isWriting = true;
    this.#hasLeft = false;
    this.#socket._write(bytes, "buffer" as BufferEncoding, this.#written);
    this.#isWriting = false;
    if (this.#hasLeft) return true;
    this.#unsentBytes += bytes.length;
    this.#unsent.push(bytes.length);
    return false;
  }

  readonly #written = (error?: Error | null): void => {
    if (this.#isWriting) {
      this.#hasLeft = true;
      if (error) this.#events.sent(error);
    } else {
      this.#unsentBytes -= this.#unsent.shift() as number;
      this.#events.sent(error);
    }
  };

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** Leaves the socket to its streams, with what has come and was not taken. */
  release(): void {
    const whole = this.take();
    delete (this.#socket as Partial<Socket>).push;
    if (whole !== null) this.#socket.unshift(whole);
  }
}

/** In a buffer of its own, as each chunk is. */
function together(chunks: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
