/**
 * Owns what a user passes to make a request, and how it becomes what `fetch` takes.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError, describe, describeType } from "../core/errors.ts";
import { authorizationOf, type BasicAuth } from "./auth.ts";
import { bodyOf, jsonBody, type PreparedBody, type RequestBody } from "./body.ts";
import { type Compression, checkCompression } from "./compression.ts";
import { type HeaderMap, type HeadersLike, headersOf, impersonal } from "./headers.ts";
import { type RequestSettings, SETTINGS, type Settings, settingsOf } from "./settings.ts";

/** Fetch refuses the first three, and the others with a body. */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
const BODILESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

const REQUEST_OPTIONS = [
  "headers",
  "auth",
  "params",
  "body",
  "json",
  "compress",
  "redirect",
  ...SETTINGS,
] as const;

/** How a request is made. */
export interface RequestOptions extends RequestSettings {
  /** Headers in addition to the session's. They go to the URL of the request; see `ClientSession` about redirects. */
  readonly headers?: HeadersLike | undefined;
  /** Basic authentication, as an `authorization` header; instead of the session's, and not together with a header of one's own. */
  readonly auth?: BasicAuth | undefined;
  /** Added to the URL's query. */
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** The body as it is, null for none, or an async generator of its pieces, which runs in a task of the loop. */
  readonly body?: RequestBody | undefined;
  /** The body as a value that is sent as JSON. */
  readonly json?: unknown;
  /** Compresses the body, and says so by `content-encoding`. What comes in pieces is sent as it comes. */
  readonly compress?: Compression | undefined;
  /** What to do about redirects; by default they are followed. */
  readonly redirect?: "follow" | "error" | "manual" | undefined;
}

/** A request with all that the session adds. */
export interface PreparedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderMap;
  readonly body: PreparedBody | undefined;
  readonly compress: Compression | undefined;
  readonly redirect: "follow" | "error" | "manual";
  readonly settings: Settings;
}

/** What all requests of a session have in common. */
export interface RequestDefaults {
  readonly baseUrl: URL | undefined;
  readonly headers: HeaderMap;
  readonly settings: Settings;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
export function prepare(
  method: string,
  url: string | URL,
  options: RequestOptions | undefined,
  defaults: RequestDefaults,
): PreparedRequest {
  const given = readOptions("a request", options, REQUEST_OPTIONS);
  const { json, params = {}, redirect = "follow" } = given;
  if (typeof params !== "object" || params === null || Symbol.iterator in params)
    throw wrongArgument("a request", "params as an object", params);
  const checkedMethod = checkMethod(method);
  const target = urlOf(url, defaults.baseUrl);
  for (const [name, value] of Object.entries(params)) target.searchParams.append(name, String(value));
  const headers = new Map([
    ...headersFor(target, defaults),
    ...headersWith("request", given.headers, given.auth),
  ]);
  const givenBody = bodyOf(given.body);
  if (json !== undefined && givenBody !== undefined) {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      "a request takes either a body or json, got both; omit one",
    );
  }
  const body = json === undefined ? givenBody : jsonBody(json);
  if (json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (body !== undefined && BODILESS_METHODS.has(checkedMethod)) {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `a ${checkedMethod} request cannot have a body; use POST or PUT, or params`,
    );
  }
  const compress = checkCompression(given.compress);
  if (compress !== undefined && body !== undefined) {
    if (headers.has("content-encoding")) {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        "a request takes either compress or the header 'content-encoding', and got both; omit one",
      );
    }
    headers.set("content-encoding", compress);
  }
  return {
    method: checkedMethod,
    url: target,
    headers,
    body,
    compress,
    redirect: checkRedirect(redirect),
    settings: settingsOf("a request", given, defaults.settings),
  };
}

/** A session's headers are for the origin of its base; without a base, for every URL that the program requests. */
function headersFor(target: URL, { baseUrl, headers }: RequestDefaults): HeaderMap {
  return baseUrl === undefined || baseUrl.origin === target.origin ? headers : impersonal(headers);
}

/**
 * The headers that a user has given, with those of `auth`.
 * @throws as `headersOf`.
 */
export function headersWith(
  caller: string,
  given: HeadersLike | undefined,
  auth: BasicAuth | undefined,
): HeaderMap {
  const headers = headersOf(caller, given);
  if (auth === undefined) return headers;
  if (headers.has("authorization")) {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `${caller} takes either auth or the header 'authorization', and got both; omit one`,
    );
  }
  return headers.set("authorization", authorizationOf(caller, auth));
}

/** @throws ArgumentError ERR_ARGUMENT_VALUE. The URL is not in the message: it may hold a password. */
export function urlOf(url: string | URL, base: URL | undefined): URL {
  let target: URL;
  try {
    if (typeof url !== "string" && !(url instanceof URL)) throw new TypeError();
    target = new URL(url, base);
  } catch {
    const hint =
      base === undefined
        ? "use an absolute URL, or give the session a baseUrl"
        : "check the part after the baseUrl";
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `a request needs a URL, got ${typeof url === "string" ? "a string that is not one" : describeType(url)}; ${hint}`,
    );
  }
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `a request needs an http or https URL, got a '${target.protocol}' URL`,
    );
  }
  if (target.username !== "" || target.password !== "") {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      "a request's URL cannot contain a user name and password; pass them as auth",
    );
  }
  return target;
}

/** What is wrong may be a URL with a password, one argument too early. */
function checkMethod(method: unknown): string {
  if (typeof method === "string" && /^[!#$%&'*+.^_`|~\w-]+$/.test(method)) {
    const upper = method.toUpperCase();
    if (!FORBIDDEN_METHODS.has(upper)) return upper;
  }
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `a request needs a method such as GET, got ${describeType(method)}`,
  );
}

function checkRedirect(redirect: unknown): "follow" | "error" | "manual" {
  if (redirect === "follow" || redirect === "error" || redirect === "manual") return redirect;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `a request needs a redirect of "follow", "error" or "manual", got ${describe(redirect)}`,
  );
}
