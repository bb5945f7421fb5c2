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
  /** All was taken, and the socket's 'end' is about to come. */
  ending(): void;
}

/** By which a socket finds the one that stands in for its streams. */
const DIRECT = Symbol("wasyncio.direct");
type Redirected = Socket & { [DIRECT]?: DirectStream };

/** In the place of a socket's own `push`: one function for all of them. */
function push(this: Redirected, chunk: Buffer | null): boolean {
  return (this[DIRECT] as DirectStream).receive(chunk);
}

export class DirectStream {
  readonly #socket: Redirected;
  readonly #events: DirectEvents;
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #bytes = 0;
  /** The end has come, which is not told before everything is taken. */
  #hasEnd = false;
  /** How much of what was written has not left yet. */
  unsentBytes = 0;

  /** @param socket - one that nothing was read from. */
  constructor(socket: Socket, events: DirectEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#socket[DIRECT] = this;
    socket.push = push;
  }

  /** The next chunk, or null at the end. @returns whether the socket is to go on reading. */
  receive(chunk: Buffer | null): boolean {
    if (chunk === null) {
      if (this.#first === undefined) endStream(this.#socket, this.#events);
      else this.#hasEnd = true;
      return false;
    }
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#others === undefined) this.#others = [chunk];
    else this.#others.push(chunk);
    this.#bytes += chunk.length;
    const isFull = this.#bytes >= UNREAD_BYTES;
    this.#events.arrived();
    noteArrival(chunk.length);
    return !isFull;
  }

  /** Whether there is something to take. */
  get hasArrived(): boolean {
    return this.#first !== undefined;
  }

  /** All that has come, or null. */
  take(): Buffer | null {
    const first = this.#first;
    const bytes = this.#bytes;
    if (first === undefined) return null;
    const whole = this.#others === undefined ? first : together([first, ...this.#others], bytes);
    this.#first = undefined;
    this.#others = undefined;
    this.#bytes = 0;
    // The socket has stopped to read, as it does when it is told that enough has come.
    if (bytes >= UNREAD_BYTES && !this.#socket.destroyed) this.#socket._read(UNREAD_BYTES);
    if (this.#hasEnd) endStream(this.#socket, this.#events);
    return whole;
  }

  /** Returns whether all of it has left. */
  write(bytes: Uint8Array): boolean {
    let isWriting = true;
    let hasLeft = false;
    this.#socket._write(bytes, "buffer" as BufferEncoding, (error) => {
      if (isWriting) hasLeft = true;
      else this.unsentBytes -= bytes.length;
      if (error || !isWriting) this.#events.sent(error);
    });
    isWriting = false;
    if (!hasLeft) this.unsentBytes += bytes.length;
    return hasLeft;
  }

  /** Leaves the socket to its streams, with what has come and was not taken. */
  release(): void {
    const whole = this.take();
    delete (this.#socket as Partial<Socket>).push;
    delete this.#socket[DIRECT];
    if (whole !== null) this.#socket.unshift(whole);
  }
}

function endStream(socket: Socket, events: DirectEvents): void {
  events.ending();
  Object.getPrototypeOf(socket).push.call(socket, null);
  socket.read(0);
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
