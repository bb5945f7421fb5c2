/**
 * Owns the ways to read: what each takes out of a reader's buffer, and when it waits for more.
 */

import { perform } from "../core/async/perform.ts";
import type { Body } from "../core/coroutine.ts";
import { ArgumentError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { concat, indexOfBytes } from "./bytes.ts";
import { IncompleteReadError, LimitOverrunError } from "./errors.ts";
import { Patient } from "./patient.ts";
import type { StreamReader } from "./stream-reader.ts";

const NO_BYTES = new Uint8Array(0);
const NEWLINE = new Uint8Array([10]);

/** Tries, waits for more to come as long as that is not enough, and tries again. */
abstract class Reading extends Patient<Uint8Array> {
  protected readonly source: StreamReader;

  constructor(name: string, source: StreamReader) {
    super(name);
    this.source = source;
  }

  /** What it returns, or undefined if too little has come. */
  protected abstract taken(): Uint8Array | undefined;

  /** Taking bytes may let a transport go on. */
  override get isPlain(): boolean {
    return this.source.isPlain;
  }

  protected attempt(isFirst: boolean): IteratorResult<unknown, Uint8Array> {
    const { source } = this;
    if (isFirst) source.mustBeWhole();
    const value = this.taken();
    return value === undefined ? this.wait(source.beginToWait(this.name)) : { done: true, value };
  }

  protected leave(future: Future<void>): void {
    this.source.endToWait(future);
  }
}

/** Up to so many bytes. */
export class ReadSome extends Reading {
  private readonly count: number;

  constructor(reader: StreamReader, count: number) {
    super("read", reader);
    this.count = count;
  }

  protected taken(): Uint8Array | undefined {
    const { source: reader, count } = this;
    if (count === 0) return NO_BYTES;
    // It waits once: if another task has taken what came, it has nothing, as in asyncio.
    if (reader.buffer.length === 0 && !reader.ended && this.future === undefined) return undefined;
    return reader.take(count);
  }
}

/** Everything until the end. */
export function* readToEnd(reader: StreamReader): Generator<unknown, Uint8Array, unknown> {
  const blocks: Uint8Array[] = [];
  for (;;) {
    const block = yield* new ReadSome(reader, reader.limit);
    if (block.length === 0) return blocks.length === 1 ? (blocks[0] as Uint8Array) : concat(blocks);
    blocks.push(block);
  }
}

/** Exactly so many bytes. */
export class ReadExactly extends Reading {
  private readonly count: number;

  constructor(reader: StreamReader, count: number) {
    super("readexactly", reader);
    this.count = count;
  }

  protected taken(): Uint8Array | undefined {
    const { source: reader, count } = this;
    if (count === 0) return NO_BYTES;
    if (reader.buffer.length >= count) return reader.take(count);
    if (reader.ended) throw new IncompleteReadError(reader.take(Number.POSITIVE_INFINITY), count);
    return undefined;
  }
}

/** Up to and including a separator. */
export class ReadUntil extends Reading {
  private readonly separators: readonly Uint8Array[];
  private readonly longest: number;
  /** No separator begins before this one. */
  private offset = 0;

  constructor(reader: StreamReader, separators: readonly Uint8Array[], name = "readuntil") {
    super(name, reader);
    this.separators = separators;
    this.longest = Math.max(...separators.map((separator) => separator.length));
  }

  protected taken(): Uint8Array | undefined {
    const { source: reader } = this;
    const match = firstMatch(reader.buffer.view, this.separators, this.offset);
    if (match !== undefined) {
      if (match.start > reader.limit) {
        throw new LimitOverrunError("Separator is found, but chunk is longer than limit", match.start);
      }
      return reader.take(match.end);
    }
    // The last bytes may be the beginning of a separator.
    this.offset = Math.max(0, reader.buffer.length + 1 - this.longest);
    if (this.offset > reader.limit) {
      throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", this.offset);
    }
    if (reader.ended) throw new IncompleteReadError(reader.take(Number.POSITIVE_INFINITY), null);
    return undefined;
  }
}

function firstMatch(
  bytes: Uint8Array,
  separators: readonly Uint8Array[],
  offset: number,
): { readonly start: number; readonly end: number } | undefined {
  let first: { start: number; end: number } | undefined;
  for (const separator of separators) {
    const start = indexOfBytes(bytes, separator, offset);
    const end = start + separator.length;
    if (start !== -1 && (first === undefined || end < first.end)) first = { start, end };
  }
  return first;
}

const ONE_NEWLINE = [NEWLINE];

/** A line, or what is left of one at the end. */
export class ReadLine extends ReadUntil {
  constructor(reader: StreamReader) {
    super(reader, ONE_NEWLINE, "readline");
  }

  protected override taken(): Uint8Array | undefined {
    try {
      return super.taken();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      const { source: reader } = this;
      const { buffer } = reader;
      if (buffer.view[error.consumed] === NEWLINE[0]) buffer.drop(error.consumed + 1);
      else buffer.clear();
      reader.resumeIfLow();
      throw new ArgumentError(
        "ERR_LINE_TOO_LONG",
        `the line is longer than the limit of ${reader.limit} bytes and was dropped; open the stream with a higher limit`,
      );
    }
  }
}

export function* nextLine(
  reader: StreamReader,
): Generator<unknown, IteratorResult<Uint8Array, undefined>, unknown> {
  const line = yield* new ReadLine(reader);
  return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
}

export function* eachLine(
  reader: StreamReader,
  body: Body<unknown, [Uint8Array]>,
): Generator<unknown, void, unknown> {
  for (;;) {
    const line = yield* new ReadLine(reader);
    if (line.length === 0) return;
    if ((yield* perform(body, line)) === false) return;
  }
}
