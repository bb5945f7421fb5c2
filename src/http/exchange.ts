/**
 * Owns one request from its start until its body is read, dropped or cut off: what aborts it, its deadline, and waiting
 * for the promises of `fetch`. They settle through the interest table like any other I/O, so that they arrive in turns of
 * the loop, and closing the loop aborts requests in progress. Knows nothing of what a response is.
 */
import { CancelledError, LoopError, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import { Channel, type ChannelUser, READABLE } from "../io/channel.ts";
import { fail } from "../io/waiters.ts";

export class Exchange implements ChannelUser {
  /** The request, in messages. */
  readonly what: string;
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #abort = new AbortController();
  readonly #explain: (rejection: unknown) => Error;
  readonly #onOver: (exchange: Exchange) => void;
  readonly #deadline: TimerHandle | undefined;
  #waiter: Future<void> | undefined;
  /** Why there is nothing more to come. */
  #stopped: Error | undefined;
  #over = false;

  /**
   * @param explain - makes an error out of what a promise of `fetch` was rejected with.
   * @param onOver - called once, when it has ended in whichever way.
   */
  constructor(
    loop: EventLoop,
    what: string,
    timeoutMs: number | null,
    explain: (rejection: unknown) => Error,
    onOver: (exchange: Exchange) => void,
  ) {
    this.#loop = loop;
    this.what = what;
    this.#explain = explain;
    this.#onOver = onOver;
    this.#channel = new Channel(loop, this);
    if (timeoutMs === null) return;
    this.#deadline = loop.callLater(timeoutMs, () => {
      this.stop(
        new TimeoutError(`${what}: no complete response within ${timeoutMs} ms; use a longer timeoutMs`),
      );
    });
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Throws the reason if it was stopped. */
  mustGoOn(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /**
   * Waits for a promise of `fetch`. Cancelling the waiting task aborts the request.
   * @throws the error for what the promise was rejected with, or the one that stopped the exchange.
   */
  *wait<T>(begin: () => PromiseLike<T>): Generator<unknown, T, unknown> {
    this.mustGoOn();
    if (this.#waiter !== undefined) {
      throw new LoopError(
        "ERR_READER_BUSY",
        `${this.what}: another task is already reading; let a single task read the body`,
      );
    }
    const settled = this.#loop.createFuture<void>();
    let value: T | undefined;
    let rejection: { readonly reason: unknown } | undefined;
    this.#waiter = settled;
    try {
      begin().then(
        (fulfilled) => {
          value = fulfilled;
          this.#channel.readable();
        },
        (reason) => {
          rejection = { reason };
          this.#channel.readable();
        },
      );
      this.#channel.want(READABLE);
      yield* settled;
    } catch (error) {
      if (error instanceof CancelledError) {
        this.stop(
          new LoopError(
            "ERR_BODY_USED",
            `${this.what}: aborted, since the task waiting for it was cancelled`,
          ),
        );
        throw error;
      }
      if (error === this.#stopped) throw error;
      const failure = this.#explain(error);
      this.stop(failure);
      throw failure;
    } finally {
      this.#waiter = undefined;
    }
    if (rejection === undefined) return value as T;
    const error = this.#explain(rejection.reason);
    this.stop(error);
    throw error;
  }

  /** Runs `body`, and stops the exchange if it throws. */
  attempt<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      this.stop(error as Error);
      throw error;
    }
  }

  /** All has come. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.cancel();
    this.#channel.close();
    this.#onOver(this);
  }

  /** Cuts it off. Whatever waits for it gets the error, and so does every later read. */
  stop(error: Error): void {
    if (this.#over) return;
    this.#stopped = error;
    if (this.#waiter?.pending()) fail(this.#waiter, error);
    this.finish();
    this.#abort.abort(error);
  }

  /** In the channel's turn. */
  ready(): void {
    if (this.#waiter?.pending()) this.#waiter.setResult();
  }

  /** The loop was closed. */
  abandoned(): void {
    this.#over = true;
    this.#stopped = new LoopError(
      "ERR_LOOP_CLOSED",
      `${this.what}: its loop was closed before the body had been read; read it before the run ends`,
    );
    this.#onOver(this);
    this.#abort.abort();
  }
}
