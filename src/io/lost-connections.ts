/**
 * Owns the report of connections that were lost while their handler did not look for it. Clients come and go, and a stack
 * for each would say nothing of the program: so it is one line, and for all that follow within a while one more. Who has
 * set an exception handler is told of each. Knows nothing of servers.
 */
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import type { NetworkError } from "./errors.ts";

/** How far apart two lines are at least. */
const PAUSE_MS = 10_000;

export class LostConnections {
  readonly #loop: EventLoop;
  #pause: TimerHandle | undefined;
  /** How many were lost during the pause. */
  #untold = 0;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** @param message - what is said of any exception of a handler. */
  report(message: string, exception: NetworkError): void {
    if (this.#loop.getExceptionHandler() !== null) {
      this.#loop.callExceptionHandler({ message, exception });
    } else if (this.#pause !== undefined) {
      this.#untold++;
    } else {
      this.#tell(`A connection was lost (${exception.code}), and its handler did not catch the NetworkError`);
    }
  }

  #tell(message: string): void {
    this.#loop.callExceptionHandler({ message });
    this.#pause = this.#loop.callLater(PAUSE_MS, () => {
      this.#pause = undefined;
      const count = this.#untold;
      this.#untold = 0;
      if (count > 0)
        this.#tell(`${count} more connections were lost in the same way within ${PAUSE_MS / 1000} s`);
    });
  }
}
