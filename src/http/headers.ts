/**
 * Owns the headers of requests: what can be one, and which of them may go to an origin that they were not given for. Values
 * are often secrets: none gets into a message, nor does an invalid name, since it may be a misplaced value.
 */
import { checkIterable } from "../core/checks.ts";
import { ArgumentError, type ErrorCode } from "../core/errors.ts";

/** Names and values of headers: an object, or pairs as a Headers object has them. */
export type HeadersLike = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** Headers by their names in lower case. */
export type HeaderMap = ReadonlyMap<string, string>;

/** They say which answers are acceptable, or what the body is, and nothing about the sender. */
const IMPERSONAL: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-encoding",
  "content-language",
  "content-type",
  "range",
  "user-agent",
]);

/** Fetch itself withholds these from another origin that it is redirected to. */
const WITHHELD_BY_FETCH: ReadonlySet<string> = new Set(["authorization", "cookie"]);

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
/** What Fetch trims from both ends: a secret that was read from a file often ends in a newline. */
const ENDS = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/**
 * The headers that a user has given. The later of two with the same name replaces the earlier.
 * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 */
export function headersOf(caller: string, headers: HeadersLike | undefined): Map<string, string> {
  const all = new Map<string, string>();
  if (headers === undefined) return all;
  // A promise is not an object of headers yet.
  if (typeof headers !== "object" || headers === null || "then" in headers)
    throw refused("ERR_ARGUMENT_TYPE", `${caller} needs headers as an object or as pairs`);
  if (Symbol.iterator in headers) checkIterable(caller, "headers as an object or as pairs", headers);
  for (const pair of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw refused("ERR_ARGUMENT_TYPE", `${caller} needs each header as a pair of name and value`);
    const [name, value] = pair as [unknown, unknown];
    if (typeof name !== "string" || !NAME.test(name))
      throw refused("ERR_ARGUMENT_VALUE", `${caller} got a header with an invalid name`);
    all.set(name.toLowerCase(), checkValue(caller, name, value));
  }
  return all;
}

function checkValue(caller: string, name: string, value: unknown): string {
  if (typeof value !== "string")
    throw refused(
      "ERR_ARGUMENT_TYPE",
      `${caller} needs a string as the value of the header '${name}'; convert it`,
    );
  const trimmed = value.replace(ENDS, "");
  if (!/[\0\r\n]|[^\0-\xff]/.test(trimmed)) return trimmed;
  throw refused(
    "ERR_ARGUMENT_VALUE",
    `${caller} got a value for the header '${name}' with a line break, a NUL or a character outside Latin-1; encode it`,
  );
}

function refused(code: ErrorCode, message: string): ArgumentError {
  return new ArgumentError(code, message);
}

/** The name of a header that may not go anywhere, if there is one. */
export function personalOf(headers: HeaderMap): string | undefined {
  return [...headers.keys()].find((name) => !IMPERSONAL.has(name));
}

/** The headers that may go anywhere. */
export function impersonal(headers: HeaderMap): Map<string, string> {
  return new Map([...headers].filter(([name]) => IMPERSONAL.has(name)));
}

/** The name of a header that Fetch would send to another origin on a redirect, if there is one. */
export function leakedByFetch(headers: HeaderMap): string | undefined {
  return [...headers.keys()].find((name) => !IMPERSONAL.has(name) && !WITHHELD_BY_FETCH.has(name));
}
