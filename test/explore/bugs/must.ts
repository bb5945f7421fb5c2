/** Owns what a program of a bug claims of itself: a claim that does not hold is the error that ends the run. */

/** @throws Error with the text, unless it holds. */
export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
