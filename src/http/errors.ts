/**
 * Owns the errors of HTTP: what `fetch` rejects with, in helpful words, and bad status codes. Of a URL, only the
 * scheme, host and path get into a message, since queries and user names often hold secrets.
 */
import { ArgumentError, type CodedError } from "../core/errors.ts";
import { type NetworkError, networkError } from "../io/errors.ts";

/** Node's fetch and Bun's have names of their own for failures that systems have names for. */
const SYSTEM_CODES: Readonly<Record<string, string>> = {
  ERR_PROXY_TUNNEL: "EPROTO",
  InvalidHTTPResponse: "EPROTO",
  Malformed_HTTP_Response: "EPROTO",
  // What a proxy that refuses is to undici.
  UND_ERR_ABORTED: "EPROTO",
  UND_ERR_BODY_TIMEOUT: "ETIMEDOUT",
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UND_ERR_HEADERS_TIMEOUT: "ETIMEDOUT",
  UND_ERR_SOCKET: "ECONNRESET",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "EMSGSIZE",
  Z_BUF_ERROR: "EPROTO",
  Z_DATA_ERROR: "EPROTO",
  ZlibError: "EPROTO",
};
/** Node's parser has a name for each way in which a response is not HTTP. */
const OF_PARSER = /^HPE_/;
/** Deno's fetch has words alone, and so has that of Node 24 for what is not HTTP. */
const SYSTEM_WORDS: readonly (readonly [words: RegExp, code: string])[] = [
  [/connection refused/i, "ECONNREFUSED"],
  [
    /connection reset|connection closed before|error reading a body from connection|unexpected eof/i,
    "ECONNRESET",
  ],
  [/dns error/i, "ENOTFOUND"],
  [/network is unreachable/i, "ENETUNREACH"],
  [/no route to host/i, "EHOSTUNREACH"],
  [/timed out/i, "ETIMEDOUT"],
  [/does not match the http|invalid http|invalid header|unexpected end of file|corrupt deflate/i, "EPROTO"],
  [/certificate: Expired/i, "CERT_HAS_EXPIRED"],
  [/certificate not valid for name/i, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/certificate: .*CaUsedAsEndEntity/i, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [/certificate: UnknownIssuer/i, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [/received corrupt message/i, "ERR_SSL_WRONG_VERSION_NUMBER"],
  [/received fatal alert|proxy authentication|unsuccessful tunnel/i, "EPROTO"],
];
/** Node's fetch's names for what cannot be sent, such as a header that it sets itself. */
const ARGUMENT_CODES: ReadonlySet<string> = new Set([
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
  "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH",
]);
/** Ports that Fetch does not connect to, since other protocols could be abused there. Most hosts do not give this as the reason. */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);
/** How deep the chain of an error's causes is followed. */
const CAUSES_MAX = 8;

/**
 * The response has a status of 400 or above, and `raiseForStatus` was called. aiohttp: `ClientResponseError`.
 */
export class HttpStatusError extends Error implements CodedError {
  override readonly name = "HttpStatusError";
  readonly code = "ERR_HTTP_STATUS";
  /** The response's status, such as 404. */
  readonly status: number;

  /** @internal */
  constructor(what: string, status: number, statusText: string) {
    super(
      `${what}: the server answered ${status}${statusText === "" ? "" : ` ${statusText}`}; see the response`,
    );
    this.status = status;
  }
}

/** A request in a message. */
export function describeRequest(method: string, url: URL): string {
  return `${method} ${url.protocol}//${url.host}${url.pathname}`;
}

/** The error for what `fetch`, or reading a body, was rejected with, while doing `what` with the URL. */
export function failedRequest(what: string, url: URL, rejection: unknown): NetworkError | ArgumentError {
  let reason = rejection instanceof Error ? rejection.message : String(rejection);
  let at: unknown = rejection;
  for (let depth = 0; depth < CAUSES_MAX && typeof at === "object" && at !== null; depth++) {
    const { code, message, cause, errors } = at as {
      code?: unknown;
      message?: unknown;
      cause?: unknown;
      errors?: unknown;
    };
    if (typeof message === "string" && message !== "") reason = message;
    if (typeof code === "string" && ARGUMENT_CODES.has(code))
      return new ArgumentError("ERR_ARGUMENT_VALUE", `${what}: ${withoutQueries(reason)}; leave it to fetch`);
    if (typeof code === "string") {
      const words = withoutQueries(reasonOf(at, reason));
      return failureOf(what, systemCode(code), words);
    }
    at = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  if (BLOCKED_PORTS.has(Number(url.port || -1))) {
    return new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `${what}: fetch blocks port ${url.port}, which is reserved for another protocol; choose another`,
    );
  }
  const [, code = "EUNKNOWN"] = SYSTEM_WORDS.find(([words]) => words.test(reason)) ?? [];
  return failureOf(what, code, withoutQueries(reason));
}

function failureOf(what: string, code: string, words: string): NetworkError {
  const reason = code === "EPROTO" ? `${words}; check the URL, the server, and what stands between` : words;
  return networkError(what, { code, reason });
}

function systemCode(code: string): string {
  return SYSTEM_CODES[code] ?? (OF_PARSER.test(code) ? "EPROTO" : code);
}

/** Some hosts include the whole URL. */
function withoutQueries(reason: string): string {
  return reason.replace(/((?:https?|wss?):\/\/[^\s"'?#)]*)[?#][^\s"')]*/g, "$1");
}

/** When several addresses were tried, there is one error without a message of its own. */
function reasonOf(error: object, otherwise: string): string {
  if (!(error instanceof AggregateError) || error.message !== "") return otherwise;
  return error.errors
    .map((each: unknown) => (each instanceof Error ? each.message : String(each)))
    .join("; ");
}
