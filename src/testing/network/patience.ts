/**
 * Owns how long a sender goes on sending again what is not answered: each time it waits twice as long, until it gives up.
 */
const WAIT_MS_MAX = 120_000;

export class Patience {
  readonly #timeoutMs: number;
  #sinceMs: number | undefined = undefined;
  #waitMs = 0;

  /** @param timeoutMs - after how long it gives up. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** When to try again after there was no answer, the first time after `firstMs`; undefined to give up. */
  nextMs(nowMs: number, firstMs: number): number | undefined {
    if (this.#sinceMs === undefined) {
      this.#sinceMs = nowMs;
      this.#waitMs = firstMs;
    } else {
      this.#waitMs = Math.min(2 * this.#waitMs, WAIT_MS_MAX);
    }
    const endMs = this.#sinceMs + this.#timeoutMs;
    return nowMs >= endMs ? undefined : Math.min(nowMs + this.#waitMs, endMs);
  }

  /** There was an answer. */
  answered(): void {
    this.#sinceMs = undefined;
  }
}
