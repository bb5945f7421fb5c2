/**
 * Owns what users say of a server: where it listens and how it takes connections, and from there to the addresses that are
 * listened on. Knows nothing of streams and protocols.
 */
import { checkBoolean, checkCount, checkMsAboveZero, readOptions, wrongArgument } from "../core/checks.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostListenOptions, HostTlsContext } from "../host/network.ts";
import {
  checkAlone,
  checkFamily,
  checkHost,
  checkPath,
  checkPort,
  checkSock,
  networkOf,
} from "./endpoint.ts";
import { lookup } from "./getaddrinfo.ts";
import {
  preparedTls,
  serverTls,
  TLS_SERVER_OPTIONS,
  type TlsPlan,
  type TlsServerOptions,
} from "./tls-options.ts";
import { TUNING_OPTIONS, type TuningOptions, tuningOf } from "./tuning.ts";

/** Where a server listens by default: only for this machine. */
const DEFAULT_HOST = "127.0.0.1";
/**
 * How many connections may wait in the system's queue by default. In asyncio it is 100; but a client that finds no room there
 * tries again only after a second, and a thousand that connect at once are nothing unusual.
 */
const DEFAULT_BACKLOG = 1024;

/** How a server is started. */
export interface ListenOptions extends TlsServerOptions, TuningOptions {
  /** How many connections may wait to be accepted; by default 1024. */
  readonly backlog?: number | undefined;
  /** False to listen only once `startServing` or `serveForever` is called. */
  readonly startServing?: boolean | undefined;
  /** 4 or 6 for addresses of only that kind; by default both. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Whether other processes may listen on the same port, and the system shares connections out; by default false. */
  readonly reusePort?: boolean | undefined;
  /** How many connections are served at a time; further ones wait until one ends. By default there is no limit. */
  readonly maxConnections?: number | undefined;
  /**
   * How long a connection may be idle in both directions before it is closed, in milliseconds; by default there is no limit. Bytes
   * that are being sent count; a client that takes none of them is cut with ETIMEDOUT, after twice as long at the latest.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How long the other side may take to send a header, in milliseconds, before the connection is cut with ETIMEDOUT; by
   * default there is no limit. For the first header the time counts from the connection, for later ones from their first byte.
   * With streams a header is what `readuntil` or `readline` waits for, and the first one is whatever is read first; a protocol
   * calls `transport.endHeader` when it has all of a header, and `transport.beginHeader` when the next one begins.
   */
  readonly headerTimeoutMs?: number | undefined;
}

/** Where a server listens: on a host and port, on the path of a Unix socket, or on a socket that is already listening. */
export type ServerTarget =
  | {
      /** A name or an address, or several; '' for all interfaces. By default only this machine, 127.0.0.1. */
      readonly host?: string | readonly string[] | undefined;
      /** 0, or none, for any free port. */
      readonly port?: number | undefined;
      readonly path?: undefined;
      readonly sock?: undefined;
    }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined; readonly sock?: undefined }
  | {
      /**
       * A server of the host's own, a `net.Server`, or the number of a descriptor that is listening, as systemd passes them on: 3
       * or more. The server owns it from now on.
       */
      readonly sock: unknown;
      readonly host?: undefined;
      readonly port?: undefined;
      readonly path?: undefined;
    };

export const LISTEN_OPTIONS = [
  "backlog",
  "startServing",
  "family",
  "reusePort",
  "maxConnections",
  "idleTimeoutMs",
  "headerTimeoutMs",
  ...TUNING_OPTIONS,
  ...TLS_SERVER_OPTIONS,
] as const;

/** What is to be listened on, and how, checked. */
export interface ListenPlan {
  readonly caller: string;
  readonly startNow: boolean;
  /** Hosts may still be names. */
  readonly bindings: readonly HostListenOptions[];
  readonly family: 0 | 4 | 6;
  readonly maxConnections: number;
  readonly idleMs: number | undefined;
  readonly headerMs: number | undefined;
  readonly tls: TlsPlan | undefined;
}

/** What a server needs to know of its connections. */
export interface ServerSettings extends Pick<ListenPlan, "maxConnections" | "idleMs" | "headerMs" | "tls"> {
  readonly tlsContext: HostTlsContext | undefined;
}

