/**
 * Owns the errors of requests and what of them the other side gets to see, which is nothing but a status.
 */
import type { CodedError } from "../core/errors.ts";

/** What can be wrong with the use of a request. */
export type EdgeErrorCode =
  /** `waitUntil` or `streamBody` was called where no request is being answered. */
  | "ERR_NO_REQUEST"
  /** The same, when the request had ended, with all that it waited for. */
  | "ERR_REQUEST_OVER"
  /** The handler has returned something else than a Response. */
  | "ERR_RESPONSE_EXPECTED";

/** A request was used in a way it cannot be used. */
export class EdgeError extends Error implements CodedError {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;

  /** @internal */
  constructor(code: EdgeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The answer when the handler has failed. Why is for the reports alone. */
export function failedResponse(): Response {
  return new Response("Internal Server Error", {
    status: 500,
    headers: { "content-type": "text/plain;charset=utf-8" },
  });
}

/** Nobody is there to get it: the status that servers commonly log for a client that has gone. */
export function abortedResponse(): Response {
  return new Response(null, { status: 499 });
}
