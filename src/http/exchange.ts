/**
 * Owns one request from its start until its body is read, dropped or cut off: what aborts it, its time limits, its place among
 * the session's, and waiting for the promises of `fetch`. They settle through the interest table like any other I/O, so that they arrive in turns of
 * the loop, and closing the loop aborts requests in progress. Knows nothing of what a response is.
 */
import { CancelledError, LoopError, NotSupportedError, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import { Channel, type ChannelUser, READABLE } from "../io/channel.ts";
import { fail } from "../io/waiters.ts";
import type { Place, Places } from "./places.ts";

/** How long an exchange may take, in milliseconds; null for no limit. */
export interface TimeLimits {
  /** All of it. */
  readonly timeoutMs: number | null;
  /** Until it has a place. */
  readonly connectTimeoutMs: number | null;
  /** From one sign of the other side to the next. */
  readonly readTimeoutMs: number | null;
}

export class Exchange implements ChannelUser {
  /** The request, in messages. */
  readonly what: string;
  readonly #loop: EventLoop;
  readonly #channel: Channel;
  readonly #abort = new AbortController();
  readonly #explain: (rejection: unknown) => Error;
  readonly #onOver: (exchange: Exchange) => void;
  readonly #limits: TimeLimits;
  #deadline: TimerHandle | undefined;
  #patience: TimerHandle | undefined;
  #place: Place | undefined;
  #waiter: Future<void> | undefined;
  /** Whether what it waits for comes from the other side. */
  #awaitsPeer = false;
  #sending = false;
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
    limits: TimeLimits,
    explain: (rejection: unknown) => Error,
    onOver: (exchange: Exchange) => void,
  ) {
    this.#loop = loop;
    this.what = what;
    this.#explain = explain;
    this.#onOver = onOver;
    this.#limits = limits;
    this.#channel = new Channel(loop, this);
    this.#deadline = this.#stopAfter("timeoutMs", "no complete response");
  }

  #stopAfter(limit: keyof TimeLimits, lacking: string): TimerHandle | undefined {
    const delayMs = this.#limits[limit];
    if (delayMs === null) return undefined;
    return this.#loop.callLater(delayMs, () => {
      this.stop(new TimeoutError(`${this.what}: ${lacking} within ${delayMs} ms; use a longer ${limit}`));
    });
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The error for what the loop's host does not have, as this exchange needs it. */
  notSupported(needs: string, alternative: string): NotSupportedError {
    return new NotSupportedError(this.#loop.scheduler.host.name, `${this.what}: ${needs}`, alternative);
  }

  /** Throws the reason if it was stopped. */
  mustGoOn(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /** While the request's body is being sent, the other side need not send anything. */
  set sending(sending: boolean) {
    this.#sending = sending;
    if (!this.#over) this.#watchPeer();
  }

  /**
   * Waits for a place among the session's exchanges, which it has until it is over, or takes another.
   * @throws as `wait`.
   */
  *takePlace(places: Places, origin: string): Generator<unknown, void, unknown> {
    this.mustGoOn();
    this.#place?.release();
    this.#place = places.take(this.#loop, origin);
    const { turn } = this.#place;
    if (turn === undefined) return;
    const endLimit = this.limitConnecting("no other exchange of the session ended");
    try {
      yield* this.#settle(turn, () => {});
    } finally {
      endLimit();
    }
  }

  /**
   * Stops it unless what is returned is called within `connectTimeoutMs`.
   * @param lacking - what there is not by then.
   */
  limitConnecting(lacking: string): () => void {
    const limit = this.#stopAfter("connectTimeoutMs", lacking);
    return () => limit?.cancel();
  }

  /** Waits for a promise that the other side settles, as `wait` does. */
  *waitForPeer<T>(begin: () => PromiseLike<T>): Generator<unknown, T, unknown> {
    this.#awaitsPeer = true;
    this.#watchPeer();
    try {
      return yield* this.wait(begin);
    } finally {
      this.#awaitsPeer = false;
      this.#watchPeer();
    }
  }

  /**
   * Waits for a promise. Cancelling the waiting task aborts the request.
   * @throws the error for what the promise was rejected with, or the one that stopped the exchange.
   */
  *wait<T>(begin: () => PromiseLike<T>): Generator<unknown, T, unknown> {
    this.mustGoOn();
    let value: T | undefined;
    let rejection: { readonly reason: unknown } | undefined;
    yield* this.#settle(this.#loop.createFuture<void>(), () => {
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
    });
    if (rejection === undefined) return value as T;
    const error = this.#explain(rejection.reason);
    this.stop(error);
    throw error;
  }

  *#settle(settled: Future<void>, begin: () => void): Generator<unknown, void, unknown> {
    if (this.#waiter !== undefined) {
      throw new LoopError(
        "ERR_READER_BUSY",
        `${this.what}: another task is already reading; let a single task read the body`,
      );
    }
    this.#waiter = settled;
    try {
      begin();
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
  }

  #watchPeer(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    if (this.#awaitsPeer && !this.#sending && !this.#over)
      this.#patience = this.#stopAfter("readTimeoutMs", "nothing came from the server");
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
    this.#patience?.cancel();
    this.#channel.close();
    this.#place?.release();
    this.#onOver(this);
  }

  /** What was to come in time has come. */
  endDeadline(): void {
    this.#deadline?.cancel();
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
    this.#place?.release();
    this.#onOver(this);
    this.#abort.abort(this.#stopped);
  }
}
