/**
 * Owns the question whether the other side of a silent connection is still there (keepAlive): asked after a silence, and again
 * each second, ten times in all, as libuv has it.
 */
import type { Fabric } from "./fabric.ts";
import { Due } from "./schedule.ts";
import type { SimulatedSocket } from "./socket.ts";

const AGAIN_MS = 1000;
const PROBES_MAX = 10;

export class Probes extends Due {
  readonly #fabric: Fabric;
  readonly #socket: SimulatedSocket;
  readonly #silenceMs: number;
  #unanswered = 0;

  constructor(fabric: Fabric, socket: SimulatedSocket, silenceMs: number) {
    super();
    this.#fabric = fabric;
    this.#socket = socket;
    this.#silenceMs = silenceMs;
    fabric.schedule.at(fabric.schedule.nowMs() + silenceMs, this);
  }

  fire(nowMs: number): void {
    const socket = this.#socket;
    const { peer, host } = socket;
    const { schedule } = this.#fabric;
    const dueMs = socket.heardMs + this.#silenceMs;
    if (dueMs > nowMs || peer === undefined) {
      this.#unanswered = 0;
      schedule.at(Math.max(dueMs, nowMs + AGAIN_MS), this);
    } else if (!this.#fabric.isReachable(host, peer.host)) {
      this.#unanswered++;
      if (this.#unanswered >= PROBES_MAX) socket.fail("ETIMEDOUT", "the other side no longer answers");
      else schedule.at(nowMs + AGAIN_MS, this);
    } else if (peer.hasVanished) {
      socket.fail("ECONNRESET", "the other side knows nothing of the connection any more");
    } else {
      this.#unanswered = 0;
      socket.heardMs = nowMs;
      schedule.at(nowMs + this.#silenceMs, this);
    }
  }

  end(): void {
    this.#fabric.schedule.cancel(this);
  }
}
