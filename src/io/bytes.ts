/**
 * Owns what counts as bytes: what a user may write, and the search in what was read.
 */
import { ArgumentError, describe } from "../core/errors.ts";

/** What can be written: bytes in any shape, or text, which is sent as UTF-8. */
export type BytesLike = Uint8Array | ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string;

const encoder = new TextEncoder();

/** The bytes of `data`, not copied where it has any. @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function bytesOf(caller: string, data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === "string") return encoder.encode(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs bytes or a string, and got ${describe(data)}`,
  );
}

/** The pieces, one behind the other. @internal */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Where `wanted` begins in `bytes` at `from` or behind it, or -1. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] as number;
  const last = bytes.length - wanted.length;
  let at = bytes.indexOf(first, from);
  while (at !== -1 && at <= last) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
    at = bytes.indexOf(first, at + 1);
  }
  return -1;
}
