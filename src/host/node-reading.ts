/**
 * Owns the taking of bytes out of a stream of Node's that is read in paused mode, be it a socket's or a pipe's.
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";

/** How much one read takes at most, more or less: a sender may be as fast as we are. */
const READ_BYTES_MAX = 1024 * 1024;

/** As much of a stream as is used. */
interface PausedStream {
  read(): unknown;
}

/**
 * All that has come, or null. The bytes are the caller's.
 * @param more - called soon if something may be left.
 */
export function takeAll(stream: PausedStream, more: () => void): Uint8Array | null {
  const first = stream.read() as Buffer | null;
  if (first === null) return null;
  // Deno reads from the system within `read`, and says nothing of what comes by that: until there is nothing, one has to ask.
  let chunk = stream.read() as Buffer | null;
  if (chunk === null) return ownBytes(first);
  const chunks = [first];
  let count = first.length;
  for (; chunk !== null; chunk = stream.read() as Buffer | null) {
    chunks.push(chunk);
    count += chunk.length;
    if (count >= READ_BYTES_MAX) {
      setImmediate(more);
      break;
    }
  }
  return ownBytes(Buffer.concat(chunks, count));
}

/** Small chunks may lie in Node's shared pool, which is not ours to give away. */
export function ownBytes(chunk: Buffer): Uint8Array {
  if (chunk.buffer.byteLength !== chunk.length) return new Uint8Array(chunk);
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
