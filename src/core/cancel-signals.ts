/**
 * Owns the AbortSignals of a task: its own, which is aborted with each request to cancel it, and those of scopes in it, which
 * are aborted only by requests from outside the scope. Knows nothing of how a task is cancelled.
 */
import type { CancelledError } from "./errors.ts";

/** From outside every scope. */
const OUTSIDE = 0;

let placesTaken = OUTSIDE;

/** The position of an entered scope: enclosing scopes have lower ones, inner scopes higher ones. @internal */
export function takePlace(): number {
  return ++placesTaken;
}

/** @internal */
export class CancelSignals {
  private own: AbortController | undefined = undefined;
  private readonly scopes = new Map<number, AbortController>();
  private askedFrom = OUTSIDE;

  /** @param request - what has already been requested of the task, if anything. */
  signal(request: () => CancelledError | undefined): AbortSignal {
    if (this.own === undefined) {
      this.own = new AbortController();
      const error = request();
      if (error !== undefined) this.own.abort(error);
    }
    return this.own.signal;
  }

  /** All requests have been withdrawn. An aborted signal stays aborted: the next call gets a new one. */
  renew(): void {
    if (this.own?.signal.aborted) this.own = undefined;
  }

  /** Has requests to the task abort the signal of a scope, until it is left. */
  follow(place: number, abort: AbortController): void {
    this.scopes.set(place, abort);
  }

  /** A scope is left. */
  unfollow(place: number): void {
    this.scopes.delete(place);
  }

  /** Makes a request for a scope, which does not concern the enclosing scopes. */
  askFrom(place: number, ask: () => void): void {
    this.askedFrom = place;
    try {
      ask();
    } finally {
      this.askedFrom = OUTSIDE;
    }
  }

  /** The task is asked to cancel. */
  asked(error: CancelledError): void {
    const from = this.askedFrom;
    // A listener may make a request itself.
    this.askedFrom = OUTSIDE;
    this.own?.abort(error);
    for (const [place, abort] of this.scopes) if (place >= from) abort.abort(error);
  }
}
