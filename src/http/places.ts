/**
 * Owns the limits of a session: how many exchanges may be in progress, in all and with one origin, and who is next. Knows
 * nothing of what an exchange is.
 */
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";

export class Places {
  readonly #limit: number;
  readonly #limitPerHost: number;
  readonly #line = new Set<Place>();
  /** How many are taken, by origin. */
  readonly #takenAt = new Map<string, number>();
  #taken = 0;

  /** Null for no limit. */
  constructor(limit: number | null, limitPerHost: number | null) {
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#limitPerHost = limitPerHost ?? Number.POSITIVE_INFINITY;
  }

  /** A place, or one in line. Release it in either case. */
  take(loop: EventLoop, origin: string): Place {
    const place = new Place(this, origin);
    // Whoever waits for another origin does not hold this one up.
    if (this.#hasRoom(origin)) this.#give(place);
    else {
      place.turn = loop.createFuture<void>();
      this.#line.add(place);
    }
    return place;
  }

  /** @internal */
  release(place: Place): void {
    this.#line.delete(place);
    if (!place.taken) return;
    place.taken = false;
    this.#taken--;
    const left = (this.#takenAt.get(place.origin) as number) - 1;
    if (left === 0) this.#takenAt.delete(place.origin);
    else this.#takenAt.set(place.origin, left);
    this.#serve();
  }

  /** At most one place has become free, so the first that it suits gets it. */
  #serve(): void {
    for (const place of this.#line) {
      const { turn, origin } = place;
      if (turn?.pending() !== true || turn.getLoop().isClosed() || !this.#hasRoom(origin)) continue;
      this.#line.delete(place);
      this.#give(place);
      turn.setResult();
      return;
    }
  }

  #give(place: Place): void {
    place.taken = true;
    this.#taken++;
    this.#takenAt.set(place.origin, (this.#takenAt.get(place.origin) ?? 0) + 1);
  }

  #hasRoom(origin: string): boolean {
    return this.#taken < this.#limit && (this.#takenAt.get(origin) ?? 0) < this.#limitPerHost;
  }
}

/** Of one exchange. */
export class Place {
  readonly origin: string;
  readonly #places: Places;
  /** Has a result once the place is taken; absent if it was at once. */
  turn: Future<void> | undefined = undefined;
  taken = false;

  constructor(places: Places, origin: string) {
    this.#places = places;
    this.origin = origin;
  }

  /** Gives it to the next. Harmless to repeat. */
  release(): void {
    this.#places.release(this);
  }
}
