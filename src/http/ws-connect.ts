/**
 * Owns opening a WebSocket: what it is asked for with, and by which class. Knows nothing of what it is used for.
 */
import { checkCount, checkIterable, readOptions } from "../core/checks.ts";
import { ArgumentError, NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkDelayMs } from "../core/sleep.ts";
import type { Host, HostWebSocketClass } from "../host/host.ts";
import { NetworkError } from "../io/errors.ts";
import { type CookieJarLike, cookiesFor, keepCookies } from "./cookies.ts";
import { failedRequest } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { personalOf } from "./headers.ts";
import type { Places } from "./places.ts";
import { type PreparedRequest, prepare, type RequestDefaults, type RequestOptions } from "./request.ts";
import { ClientWebSocket } from "./web-socket.ts";
import {
  cookiesOf,
  listen,
  type WebSocketClass,
  type WebSocketLike,
  webSocketOf,
} from "./web-socket-like.ts";
import { WebSocketConnection, type WebSocketLimits } from "./ws-connection.ts";

/** As in aiohttp. */
const CLOSE_TIMEOUT_MS = 10_000;
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** How a WebSocket is opened. */
export interface WebSocketOptions
  extends Pick<
    RequestOptions,
    "headers" | "auth" | "params" | "timeoutMs" | "connectTimeoutMs" | "fetchOptions"
  > {
  /** Protocols to offer, the preferred one first. */
  readonly protocols?: Iterable<string> | undefined;
  /**
   * Sends a ping so often, in milliseconds, and gives the connection up as ETIMEDOUT when no pong comes within half of it. By default null,
   * none. Needs what `ping` needs.
   */
  readonly heartbeatMs?: number | null | undefined;
  /** How long `close` waits for the other side, in milliseconds; default ten seconds. */
  readonly closeTimeoutMs?: number | undefined;
  /** How long a message may be, in bytes, or in characters where it is text; default 4 MiB, null for no limit. aiohttp: `max_msg_size`. */
  readonly messageBytesMax?: number | null | undefined;
}

const REQUEST = ["headers", "auth", "params", "timeoutMs", "connectTimeoutMs", "fetchOptions"] as const;
const OPTIONS = [...REQUEST, "protocols", "heartbeatMs", "closeTimeoutMs", "messageBytesMax"] as const;

/** What is asked for, checked. */
export interface PreparedWebSocket {
  /** As a GET request by HTTP. */
  readonly request: PreparedRequest;
  readonly url: URL;
  readonly protocols: string[];
  readonly limits: WebSocketLimits;
}

