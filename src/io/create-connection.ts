/**
 * Owns the client side of protocols: from a host and port, a path or a socket, to a transport and its protocol.
 */
import { readOptions } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { getRunningLoop } from "../core/running.ts";
import {
  adopted,
  CONNECT_OPTIONS,
  type ConnectionTarget,
  type ConnectOptions,
  type ConnectPlan,
  checkFactory,
  connect,
  connectPlan,
  readTarget,
} from "./connect.ts";
import { checkPath, checkSock } from "./endpoint.ts";
import { Handshake } from "./handshake.ts";
import { type BufferedProtocol, checkProtocol, madeBy, type Protocol } from "./protocol.ts";
import {
  preparedTls,
  serverTls,
  TLS_SERVER_OPTIONS,
  type TlsPlan,
  type TlsServerOptions,
  tlsStart,
} from "./tls-options.ts";
import { SocketTransport } from "./transport.ts";
import { tuningOf } from "./tuning.ts";

/**
 * Opens a connection for a protocol. asyncio: `loop.create_connection`.
 *
 * Cancelling the task that waits for it closes the socket.
 *
 * @param protocolFactory - is called once the connection is made; returns a Protocol or BufferedProtocol.
 * @param host - a name or an address. Of a name with several addresses, the first that answers.
 * @param port - from 0 to 65535.
 * @param target - the same as one object together with the options, or instead of host and port the path of a Unix socket or
 * a connected socket.
 * @returns the transport and the protocol, whose `connectionMade` has been called.
 * @throws as `openConnection`; ArgumentError ERR_CALLBACK_EXPECTED if the factory is not a function; LoopError
 * ERR_PROTOCOL_EXPECTED if it does not return a protocol.
 *
 * @example
 * ```ts
 * const [transport, protocol] = yield* createConnection(() => new Client(), "127.0.0.1", 8080);
 * ```
 */
export function createConnection<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  host: string,
  port: number,
  options?: ConnectOptions,
): Operation<[transport: SocketTransport, protocol: P]>;
export function createConnection<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  target: ConnectionTarget & ConnectOptions,
): Operation<[transport: SocketTransport, protocol: P]>;
export function createConnection<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  where: string | (ConnectionTarget & ConnectOptions),
  port?: number,
  options?: ConnectOptions,
): Operation<[transport: SocketTransport, protocol: P]> {
  const caller = "createConnection";
  checkFactory(caller, protocolFactory);
  const [target, given] = readTarget(caller, where, port, options, CONNECT_OPTIONS);
  return connected(protocolFactory, connectPlan(caller, target, given)) as never;
}

/**
 * As `createConnection` with a path, that of a Unix socket: `protocolFactory` is called the same way.
 * asyncio: `loop.create_unix_connection`.
 */
export function createUnixConnection<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  path: string,
  options?: ConnectOptions,
): Operation<[transport: SocketTransport, protocol: P]> {
  const caller = "createUnixConnection";
  checkFactory(caller, protocolFactory);
  const given = readOptions(caller, options, CONNECT_OPTIONS);
  return connected(protocolFactory, connectPlan(caller, { path: checkPath(caller, path) }, given)) as never;
}

/**
 * Wraps a connection that was accepted elsewhere, for example by a server of the host's own. With `ssl` this side is the
 * server. asyncio: `loop.connect_accepted_socket`.
 *
 * @param protocolFactory - is called once the connection is made; returns a Protocol or BufferedProtocol.
 * @param sock - the host's own socket, a `net.Socket`, or the number of a descriptor. The transport owns it from now on.
 * @returns the transport and the protocol, whose `connectionMade` has been called.
 * @throws NetworkError, such as EBUSY if the socket has a transport already; NotSupportedError where the host has no such
 * sockets; ArgumentError ERR_CALLBACK_EXPECTED if the factory is not a function, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 */
export function connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  sock: unknown,
  options?: TlsServerOptions,
): Operation<[transport: SocketTransport, protocol: P]> {
  const caller = "connectAcceptedSocket";
  checkFactory(caller, protocolFactory);
  const given = readOptions(caller, options, TLS_SERVER_OPTIONS);
  return accepted(protocolFactory, checkSock(caller, sock), serverTls(caller, given)) as never;
}

type Factory = () => Protocol | BufferedProtocol;

const connected = coroutine(function* createConnection(protocolFactory: Factory, plan: ConnectPlan) {
  const loop = getRunningLoop();
  const { channel, socket } = yield* connect(plan);
  try {
    const protocol = madeBy(plan.caller, protocolFactory, checkProtocol);
    const transport = new SocketTransport(loop, channel, socket, protocol, {
      shutdownMs: plan.tls?.shutdownMs,
    });
    return [transport, protocol];
  } catch (error) {
    socket.destroy();
    channel.close();
    throw error;
  }
});

const accepted = coroutine(function* connectAcceptedSocket(
  protocolFactory: Factory,
  sock: unknown,
  tls: TlsPlan | undefined,
) {
  const loop = getRunningLoop();
  const caller = "connectAcceptedSocket";
  const context = tls === undefined ? undefined : preparedTls(loop, caller, tls);
  const { channel, socket } = adopted(loop, caller, sock, tuningOf(caller, {}));
  try {
    if (tls !== undefined && context !== undefined) {
      const start = tlsStart(context, tls, "");
      yield* new Handshake(loop, channel, socket, start, tls.handshakeMs).ending;
    }
    const protocol = madeBy(caller, protocolFactory, checkProtocol);
    const transport = new SocketTransport(loop, channel, socket, protocol, { shutdownMs: tls?.shutdownMs });
    return [transport, protocol];
  } catch (error) {
    socket.destroy();
    channel.close();
    throw error;
  }
});
