/**
 * Owns the list of those who wait for a future of a loop without being known to it, as code outside does: a callback brings
 * them the outcome. When the loop closes no callback comes any more, and they are told so. Knows nothing of how they wait.
 */

/** Whoever is told that the loop has closed. It is held by what it waits for, not by the list. @internal */
export interface Outsider {
  loopClosed(): void;
}

interface Entry {
  readonly of: Set<Entry>;
  readonly outsider: WeakRef<Outsider>;
}

const entries = new WeakMap<Outsider, Entry>();
const collected = new FinalizationRegistry<Entry>((entry) => entry.of.delete(entry));

/** @internal */
export class Outsiders {
  /** In the order in which they came. */
  private readonly waiting = new Set<Entry>();

  add(outsider: Outsider): void {
    const entry = { of: this.waiting, outsider: new WeakRef(outsider) };
    this.waiting.add(entry);
    entries.set(outsider, entry);
    collected.register(outsider, entry, outsider);
  }

  /** It has got its outcome. */
  remove(outsider: Outsider): void {
    const entry = entries.get(outsider);
    if (entry === undefined) return;
    this.waiting.delete(entry);
    collected.unregister(outsider);
  }

  loopClosed(): void {
    const left = [...this.waiting];
    this.waiting.clear();
    for (const { outsider } of left) outsider.deref()?.loopClosed();
  }
}
