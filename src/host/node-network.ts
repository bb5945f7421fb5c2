/**
 * Owns the binding of the network to Node's modules, on Node and on the runtimes that offer the same ones: which of them does
 * what. Connections, servers, TLS, datagrams and names are beside it. Knows nothing of loops.
 */
import type { Socket, TcpNetConnectOpts } from "node:net";
import { type Guarded, guardedNetwork } from "./guarded-network.ts";
import type {
  HostBindOptions,
  HostDatagramSocket,
  HostFailure,
  HostListenOptions,
  HostNetwork,
  HostServer,
  HostSocket,
  HostTarget,
  HostTuning,
} from "./network.ts";
import { builtin } from "./node-builtin.ts";
import { NodeDatagramSocket } from "./node-datagrams.ts";
import { failureOf, lookup, lookupService, targetRefusal } from "./node-names.ts";
import { NodeServer } from "./node-server.ts";
import { isTaken, NodeSocket, SOCKET_OPTIONS } from "./node-socket.ts";
import { nodeTls } from "./node-tls.ts";
import { probeDelayMs, tune } from "./node-tuning.ts";
import { fileOf, pathRefusal } from "./node-unix.ts";

/** The first version of Node that lets several sockets listen on one port, as Deno and Bun do. Earlier ones take no notice. */
const FIRST_WITH_REUSE = [23, 1] as const;

function reusesPorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > FIRST_WITH_REUSE[0] || (major === FIRST_WITH_REUSE[0] && minor >= FIRST_WITH_REUSE[1]);
}

function connectTo(target: Exclude<HostTarget, { readonly path: string }>): Socket {
  const { host, port, family, localHost, localPort, noDelay, keepAliveMs } = target;
  // Missing fields would be looked up on Object.prototype.
  const options = { host, port, family, path: undefined, localAddress: localHost, localPort, noDelay };
  const probes = {
    keepAlive: keepAliveMs !== undefined,
    keepAliveInitialDelay: probeDelayMs(keepAliveMs ?? 0),
  };
  const how = { ...options, ...probes, ...SOCKET_OPTIONS } as TcpNetConnectOpts;
  const socket = builtin("node:net").connect(how);
  if (!noDelay) socket.once("connect", () => tune(socket, target));
  return socket;
}

function taken(socket: unknown): Socket | HostFailure {
  const { Socket } = builtin("node:net");
  try {
    const made = typeof socket === "number" ? new Socket({ fd: socket, ...SOCKET_OPTIONS }) : socket;
    if (!(made instanceof Socket)) return { code: "EINVAL", reason: "it is not a net.Socket" };
    if ((made as { readonly encrypted?: boolean }).encrypted)
      return { code: "EINVAL", reason: "it is a tls.TLSSocket; give a net.Socket, and ssl" };
    if (isTaken(made)) return { code: "EBUSY", reason: "it already has a transport" };
    made.allowHalfOpen = true;
    if (!made.destroyed && !made.connecting && made.remoteAddress !== undefined) return made;
    if (typeof socket === "number") made.destroy();
    return {
      code: "ENOTCONN",
      reason: "the socket is not connected, or a descriptor that this host cannot take",
    };
  } catch (error) {
    if (typeof socket !== "number") return failureOf(error as Error);
    return { code: "ENOTSOCK", reason: `descriptor ${socket} is not a socket (${(error as Error).message})` };
  }
}

const bareNetwork = (isDirect: boolean): Required<HostNetwork> => ({
  paths: true,
  tunes: true,
  reusesPorts: reusesPorts(),
  reusesDatagramPorts: reusesPorts(),
  tls: nodeTls,

  connect(target: HostTarget): HostSocket {
    if (target.path === undefined) return new NodeSocket(connectTo(target), "", isDirect);
    const socket = builtin("node:net").connect({ path: fileOf(target.path), ...SOCKET_OPTIONS });
    return new NodeSocket(socket, target.path, isDirect);
  },

  adopt(socket: unknown, tuning: HostTuning): HostSocket | HostFailure {
    const made = taken(socket);
    if ("code" in made) return made;
    tune(made, tuning);
    return new NodeSocket(made, "", false);
  },

  listen(options: HostListenOptions): HostServer {
    return new NodeServer(options, isDirect);
  },

  bind(options: HostBindOptions): HostDatagramSocket {
    return new NodeDatagramSocket(options);
  },

  lookup,
  lookupService,
});

/**
 * The network by Node's modules, which mistake some targets for others.
 * @param isDirect - whether connections go past Node's streams (node-direct.ts).
 */
export const nodeNetworkThat = (isDirect: boolean): Required<HostNetwork> =>
  guardedNetwork(bareNetwork(isDirect), (target: Guarded) => pathRefusal(target) ?? targetRefusal(target));

export const nodeNetwork = nodeNetworkThat(false);
