/**
 * Owns the ways to read: what each takes out of a reader's buffer, and when it waits for more.
 */

import { perform } from "../core/async/perform.ts";
import type { Body } from "../core/coroutine.ts";
import { ArgumentError } from "../core/errors.ts";
import { concat, indexOfBytes } from "./bytes.ts";
import { IncompleteReadError, LimitOverrunError } from "./errors.ts";
import type { StreamReader } from "./stream-reader.ts";

const NO_BYTES = new Uint8Array(0);
const NEWLINE = new Uint8Array([10]);

export function* readSome(reader: StreamReader, n: number): Generator<unknown, Uint8Array, unknown> {
  reader.mustBeWhole();
  if (n === 0) return NO_BYTES;
  if (n < 0) return yield* readToEnd(reader);
  if (reader.buffer.length === 0 && !reader.ended) yield* reader.waitForData("read");
  return reader.take(n);
}

function* readToEnd(reader: StreamReader): Generator<unknown, Uint8Array, unknown> {
  const blocks: Uint8Array[] = [];
  for (;;) {
    reader.mustBeWhole();
    if (reader.buffer.length === 0 && !reader.ended) yield* reader.waitForData("read");
    const block = reader.take(reader.limit);
    if (block.length === 0) return blocks.length === 1 ? (blocks[0] as Uint8Array) : concat(blocks);
    blocks.push(block);
  }
}

export function* readAll(reader: StreamReader, n: number): Generator<unknown, Uint8Array, unknown> {
  reader.mustBeWhole();
  if (n === 0) return NO_BYTES;
  while (reader.buffer.length < n) {
    if (reader.ended) throw new IncompleteReadError(reader.take(Number.POSITIVE_INFINITY), n);
    yield* reader.waitForData("readexactly");
  }
  return reader.take(n);
}

export function* readUntil(
  reader: StreamReader,
  separators: readonly Uint8Array[],
): Generator<unknown, Uint8Array, unknown> {
  const longest = Math.max(...separators.map((separator) => separator.length));
  reader.mustBeWhole();
  // No separator begins before this offset.
  let offset = 0;
  for (;;) {
    const match = firstMatch(reader.buffer.view, separators, offset);
    if (match !== undefined) {
      if (match.start > reader.limit) {
        throw new LimitOverrunError("Separator is found, but chunk is longer than limit", match.start);
      }
      return reader.take(match.end);
    }
    // The last bytes may be the beginning of a separator.
    offset = Math.max(0, reader.buffer.length + 1 - longest);
    if (offset > reader.limit) {
      throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", offset);
    }
    if (reader.ended) throw new IncompleteReadError(reader.take(Number.POSITIVE_INFINITY), null);
    if (reader.buffer.length > 0) reader.header?.beginHeader();
    yield* reader.waitForData("readuntil");
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

export function* readLine(reader: StreamReader): Generator<unknown, Uint8Array, unknown> {
  try {
    return yield* readUntil(reader, ONE_NEWLINE);
  } catch (error) {
    if (error instanceof IncompleteReadError) return error.partial;
    if (!(error instanceof LimitOverrunError)) throw error;
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

export function* nextLine(
  reader: StreamReader,
): Generator<unknown, IteratorResult<Uint8Array, undefined>, unknown> {
  const line = yield* readLine(reader);
  return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
}

export function* eachLine(
  reader: StreamReader,
  body: Body<unknown, [Uint8Array]>,
): Generator<unknown, void, unknown> {
  for (;;) {
    const line = yield* readLine(reader);
    if (line.length === 0) return;
    if ((yield* perform(body, line)) === false) return;
  }
}
