/**
 * Owns what counts as bytes: what a user may write, and searching in what was read.
 */
import { checkIterable, wrongArgument } from "../core/checks.ts";

/** What can be written: bytes in any shape, or text, which is sent as UTF-8. */
export type BytesLike = Uint8Array | ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string;

const encoder = new TextEncoder();

/**
 * The bytes of `data`, without copying unless it is a string.
 * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a buffer that was transferred, whose bytes are gone.
 */
export function bytesOf(caller: string, data: unknown): Uint8Array {
  if (typeof data === "string") return encoder.encode(data);
  const isView = ArrayBuffer.isView(data);
  if (!isView && !isBuffer(data)) throw wrongArgument(caller, "bytes or a string", data);
  if (data.byteLength === 0 && isDetached(isView ? data.buffer : data))
    throw wrongArgument(caller, "bytes that have not been transferred", data, "ERR_ARGUMENT_VALUE");
  if (data instanceof Uint8Array) return data;
  return isView ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}

/** The bytes of each, all checked before any is used. @throws as `bytesOf`. */
export function piecesOf(caller: string, list: unknown): Uint8Array[] {
  checkIterable(caller, "a list of bytes or strings", list);
  return Array.from(list as Iterable<unknown>, (data) => bytesOf(caller, data));
}

function isBuffer(data: unknown): data is ArrayBuffer | SharedArrayBuffer {
  if (data instanceof ArrayBuffer) return true;
  return typeof SharedArrayBuffer === "function" && data instanceof SharedArrayBuffer;
}

/** Called only for buffers without bytes: not every engine has a property for it, and trying is slow. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer) === undefined;
  } catch {
    return true;
  }
}

/** The pieces, one after the other. @internal */
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

/** Where `wanted` begins in `bytes`, at or after `from`, or -1. */
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
