/**
 * Owns what a user gives to make a request, and how it becomes what `fetch` takes.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError, describe } from "../core/errors.ts";
import { checkDelayMs } from "../core/sleep.ts";

/** Names and values of headers: an object, or pairs as a Headers object has them. */
export type HeadersLike = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** The body of a request: whatever `fetch` takes. */
export type RequestBody = NonNullable<RequestInit["body"]>;

const REQUEST_OPTIONS = ["headers", "params", "body", "json", "timeoutMs", "redirect"] as const;
const REDIRECTS: readonly string[] = ["follow", "error", "manual"];

/** How a request is made. */
export interface RequestOptions {
  /** Headers on top of the session's. */
  readonly headers?: HeadersLike | undefined;
  /** Added to the URL's query. */
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** The body as it is. */
  readonly body?: RequestBody | undefined;
  /** The body as a value that is sent as JSON. */
  readonly json?: unknown;
  /** How long the request and the reading of its answer may take, in milliseconds; null for as long as it takes. */
  readonly timeoutMs?: number | null | undefined;
  /** What to do about redirections; they are followed unless told otherwise. */
  readonly redirect?: "follow" | "error" | "manual" | undefined;
}

/** A request with all that the session adds. */
export interface PreparedRequest {
  readonly method: string;
  readonly url: URL;
  readonly init: RequestInit;
  readonly timeoutMs: number | null;
}

/** What all requests of a session have in common. */
export interface RequestDefaults {
  readonly baseUrl: URL | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly timeoutMs: number | null;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
export function prepare(
  method: string,
  url: string | URL,
  options: RequestOptions | undefined,
  defaults: RequestDefaults,
): PreparedRequest {
  const given = readOptions("a request", options, REQUEST_OPTIONS);
  const { body, json, params = {}, redirect = "follow", timeoutMs = defaults.timeoutMs } = given;
  const headers = new Map([...defaults.headers, ...headersOf(given.headers)]);
  if (typeof params !== "object" || params === null || Symbol.iterator in params)
    throw wrongArgument("a request", "its params as an object", params);
  if (!REDIRECTS.includes(redirect))
    throw wrongArgument(
      "a request",
      "'follow', 'error' or 'manual' as its redirect",
      redirect,
      "ERR_ARGUMENT_VALUE",
    );
  if (json !== undefined && body !== undefined) {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      "a request has a body or a json, and got both; leave one out",
    );
  }
  const target = urlOf(url, defaults.baseUrl);
  for (const [name, value] of Object.entries(params)) target.searchParams.append(name, String(value));
  const init: RequestInit = { method: checkMethod(method), redirect };
  if (json !== undefined) {
    init.body = jsonOf(json);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
  } else if (body !== undefined) {
    init.body = body;
    // Without it a stream as the body is refused.
    if (typeof body === "object" && "getReader" in body) init.duplex = "half";
  }
  init.headers = Object.fromEntries(headers);
  return { method: init.method as string, url: target, init, timeoutMs: checkTimeoutMs(timeoutMs) };
}

function jsonOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A circle, or a number that JSON has not: the same as a function, of which there is no text.
  }
  if (text !== undefined) return text;
  throw wrongArgument("a request", "a json of which JSON can be made", value, "ERR_ARGUMENT_VALUE");
}

/** Headers by their names in lower case, so that the later of two replaces the earlier. */
export function headersOf(headers: HeadersLike | undefined): Map<string, string> {
  const all = new Map<string, string>();
  if (headers === undefined) return all;
  // Nothing that is waited for, which could be gone through without end.
  if (typeof headers !== "object" || headers === null || "then" in headers)
    throw wrongArgument("a request", "its headers as an object or a list of pairs", headers);
  const pairs =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
  for (const [name, value] of pairs) all.set(String(name).toLowerCase(), String(value));
  return all;
}

export function checkTimeoutMs(timeoutMs: number | null): number | null {
  return timeoutMs === null ? null : checkDelayMs("timeoutMs", timeoutMs);
}

/** @throws ArgumentError ERR_ARGUMENT_VALUE. The URL is not in the message: it may hold a password. */
export function urlOf(url: string | URL, base: URL | undefined): URL {
  let target: URL;
  try {
    target = new URL(url, base);
  } catch {
    const hint =
      base === undefined ? "give a whole one, or the session a baseUrl" : "check what follows the baseUrl";
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `a request needs a URL, and got ${typeof url === "string" ? "a string that is none" : describe(url)}; ${hint}`,
    );
  }
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `a request needs a URL of http or https, and got one of '${target.protocol}'`,
    );
  }
  if (target.username !== "" || target.password !== "") {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      "a request's URL cannot hold a user and password; give an authorization header",
    );
  }
  return target;
}

function checkMethod(method: unknown): string {
  if (typeof method === "string" && /^[!#$%&'*+.^_`|~\w-]+$/.test(method)) return method.toUpperCase();
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `request needs a method such as GET, and got ${describe(method)}`,
  );
}
