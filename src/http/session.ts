/**
 * Owns the ClientSession: what its requests have in common, and which of them are in progress.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction, readOptions } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { LoopError, NotSupportedError } from "../core/errors.ts";
import { getRunningLoop } from "../core/running.ts";
import { describeRequest, failedRequest } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { type HeaderMap, type HeadersLike, headersOf } from "./headers.ts";
import { checkTimeoutMs, type PreparedRequest, prepare, type RequestOptions, urlOf } from "./request.ts";
import { ClientResponse } from "./response.ts";
import { send } from "./send.ts";

/** How long a request may take by default, as in aiohttp. */
const TIMEOUT_MS = 300_000;

/** What all requests of a session have in common. */
export interface ClientSessionOptions {
  /** What relative URLs are relative to. */
  readonly baseUrl?: string | URL | undefined;
  /**
   * Sent with each request to the origin of `baseUrl`, and to no other, except those that reveal nothing about the sender, such as
   * `accept` and `user-agent`. Without a `baseUrl`, sent to every URL that is requested.
   */
  readonly headers?: HeadersLike | undefined;
  /**
   * How long a request and reading its response may take, in milliseconds; by default five minutes, null for
   * no limit.
   */
  readonly timeoutMs?: number | null | undefined;
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
  readonly #baseUrl: URL | undefined;
  readonly #headers: HeaderMap;
  readonly #timeoutMs: number | null;
  readonly #underWay = new Set<Exchange>();
  #closed = false;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
  constructor(options?: ClientSessionOptions) {
    const given = readOptions("ClientSession", options, ["baseUrl", "headers", "timeoutMs"]);
    const { baseUrl, headers, timeoutMs = TIMEOUT_MS } = given;
    this.#baseUrl = baseUrl === undefined ? undefined : urlOf(baseUrl, undefined);
    this.#headers = headersOf("ClientSession", headers);
    this.#timeoutMs = checkTimeoutMs(timeoutMs);
  }

  /**
   * Makes a request and waits for the head of the response, whatever its status.
   * @param method - such as GET.
   * @param url - absolute, or relative to the session's `baseUrl`.
   * @throws NetworkError when there is no response, whose `code` says why, EREDIRECT where a redirect cannot be followed; what
   * the body throws; TimeoutError; LoopError ERR_SESSION_CLOSED, or
   * ERR_HOST_UNSUPPORTED where the host has no `fetch`; ArgumentError for invalid arguments.
   */
  request(method: string, url: string | URL, options?: RequestOptions): Operation<ClientResponse> {
    const defaults = { baseUrl: this.#baseUrl, headers: this.#headers, timeoutMs: this.#timeoutMs };
    return operation("request", this.#exchange(prepare(method, url, options, defaults)));
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
    const { method, url, timeoutMs } = prepared;
    const what = describeRequest(method, url);
    if (this.#closed) throw sessionClosed(what);
    const loop = getRunningLoop();
    const { fetch, name } = loop.scheduler.host;
    if (fetch === undefined) {
      throw new NotSupportedError(name, `${what} needs fetch`, "run it on a host that has fetch");
    }
    const exchange = new Exchange(
      loop,
      what,
      timeoutMs,
      (rejection) => failedRequest(what, url, rejection),
      (over) => this.#underWay.delete(over),
    );
    this.#underWay.add(exchange);
    return new ClientResponse(exchange, yield* send(loop, exchange, fetch, prepared));
  }
}

function sessionClosed(what: string): LoopError {
  return new LoopError(
    "ERR_SESSION_CLOSED",
    `${what}: the session is closed; create another, or close it later`,
  );
}