/** Checks what of a server is given as one of several parameters. */
export function readServer<T extends object, K extends keyof (ServerTarget & T) & string>(
  caller: string,
  where: unknown,
  port: unknown,
  options: T | undefined,
  names: readonly K[],
): [target: ServerTarget, options: T] {
  if (typeof where === "object" && where !== null && !Array.isArray(where)) {
    const all = ["host", "port", "path", "sock", ...names] as K[];
    const target = readOptions(caller, where as ServerTarget & T, all);
    return [target as ServerTarget, target as T];
  }
  const given = readOptions(caller, options as ServerTarget & T, names);
  const target = { host: where as string, port: port as number, path: undefined, sock: undefined };
  return [target, given as T];
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
export function listenPlan(caller: string, target: ServerTarget, options: ListenOptions): ListenPlan {
  const { backlog = DEFAULT_BACKLOG, startServing = true, maxConnections } = options;
  const { idleTimeoutMs, headerTimeoutMs, reusePort = false, family } = options;
  checkCount(`${caller}, for its backlog,`, backlog, 1);
  if (maxConnections !== undefined) checkCount(`${caller}, for its maxConnections,`, maxConnections, 1);
  const plan = {
    caller,
    startNow: checkBoolean(caller, "startServing", startServing),
    family: checkFamily(caller, family),
    maxConnections: maxConnections ?? Number.POSITIVE_INFINITY,
    idleMs:
      idleTimeoutMs === undefined ? undefined : checkMsAboveZero(caller, "idleTimeoutMs", idleTimeoutMs),
    headerMs:
      headerTimeoutMs === undefined
        ? undefined
        : checkMsAboveZero(caller, "headerTimeoutMs", headerTimeoutMs),
    tls: serverTls(caller, options),
  };
  const how = {
    backlog,
    reusePort: checkBoolean(caller, "reusePort", reusePort),
    ...tuningOf(caller, options),
  };
  checkAlone(caller, target);
  const { path, sock, port = 0, host = DEFAULT_HOST } = target;
  if (sock !== undefined)
    return { ...plan, bindings: [{ socket: checkSock(caller, sock), path: undefined, ...how }] };
  if (path !== undefined) return { ...plan, bindings: [{ path: checkPath(caller, path), backlog }] };
  const hosts = (Array.isArray(host) ? host : [host]).map((each) => checkHost(caller, each));
  if (hosts.length === 0) throw wrongArgument(caller, "at least one host", host, "ERR_ARGUMENT_VALUE");
  const checkedPort = checkPort(caller, port);
  const bindings = hosts.map((each) => ({ host: each, port: checkedPort, path: undefined, ...how }));
  return { ...plan, bindings };
}

/** The host's options for each address, and what the server has to know. @throws NetworkError; NotSupportedError. */
export function* resolved(
  loop: EventLoop,
  { caller, bindings, family, maxConnections, idleMs, headerMs, tls }: ListenPlan,
): Generator<unknown, [readonly HostListenOptions[], ServerSettings], unknown> {
  networkOf(loop, caller, "listen");
  const addresses = new Map<string, HostListenOptions>();
  for (const binding of bindings) {
    if (binding.path !== undefined) networkOf(loop, caller, "paths");
    if (!("host" in binding)) {
      addresses.set("", binding);
      continue;
    }
    if (binding.reusePort) networkOf(loop, caller, "reusesPorts");
    // A name may stand for several addresses, and each is listened on.
    const names =
      binding.host === "" ? [everywhere(family)] : yield* lookup(loop, caller, binding.host, { family });
    for (const { host } of names) addresses.set(host, { ...binding, host });
  }
  const tlsContext = tls === undefined ? undefined : preparedTls(loop, caller, tls);
  return [[...addresses.values()], { maxConnections, idleMs, headerMs, tls, tlsContext }];
}

/** All interfaces, of one family or as the system has it. */
function everywhere(family: 0 | 4 | 6): { readonly host: string } {
  return { host: { 0: "", 4: "0.0.0.0", 6: "::" }[family] };
}
