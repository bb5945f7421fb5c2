/**
 * Owns the client side: from a host and port, or a path, to a pair of streams.
 */
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

/** The two streams of a connection. */
export type Streams = [reader: StreamReader, writer: StreamWriter];

/** How a connection is opened. */
export interface ConnectionOptions {
  /** The reader's limit, in bytes: its longest line, and half of what it holds. 64 KiB unless given. */
  readonly limit?: number | undefined;
  /** 4 or 6 for addresses of that kind alone; both unless given. */
  readonly family?: 0 | 4 | 6 | undefined;
}

/** Where a connection goes: a host and port, or the path of a Unix socket. */
export type ConnectionTarget =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/**
 * Opens a connection. asyncio: `open_connection`.
 *
 * Cancelling the task that waits for it closes the socket.
 *
 * @param host - a name or an address. Of a name with several addresses, the first that answers.
 * @returns its reader and its writer.
 * @throws NetworkError, whose `code` tells why: ECONNREFUSED, ENOTFOUND, ETIMEDOUT and so on; ArgumentError
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
  options: ConnectionOptions = {},
): Operation<Streams> {
  if (typeof where === "object" && where !== null) return open(targetOf(where, where), limitOf(where));
  return open(targetOf({ host: where, port: port as number }, options), limitOf(options));
}

/** As `openConnection` with a path. asyncio: `open_unix_connection`. */
export function openUnixConnection(path: string, options: ConnectionOptions = {}): Operation<Streams> {
  return open(targetOf({ path: checkPath("openUnixConnection", path) }, options), limitOf(options));
}

function targetOf(target: ConnectionTarget, options: ConnectionOptions): HostTarget {
  const caller = "openConnection";
  if (target.path !== undefined) return { path: checkPath(caller, target.path) };
  return {
    host: checkHost(caller, target.host),
    port: checkPort(caller, target.port),
    family: checkFamily(caller, options.family),
  };
}

function limitOf(options: ConnectionOptions): number {
  return checkLimit("openConnection", options.limit ?? LIMIT_BYTES);
}

const open = coroutine(function* openConnection(target: HostTarget, limit: number) {
  const loop = getRunningLoop();
  const network = networkOf(loop, "openConnection", "connect");
  if ("path" in target) networkOf(loop, "openConnection", "paths");
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
  const where = "path" in target ? target.path : `${target.host}:${target.port}`;
  return networkError(`cannot connect to ${where}`, channel.failure ?? { code: "ECONNABORTED", reason: "" });
}
