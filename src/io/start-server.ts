/**
 * Owns the server side of streams: from a handler and an address to a Server that handles each connection.
 */
import { checkBoolean, checkCount, checkFunction, readOptions, wrongArgument } from "../core/checks.ts";
import { type Context, copyContext } from "../core/context.ts";
import { coroutine, isAsyncFunction, iscoroutine, isThenable, type Operation } from "../core/coroutine.ts";
import { adopt } from "../core/ensure.ts";
import { Future } from "../core/future.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostListenOptions } from "../host/network.ts";
import { checkHost, checkLimit, checkPath, checkPort, LIMIT_BYTES, networkOf } from "./endpoint.ts";
import { lookup } from "./getaddrinfo.ts";
import { LostConnections } from "./lost-connections.ts";
import { type Connected, Server } from "./server.ts";
import { StreamProtocol } from "./stream-protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { SocketTransport } from "./transport.ts";

const CALLER = "startServer";
const SERVER_OPTIONS = ["backlog", "limit", "startServing"] as const;
const TARGET_OPTIONS = ["host", "port", "path", ...SERVER_OPTIONS] as const;

/** Where a server listens by default: only for this machine. */
const DEFAULT_HOST = "127.0.0.1";
/**
 * How many connections the system queues by default before they are accepted. asyncio has 100; but a client that
 * finds no room retries only after a second, and a thousand clients at once are nothing unusual.
 */
const DEFAULT_BACKLOG = 1024;

/**
 * Called with the streams of each new connection: a coroutine function, an async function, or a plain one.
 * It should eventually close the writer.
 */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => unknown;

/** How a server is started. */
export interface ServerOptions {
  /** How many connections may wait to be accepted; by default 1024. */
  readonly backlog?: number | undefined;
  /** The readers' limit, in bytes: the longest line, and half of what a reader holds. By default 64 KiB. */
  readonly limit?: number | undefined;
  /** False to listen only once `startServing` or `serveForever` is called. */
  readonly startServing?: boolean | undefined;
}

/** Where a server listens: on a host and port, or on the path of a Unix socket. */
export type ServerTarget =
  | {
      /** A name or an address, or several; '' for all interfaces. By default only this machine, 127.0.0.1. */
      readonly host?: string | readonly string[] | undefined;
      /** 0, or none, for any free port. */
      readonly port?: number | undefined;
      readonly path?: undefined;
    }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/**
 * Starts a server and calls `clientConnected` for each connection. What it throws goes to the loop's exception handler,
 * and the connection is closed. asyncio: `start_server`, except that it listens on 127.0.0.1 unless a host is given.
 *
 * @param host - a name or an address, or several; '' for all interfaces.
 * @param options - how it is started; instead of the host also where: host and port, or the path of a Unix socket.
 * @param port - 0, or none, for any free port, which `server.addresses` then contains.
 * @returns the server, which is listening.
 * @throws NetworkError such as EADDRINUSE; ArgumentError ERR_CALLBACK_EXPECTED, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE;
 * NotSupportedError where the host has no server sockets.
 *
 * @example
 * ```ts
 * const server = yield* startServer(function* (reader, writer) {
 *   writer.write(yield* reader.readline());
 *   yield* writer.drain();
 *   writer.close();
 * }, "127.0.0.1", 8080);
 * ```
 */
export function startServer(
  clientConnected: ClientConnected,
  host?: string | readonly string[],
  port?: number,
  options?: ServerOptions,
): Operation<Server>;
export function startServer(
  clientConnected: ClientConnected,
  options: ServerTarget & ServerOptions,
): Operation<Server>;
export function startServer(
  clientConnected: ClientConnected,
  where?: string | readonly string[] | (ServerTarget & ServerOptions),
  port?: number,
  options?: ServerOptions,
): Operation<Server> {
  if (typeof where === "object" && where !== null && !Array.isArray(where)) {
    const target = readOptions(CALLER, where as ServerTarget & ServerOptions, TARGET_OPTIONS);
    return start(clientConnected, target as ServerTarget, target);
  }
  const given = readOptions(CALLER, options, SERVER_OPTIONS);
  return start(
    clientConnected,
    { host: where as string | readonly string[] | undefined, port, path: undefined },
    given,
  );
}

