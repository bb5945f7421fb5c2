/**
 * Owns the way to a socket for datagrams: from addresses to a transport and its protocol.
 */
import { checkBoolean, readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostBindOptions } from "../host/network.ts";
import type { Channel } from "./channel.ts";
import { checkFactory } from "./connect.ts";
import { type DatagramAddress, DatagramTransport } from "./datagram-transport.ts";
import { checkFamily, checkHost, checkPort, checkSock, networkOf } from "./endpoint.ts";
import { networkError } from "./errors.ts";
import { lookup } from "./getaddrinfo.ts";
import { opened } from "./opened.ts";
import { checkDatagramProtocol, type DatagramProtocol, madeBy } from "./protocol.ts";

/** Where a datagram socket is bound, and its peer, if it has one. */
export interface DatagramOptions {
  /** The address and port to bind; by default all addresses and any free port. */
  readonly localAddr?: DatagramAddress | undefined;
  /** The only peer to send to and receive from; by default there is none, and every address can be used. */
  readonly remoteAddr?: DatagramAddress | undefined;
  /** 4 or 6; by default the family of the addresses. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Whether other processes may bind the same port; by default false. */
  readonly reusePort?: boolean | undefined;
  /** Whether it may send to broadcast addresses; by default false. */
  readonly allowBroadcast?: boolean | undefined;
  /** A bound socket of the host's own, a `dgram.Socket`, instead of all that. The transport owns it from then on. */
  readonly sock?: unknown;
}

const CALLER = "createDatagramEndpoint";
const OPTIONS = ["localAddr", "remoteAddr", "family", "reusePort", "allowBroadcast", "sock"] as const;

/** What is to be bound, checked. Hosts may still be names. */
interface BindPlan {
  readonly local: DatagramAddress | undefined;
  readonly remote: DatagramAddress | undefined;
  readonly family: 0 | 4 | 6;
  readonly reusePort: boolean;
  readonly broadcast: boolean;
  readonly sock: unknown;
}

/**
 * Makes a datagram socket for a protocol. asyncio: `loop.create_datagram_endpoint`.
 *
 * @param protocolFactory - is called once the socket is bound; returns a DatagramProtocol.
 * @param options - where it is bound, and its peer.
 * @returns the transport and the protocol, whose `connectionMade` has been called.
 * @throws NetworkError such as EADDRINUSE; NotSupportedError where the host has no such sockets; ArgumentError
 * ERR_CALLBACK_EXPECTED if the factory is not a function, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 *
 * @example
 * ```ts
 * class Echo extends DatagramProtocol {
 *   private transport!: DatagramTransport;
 *   override connectionMade(transport: DatagramTransport) {
 *     this.transport = transport;
 *   }
 *   override datagramReceived(bytes: Uint8Array, address: SocketAddress) {
 *     this.transport.sendto(bytes, address);
 *   }
 * }
 * yield* createDatagramEndpoint(() => new Echo(), { localAddr: { host: "127.0.0.1", port: 9999 } });
 * ```
 */
export function createDatagramEndpoint<P extends DatagramProtocol>(
  protocolFactory: () => P,
  options?: DatagramOptions,
): Operation<[transport: DatagramTransport, protocol: P]> {
  checkFactory(CALLER, protocolFactory);
  const given = readOptions(CALLER, options, OPTIONS);
  const { localAddr, remoteAddr, family, sock, reusePort = false, allowBroadcast = false } = given;
  const plan: BindPlan = {
    local: localAddr === undefined ? undefined : addressOf("localAddr", localAddr),
    remote: remoteAddr === undefined ? undefined : addressOf("remoteAddr", remoteAddr),
    family: checkFamily(CALLER, family),
    reusePort: checkBoolean(CALLER, "reusePort", reusePort),
    broadcast: checkBoolean(CALLER, "allowBroadcast", allowBroadcast),
    sock: sock === undefined ? undefined : checkSock(CALLER, sock),
  };
  if (sock !== undefined && (localAddr ?? remoteAddr ?? (family || undefined)) !== undefined)
    throw wrongArgument(CALLER, "either addresses or a sock", options, "ERR_ARGUMENT_VALUE");
  return made(protocolFactory, plan) as never;
}

function addressOf(what: string, address: DatagramAddress): DatagramAddress {
  if (typeof address !== "object" || address === null)
    throw wrongArgument(CALLER, `${what} with host and port`, address);
  const { host, port } = readOptions(CALLER, address, ["host", "port"]);
  return { host: checkHost(CALLER, host), port: checkPort(CALLER, port) };
}

const made = coroutine(function* createDatagramEndpoint(
  protocolFactory: () => DatagramProtocol,
  plan: BindPlan,
) {
  const loop = getRunningLoop();
  const network = networkOf(loop, CALLER, "bind");
  if (plan.reusePort) networkOf(loop, CALLER, "reusesDatagramPorts");
  const where = yield* resolved(loop, plan);
  const { socket, channel } = yield* opened(
    loop,
    () => network.bind(where),
    (failed) => cannotBind(plan, failed),
  );
  try {
    const protocol = madeBy(CALLER, protocolFactory, checkDatagramProtocol);
    return [new DatagramTransport(loop, channel, socket, protocol), protocol];
  } catch (error) {
    socket.destroy();
    channel.close();
    throw error;
  }
});

/** Both ends have to be of one family: by default that of the remote end's first address. */
function* resolved(loop: EventLoop, plan: BindPlan): Generator<unknown, HostBindOptions, unknown> {
  let { family } = plan;
  const addresses: (DatagramAddress | undefined)[] = [];
  for (const end of [plan.remote, plan.local]) {
    if (end === undefined || end.host === "") {
      addresses.push(end);
      continue;
    }
    const [first] = yield* lookup(loop, CALLER, end.host, { family });
    family = first?.family ?? family;
    addresses.push({ host: first?.host ?? end.host, port: end.port });
  }
  const [remote, local] = addresses;
  return {
    family: family === 6 ? 6 : 4,
    localHost: local?.host || undefined,
    localPort: local?.port,
    remote,
    broadcast: plan.broadcast,
    reusePort: plan.reusePort,
    socket: plan.sock,
  };
}

function cannotBind({ local, remote }: BindPlan, channel: Channel): Error {
  const end = local ?? remote;
  const where = end === undefined ? "the socket that was given" : `${end.host}:${end.port}`;
  return networkError(`cannot bind ${where}`, channel.failure ?? { code: "ECONNABORTED", reason: "" });
}
