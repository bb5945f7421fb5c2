/**
 * Owns random numbers that are the same for a seed on every host: sfc32, whose state and steps are 32-bit integers.
 * Knows nothing of what they are used for.
 */
import { checkCount } from "../core/checks.ts";

/** Until seeds that differ in one bit have nothing in common any more. */
const STEPS_OF_WARMING_UP = 15;

export class Random {
  #a: number;
  #b: number;
  #c = 0;
  #counter = 1;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if the seed is not a whole number. */
  constructor(caller: string, seed: number) {
    checkCount(`${caller}, for its seed,`, seed);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < STEPS_OF_WARMING_UP; i++) this.nextUint32();
  }

  /** An integer of 0 to 2^32 - 1. */
  nextUint32(): number {
    const mixed = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + mixed) | 0;
    return mixed >>> 0;
  }

  /** An integer of 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** A number of 0 to 1, without 1. */
  unit(): number {
    return this.nextUint32() / 2 ** 32;
  }
}