/** What a session opens WebSockets with. */
export interface Opener {
  readonly loop: EventLoop;
  readonly places: Places;
  readonly cookieJar: CookieJarLike | undefined;
  readonly webSocket: WebSocketClass | undefined;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
export function prepareWebSocket(
  url: string | URL,
  options: WebSocketOptions | undefined,
  defaults: RequestDefaults,
): PreparedWebSocket {
  const given = readOptions("wsConnect", options, OPTIONS);
  const { protocols = [], heartbeatMs = null, closeTimeoutMs = CLOSE_TIMEOUT_MS } = given;
  const { messageBytesMax = MESSAGE_BYTES_MAX } = given;
  const request = prepare("GET", byHttp(url), readOptions("wsConnect", options, REQUEST), defaults);
  const target = new URL(request.url);
  target.protocol = target.protocol === "https:" ? "wss:" : "ws:";
  target.hash = "";
  return {
    request,
    url: target,
    protocols: checkProtocols(protocols),
    limits: {
      heartbeatMs: heartbeatMs === null ? null : checkHeartbeatMs(heartbeatMs),
      closeTimeoutMs: checkDelayMs("closeTimeoutMs", closeTimeoutMs),
      messageBytesMax: messageBytesMax === null ? null : checkCount("wsConnect", messageBytesMax, 1),
    },
  };
}

/** Checks that the host can, before anything is opened. @throws NotSupportedError. */
export function checkCanOpen(
  { name, WebSocket, webSocketTakesOptions = false }: Host,
  what: string,
  { request, limits }: PreparedWebSocket,
  { webSocket, cookieJar }: Pick<Opener, "webSocket" | "cookieJar">,
): void {
  if (webSocket !== undefined) return;
  const withWs = "give the session the class of the package ws as webSocket";
  if (WebSocket === undefined)
    throw new NotSupportedError(name, `${what} needs WebSocket`, `${withWs}, or use Node 22 or later`);
  if (limits.heartbeatMs !== null) {
    const needs = `${what} with heartbeatMs needs a WebSocket that sends pings`;
    throw new NotSupportedError(name, needs, `${withWs}, or send messages of your own`);
  }
  const personal = cookieJar === undefined ? personalOf(request.headers) : "cookie";
  if (webSocketTakesOptions || personal === undefined) return;
  throw new NotSupportedError(
    name,
    `${what} with the header '${personal}' needs a WebSocket that sends headers`,
    "use a session without it, and let the first message or a protocol say what it would",
  );
}

/** Waits until it is open. @throws what stopped the exchange. */
export function* open(
  { loop, places, cookieJar, webSocket }: Opener,
  exchange: Exchange,
  prepared: PreparedWebSocket,
): Generator<unknown, ClientWebSocket, unknown> {
  const { request, url, limits } = prepared;
  const endLimit = exchange.limitConnecting("no open WebSocket");
  try {
    yield* exchange.takePlace(places, request.url.origin);
    const { headers } = request;
    const cookies = cookieJar && (yield* cookiesFor(exchange, cookieJar, request.url, headers.get("cookie")));
    const sent = { ...Object.fromEntries(headers), ...(cookies !== undefined && { cookie: cookies }) };
    const connection = exchange.attempt(() => {
      const socket = makeSocket(loop, exchange.what, prepared, sent, webSocket);
      return new WebSocketConnection(loop, exchange, socket, limits);
    });
    const cookiesThatCame = cookieJar && cookiesOf(connection.socket);
    yield* exchange.wait(() =>
      listen(connection.socket, connection, (reason) => failedRequest(exchange.what, url, reason)),
    );
    if (cookieJar && cookiesThatCame) yield* keepCookies(exchange, cookieJar, request.url, cookiesThatCame());
    exchange.endDeadline();
    connection.begin();
    return new ClientWebSocket(connection);
  } finally {
    endLimit();
  }
}

/** What the library ws says when the server answers with anything else, which hosts do not tell. */
const ANSWERED = /^Unexpected server response: (\d+)$/;

/** The error for what a WebSocket was not opened for. */
export function failedOpening(what: string, url: URL, reason: unknown): Error {
  const status = ANSWERED.exec(reason instanceof Error ? reason.message : "")?.[1];
  if (status === undefined) return failedRequest(what, url, reason);
  return new NetworkError(
    "EPROTO",
    `${what}: the server answered ${status} instead of opening a WebSocket; check the URL`,
  );
}

function makeSocket(
  loop: EventLoop,
  what: string,
  { request, url, protocols, limits }: PreparedWebSocket,
  headers: object,
  Library: WebSocketClass | undefined,
): WebSocketLike {
  const { fetchOptions } = request.settings;
  const { WebSocket, webSocketTakesOptions = false } = loop.scheduler.host;
  const maxPayload = limits.messageBytesMax ?? 0;
  // What is empty is left out: not every host ignores it.
  const options = { ...fetchOptions, ...(protocols.length > 0 && { protocols }), headers };
  let made: object;
  try {
    if (Library !== undefined)
      made = new Library(url.href, protocols, { maxPayload, ...fetchOptions, headers });
    else made = new (WebSocket as HostWebSocketClass)(url.href, webSocketTakesOptions ? options : protocols);
  } catch (error) {
    // A page that came by https: is not allowed to open ws:.
    throw failedRequest(what, url, error);
  }
  return webSocketOf(made);
}

/** The same URL by HTTP, whose origin decides which headers it gets. */
function byHttp(url: string | URL): string | URL {
  if (typeof url !== "string" && !(url instanceof URL)) return url;
  return String(url).replace(/^\s*ws(s?):/i, "http$1:");
}

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

function checkProtocols(protocols: unknown): string[] {
  checkIterable("wsConnect", "protocols as a list", protocols);
  const all = [...(protocols as Iterable<unknown>)];
  const isValid = all.every((each) => typeof each === "string" && TOKEN.test(each));
  if (isValid && new Set(all).size === all.length) return all as string[];
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    "wsConnect needs protocols as a list of different names, without spaces or commas",
  );
}

function checkHeartbeatMs(heartbeatMs: number): number {
  if (checkDelayMs("heartbeatMs", heartbeatMs) > 0) return heartbeatMs;
  throw new ArgumentError("ERR_ARGUMENT_VALUE", "heartbeatMs needs to be above 0; use null for no heartbeat");
}
