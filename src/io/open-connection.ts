/**
 * Owns the client side of streams: from a host and port, a path or a socket, to a pair of streams.
 */
import { readOptions } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { getRunningLoop } from "../core/running.ts";
import {
  CONNECT_OPTIONS,
  type ConnectionTarget,
  type ConnectOptions,
  type ConnectPlan,
  connect,
  connectPlan,
  readTarget,
} from "./connect.ts";
import { checkLimit, checkPath, LIMIT_BYTES } from "./endpoint.ts";
import { StreamReaderProtocol } from "./stream-protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { SocketTransport } from "./transport.ts";

const CALLER = "openConnection";
const CONNECTION_OPTIONS = ["limit", ...CONNECT_OPTIONS] as const;

/** The two streams of a connection. */
export type Streams = [reader: StreamReader, writer: StreamWriter];

/** How a connection is opened. */
export interface ConnectionOptions extends ConnectOptions {
  /** The reader's limit, in bytes: its longest line, and half of what it holds. By default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Opens a connection. asyncio: `open_connection`.
 *
 * Cancelling the waiting task closes the socket.
 *
 * @param host - a name or an address. For a name with several addresses, the first that answers is used.
 * @param port - from 0 to 65535.
 * @param target - the same as one object together with the options, or instead of host and port the path of a Unix socket or
 * a connected socket.
 * @returns its reader and its writer.
 * @throws NetworkError, whose `code` says why: ECONNREFUSED, ENOTFOUND, ETIMEDOUT and so on, under TLS such as
 * CERT_HAS_EXPIRED; ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; NotSupportedError where the host has no sockets, or
 * none that can do what is required.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openConnection("127.0.0.1", 8080);
 * const [reader, writer] = yield* openConnection("example.org", 443, { ssl: true });
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
  const [target, given] = readTarget(CALLER, where, port, options, CONNECTION_OPTIONS);
  return open(connectPlan(CALLER, target, given), limitOf(given));
}

/** As `openConnection` with a path, that of a Unix socket. asyncio: `open_unix_connection`. */
export function openUnixConnection(path: string, options?: ConnectionOptions): Operation<Streams> {
  const caller = "openUnixConnection";
  const given = readOptions(caller, options, CONNECTION_OPTIONS);
  return open(connectPlan(caller, { path: checkPath(caller, path) }, given), limitOf(given));
}

function limitOf(options: ConnectionOptions): number {
  const { limit = LIMIT_BYTES } = options;
  return checkLimit(CALLER, limit);
}

const open = coroutine(function* openConnection(plan: ConnectPlan, limit: number) {
  const loop = getRunningLoop();
  const { channel, socket } = yield* connect(plan);
  const reader = new StreamReader({ limit, loop });
  const protocol = new StreamReaderProtocol(reader, { loop });
  const transport = new SocketTransport(loop, channel, socket, protocol, {
    shutdownMs: plan.tls?.shutdownMs,
  });
  const streams: Streams = [reader, new StreamWriter(transport, protocol)];
  return streams;
});
