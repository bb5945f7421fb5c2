/** `wasyncio/edge`: requests of edge runtimes, each on a loop of its own. */
/// <reference lib="esnext.disposable" preserve="true" />

export { BodyWriter } from "../io/body-writer.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
export { type Fetch, type Handler, type ServeOptions, serve } from "./serve.ts";
export { streamBody } from "./stream-body.ts";
export { type EdgeContext, waitUntil } from "./wait-until.ts";