/** As `startServer` with a path, that of a Unix socket: calls `clientConnected` the same way. asyncio: `start_unix_server`. */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options?: ServerOptions,
): Operation<Server> {
  const given = readOptions("startUnixServer", options, SERVER_OPTIONS);
  return start(clientConnected, { path: checkPath("startUnixServer", path) }, given);
}

function start(
  clientConnected: ClientConnected,
  target: ServerTarget,
  options: ServerOptions,
): Operation<Server> {
  const caller = CALLER;
  checkFunction(caller, clientConnected, "a function to call for each connection");
  const { limit = LIMIT_BYTES, backlog = DEFAULT_BACKLOG, startServing = true } = options;
  checkLimit(caller, limit);
  checkCount(`${caller}, for its backlog,`, backlog, 1);
  const startNow = checkBoolean(caller, "startServing", startServing);
  const { path, port = 0, host = DEFAULT_HOST } = target;
  if (path !== undefined)
    return starting(clientConnected, limit, startNow, [], [{ path: checkPath(caller, path), backlog }]);
  const hosts = (Array.isArray(host) ? host : [host]).map((each) => checkHost(caller, each));
  if (hosts.length === 0) throw wrongArgument(caller, "at least one host", host, "ERR_ARGUMENT_VALUE");
  const bindings = hosts.map((each) => ({
    host: each,
    port: checkPort(caller, port),
    path: undefined,
    backlog,
  }));
  return starting(clientConnected, limit, startNow, bindings, []);
}

type TcpBinding = Extract<HostListenOptions, { readonly host: string }>;

const starting = coroutine(function* startServer(
  clientConnected: ClientConnected,
  limit: number,
  startNow: boolean,
  named: readonly TcpBinding[],
  paths: readonly HostListenOptions[],
) {
  const loop = getRunningLoop();
  networkOf(loop, "startServer", "listen");
  if (paths.length > 0) networkOf(loop, "startServer", "paths");
  const bindings = [...paths, ...(yield* withAddresses(loop, named))];
  const server = new Server(loop, bindings, streamsFor(loop, clientConnected, limit));
  if (startNow) yield* server.startServing();
  return server;
});

/** A name may stand for several addresses, and each is listened on. */
function* withAddresses(
  loop: EventLoop,
  named: readonly TcpBinding[],
): Generator<unknown, HostListenOptions[], unknown> {
  const bindings = new Map<string, HostListenOptions>();
  for (const binding of named) {
    const addresses = binding.host === "" ? [binding] : yield* lookup(loop, "startServer", binding.host, 0);
    for (const { host } of addresses) bindings.set(host, { ...binding, host });
  }
  return [...bindings.values()];
}

function streamsFor(loop: EventLoop, clientConnected: ClientConnected, limit: number): Connected {
  const context = copyContext();
  const losses = new LostConnections(loop);
  return (channel, socket, onGone) => {
    const reader = new StreamReader({ limit, loop });
    const protocol = new StreamProtocol(loop, reader);
    const transport = new SocketTransport(loop, channel, socket, protocol, onGone);
    const writer = new StreamWriter(transport, protocol);
    const failed = (exception: unknown) => {
      transport.close();
      if (isInterrupt(exception)) throw exception;
      const message = "Unhandled exception in clientConnected";
      if (protocol.isLoss(exception)) losses.report(message, exception);
      else loop.callExceptionHandler({ message, exception });
    };
    handle(
      loop,
      context.copy(),
      transport,
      () => clientConnected(reader, writer),
      isAsyncFunction(clientConnected),
      failed,
    );
    return transport;
  };
}

/** Runs the handler of one connection. */
function handle(
  loop: EventLoop,
  context: Context,
  transport: SocketTransport,
  body: () => unknown,
  isAsync: boolean,
  failed: (exception: unknown) => void,
): void {
  let ending: Future<unknown>;
  try {
    if (isAsync) {
      ending = loop.createTask(body as () => Promise<unknown>, { context });
    } else {
      const result = context.run(body);
      if (iscoroutine(result)) ending = loop.createTask(result, { context });
      else if (result instanceof Future) ending = result;
      else if (isThenable(result)) ending = adopt(result, { loop });
      else return;
    }
  } catch (exception) {
    failed(exception);
    return;
  }
  ending.addDoneCallback(() => {
    if (ending.cancelled()) transport.close();
    // An interrupt has already ended the run.
    else if (ending.exception() !== null && !isInterrupt(ending.exception())) failed(ending.exception());
  });
}
