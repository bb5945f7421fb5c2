/**
 * Owns the server side of protocols: from a factory and an address to a Server whose connections each tell a protocol.
 */
import { readOptions } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { getRunningLoop } from "../core/running.ts";
import { checkFactory } from "./connect.ts";
import { checkPath } from "./endpoint.ts";
import {
  LISTEN_OPTIONS,
  type ListenOptions,
  type ListenPlan,
  listenPlan,
  readServer,
  resolved,
  type ServerTarget,
} from "./listen-options.ts";
import { type BufferedProtocol, checkProtocol, madeBy, type Protocol } from "./protocol.ts";
import { Server } from "./server.ts";
import { SocketTransport } from "./transport.ts";

const CALLER = "createServer";

type Factory = () => Protocol | BufferedProtocol;

/**
 * Starts a server with a protocol for each connection. asyncio: `loop.create_server`, except that it
 * listens on 127.0.0.1 unless a host is given.
 *
 * @param protocolFactory - is called for each connection; returns a Protocol or BufferedProtocol.
 * @param host - a name or an address, or several; '' for all interfaces.
 * @param options - how it is started; instead of the host also where: host and port, the path of a Unix socket, or a
 * listening socket.
 * @param port - 0, or none, for any free port, which `server.addresses` then contains.
 * @returns the server, which is listening.
 * @throws as `startServer`; ArgumentError ERR_CALLBACK_EXPECTED if the factory is not a function.
 *
 * @example
 * ```ts
 * const server = yield* createServer(() => new Echo(), "127.0.0.1", 8080);
 * yield* server.serveForever();
 * ```
 */
export function createServer(
  protocolFactory: Factory,
  host?: string | readonly string[],
  port?: number,
  options?: ListenOptions,
): Operation<Server>;
export function createServer(
  protocolFactory: Factory,
  options: ServerTarget & ListenOptions,
): Operation<Server>;
export function createServer(
  protocolFactory: Factory,
  where?: string | readonly string[] | (ServerTarget & ListenOptions),
  port?: number,
  options?: ListenOptions,
): Operation<Server> {
  checkFactory(CALLER, protocolFactory);
  const [target, given] = readServer(CALLER, where, port, options, LISTEN_OPTIONS);
  return starting(protocolFactory, listenPlan(CALLER, target, given));
}

/**
 * As `createServer` with a path, that of a Unix socket: `protocolFactory` is called the same way.
 * asyncio: `loop.create_unix_server`.
 */
export function createUnixServer(
  protocolFactory: Factory,
  path: string,
  options?: ListenOptions,
): Operation<Server> {
  const caller = "createUnixServer";
  checkFactory(caller, protocolFactory);
  const given = readOptions(caller, options, LISTEN_OPTIONS);
  return starting(protocolFactory, listenPlan(caller, { path: checkPath(caller, path) }, given));
}

const starting = coroutine(function* createServer(protocolFactory: Factory, plan: ListenPlan) {
  const loop = getRunningLoop();
  const [bindings, settings] = yield* resolved(loop, plan);
  const server = new Server(loop, bindings, settings, (channel, socket, options) => {
    const protocol = madeBy(plan.caller, protocolFactory, checkProtocol);
    return new SocketTransport(loop, channel, socket, protocol, options);
  });
  if (plan.startNow) yield* server.startServing();
  return server;
});
