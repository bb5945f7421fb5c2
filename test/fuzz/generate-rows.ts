// What the tables of random ops are made of.
//
// Owns how a row is chosen and what rows share: the kinds of makers, and the values that fill an op. Must not
// know any op; those are in generate-sync.ts and generate-async.ts.

import type { Author, Feature, Place } from "./generate.ts";
import type { ErrorName, Op } from "./program.ts";

/** Makes an op that fits into this place, or nothing, and then another maker is asked. */
export type Maker<Made extends Op> = (author: Author, place: Place) => Made | undefined;

/** How often, when, what. "always" are the rows that every program uses. */
export type Row<Made extends Op> = readonly [weight: number, feature: Feature | "always", make: Maker<Made>];

const TRIES_MAX = 10;

export function makeOp<Made extends Op>(
  rows: readonly Row<Made>[],
  author: Author,
  place: Place,
): Made | undefined {
  const choices = rows
    .filter(([, feature]) => feature === "always" || author.features.has(feature))
    .map(
      ([weight, feature, maker]) =>
        [feature === "always" ? weight : weight * author.emphasis, maker] as const,
    );
  for (let tries = 0; choices.length > 0 && tries < TRIES_MAX; tries++) {
    const made = author.random.weighted(choices)(author, place);
    if (made) return made;
  }
  return undefined;
}

/** The op about one of the names of these kinds, if there is one. */
export function about<Made extends Op>(
  kind: string,
  build: (ref: string, author: Author) => Made,
): Maker<Made> {
  return (author) => {
    const ref = author.anyKnown(kind);
    return ref === undefined ? undefined : build(ref, author);
  };
}

/** The op with a block, where there is room for one. */
export function nesting<Made extends Op>(build: Maker<Made>): Maker<Made> {
  return (author, place) => (author.mayBlock(place) ? build(author, place) : undefined);
}

export function value({ random }: Author): number {
  return random.between(1, 9);
}

export function message({ random }: Author): string {
  return `m${random.between(1, 9)}`;
}

export function failure({ random }: Author): ErrorName {
  return random.weighted<ErrorName>([
    [6, "Boom"],
    [3, "Crash"],
    [1, "CancelledError"],
    [1, "TimeoutError"],
  ]);
}

export function deadline(author: Author): number | null {
  return author.random.chance(0.1) ? null : author.delayMs();
}
