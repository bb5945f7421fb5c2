/** `wasyncio/http`: HTTP requests over the host's `fetch`. */
/// <reference lib="esnext.disposable" preserve="true" />
export { NetworkError, type NetworkErrorCode } from "../io/errors.ts";
export type { RequestBody } from "./body.ts";
export { HttpStatusError } from "./errors.ts";
export type { HeadersLike } from "./headers.ts";
export type { RequestOptions } from "./request.ts";
export { ClientResponse } from "./response.ts";
export { ClientSession, type ClientSessionOptions } from "./session.ts";
