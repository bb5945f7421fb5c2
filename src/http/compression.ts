/**
 * Owns compressing the body of a request. Knows nothing of how it is sent.
 */
import { ArgumentError, describe, NotSupportedError } from "../core/errors.ts";
import { concat } from "../io/bytes.ts";
import type { PreparedBody } from "./body.ts";

/** How a body is compressed: the name of its `content-encoding`. */
export type Compression = "gzip" | "deflate";

/** @throws ArgumentError ERR_ARGUMENT_VALUE. */
export function checkCompression(compress: unknown): Compression | undefined {
  if (compress === undefined || compress === "gzip" || compress === "deflate") return compress;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `a request needs compress as "gzip" or "deflate", and got ${describe(compress)}`,
  );
}

/** @throws NotSupportedError. */
export function checkCompresses(host: string, what: string): void {
  if (typeof globalThis.CompressionStream === "function") return;
  throw new NotSupportedError(
    host,
    `${what} with compress needs CompressionStream`,
    "compress the body yourself, and set content-encoding",
  );
}

/** A stream, compressed as it comes. */
export function compressedStream(source: ReadableStream<unknown>, format: Compression): PreparedBody {
  return { source: compressed(source, format) };
}

/** A whole body, with the `content-type` that Fetch would give it. */
export async function compressedWhole(
  whole: NonNullable<RequestInit["body"]>,
  format: Compression,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string | null }> {
  const carrier = new Response(whole);
  const stream: ReadableStream<unknown> = carrier.body ?? new Blob([]).stream();
  const reader = compressed(stream, format).getReader();
  const pieces: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  return { bytes: concat(pieces), type: carrier.headers.get("content-type") };
}

function compressed(source: ReadableStream<unknown>, format: Compression): ReadableStream<Uint8Array> {
  // Its declarations differ from runtime to runtime.
  const { readable, writable } = new globalThis.CompressionStream(format);
  return source.pipeThrough({ readable: readable as ReadableStream<Uint8Array>, writable });
}
