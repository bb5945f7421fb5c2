/**
 * Owns the errors of HTTP: what `fetch` rejects with, in words that help, and bad status codes. Nothing of a URL but
 * scheme, host and path gets into a message, since queries and user names often hold secrets.
 */
import type { CodedError } from "../core/errors.ts";
import { NetworkError, networkError } from "../io/errors.ts";

/** Names that Node's fetch gives to failures for which systems have names. */
const SYSTEM_CODES: Readonly<Record<string, string>> = {
  UND_ERR_BODY_TIMEOUT: "ETIMEDOUT",
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UND_ERR_HEADERS_TIMEOUT: "ETIMEDOUT",
  UND_ERR_SOCKET: "ECONNRESET",
};
/** How deep the causes of an error are followed. */
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
      `${what}: the server answered ${status}${statusText === "" ? "" : ` ${statusText}`}; look at the response`,
    );
    this.status = status;
  }
}

/** A request in a message. */
export function describeRequest(method: string, url: URL): string {
  return `${method} ${url.protocol}//${url.host}${url.pathname}`;
}

/** The error for what `fetch`, or the reading of a body, was rejected with. */
export function failedRequest(what: string, rejection: unknown): NetworkError {
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
    if (typeof code === "string")
      return networkError(what, { code: SYSTEM_CODES[code] ?? code, reason: reasonOf(at, reason) });
    at = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return new NetworkError("EUNKNOWN", `${what}: ${reason}`);
}

/** Several addresses that were tried make one error without words of its own. */
function reasonOf(error: object, otherwise: string): string {
  if (!(error instanceof AggregateError) || error.message !== "") return otherwise;
  return error.errors
    .map((each: unknown) => (each instanceof Error ? each.message : String(each)))
    .join("; ");
}
