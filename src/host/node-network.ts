/**
 * Owns the binding of sockets to `node:net`, on Node and on the runtimes that offer the same module.
 * Sockets are read in paused mode: 'readable' is passed on and `read` takes, so that a socket that is not read simply
 * fills up. Knows nothing of loops.
 */
import {
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
  type TcpNetConnectOpts,
} from "node:net";
import { type Guarded, guardedNetwork } from "./guarded-network.ts";
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostNetwork,
  HostServer,
  HostSocket,
  HostTarget,
  SocketAddress,
} from "./network.ts";
import { addressOf, failureOf, familyRefusal, lookup } from "./node-names.ts";
import { takeAll } from "./node-reading.ts";
import { pathFailure, pathRefusal, removeStaleSocket } from "./node-unix.ts";

/** How much unread data Node keeps before it leaves the rest to the system. */
const UNREAD_BYTES = 64 * 1024;

const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true, highWaterMark: UNREAD_BYTES };

/** The path, in a form that Node recognizes as one: it takes a number for a port. */
function fileOf(path: string): string {
  return Number.isNaN(Number(path)) ? path : `./${path}`;
}

class NodeSocket implements HostSocket {
  readonly #socket: Socket;
  #path: string;
  #events: HostEvents | undefined;
  #failure: HostFailure | undefined;
  #closed = false;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    // From the start, since an error without a listener would end the process.
    socket.on("error", (error) => {
      this.#failure ??= failureOf(error);
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#events?.closed(this.#failure);
    });
    socket.unref();
  }

  watch(events: HostEvents): void {
    const socket = this.#socket;
    this.#events = events;
    if (this.#closed) {
      queueMicrotask(() => events.closed(this.#failure));
      return;
    }
    socket.on("readable", () => events.readable());
    socket.on("end", () => events.ended());
    if (socket.connecting) socket.on("connect", () => events.writable());
  }

  read(): Uint8Array | null {
    return takeAll(this.#socket, this.#onMore);
  }

  readonly #onMore = () => {
    if (!this.#closed) this.#events?.readable();
  };

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes, this.#onSent);
  }

  readonly #onSent = (error?: Error | null) => {
    // Node does not report what a destroyed socket never sent.
    if (!error && !this.#socket.destroyed) this.#events?.writable();
  };

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get localAddress(): SocketAddress | undefined {
    const { localAddress, localPort } = this.#socket;
    return this.#address(localAddress, localPort);
  }

  get remoteAddress(): SocketAddress | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    return this.#address(remoteAddress, remotePort);
  }

  #address(host: string | undefined, port: number | undefined): SocketAddress | undefined {
    if (this.#path !== "") return { family: "Unix", host: "", port: 0, path: this.#path };
    return host === undefined || port === undefined ? undefined : addressOf(host, port);
  }
}

class NodeServer implements HostServer {
  readonly #options: HostListenOptions;
  #server: Server;
  #events: HostEvents | undefined;
  /** Connections, and failures to accept one, that the loop has not taken yet. */
  #arrived: (NodeSocket | HostFailure)[] = [];
  #listens = false;
  #closed = false;

  constructor(options: HostListenOptions) {
    this.#options = options;
    this.#server = this.#listen();
  }

  watch(events: HostEvents): void {
    this.#events = events;
  }

  #listen(): Server {
    const { backlog } = this.#options;
    const { path = "" } = this.#options;
    const server = createServer(SOCKET_OPTIONS);
    server.on("connection", (socket) => this.#arrive(new NodeSocket(socket, path)));
    server.on("listening", () => {
      this.#listens = true;
      this.#events?.writable();
    });
    server.on("error", (error) => this.#failed(failureOf(error)));
    server.unref();
    // Missing fields would be looked up on Object.prototype.
    const where: ListenOptions = Object.assign(Object.create(null), { backlog });
    if (this.#options.path !== undefined) where.path = fileOf(path);
    else {
      where.port = this.#options.port;
      if (this.#options.host !== "") where.host = this.#options.host;
    }
    server.listen(where);
    return server;
  }

  #arrive(arrived: NodeSocket | HostFailure): void {
    if (this.#closed) {
      if (arrived instanceof NodeSocket) arrived.destroy();
      return;
    }
    this.#arrived.push(arrived);
    this.#events?.readable();
  }

  #failed(failure: HostFailure): void {
    if (this.#closed) return;
    if (this.#listens) {
      // One connection could not be accepted, for want of memory for example. The others can.
      this.#arrive(failure);
    } else if (failure.code === "EADDRINUSE" && this.#options.path !== undefined) {
      removeStaleSocket(fileOf(this.#options.path), (removed) => {
        if (this.#closed) return;
        if (removed) this.#server = this.#listen();
        else this.#give(failure);
      });
    } else {
      this.#give(this.#options.path !== undefined ? pathFailure(this.#options.path, failure) : failure);
    }
  }

  #give(failure: HostFailure): void {
    this.#closed = true;
    this.#events?.closed(failure);
  }

  accept(): HostSocket | HostFailure | null {
    return this.#arrived.shift() ?? null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    for (const arrived of this.#arrived) if (arrived instanceof NodeSocket) arrived.destroy();
    this.#arrived = [];
  }

  get address(): SocketAddress | undefined {
    const address = this.#server.address();
    if (address === null) return undefined;
    if (typeof address === "string") return { family: "Unix", host: "", port: 0, path: address };
    return addressOf(address.address, address.port);
  }
}

const bareNetwork: Required<HostNetwork> = {
  paths: true,

  connect(target: HostTarget): HostSocket {
    if (target.path !== undefined) {
      return new NodeSocket(connect({ path: fileOf(target.path), ...SOCKET_OPTIONS }), target.path);
    }
    return new NodeSocket(connect({ ...target, ...SOCKET_OPTIONS } as TcpNetConnectOpts), "");
  },

  listen(options: HostListenOptions): HostServer {
    return new NodeServer(options);
  },

  lookup,
};

/** Sockets and names by Node's modules, which mistake some targets for others. */
export const nodeNetwork: Required<HostNetwork> = guardedNetwork(
  bareNetwork,
  (target: Guarded) => pathRefusal(target) ?? familyRefusal(target),
);
