// Random numbers that are the same everywhere and every time.
//
// Owns the generator of numbers (splitmix32: 32 bits of state, one pass of mixing). Must not know what they
// are used for. Math.random cannot be seeded, and a failure that cannot be repeated is worth little.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer of 0 to 2^32 - 1. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** An integer of `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + (this.bits() % (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 2 ** 32;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.bits() % items.length];
    if (item === undefined) throw new RangeError("there is nothing to pick from");
    return item;
  }

  /** One of the items, each as often as its weight says in proportion to the others. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = (this.bits() / 2 ** 32) * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    throw new RangeError("there is nothing to pick from");
  }

  /** Some of the items, in their order. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    while (left.length > count) left.splice(this.bits() % left.length, 1);
    return left;
  }
}
