/**
 * Owns which parts are running and how they ended: the page's state. Knows nothing of the page, except that there are listeners
 * for changes.
 */
import { CancelledError, type Clock, getEventLoopPolicy, setEventLoopPolicy, type Task } from "wasyncio";
import type { Part } from "./part.ts";
import { listenToConsole } from "./recorder/console.ts";
import { ObservingPolicy } from "./recorder/observed-loop.ts";
import { type Outcome, Timeline } from "./timeline/timeline.ts";

/** A part on the page, and its latest run. */
export interface Show {
  readonly part: Part;
  readonly status: "idle" | Outcome;
  /** Why it did not end well, in one line. */
  readonly reason: string;
  readonly timeline: Timeline;
}

export interface PlayerOptions {
  /** Makes the clocks of the loops; by default the real one. */
  readonly newClock?: () => Clock;
}

export class Player {
  readonly #options: PlayerOptions;
  readonly #listeners = new Set<() => void>();
  /** The main tasks of the part that is running. */
  readonly #mains = new Set<Task<unknown>>();
  #shows: readonly Show[];
  #busy = false;
  #cancelled = false;

  constructor(parts: readonly Part[], options: PlayerOptions = {}) {
    this.#options = options;
    this.#shows = parts.map(idle);
  }

  get shows(): readonly Show[] {
    return this.#shows;
  }

  /** Whether a part is running. One does at a time. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Calls `listener` whenever a part has started or ended. @returns a function that stops it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs one part, or those that end by themselves, one after the other. Does nothing while one is running. */
  async play(only?: Part): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#cancelled = false;
    try {
      for (const { part } of this.#shows) {
        if (only === undefined ? part.endless : part !== only) continue;
        if (!this.#cancelled) await this.#run(part);
      }
    } finally {
      this.#busy = false;
      this.#tell();
    }
  }

  /** Cancels the main task of what is running, and starts none after it. */
  cancel(): void {
    this.#cancelled = true;
    for (const main of this.#mains) main.cancel("by the Cancel button");
  }

  /** Forgets all runs. Does nothing while a part is running. */
  clear(): void {
    if (this.#busy) return;
    this.#shows = this.#shows.map(({ part }) => idle(part));
    this.#tell();
  }

  async #run(part: Part): Promise<void> {
    const show: Show = { part, status: "running", reason: "", timeline: new Timeline() };
    this.#replace(show);
    this.#replace(await this.#ended(show));
  }

  async #ended(show: Show): Promise<Show> {
    const { part, timeline } = show;
    const policy = getEventLoopPolicy();
    const { newClock } = this.#options;
    setEventLoopPolicy(new ObservingPolicy(timeline, { newClock, onMain: (task) => this.#mains.add(task) }));
    const stopListening = listenToConsole((text) => timeline.note(text));
    try {
      await part.play();
      return { ...show, status: "returned" };
    } catch (error) {
      const status = error instanceof CancelledError && this.#cancelled ? "cancelled" : "failed";
      return { ...show, reason: String(error), status };
    } finally {
      stopListening();
      setEventLoopPolicy(policy);
      this.#mains.clear();
    }
  }

  #replace(show: Show): void {
    this.#shows = this.#shows.map((other) => (other.part === show.part ? show : other));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function idle(part: Part): Show {
  return { part, status: "idle", reason: "", timeline: new Timeline() };
}
