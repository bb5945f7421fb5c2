/**
 * Owns reporting connections whose handlers did not catch the loss. Clients come and go, and a stack
 * for each would say nothing about the program: so the first gets one line, and all that follow within a while get one more. An
 * exception handler, if one is set, gets each of them. Knows nothing of servers.
 */
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import type { NetworkError } from "./errors.ts";

/** The least time between two lines. */
const PAUSE_MS = 10_000;

export class LostConnections {
  readonly #loop: EventLoop;
  #pause: TimerHandle | undefined;
  /** How many were lost during the pause. */
  #unreported = 0;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** @param message - the message for any exception of a handler. */
  report(message: string, exception: NetworkError): void {
    if (this.#loop.getExceptionHandler() !== null) {
      this.#loop.callExceptionHandler({ message, exception });
    } else if (this.#pause !== undefined) {
      this.#unreported++;
    } else {
      this.#write(
        `A connection was lost (${exception.code}), and its handler did not catch the NetworkError`,
      );
    }
  }

  #write(message: string): void {
    this.#loop.callExceptionHandler({ message });
    this.#pause = this.#loop.callLater(PAUSE_MS, () => {
      this.#pause = undefined;
      const count = this.#unreported;
      this.#unreported = 0;
      if (count > 0)
        this.#write(`${count} more connections were lost in the same way within ${PAUSE_MS / 1000} s`);
    });
  }
}
