/**
 * Owns compressing the body of a request. Knows nothing of how it is sent.
 */
import { ArgumentError, describe, NotSupportedError } from "../core/errors.ts";
import type { Host } from "../host/host.ts";
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
export function checkCompresses(host: Host, what: string): void {
  if (host.compressor !== undefined) return;
  throw new NotSupportedError(
    host.name,
    `${what} with compress needs CompressionStream`,
    "compress the body yourself, and set content-encoding",
  );
}

/** A stream, compressed as it comes. */
export function compressedStream(
  host: Host,
  source: ReadableStream<unknown>,
  format: Compression,
): PreparedBody {
  return { source: compressed(host, source, format) };
}

/** A whole body, with the `content-type` that Fetch would give it. */
export async function compressedWhole(
  host: Host,
  whole: NonNullable<RequestInit["body"]>,
  format: Compression,
): Promise<{ readonly bytes: Uint8Array; readonly type: string | null }> {
  const carrier = new Response(whole);
  // Bun has forgotten it once the body was touched.
  const type = carrier.headers.get("content-type");
  const stream: ReadableStream<unknown> = carrier.body ?? new Blob([]).stream();
  const reader = compressed(host, stream, format).getReader();
  const pieces: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  return { bytes: concat(pieces), type };
}

function compressed(
  host: Host,
  source: ReadableStream<unknown>,
  format: Compression,
): ReadableStream<Uint8Array> {
  const Compressor = host.compressor as NonNullable<Host["compressor"]>;
  return source.pipeThrough(new Compressor(format) as Parameters<typeof source.pipeThrough<Uint8Array>>[0]);
}
