/**
 * Owns the list of those who wait for a future of a loop without being known to it, as code outside does: a callback brings
 * them the outcome. When the loop closes no callback comes any more, and they are told so. Knows nothing of how they wait.
 */

/** Whoever is told that the loop has closed. It is held by what it waits for, not by the list. @internal */
export interface Outsider {
  end(): void;
}

const collected = new FinalizationRegistry<() => void>((drop) => drop());

/** @internal */
export class Outsiders {
  /** In the order in which they came. */
  private readonly waiting = new Set<WeakRef<Outsider>>();

  /** Returns what takes it off the list, for when it has its outcome. */
  add(outsider: Outsider): () => void {
    const entry = new WeakRef(outsider);
    const drop = () => void this.waiting.delete(entry);
    this.waiting.add(entry);
    collected.register(outsider, drop);
    return drop;
  }

  loopClosed(): void {
    for (const entry of this.waiting) entry.deref()?.end();
    this.waiting.clear();
  }
}
