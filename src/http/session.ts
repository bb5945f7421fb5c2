/**
 * Owns the ClientSession: what its requests have in common, and which of them are in progress.
 */
import { perform } from "../core/async/perform.ts";
import { checkCount, checkFunction, checkMethods, readOptions } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { LoopError, NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { BasicAuth } from "./auth.ts";
import { checkCompresses } from "./compression.ts";
import type { CookieJarLike } from "./cookies.ts";
import { describeRequest, failedRequest } from "./errors.ts";
import { Exchange, type TimeLimits } from "./exchange.ts";
import type { HeadersLike } from "./headers.ts";
import { Places } from "./places.ts";
import {
  headersWith,
  type PreparedRequest,
  prepare,
  type RequestDefaults,
  type RequestOptions,
  urlOf,
} from "./request.ts";
import { ClientResponse } from "./response.ts";
import { send } from "./send.ts";
import { DEFAULTS, type RequestSettings, SETTINGS, settingsOf } from "./settings.ts";
import type { ClientWebSocket } from "./web-socket.ts";
import type { WebSocketClass } from "./web-socket-like.ts";
import {
  checkCanOpen,
  failedOpening,
  open,
  type PreparedWebSocket,
  prepareWebSocket,
  type WebSocketOptions,
} from "./ws-connect.ts";

/** How many exchanges may be in progress by default, as in aiohttp. */
const LIMIT = 100;

const SESSION_OPTIONS = [
  "baseUrl",
  "headers",
  "auth",
  "limit",
  "limitPerHost",
  "cookieJar",
  "webSocket",
  ...SETTINGS,
] as const;

/** What all requests of a session have in common. */
export interface ClientSessionOptions extends RequestSettings {
  /** What relative URLs are relative to. */
  readonly baseUrl?: string | URL | undefined;
  /**
   * Sent with each request to the origin of `baseUrl`, and to no other, except those that reveal nothing about the sender, such as
   * `accept` and `user-agent`. Without a `baseUrl`, sent to every URL that is requested.
   */
  readonly headers?: HeadersLike | undefined;
  /** Basic authentication, as an `authorization` header, which goes where `headers` go. */
  readonly auth?: BasicAuth | undefined;
  /**
   * How many exchanges may be in progress at once; further ones wait. An exchange is in progress until its response is read or
   * closed, a WebSocket until it is closed. Default 100, null for no limit. aiohttp: `TCPConnector(limit)`.
   */
  readonly limit?: number | null | undefined;
  /** The same for each origin. By default there is no limit. aiohttp: `TCPConnector(limit_per_host)`. */
  readonly limitPerHost?: number | null | undefined;
  /**
   * Keeps cookies and sends them where they belong: `new CookieJar()` of the package tough-cookie. By default none are kept. Not in pages,
   * where the browser keeps them. aiohttp: `cookie_jar`.
   */
  readonly cookieJar?: CookieJarLike | undefined;
  /**
   * The class that WebSockets are made with instead of the host's: that of the package ws, on Node 20, which has none, and for `ping` and
   * `heartbeatMs`.
   */
  readonly webSocket?: WebSocketClass | undefined;
}

/**
 * Makes HTTP requests with the host's `fetch`. Cancelling the task that waits for a response, or for its body, aborts the
 * request; closing the session aborts all requests in progress. aiohttp: `ClientSession`.
 *
 * Redirects are followed, twenty at most. When one leads to another origin, neither `authorization` nor any other header is
 * sent there, whether the session's or the request's, except those that reveal nothing about the sender: `accept`, `range`,
 * `user-agent`, and those that describe the body. A page cannot see where redirects lead: there the browser follows them, and a request
 * with headers of its own, such as `x-api-key`, fails with EREDIRECT when it is redirected.
 *
 * @example
 * ```ts
 * const session = new ClientSession({ baseUrl: "https://example.org/", timeoutMs: 5000 });
 * yield* session.with(function* () {
 *   const response = yield* session.get("status.json");
 *   return yield* response.json();
 * });
 * ```
 */
export class ClientSession {
  readonly #defaults: RequestDefaults;
  readonly #places: Places;
  readonly #cookieJar: CookieJarLike | undefined;
  readonly #webSocket: WebSocketClass | undefined;
  readonly #underWay = new Set<Exchange>();
  #closed = false;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
  constructor(options?: ClientSessionOptions) {
    const given = readOptions("ClientSession", options, SESSION_OPTIONS);
    const { baseUrl, headers, auth, cookieJar, webSocket, limit = LIMIT, limitPerHost = null } = given;
    this.#defaults = {
      baseUrl: baseUrl === undefined ? undefined : urlOf(baseUrl, undefined),
      headers: headersWith("ClientSession", headers, auth),
      settings: settingsOf("ClientSession", given, DEFAULTS),
    };
    this.#places = new Places(checkLimit(limit), checkLimit(limitPerHost));
    if (cookieJar !== undefined)
      checkMethods("ClientSession", "a cookieJar", cookieJar, ["getCookieString", "setCookie"]);
    this.#cookieJar = cookieJar;
    if (webSocket !== undefined)
      checkFunction("ClientSession", webSocket, "a class of WebSockets as webSocket");
    this.#webSocket = webSocket;
  }

  /**
   * Makes a request and waits for the head of the response, whatever its status unless `raiseForStatus` is set.
   * @param method - such as GET.
   * @param url - absolute, or relative to the session's `baseUrl`.
   * @throws NetworkError when there is no response, whose `code` says why, EREDIRECT where a redirect cannot be followed; what
   * the body throws; HttpStatusError with `raiseForStatus`; TimeoutError; LoopError ERR_SESSION_CLOSED, or
   * ERR_HOST_UNSUPPORTED where the host has no `fetch`, or cannot use an option; ArgumentError for invalid arguments.
   */
  request(method: string, url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return operation("request", this.#exchange(prepare(method, url, options, this.#defaults)));
  }

  /** A GET request. @throws as `request`. */
  get(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("GET", url, options);
  }

  /** A HEAD request. @throws as `request`. */
  head(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("HEAD", url, options);
  }

  /** A POST request. @throws as `request`. */
  post(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("POST", url, options);
  }

  /** A PUT request. @throws as `request`. */
  put(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("PUT", url, options);
  }

  /** A PATCH request. @throws as `request`. */
  patch(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("PATCH", url, options);
  }

  /** A DELETE request. @throws as `request`. */
  delete(url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    return this.request("DELETE", url, options);
  }

  /**
   * Opens a WebSocket and waits until it is open. It gets the session's headers, `auth` and cookies as a request would; a page
   * and workerd cannot send any. Redirects are not followed. aiohttp: `ws_connect`.
   * @param url - `ws:` or `wss:`, or `http:` or `https:`, which are the same here; absolute, or relative to the session's `baseUrl`.
   * @throws NetworkError when it was not opened, whose `code` says why where the host does, EPROTO when the server answered otherwise;
   * TimeoutError; LoopError ERR_SESSION_CLOSED, or ERR_HOST_UNSUPPORTED where the host has no WebSocket, or cannot use an option;
   * ArgumentError for invalid arguments.
   *
   * @example
   * ```ts
   * const socket = yield* session.wsConnect("wss://example.org/chat", { protocols: ["chat"] });
   * yield* socket.with(function* () {
   *   yield* socket.send("hello");
   *   return yield* socket.receive();
   * });
   * ```
   */
  wsConnect(url: string | URL, options?: WebSocketOptions): Operation<ClientWebSocket> {
    return operation("wsConnect", this.#open(prepareWebSocket(url, options, this.#defaults)));
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Aborts what is in progress, including unread bodies, and refuses further requests. Harmless to repeat. */
  close(): void {
    this.#closed = true;
    for (const exchange of [...this.#underWay]) exchange.stop(sessionClosed(exchange.what));
  }

  /**
   * Runs `body` and closes the session after it, whatever happens.
   * @returns what `body` returns.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   */
  with<T>(body: Body<T, [session: ClientSession]>): Operation<T> {
    checkFunction("ClientSession.with", body);
    return operation("with", this.#within(body));
  }

  /** Closes it: `await using session`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    this.close();
    return Promise.resolve();
  }

  *#within<T>(body: Body<T, [ClientSession]>): Generator<unknown, T, unknown> {
    try {
      return yield* perform(body, this);
    } finally {
      this.close();
    }
  }

  *#exchange(prepared: PreparedRequest): Generator<unknown, ClientResponse, unknown> {
    const { method, url, settings } = prepared;
    const what = describeRequest(method, url);
    if (this.#closed) throw sessionClosed(what);
    const loop = getRunningLoop();
    const { fetch, fetchOfPage = false, name } = loop.scheduler.host;
    if (fetch === undefined) {
      throw new NotSupportedError(name, `${what} needs fetch`, "run it on a host that has fetch");
    }
    const cookieJar = this.#cookieJar;
    if (fetchOfPage) checkForPage(name, what, cookieJar, settings.maxRedirects);
    if (prepared.compress !== undefined) checkCompresses(loop.scheduler.host, what);
    const exchange = this.#begin(loop, what, settings, (rejection) => failedRequest(what, url, rejection));
    const sender = { loop, fetch, places: this.#places, cookieJar };
    const { response: answer, history } = yield* send(sender, exchange, prepared);
    const response = new ClientResponse(exchange, answer, history);
    if (settings.raiseForStatus) response.raiseForStatus();
    return response;
  }

  *#open(prepared: PreparedWebSocket): Generator<unknown, ClientWebSocket, unknown> {
    const { request, url } = prepared;
    const what = describeRequest("WebSocket", url);
    if (this.#closed) throw sessionClosed(what);
    const loop = getRunningLoop();
    const opener = {
      loop,
      places: this.#places,
      cookieJar: this.#cookieJar,
      webSocket: this.#webSocket,
    };
    checkCanOpen(loop.scheduler.host, what, prepared, opener);
    const exchange = this.#begin(loop, what, request.settings, (reason) => failedOpening(what, url, reason));
    return yield* open(opener, exchange, prepared);
  }

  #begin(
    loop: EventLoop,
    what: string,
    limits: TimeLimits,
    explain: (rejection: unknown) => Error,
  ): Exchange {
    const exchange = new Exchange(loop, what, limits, explain, (over) => this.#underWay.delete(over));
    this.#underWay.add(exchange);
    return exchange;
  }
}

function checkLimit(limit: number | null): number | null {
  return limit === null ? null : checkCount("ClientSession", limit, 1);
}

/** A page's `fetch` shows neither cookies nor redirects. */
function checkForPage(
  host: string,
  what: string,
  cookieJar: CookieJarLike | undefined,
  maxRedirects: number | undefined,
): void {
  if (cookieJar !== undefined) {
    throw new NotSupportedError(
      host,
      `${what} with a cookieJar needs a fetch that shows cookies`,
      'the browser keeps them; pass fetchOptions: { credentials: "include" }',
    );
  }
  if (maxRedirects === undefined) return;
  throw new NotSupportedError(
    host,
    `${what} with maxRedirects needs a fetch that shows redirects`,
    'use redirect: "error" to follow none',
  );
}

function sessionClosed(what: string): LoopError {
  return new LoopError(
    "ERR_SESSION_CLOSED",
    `${what}: the session is closed; create another, or close it later`,
  );
}
