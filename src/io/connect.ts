/**
 * Owns the way to a connection: what users say about where and how, and from there to a connected socket of the host's, secured
 * if required. Knows nothing of streams and protocols.
 */
import { checkBoolean, checkFunction, checkMsAboveZero, readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import { checkDelayMs } from "../core/sleep.ts";
import type { HostNetwork, HostSocket, HostTarget, HostTlsContext, HostTuning } from "../host/network.ts";
import { Channel } from "./channel.ts";
import {
  checkAlone,
  checkFamily,
  checkHost,
  checkPath,
  checkPort,
  checkSock,
  networkOf,
} from "./endpoint.ts";
import { NetworkError, networkError } from "./errors.ts";
import { isAddress, lookup } from "./getaddrinfo.ts";
import { Handshake } from "./handshake.ts";
import { opened } from "./opened.ts";
import { firstOf } from "./staggered.ts";
import {
  clientTls,
  preparedTls,
  TLS_CLIENT_OPTIONS,
  type TlsClientOptions,
  type TlsPlan,
  tlsStart,
} from "./tls-options.ts";
import { TUNING_OPTIONS, type TuningOptions, tuningOf } from "./tuning.ts";

/** Where a connection goes: a host and port, the path of a Unix socket, or a socket that is connected. */
export type ConnectionTarget =
  | { readonly host: string; readonly port: number; readonly path?: undefined; readonly sock?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined; readonly sock?: undefined }
  | {
      /** A connected socket of the host's own, a `net.Socket`, or the number of a descriptor. The connection owns it from then on. */
      readonly sock: unknown;
      readonly host?: undefined;
      readonly port?: undefined;
      readonly path?: undefined;
    };

/** How a connection is made. */
export interface ConnectOptions extends TlsClientOptions, TuningOptions {
  /** 4 or 6 for addresses of only that kind; by default both. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** The address of this side, and its port if it matters. */
  readonly localAddr?: { readonly host: string; readonly port?: number | undefined } | undefined;
  /** How long connecting may take, including name resolution, in milliseconds; by default as long as the system allows. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * For names with several addresses: after how many milliseconds without an answer the next address is tried in parallel, as
   * in RFC 8305. By default it is left to the host.
   */
  readonly happyEyeballsDelay?: number | undefined;
  /** How many addresses of the first family are tried before one of the other; by default 1 with happyEyeballsDelay. */
  readonly interleave?: number | undefined;
  /** True for an ExceptionGroup of all failures if several addresses have failed. */
  readonly allErrors?: boolean | undefined;
}

export const CONNECT_OPTIONS = [
  ...TLS_CLIENT_OPTIONS,
  ...TUNING_OPTIONS,
  "family",
  "localAddr",
  "connectTimeoutMs",
  "happyEyeballsDelay",
  "interleave",
  "allErrors",
] as const;
export const TARGET_OPTIONS = ["host", "port", "path", "sock"] as const;

/** What is to be connected, checked. */
export interface ConnectPlan {
  readonly caller: string;
  /** Undefined for a socket of the user's. */
  readonly target: HostTarget | undefined;
  readonly sock: unknown;
  readonly tuning: HostTuning;
  readonly tls: TlsPlan | undefined;
  readonly timeoutMs: number | undefined;
  /** Undefined where the host goes through the addresses of a name. */
  readonly addresses:
    | { readonly delayMs: number | undefined; readonly interleave: number; readonly allErrors: boolean }
    | undefined;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
export function connectPlan(caller: string, target: ConnectionTarget, options: ConnectOptions): ConnectPlan {
  const { family, localAddr, connectTimeoutMs, happyEyeballsDelay, interleave, allErrors = false } = options;
  const tls = clientTls(caller, options);
  const wanted = checkFamily(caller, family);
  const tuning = tuningOf(caller, options);
  const local = localAddr === undefined ? undefined : localOf(caller, localAddr);
  if (connectTimeoutMs !== undefined) checkMsAboveZero(caller, "connectTimeoutMs", connectTimeoutMs);
  if (happyEyeballsDelay !== undefined) checkDelayMs(caller, happyEyeballsDelay);
  if (interleave !== undefined && !(Number.isInteger(interleave) && interleave > 0))
    throw wrongArgument(caller, "interleave as a whole number, 1 or more", interleave, "ERR_ARGUMENT_VALUE");
  checkBoolean(caller, "allErrors", allErrors);
  const own = happyEyeballsDelay !== undefined || interleave !== undefined || allErrors;
  const plan = { caller, sock: undefined, tuning, tls, timeoutMs: connectTimeoutMs };
  checkAlone(caller, target);
  if (target.sock !== undefined) {
    needName(caller, tls);
    return { ...plan, target: undefined, sock: checkSock(caller, target.sock), addresses: undefined };
  }
  if (target.path !== undefined) {
    needName(caller, tls);
    return { ...plan, target: { path: checkPath(caller, target.path) }, addresses: undefined };
  }
  return {
    ...plan,
    target: {
      host: checkHost(caller, target.host),
      port: checkPort(caller, target.port),
      family: wanted === 0 && local !== undefined ? familyOf(local.host) : wanted,
      path: undefined,
      localHost: local?.host,
      localPort: local?.port,
      ...tuning,
      startsTls: tls !== undefined,
    },
    addresses: own
      ? {
          delayMs: happyEyeballsDelay,
          interleave: interleave ?? (happyEyeballsDelay === undefined ? 0 : 1),
          allErrors,
        }
      : undefined,
  };
}

/** Checks what of a target is given as one of several parameters. @internal */
export function readTarget<T extends object, K extends keyof (ConnectionTarget & T) & string>(
  caller: string,
  where: unknown,
  port: unknown,
  options: T | undefined,
  names: readonly K[],
): [target: ConnectionTarget, options: T] {
  if (typeof where === "object" && where !== null) {
    const target = readOptions(caller, where as ConnectionTarget & T, [...TARGET_OPTIONS, ...names] as K[]);
    return [target as ConnectionTarget, target as T];
  }
  const given = readOptions(caller, options as ConnectionTarget & T, names);
  return [{ host: where as string, port: port as number, path: undefined, sock: undefined }, given as T];
}

export function checkFactory(caller: string, protocolFactory: unknown): void {
  checkFunction(caller, protocolFactory, "a function that makes a protocol");
}

function needName(caller: string, tls: TlsPlan | undefined): void {
  if (tls === undefined || tls.serverName !== undefined) return;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs serverHostname with 'ssl' if there is no host; give the name that the certificate is for, or '' for any`,
  );
}

function localOf(
  caller: string,
  localAddr: { readonly host: string; readonly port?: number | undefined },
): { readonly host: string; readonly port: number | undefined } {
  const { host, port } = readOptions(caller, localAddr, ["host", "port"]);
  if (!isAddress(checkHost(caller, host))) {
    throw wrongArgument(caller, "localAddr with an address of this machine", host, "ERR_ARGUMENT_VALUE");
  }
  return { host: host as string, port: port === undefined ? undefined : checkPort(caller, port) };
}

/** @internal */
export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

// ── Connecting ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A connection of the host's, and its channel. Whoever has it closes it. */
export interface Connection {
  readonly socket: HostSocket;
  readonly channel: Channel;
}

/** Connects as planned. Whoever cancels it finds nothing left open. */
export function* connect(plan: ConnectPlan): Generator<unknown, Connection, unknown> {
  const loop = getRunningLoop();
  const { caller, target, tls } = plan;
  const network = networkOf(loop, caller, "connect");
  if (target?.path !== undefined) networkOf(loop, caller, "paths");
  if (isTuned(target)) networkOf(loop, caller, "tunes");
  const context = tls === undefined ? undefined : preparedTls(loop, caller, tls);
  const connection = yield* plain(loop, network, plan);
  if (tls === undefined || context === undefined) return connection;
  yield* secured(loop, connection, tls, context, target?.path === undefined ? (target?.host ?? "") : "");
  return connection;
}

/** Whether it says something that not every host does. */
function isTuned(target: HostTarget | undefined): boolean {
  if (target === undefined || target.path !== undefined) return false;
  return target.localHost !== undefined || !target.noDelay || target.keepAliveMs !== undefined;
}

function* secured(
  loop: EventLoop,
  { channel, socket }: Connection,
  tls: TlsPlan,
  context: HostTlsContext,
  host: string,
): Generator<unknown, void, unknown> {
  try {
    const start = tlsStart(context, tls, host);
    yield* new Handshake(loop, channel, socket, start, tls.handshakeMs).ending;
  } catch (error) {
    socket.destroy();
    channel.close();
    throw error;
  }
}

function* plain(
  loop: EventLoop,
  network: HostNetwork,
  plan: ConnectPlan,
): Generator<unknown, Connection, unknown> {
  const { caller, target, timeoutMs, addresses } = plan;
  if (target === undefined) return adopted(loop, caller, plan.sock, plan.tuning);
  const attempts = addresses === undefined || target.path !== undefined ? undefined : addresses;
  if (attempts === undefined) return yield* attempt(loop, network, target, timeoutMs);
  const deadlineMs = timeoutMs === undefined ? undefined : loop.time() + timeoutMs;
  const { host, family } = target as Extract<HostTarget, { host: string }>;
  const names = yield* lookup(loop, caller, host, { family });
  const ordered = interleaved(names, attempts.interleave);
  return yield* firstOf<Connection>({
    attempts: ordered.map((name) => () => {
      const leftMs = deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - loop.time());
      return attempt(loop, network, { ...target, host: name.host } as HostTarget, leftMs);
    }),
    delayMs: attempts.delayMs,
    allErrors: attempts.allErrors,
    undo: ({ socket, channel }) => {
      socket.destroy();
      channel.close();
    },
  });
}

/** So many of the first one's family, then one of each in turn. asyncio: `_interleave_addrinfos`. */
function interleaved<T extends { readonly family: 4 | 6 }>(names: readonly T[], count: number): T[] {
  const [first] = names;
  if (first === undefined || count === 0) return [...names];
  const same = names.filter(({ family }) => family === first.family);
  const other = names.filter(({ family }) => family !== first.family);
  const ordered = same.splice(0, count - 1);
  while (same.length > 0 || other.length > 0) ordered.push(...same.splice(0, 1), ...other.splice(0, 1));
  return ordered;
}

function attempt(
  loop: EventLoop,
  network: HostNetwork,
  target: HostTarget,
  timeoutMs: number | undefined,
): Generator<unknown, Connection, unknown> {
  return opened(
    loop,
    () => network.connect(target),
    (channel) => cannotConnect(target, channel),
    timeoutMs === undefined ? undefined : { timeoutMs, error: () => tooSlow(target, timeoutMs) },
  );
}

/** A connection that the user has made. @internal */
export function adopted(loop: EventLoop, caller: string, sock: unknown, tuning: HostTuning): Connection {
  const socket = networkOf(loop, caller, "adopt").adopt(sock, tuning);
  if ("code" in socket) throw networkError(`${caller} cannot use this 'sock'`, socket);
  const channel = new Channel(loop, { ready() {}, abandoned: () => socket.destroy() });
  socket.watch(channel);
  return { socket, channel };
}

function whereOf(target: HostTarget): string {
  return target.path !== undefined ? target.path : `${target.host}:${target.port}`;
}

function cannotConnect(target: HostTarget, channel: Channel): Error {
  const failure = channel.failure ?? { code: "ECONNABORTED", reason: "" };
  return networkError(`cannot connect to ${whereOf(target)}`, failure);
}

function tooSlow(target: HostTarget, timeoutMs: number): NetworkError {
  return new NetworkError(
    "ETIMEDOUT",
    `cannot connect to ${whereOf(target)}: no answer within ${timeoutMs} ms; try again later, or allow more time`,
  );
}
