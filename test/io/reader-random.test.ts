// The StreamReader against a naive model: random chunks, random reads.

import { describe, expect, test } from "vitest";
import { IncompleteReadError, run, StreamReader } from "wasyncio";
import { Random, seeds } from "../random.ts";
import { text } from "./harness.ts";

const READS = 300;
const SEPARATORS = ["\n", "ab", "ba\n", "bb"];

/** What is left of a text that is read naively. */
class Model {
  rest: string;

  constructor(text: string) {
    this.rest = text;
  }

  take(count: number): string {
    const taken = this.rest.slice(0, count);
    this.rest = this.rest.slice(count);
    return taken;
  }

  /** How much a readuntil takes: up to the match that ends first, or all of it. */
  until(separators: readonly string[]): string {
    const ends = separators
      .map((separator) => ({ at: this.rest.indexOf(separator), length: separator.length }))
      .filter(({ at }) => at >= 0)
      .map(({ at, length }) => at + length);
    return this.take(ends.length === 0 ? this.rest.length : Math.min(...ends));
  }
}

describe.each(seeds())("StreamReader, seed %i", (seed) => {
  test("gives the same as a naive model for whatever chunks and reads", () =>
    compare(seed, (_, data) => data));

  test("canary: a reader that loses a byte is found out", async () => {
    await expect(compare(seed, (at, data) => (at === 40 ? data.slice(1) : data))).rejects.toThrow("to be");
  });
});

async function compare(seed: number, corrupt: (at: number, data: string) => string): Promise<void> {
  const random = new Random(seed);
  const chunks = Array.from({ length: 120 }, () =>
    Array.from({ length: random.between(1, 40) }, () => "ab\n"[random.between(0, 2)]).join(""),
  );
  const model = new Model(chunks.join(""));
  await run(function* () {
    const reader = new StreamReader({ limit: 16384 });
    let at = 0;
    const feed = () => {
      if (at === chunks.length) {
        reader.feedEof();
        return;
      }
      reader.feedData(corrupt(at, chunks[at++] as string));
      loopSoon();
    };
    const loopSoon = () => setImmediate(feed);
    loopSoon();
    for (let i = 0; i < READS && !reader.atEof(); i++) {
      if (random.between(0, 1) === 0) {
        const count = random.between(1, 60);
        const got = text(yield* exactly(reader, count));
        expect(got).toBe(model.take(count));
      } else {
        const separators = SEPARATORS.slice(random.between(0, 1), 2 + random.between(0, 2));
        const got = text(yield* untilAny(reader, separators));
        expect(got).toBe(model.until(separators));
      }
    }
    expect(text(yield* reader.read())).toBe(model.rest);
  });
}

function* exactly(reader: StreamReader, count: number): Generator<unknown, Uint8Array, unknown> {
  try {
    return yield* reader.readexactly(count);
  } catch (error) {
    if (error instanceof IncompleteReadError) return error.partial;
    throw error;
  }
}

function* untilAny(
  reader: StreamReader,
  separators: readonly string[],
): Generator<unknown, Uint8Array, unknown> {
  try {
    return yield* reader.readuntil(separators);
  } catch (error) {
    if (error instanceof IncompleteReadError) return error.partial;
    throw error;
  }
}
