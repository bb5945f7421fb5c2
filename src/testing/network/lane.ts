/**
 * Owns what is under way in one direction of a connection, in order: when it arrives, and when it is sent again. It is on the
 * schedule once, for what arrives next, however much there is. Knows nothing of windows and of ends.
 */
import type { Fabric } from "./fabric.ts";
import type { Link } from "./link.ts";
import { Patience } from "./patience.ts";
import { Due } from "./schedule.ts";
import type { SimulatedSocket } from "./socket.ts";

/** What is sent besides bytes: the connection is there; nothing more will come; it is broken. */
export type Sign = "connected" | "end" | "reset";
export type Segment = Uint8Array | Sign;

export class Lane extends Due {
  readonly #fabric: Fabric;
  readonly #from: SimulatedSocket;
  readonly #to: SimulatedSocket;
  readonly #link: Link;
  readonly #patience: Patience;
  #segments: Segment[] = [];
  #arrivals: number[] = [];
  #head = 0;
  /** When something was sent last, and when that arrives. */
  #sentMs = -1;
  #arrivesMs = 0;

  constructor(fabric: Fabric, from: SimulatedSocket, to: SimulatedSocket) {
    super();
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
    this.#link = fabric.link(from.host, to.host);
    this.#patience = new Patience(fabric.sendTimeoutMs);
  }

  push(segment: Segment, sizeBytes: number): void {
    const { schedule } = this.#fabric;
    const nowMs = schedule.nowMs();
    const leaveMs = this.#link.leaveMs(nowMs, sizeBytes);
    // What is written in one turn leaves as one.
    if (leaveMs !== this.#sentMs) {
      this.#sentMs = leaveMs;
      const arrivesMs = leaveMs + this.#link.latencyMs();
      if (arrivesMs > this.#arrivesMs) this.#arrivesMs = arrivesMs;
    }
    this.#segments.push(segment);
    this.#arrivals.push(this.#arrivesMs);
    if (this.place < 0) schedule.at(this.#arrivesMs, this);
  }

  /** Drops what is under way. */
  clear(): void {
    this.#fabric.schedule.cancel(this);
    this.#segments = [];
    this.#arrivals = [];
    this.#head = 0;
  }

  fire(nowMs: number): void {
    const to = this.#to;
    if (this.#link.isCut || to.host.isDown || this.#link.isLost()) {
      this.#stall(nowMs);
      return;
    }
    this.#patience.answered();
    const arrivals = this.#arrivals;
    let head = this.#head;
    do to.receive(this.#segments[head++] as Segment);
    while (head < arrivals.length && (arrivals[head] as number) <= nowMs);
    // Whoever received it may have broken the connection.
    if (arrivals !== this.#arrivals) return;
    to.received();
    if (head < arrivals.length) {
      this.#head = head;
      this.#fabric.schedule.at(arrivals[head] as number, this);
      if (head > 1024 && 2 * head > arrivals.length) this.#shorten();
    } else {
      this.#segments.length = 0;
      arrivals.length = 0;
      this.#head = 0;
    }
  }

  #shorten(): void {
    this.#segments.splice(0, this.#head);
    this.#arrivals.splice(0, this.#head);
    this.#head = 0;
  }

  /** It did not come through, and is sent again while there is somebody who does so. */
  #stall(nowMs: number): void {
    if (this.#from.host.isDown || this.#from.hasVanished) {
      this.clear();
      return;
    }
    const nextMs = this.#patience.nextMs(nowMs, this.#link.patienceMs);
    if (nextMs !== undefined) {
      this.#fabric.schedule.at(nextMs, this);
      return;
    }
    this.clear();
    this.#from.fail("ETIMEDOUT", "what was sent was never acknowledged");
  }
}
