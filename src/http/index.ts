/** `wasyncio/http`: HTTP requests over the host's `fetch`. */
/// <reference lib="esnext.disposable" preserve="true" />
export { NetworkError, type NetworkErrorCode } from "../io/errors.ts";
export type { BasicAuth } from "./auth.ts";
export type { RequestBody } from "./body.ts";
export type { Compression } from "./compression.ts";
export type { CookieJarLike } from "./cookies.ts";
export { HttpStatusError } from "./errors.ts";
export type { HeadersLike } from "./headers.ts";
export type { RequestOptions } from "./request.ts";
export { ClientResponse, type ResponseHead } from "./response.ts";
export { ClientSession, type ClientSessionOptions } from "./session.ts";
export type { RequestSettings } from "./settings.ts";
export { ClientWebSocket } from "./web-socket.ts";
export type { WebSocketClass, WebSocketMessage } from "./web-socket-like.ts";
export type { WebSocketOptions } from "./ws-connect.ts";
