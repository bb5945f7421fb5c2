/**
 * Owns the server side of streams: from a handler and an address to a Server that handles each connection.
 */
import { checkFunction, readOptions } from "../core/checks.ts";
import { copyContext } from "../core/context.ts";
import { coroutine, isAsyncFunction, iscoroutine, isThenable, type Operation } from "../core/coroutine.ts";
import { adopt } from "../core/ensure.ts";
import { Future } from "../core/future.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import { checkLimit, checkPath, LIMIT_BYTES } from "./endpoint.ts";
import {
  LISTEN_OPTIONS,
  type ListenOptions,
  type ListenPlan,
  listenPlan,
  readServer,
  resolved,
  type ServerTarget,
} from "./listen-options.ts";
import { LostConnections } from "./lost-connections.ts";
import { type Connected, Server } from "./server.ts";
import { StreamReaderProtocol } from "./stream-protocol.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { SocketTransport } from "./transport.ts";

const CALLER = "startServer";
const SERVER_OPTIONS = ["limit", ...LISTEN_OPTIONS] as const;

/**
 * Called with the streams of each new connection: a coroutine function, an async function, or a plain one.
 * It should eventually close the writer.
 */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => unknown;

/** How a server of streams is started. */
export interface ServerOptions extends ListenOptions {
  /** The readers' limit, in bytes: the longest line, and half of what a reader holds. By default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Starts a server and calls `clientConnected` for each connection. What it throws goes to the loop's exception handler,
 * and the connection is closed. asyncio: `start_server`, except that it listens on 127.0.0.1 unless a host is given.
 *
 * @param host - a name or an address, or several; '' for all interfaces.
 * @param options - how it is started; instead of the host also where: host and port, or the path of a Unix socket.
 * @param port - 0, or none, for any free port, which `server.addresses` then contains.
 * @returns the server, which is listening.
 * @throws NetworkError such as EADDRINUSE; ArgumentError ERR_CALLBACK_EXPECTED, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE;
 * NotSupportedError where the host has no server sockets, or none that can do what is required.
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
  const [target, given] = readServer(CALLER, where, port, options, SERVER_OPTIONS);
  return start(clientConnected, CALLER, target, given);
}

/** As `startServer` with a path, that of a Unix socket: calls `clientConnected` the same way. asyncio: `start_unix_server`. */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options?: ServerOptions,
): Operation<Server> {
  const caller = "startUnixServer";
  const given = readOptions(caller, options, SERVER_OPTIONS);
  return start(clientConnected, caller, { path: checkPath(caller, path) }, given);
}

function start(
  clientConnected: ClientConnected,
  caller: string,
  target: ServerTarget,
  options: ServerOptions,
): Operation<Server> {
  checkFunction(caller, clientConnected, "a function to call for each connection");
  const { limit = LIMIT_BYTES } = options;
  return starting(clientConnected, checkLimit(caller, limit), listenPlan(caller, target, options));
}

const starting = coroutine(function* startServer(
  clientConnected: ClientConnected,
  limit: number,
  plan: ListenPlan,
) {
  const loop = getRunningLoop();
  const [bindings, settings] = yield* resolved(loop, plan);
  const server = new Server(loop, bindings, settings, streamsFor(loop, clientConnected, limit));
  if (plan.startNow) yield* server.startServing();
  return server;
});

function streamsFor(loop: EventLoop, clientConnected: ClientConnected, limit: number): Connected {
  const context = copyContext();
  const losses = new LostConnections(loop);
  const handle = handlerOf(loop, clientConnected);

  const failed = (exception: unknown, transport: SocketTransport, protocol: StreamReaderProtocol) => {
    transport.close();
    if (isInterrupt(exception)) throw exception;
    const message = "Unhandled exception in clientConnected";
    if (protocol.isLoss(exception)) losses.report(message, exception);
    else loop.callExceptionHandler({ message, exception });
  };

  const ended = (ending: Future<unknown>, transport: SocketTransport, protocol: StreamReaderProtocol) => {
    if (ending.cancelled()) {
      transport.close();
      return;
    }
    const exception = ending.exception();
    // An interrupt has already ended the run.
    if (exception !== null && !isInterrupt(exception)) failed(exception, transport, protocol);
  };

  const streamsOptions = { limit, loop };
  return (channel, socket, options) => {
    const reader = new StreamReader(streamsOptions);
    const protocol = new StreamReaderProtocol(reader, streamsOptions);
    const transport = new SocketTransport(loop, channel, socket, protocol, options);
    const writer = new StreamWriter(transport, protocol);
    try {
      const ending = context.copy().run(handle, reader, writer);
      ending?.addDoneCallback((done) => ended(done, transport, protocol));
    } catch (exception) {
      failed(exception, transport, protocol);
    }
    return transport;
  };
}

/** Begins to handle one connection. Returns its end, unless it has ended. */
type Handler = (reader: StreamReader, writer: StreamWriter) => Future<unknown> | undefined;

function handlerOf(loop: EventLoop, clientConnected: ClientConnected): Handler {
  if (isAsyncFunction(clientConnected))
    return (reader, writer) => loop.createTask(() => clientConnected(reader, writer) as Promise<unknown>);
  return (reader, writer) => {
    const result = clientConnected(reader, writer);
    if (iscoroutine(result)) return loop.createTask(result);
    if (result instanceof Future) return result;
    return isThenable(result) ? adopt(result, { loop }) : undefined;
  };
}
