/**
 * Owns a request's way to its response: how it is passed to `fetch`, and again where it is redirected. Knows nothing of sessions,
 * and of the response's body only that it comes through the same exchange.
 */
import type { EventLoop } from "../core/loop.ts";
import type { Host } from "../host/host.ts";
import { failedRequest } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { fetchMode, redirected } from "./redirect.ts";
import type { PreparedRequest } from "./request.ts";
import { type Upload, uploadStream, uploadWhole } from "./upload.ts";

/** Waits for the head of the response. @throws what stopped the exchange. */
export function* send(
  loop: EventLoop,
  exchange: Exchange,
  fetch: NonNullable<Host["fetch"]>,
  first: PreparedRequest,
): Generator<unknown, Response, unknown> {
  const { fetchOfPage = false } = loop.scheduler.host;
  const upload = yield* uploadOf(loop, exchange, first, fetchOfPage);
  let request = upload === undefined ? first : { ...first, body: upload.body };
  for (let count = 0; ; count++) {
    const init = initOf(request, fetchOfPage, exchange.signal);
    const response = yield* exchange.wait(() => fetch(request.url, init));
    const next = exchange.attempt(() => redirected(request, response, count));
    if (next === undefined) return response;
    // Neither the rest of the request's body nor the response's is needed.
    upload?.stop();
    response.body?.cancel().catch(() => {});
    request = next;
  }
}

/** Begins to read a body that comes in pieces; a page can send it only once it is complete. */
function* uploadOf(
  loop: EventLoop,
  exchange: Exchange,
  { body, url }: PreparedRequest,
  fetchOfPage: boolean,
): Generator<unknown, Upload | undefined, unknown> {
  if (body === undefined || !("source" in body)) return undefined;
  const { what, signal } = exchange;
  const onFailure = (thrown: unknown) => {
    const exception = thrown instanceof Error ? thrown : failedRequest(what, url, thrown);
    if (exchange.over)
      loop.callExceptionHandler({
        message: `The body of ${what} failed after the request had ended`,
        exception,
      });
    else exchange.stop(exception);
  };
  const source = { loop, what, source: body.source, signal, onFailure };
  return fetchOfPage ? yield* exchange.wait(() => uploadWhole(source)) : uploadStream(source);
}

function initOf(request: PreparedRequest, fetchOfPage: boolean, signal: AbortSignal): RequestInit {
  const { method, headers, body } = request;
  const init: RequestInit = {
    method,
    headers: Object.fromEntries(headers),
    redirect: fetchMode(request, fetchOfPage),
    signal,
  };
  if (body === undefined) return init;
  if ("whole" in body) return { ...init, body: body.whole };
  // Without `duplex` a stream is refused.
  return { ...init, body: body.source as ReadableStream, duplex: "half" };
}
