/**
 * Owns what one end of a connection sends: what is under way or was not read yet fits into a window, as large as the buffer of a
 * system's socket; the rest waits here. On the schedule it is the news, on its way back, of how much was read.
 */
import type { Fabric } from "./fabric.ts";
import { Lane } from "./lane.ts";
import { Patience } from "./patience.ts";
import { Due } from "./schedule.ts";
import type { SimulatedSocket } from "./socket.ts";

/** So much travels as one, at most. */
const SEGMENT_BYTES_MAX = 64 * 1024;

/** So many pieces that have left are kept at most, until they are removed together. */
const LEFT_MAX = 1024;

export class Outgoing extends Due {
  readonly #fabric: Fabric;
  readonly #socket: SimulatedSocket;
  readonly #to: SimulatedSocket;
  readonly #lane: Lane;
  readonly #patience: Patience;
  #waiting: Uint8Array[] = [];
  /** The first that waits, and how much of it has left. */
  #first = 0;
  #leftOfFirst = 0;
  unsentBytes = 0;
  /** What is under way or unread. */
  #windowBytes = 0;
  /** What was read, and the news of it is on its way. */
  #readBytes = 0;
  #endAsked = false;
  endSent = false;

  constructor(fabric: Fabric, socket: SimulatedSocket, to: SimulatedSocket) {
    super();
    this.#fabric = fabric;
    this.#socket = socket;
    this.#to = to;
    this.#lane = new Lane(fabric, socket, to);
    this.#patience = new Patience(fabric.sendTimeoutMs);
  }

  /** Tells the other side that the connection is there. */
  confirm(): void {
    this.#lane.push("connected", 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#endAsked) return;
    this.#waiting.push(bytes);
    this.unsentBytes += bytes.length;
    this.#sendWaiting();
  }

  end(): void {
    this.#endAsked = true;
    this.#sendWaiting();
  }

  /** Breaks the connection, after what is under way. */
  reset(): void {
    this.#dropWaiting();
    this.#lane.push("reset", 0);
  }

  /** Ends at once: what has not left is dropped. */
  cut(): void {
    this.#dropWaiting();
    this.end();
  }

  /** Nothing more arrives. */
  drop(): void {
    this.#dropWaiting();
    this.#lane.clear();
    this.#fabric.schedule.cancel(this);
  }

  #dropWaiting(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#leftOfFirst = 0;
    this.unsentBytes = 0;
  }

  #sendWaiting(): void {
    const windowMax = this.#fabric.bufferBytes;
    while (this.unsentBytes > 0 && this.#windowBytes < windowMax) {
      const first = this.#waiting[this.#first] as Uint8Array;
      const start = this.#leftOfFirst;
      const size = Math.min(first.length - start, windowMax - this.#windowBytes, SEGMENT_BYTES_MAX);
      // The bytes are the writer's again once they have left.
      this.#lane.push(first.slice(start, start + size), size);
      this.#windowBytes += size;
      this.unsentBytes -= size;
      if (start + size < first.length) {
        this.#leftOfFirst = start + size;
      } else {
        this.#leftOfFirst = 0;
        this.#first++;
      }
    }
    if (this.unsentBytes === 0 || this.#first > LEFT_MAX) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.unsentBytes > 0 || !this.#endAsked || this.endSent) return;
    this.endSent = true;
    this.#lane.push("end", 0);
  }

  /** The other side has read so much. */
  noteRead(sizeBytes: number): void {
    if (this.unsentBytes === 0) {
      // Nobody waits for the news.
      this.#windowBytes -= sizeBytes;
      return;
    }
    this.#readBytes += sizeBytes;
    if (this.place >= 0) return;
    const { schedule } = this.#fabric;
    schedule.at(schedule.nowMs() + this.#fabric.link(this.#to.host, this.#socket.host).latencyMs(), this);
  }

  fire(nowMs: number): void {
    const back = this.#fabric.link(this.#to.host, this.#socket.host);
    if (back.isCut || this.#to.host.isDown || back.isLost()) {
      const nextMs = this.#patience.nextMs(nowMs, back.patienceMs);
      if (nextMs !== undefined) this.#fabric.schedule.at(nextMs, this);
      else this.#socket.fail("ETIMEDOUT", "what was sent was never acknowledged");
      return;
    }
    this.#patience.answered();
    this.#windowBytes -= this.#readBytes;
    this.#readBytes = 0;
    this.#sendWaiting();
    this.#socket.sent();
  }
}
