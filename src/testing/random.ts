/**
 * Owns chance: numbers that follow from a seed, the same on every host. Knows nothing of what they decide.
 *
 * The generator is sfc32 of PractRand, in 32-bit integers alone, and splitmix32 spreads the seed over its state.
 */
import { checkCount, wrongArgument } from "../core/checks.ts";

const RANGE = 2 ** 32;
/** sfc32 needs a few rounds before all of its state depends on the seed. */
const WARM_UP_ROUNDS = 12;
/** Those before it are the generator's own state. */
const FIRST_STREAM = 4;

/** A number of 32 bits that is far from that of any seed nearby. */
export function mixed(seed: number, stream = 0): number {
  let z = (seed ^ Math.imul(stream, 0x9e3779b9)) + 0x9e3779b9;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * Random numbers that follow from a seed. For programs under `explore`, which must not use Math.random.
 *
 * @example
 * ```ts
 * const random = new SeededRandom(42);
 * const delayMs = 10 * random.next();
 * ```
 */
export class SeededRandom {
  /** What it was made with. */
  readonly seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed - a whole number; its lower 32 bits count. @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE. */
  constructor(seed: number) {
    this.seed = checkSeed("SeededRandom", seed);
    this.#a = mixed(this.seed, 1);
    this.#b = mixed(this.seed, 2);
    this.#c = mixed(this.seed, 3);
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.bits();
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  bits(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    return result >>> 0;
  }

  /** A number from 0 up to 1, which it never is; as Math.random. */
  next(): number {
    return this.bits() / RANGE;
  }

  /**
   * A whole number from 0 to `end` - 1.
   * @param end - a whole number, 1 or more; no more than 2^32 numbers are told apart.
   * @throws ArgumentError ERR_ARGUMENT_VALUE or ERR_ARGUMENT_TYPE for another `end`.
   */
  below(end: number): number {
    return Math.floor(this.next() * checkCount("below", end, 1));
  }

  /**
   * One of the items, or undefined if there is none.
   * @param items - an array.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  pick<T>(items: readonly T[]): T | undefined {
    checkArray("pick", items);
    return items.length === 0 ? undefined : items[this.below(items.length)];
  }

  /**
   * Puts the items into a random order, in place.
   * @param items - an array.
   * @returns the same array.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  shuffle<T>(items: T[]): T[] {
    checkArray("shuffle", items);
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i] as T;
      items[i] = items[j] as T;
      items[j] = item;
    }
    return items;
  }

  /**
   * Another one, whose numbers have nothing to do with this one's, however many of these were drawn.
   * @param name - a whole number; the same has the same numbers.
   * @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE.
   */
  stream(name: number): SeededRandom {
    return new SeededRandom(mixed(mixed(this.seed, FIRST_STREAM), checkSeed("stream", name)));
  }
}

/** The lower 32 bits of a whole number. @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE. */
export function checkSeed(caller: string, seed: unknown): number {
  if (typeof seed !== "number") throw wrongArgument(caller, "a seed that is a number", seed);
  if (!Number.isSafeInteger(seed))
    throw wrongArgument(caller, "a seed that is a whole number", seed, "ERR_ARGUMENT_VALUE");
  return seed >>> 0;
}

function checkArray(caller: string, items: unknown): void {
  if (!Array.isArray(items)) throw wrongArgument(caller, "an array", items);
}
