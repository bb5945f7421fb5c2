/**
 * Owns closing a connection that is idle. It has one timer, which is set again only when it has fired, so that activity costs
 * no more than reading the clock.
 */
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";

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

  /** Aborts the connection once it has been idle for long enough. */
  watch(connection: { abort(): void }): void {
    this.#timer = this.#loop.callAt(this.#movedMs + this.#idleMs, () => {
      if (this.#loop.time() < this.#movedMs + this.#idleMs) this.watch(connection);
      else connection.abort();
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
