/**
 * Owns the errors of requests and what the client gets to see of them, which is only a status.
 */
import type { CodedError } from "../core/errors.ts";

/** How a request can be misused. */
export type EdgeErrorCode =
  /** `waitUntil` or `streamBody` was called while no request was being handled. */
  | "ERR_NO_REQUEST"
  /** The same, after the request and everything that it waited for had ended. */
  | "ERR_REQUEST_OVER"
  /** The handler returned something other than a Response. */
  | "ERR_RESPONSE_EXPECTED";

/** A request was misused. */
export class EdgeError extends Error implements CodedError {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;

  /** @internal */
  constructor(code: EdgeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The response when the handler has failed. The reason appears only in reports. */
export function failedResponse(): Response {
  return new Response("Internal Server Error", {
    status: 500,
    headers: { "content-type": "text/plain;charset=utf-8" },
  });
}

/** Never seen by anyone: the status that servers commonly log for a client that has gone. */
export function abortedResponse(): Response {
  return new Response(null, { status: 499 });
}
