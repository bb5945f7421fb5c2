/**
 * Owns the client side: from a host and port, or a path, to a pair of streams.
 */
import { readOptions } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostSocket, HostTarget } from "../host/network.ts";
import { Channel, HANGUP, WRITABLE } from "./channel.ts";
import {
  checkFamily,
  checkHost,
  checkLimit,
  checkPath,
  checkPort,
  LIMIT_BYTES,
  networkOf,
} from "./endpoint.ts";
import { networkError } from "./errors.ts";
import { StreamProtocol } from "./stream-protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { SocketTransport } from "./transport.ts";
import { fail } from "./waiters.ts";

const CALLER = "openConnection";
const CONNECTION_OPTIONS = ["limit", "family"] as const;
const TARGET_OPTIONS = ["host", "port", "path", "limit", "family"] as const;

/** The two streams of a connection. */
export type Streams = [reader: StreamReader, writer: StreamWriter];

/** How a connection is opened. */
export interface ConnectionOptions {
  /** The reader's limit, in bytes: its longest line, and half of what it holds. By default 64 KiB. */
  readonly limit?: number | undefined;
  /** 4 or 6 for addresses of only that kind; by default both. */
  readonly family?: 0 | 4 | 6 | undefined;
}

/** Where a connection goes: a host and port, or the path of a Unix socket. */
export type ConnectionTarget =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/**
 * Opens a connection. asyncio: `open_connection`.
 *
 * Cancelling the waiting task closes the socket.
 *
 * @param host - a name or an address. For a name with several addresses, the first that answers is used.
 * @param port - from 0 to 65535.
 * @param target - the same as one object together with the options, or the path of a Unix socket instead of host and port.
 * @returns its reader and its writer.
 * @throws NetworkError, whose `code` says why: ECONNREFUSED, ENOTFOUND, ETIMEDOUT and so on; ArgumentError
 * ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; NotSupportedError where the host has no sockets.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openConnection("127.0.0.1", 8080);
 * const [reader, writer] = yield* openConnection({ path: "/run/service.sock", limit: 1024 });
 * ```
 */
export function openConnection(host: string, port: number, options?: ConnectionOptions): Operation<Streams>;
export function openConnection(target: ConnectionTarget & ConnectionOptions): Operation<Streams>;
export function openConnection(
  where: string | (ConnectionTarget & ConnectionOptions),
  port?: number,
  options?: ConnectionOptions,
): Operation<Streams> {
  if (typeof where === "object" && where !== null) {
    const target = readOptions(CALLER, where, TARGET_OPTIONS) as ConnectionTarget & ConnectionOptions;
    return open(targetOf(target, target), limitOf(target));
  }
  const given = readOptions(CALLER, options, CONNECTION_OPTIONS);
  return open(targetOf({ host: where, port: port as number, path: undefined }, given), limitOf(given));
}

/** As `openConnection` with a path, that of a Unix socket. asyncio: `open_unix_connection`. */
export function openUnixConnection(path: string, options?: ConnectionOptions): Operation<Streams> {
  const given = readOptions("openUnixConnection", options, CONNECTION_OPTIONS);
  return open(targetOf({ path: checkPath("openUnixConnection", path) }, given), limitOf(given));
}

function targetOf(target: ConnectionTarget, options: ConnectionOptions): HostTarget {
  const family = checkFamily(CALLER, options.family);
  if (target.path !== undefined) return { path: checkPath(CALLER, target.path) };
  return {
    host: checkHost(CALLER, target.host),
    port: checkPort(CALLER, target.port),
    family,
    path: undefined,
  };
}

function limitOf(options: ConnectionOptions): number {
  const { limit = LIMIT_BYTES } = options;
  return checkLimit(CALLER, limit);
}

const open = coroutine(function* openConnection(target: HostTarget, limit: number) {
  const loop = getRunningLoop();
  const network = networkOf(loop, "openConnection", "connect");
  if (target.path !== undefined) networkOf(loop, "openConnection", "paths");
  const connected = loop.createFuture<void>();
  let socket: HostSocket | undefined;
  const channel = new Channel(loop, {
    ready(bits) {
      if (!connected.pending()) return;
      if (bits & HANGUP) fail(connected, cannotConnect(target, channel));
      else connected.setResult();
    },
    abandoned: () => socket?.destroy(),
  });
  try {
    socket = network.connect(target);
    socket.watch(channel);
    channel.want(WRITABLE | HANGUP);
    yield* connected;
    return streamsOf(loop, channel, socket, limit);
  } catch (error) {
    socket?.destroy();
    channel.close();
    throw error;
  }
});

function streamsOf(loop: EventLoop, channel: Channel, socket: HostSocket, limit: number): Streams {
  const reader = new StreamReader({ limit, loop });
  const protocol = new StreamProtocol(loop, reader);
  const transport = new SocketTransport(loop, channel, socket, protocol);
  return [reader, new StreamWriter(transport, protocol)];
}

function cannotConnect(target: HostTarget, channel: Channel): Error {
  const where = target.path !== undefined ? target.path : `${target.host}:${target.port}`;
  return networkError(`cannot connect to ${where}`, channel.failure ?? { code: "ECONNABORTED", reason: "" });
}
