/**
 * Owns what can be the body of a request: what `fetch` takes as it is, and sources that are read piece by piece. Knows
 * nothing of how these are read.
 */
import { ArgumentError, describeType } from "../core/errors.ts";
import { type BytesLike, bytesOf } from "../io/bytes.ts";

/**
 * The body of a request: whatever `fetch` takes, or an async generator or another async iterable of bytes and strings, which
 * may wait for anything of this package.
 */
export type RequestBody = WholeBody | AsyncIterable<BytesLike>;

type WholeBody = NonNullable<RequestInit["body"]>;

/** What comes in pieces, and only once. */
export type BodySource = ReadableStream<unknown> | AsyncIterable<unknown>;

/** A body that may be sent again, or a source. */
export type PreparedBody = { readonly whole: WholeBody } | { readonly source: BodySource };

/** The web's classes that can be a body, by the names that their instances report, whatever realm or package they come from. */
const WHOLE = /^\[object (?:Blob|File|FormData|URLSearchParams|(?:Shared)?ArrayBuffer)\]$/;

/** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
export function bodyOf(body: unknown): PreparedBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (
    typeof body === "string" ||
    ArrayBuffer.isView(body) ||
    WHOLE.test(Object.prototype.toString.call(body))
  ) {
    if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) bytesOf("a request", body);
    return { whole: body as WholeBody };
  }
  if (typeof body === "object") {
    if (isStream(body)) {
      if (!body.locked) return { source: body };
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        "a request needs a body that is not being read elsewhere, got a locked stream",
      );
    }
    if (Symbol.asyncIterator in body) return { source: body as AsyncIterable<unknown> };
  }
  const advice = typeof body === "function" ? "call it" : "pass a value as json";
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `a request needs a body of text, bytes, form data or an async generator, got ${describeType(body)}; ${advice}`,
  );
}

/** The body for a value that is sent as JSON. @throws ArgumentError ERR_ARGUMENT_VALUE. */
export function jsonBody(value: unknown): PreparedBody {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {}
  if (text !== undefined) return { whole: text };
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `a request needs json without cycles, functions or BigInts, got ${describeType(value)}`,
  );
}

export function isStream(source: object): source is ReadableStream<unknown> {
  return "getReader" in source;
}
