/**
 * Owns closing a connection that is idle. It has one timer, which is set again only when it has fired, so that activity costs
 * no more than reading the clock. What leaves by itself, long after it was written, is looked for just then.
 */
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import { NetworkError } from "./errors.ts";

/** As much of a connection as is used. */
interface Watched {
  abort(): void;
  cutOff(error: Error): void;
  getWriteBufferSize(): number;
}

export class IdleTimer {
  readonly #loop: EventLoop;
  readonly #idleMs: number;
  #movedMs: number;
  #timer: TimerHandle<void> | undefined;

  constructor(loop: EventLoop, idleMs: number) {
    this.#loop = loop;
    this.#idleMs = idleMs;
    this.#movedMs = loop.time();
  }

  /** Cuts the connection off once it has been idle for long enough. */
  watch(connection: Watched): void {
    const unsentBytes = connection.getWriteBufferSize();
    this.#timer = this.#loop.callAt(this.#movedMs + this.#idleMs, () => {
      const leftBytes = connection.getWriteBufferSize();
      if (leftBytes !== unsentBytes) this.touch();
      if (this.#loop.time() < this.#movedMs + this.#idleMs) this.watch(connection);
      else if (leftBytes === 0) connection.abort();
      else connection.cutOff(takesNothing(this.#idleMs));
    });
  }

  /** There was activity. */
  touch(): void {
    this.#movedMs = this.#loop.time();
  }

  end(): void {
    this.#timer?.cancel();
  }
}

/** What is lost by it is not lost in silence. */
function takesNothing(idleMs: number): NetworkError {
  return new NetworkError(
    "ETIMEDOUT",
    `nothing of what was written could be sent for ${idleMs} ms; use a longer idleTimeoutMs for slow clients`,
  );
}
