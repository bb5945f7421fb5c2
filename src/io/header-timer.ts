/**
 * Owns the time that the other side has for a header: from the connection, or from the first byte of a later one, until all of
 * it has arrived. Knows nothing of what a header is; whoever reads it says when it begins and when it is complete.
 */
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import { NetworkError } from "./errors.ts";

export class HeaderTimer {
  readonly #loop: EventLoop;
  readonly #headerMs: number;
  #connection: { cutOff(error: Error): void } | undefined;
  #timer: TimerHandle<void> | undefined;

  constructor(loop: EventLoop, headerMs: number) {
    this.#loop = loop;
    this.#headerMs = headerMs;
  }

  /** The first header is expected from now on. */
  watch(connection: { cutOff(error: Error): void }): void {
    this.#connection = connection;
    this.begin();
  }

  /** Harmless to repeat. */
  begin(): void {
    this.#timer ??= this.#loop.callLater(this.#headerMs, () =>
      this.#connection?.cutOff(tooSlow(this.#headerMs)),
    );
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

function tooSlow(headerMs: number): NetworkError {
  return new NetworkError(
    "ETIMEDOUT",
    `no complete header arrived within ${headerMs} ms, so the connection was cut; use a longer headerTimeoutMs for slow clients`,
  );
}
