/**
 * Owns what a session sets for all of its requests, and each request may set for itself. Knows nothing of how it is used.
 */
import { checkBoolean, checkCount, wrongArgument } from "../core/checks.ts";
import { ArgumentError } from "../core/errors.ts";
import { checkDelayMs } from "../core/sleep.ts";
import type { TimeLimits } from "./exchange.ts";

/** How long a request may take by default, as in aiohttp. */
const TIMEOUT_MS = 300_000;

/** What a session sets for all of its requests, and each request may set for itself. */
export interface RequestSettings {
  /**
   * How long the request and reading its response may take, in milliseconds; by default five minutes, null for no limit. aiohttp:
   * `ClientTimeout(total)`.
   */
  readonly timeoutMs?: number | null | undefined;
  /**
   * How long it may wait for a place, in milliseconds (see `limit`); null, the default, for no limit of its own. For a WebSocket
   * it includes opening it. How long `fetch` may take to connect can be set only by a dispatcher (`fetchOptions`). aiohttp:
   * `ClientTimeout(connect)`.
   */
  readonly connectTimeoutMs?: number | null | undefined;
  /**
   * How long nothing may come from the server, in milliseconds, once the request was sent; null, the default, for no limit of its
   * own. aiohttp: `ClientTimeout(sock_read)`.
   */
  readonly readTimeoutMs?: number | null | undefined;
  /** Whether a status of 400 or above is an HttpStatusError, instead of a response. Default false. */
  readonly raiseForStatus?: boolean | undefined;
  /** How many redirects are followed; a further one is an EREDIRECT. Default 20, as in Fetch; 10 in aiohttp. Not in pages. */
  readonly maxRedirects?: number | undefined;
  /**
   * Passed to the host's `fetch`: `{ dispatcher }` on Node, `{ client }` on Deno, `{ proxy, tls }` on Bun, for proxies, certificates
   * and the like; `{ credentials: "include" }` in pages. A request's are added to the session's.
   */
  readonly fetchOptions?: object | undefined;
}

export const SETTINGS = [
  "timeoutMs",
  "connectTimeoutMs",
  "readTimeoutMs",
  "raiseForStatus",
  "maxRedirects",
  "fetchOptions",
] as const;

/** Checked, and complete. */
export interface Settings extends TimeLimits {
  readonly raiseForStatus: boolean;
  /** Undefined unless it was set. */
  readonly maxRedirects: number | undefined;
  readonly fetchOptions: object;
}

export const DEFAULTS: Settings = {
  timeoutMs: TIMEOUT_MS,
  connectTimeoutMs: null,
  readTimeoutMs: null,
  raiseForStatus: false,
  maxRedirects: undefined,
  fetchOptions: {},
};

/** @throws ArgumentError ERR_ARGUMENT_TYPE, ERR_ARGUMENT_VALUE or ERR_DELAY. */
export function settingsOf(caller: string, given: RequestSettings, defaults: Settings): Settings {
  const { timeoutMs = defaults.timeoutMs, raiseForStatus = defaults.raiseForStatus } = given;
  const { connectTimeoutMs = defaults.connectTimeoutMs, readTimeoutMs = defaults.readTimeoutMs } = given;
  const { maxRedirects = defaults.maxRedirects, fetchOptions = {} } = given;
  return {
    timeoutMs: checkTimeoutMs("timeoutMs", timeoutMs),
    connectTimeoutMs: checkTimeoutMs("connectTimeoutMs", connectTimeoutMs),
    readTimeoutMs: checkTimeoutMs("readTimeoutMs", readTimeoutMs),
    raiseForStatus: checkBoolean(caller, "raiseForStatus", raiseForStatus),
    maxRedirects: maxRedirects === undefined ? undefined : checkCount(caller, maxRedirects, 0),
    fetchOptions: { ...defaults.fetchOptions, ...checkFetchOptions(caller, fetchOptions) },
  };
}

function checkTimeoutMs(name: string, timeoutMs: number | null): number | null {
  return timeoutMs === null ? null : checkDelayMs(name, timeoutMs);
}

/** Those of which a request has its own. */
const OWN_OPTIONS = ["method", "headers", "body", "redirect", "signal", "duplex"];

function checkFetchOptions(caller: string, options: unknown): object {
  if (typeof options !== "object" || options === null || Symbol.iterator in options)
    throw wrongArgument(caller, "fetchOptions as an object", options);
  const own = OWN_OPTIONS.find((name) => Object.hasOwn(options, name));
  if (own === undefined) return options;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs fetchOptions without '${own}'; give it as an option of the request`,
  );
}
