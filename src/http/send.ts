/**
 * Owns a request's way to its response: how it is passed to `fetch`, and again where it is redirected. Knows nothing of sessions,
 * and of the response's body only that it comes through the same exchange.
 */
import type { EventLoop } from "../core/loop.ts";
import type { Host } from "../host/host.ts";
import { compressedStream, compressedWhole } from "./compression.ts";
import { type CookieJarLike, cookiesFor, keepCookies } from "./cookies.ts";
import { failedRequest } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Places } from "./places.ts";
import { fetchMode, redirected } from "./redirect.ts";
import type { PreparedRequest } from "./request.ts";
import type { ResponseHead } from "./response.ts";
import { type Upload, uploadStream, uploadWhole } from "./upload.ts";

/** What requests are sent with. */
export interface Sender {
  readonly loop: EventLoop;
  readonly fetch: NonNullable<Host["fetch"]>;
  readonly places: Places;
  readonly cookieJar: CookieJarLike | undefined;
}

/** The response, of which only the head has come, and the redirects that led to it. */
export interface Sent {
  readonly response: Response;
  readonly history: readonly ResponseHead[];
}

/** Waits for the head of the response. @throws what stopped the exchange. */
export function* send(
  sender: Sender,
  exchange: Exchange,
  first: PreparedRequest,
): Generator<unknown, Sent, unknown> {
  const { loop, fetch, places, cookieJar } = sender;
  const { fetchOfPage = false } = loop.scheduler.host;
  const history: ResponseHead[] = [];
  yield* exchange.takePlace(places, first.url.origin);
  const upload = yield* uploadOf(loop, exchange, first, fetchOfPage);
  let request = upload?.request ?? first;
  for (;;) {
    const { url } = request;
    const cookies = cookieJar && (yield* cookiesFor(exchange, cookieJar, url, request.headers.get("cookie")));
    const init = initOf(request, cookies, fetchOfPage, exchange.signal);
    const response = yield* exchange.waitForPeer(() => fetch(url, init));
    if (cookieJar !== undefined)
      yield* keepCookies(exchange, cookieJar, url, response.headers.getSetCookie());
    const next = exchange.attempt(() => redirected(request, response, history.length));
    if (next === undefined) return { response, history };
    // Neither the rest of the request's body nor the response's is needed.
    upload?.stop();
    response.body?.cancel().catch(() => {});
    const { status, statusText, headers } = response;
    history.push({ status, statusText, url: url.href, headers });
    if (next.url.origin !== url.origin) yield* exchange.takePlace(places, next.url.origin);
    request = next;
  }
}

/** A request whose body can be sent, which may be read meanwhile. */
interface Uploading {
  readonly request: PreparedRequest;
  stop(): void;
}

/** Prepares a body that is to be compressed, and begins to read one that comes in pieces. */
function* uploadOf(
  loop: EventLoop,
  exchange: Exchange,
  request: PreparedRequest,
  fetchOfPage: boolean,
): Generator<unknown, Uploading | undefined, unknown> {
  const { compress } = request;
  const { host } = loop.scheduler;
  const pieces = yield* readingOf(loop, exchange, request, fetchOfPage);
  const body = pieces?.body ?? request.body;
  if (body === undefined || (pieces === undefined && compress === undefined)) return undefined;
  const stop = () => pieces?.stop();
  if (compress === undefined) return { request: { ...request, body }, stop };
  if ("source" in body)
    return {
      request: { ...request, body: compressedStream(host, body.source as ReadableStream, compress) },
      stop,
    };
  const { bytes, type } = yield* exchange.wait(() => compressedWhole(host, body.whole, compress));
  const headers = new Map(request.headers);
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  return { request: { ...request, headers, body: { whole: bytes } }, stop };
}

/** Begins to read a body that comes in pieces; a page can send it only once it is complete. */
function* readingOf(
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
  const onEnd = () => {
    exchange.sending = false;
  };
  const source = { loop, what, source: body.source, signal, onFailure, onEnd };
  exchange.sending = true;
  return fetchOfPage ? yield* exchange.wait(() => uploadWhole(source)) : uploadStream(source);
}

function initOf(
  request: PreparedRequest,
  cookies: string | undefined,
  fetchOfPage: boolean,
  signal: AbortSignal,
): RequestInit {
  const { method, headers, body, settings } = request;
  const init: RequestInit = {
    ...settings.fetchOptions,
    method,
    headers: { ...Object.fromEntries(headers), ...(cookies !== undefined && { cookie: cookies }) },
    redirect: fetchMode(request, fetchOfPage),
    signal,
  };
  if (body === undefined) return init;
  if ("whole" in body) return { ...init, body: body.whole };
  // Without `duplex` a stream is refused.
  return { ...init, body: body.source as ReadableStream, duplex: "half" };
}
