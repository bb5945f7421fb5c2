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
const NEWLINE = 10;

/** Tries, waits for more to come as long as that is not enough, and tries again. */
abstract class Reading<T> extends Patient<T> {
  protected readonly source: StreamReader;

  constructor(name: string, source: StreamReader) {
    super(name);
    this.source = source;
  }

  /** What it returns, or undefined if too little has come. @param isFirst - or it has waited. */
  protected abstract taken(isFirst: boolean): T | undefined;

  /** Taking bytes may let a transport go on. */
  override get isPlain(): boolean {
    return this.source.isPlain;
  }

  protected attempt(isFirst: boolean): IteratorResult<unknown, T> {
    const { source } = this;
    if (isFirst) source.mustBeWhole();
    const value = this.taken(isFirst);
    return value === undefined ? this.wait(source.beginToWait(this.name)) : { done: true, value };
  }

  protected leave(future: Future<void>): void {
    this.source.endToWait(future);
  }
}

/** Up to so many bytes. */
export class ReadSome extends Reading<Uint8Array> {
  private readonly count: number;

  constructor(reader: StreamReader, count: number) {
    super("read", reader);
    this.count = count;
  }

  protected taken(isFirst: boolean): Uint8Array | undefined {
    const { source: reader, count } = this;
    if (count === 0) return NO_BYTES;
    // It waits once: if another task has taken what came, it has nothing, as in asyncio.
    if (isFirst && reader.buffer.length === 0 && !reader.ended) return undefined;
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
export class ReadExactly extends Reading<Uint8Array> {
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
export class ReadUntil extends Reading<Uint8Array> {
  private readonly separators: readonly Uint8Array[];
  private readonly longest: number;
  /** No separator begins before this one. */
  private offset = 0;

  constructor(reader: StreamReader, separators: readonly Uint8Array[]) {
    super("readuntil", reader);
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
    if (reader.buffer.length > 0) reader.header?.beginHeader();
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

/** Reading something that is made of a line. */
abstract class LineReading<T> extends Reading<T> {
  /** There is no end of a line before this one. */
  private offset = 0;

  /** A line with its end, which the last one may lack; at the end no bytes. Undefined if too little has come. */
  protected takeLine(): Uint8Array | undefined {
    const { source: reader } = this;
    const { buffer } = reader;
    const at = buffer.indexOf(NEWLINE, this.offset);
    if (at !== -1) {
      if (at <= reader.limit) return reader.take(at + 1);
      buffer.drop(at + 1);
      throw lineTooLong(reader);
    }
    this.offset = buffer.length;
    if (buffer.length > reader.limit) {
      buffer.clear();
      throw lineTooLong(reader);
    }
    if (reader.ended) return reader.take(Number.POSITIVE_INFINITY);
    if (buffer.length > 0) reader.header?.beginHeader();
    return undefined;
  }
}

function lineTooLong(reader: StreamReader): ArgumentError {
  reader.resumeIfLow();
  return new ArgumentError(
    "ERR_LINE_TOO_LONG",
    `the line is longer than the limit of ${reader.limit} bytes and was dropped; open the stream with a higher limit`,
  );
}

export class ReadLine extends LineReading<Uint8Array> {
  constructor(source: StreamReader) {
    super("readline", source);
  }

  protected taken(): Uint8Array | undefined {
    return this.takeLine();
  }
}

/** A line as `for await` has it. */
export class NextLine extends LineReading<IteratorResult<Uint8Array, undefined>> {
  constructor(source: StreamReader) {
    super("next", source);
  }

  protected taken(): IteratorResult<Uint8Array, undefined> | undefined {
    const line = this.takeLine();
    if (line === undefined) return undefined;
    return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
  }
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
