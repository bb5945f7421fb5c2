/**
 * Owns one address that `node:net` listens on, and the connections that nobody has taken yet. Knows nothing of loops.
 */
import type { ListenOptions, Server, Socket } from "node:net";
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostServer,
  HostSocket,
  HostTuning,
  SocketAddress,
} from "./network.ts";
import { builtin } from "./node-builtin.ts";
import { addressOf, failureOf } from "./node-names.ts";
import { isTaken, NodeSocket, SOCKET_OPTIONS } from "./node-socket.ts";
import { tune } from "./node-tuning.ts";
import { fileOf, pathFailure, removeStaleSocket } from "./node-unix.ts";

export class NodeServer implements HostServer {
  readonly #options: HostListenOptions;
  readonly #isDirect: boolean;
  #server: Server;
  #events: HostEvents | undefined;
  /** Connections, and failures to take one, that the loop has not asked for. */
  #arrived: (NodeSocket | HostFailure)[] = [];
  #listens = false;
  #closed = false;

  constructor(options: HostListenOptions, isDirect: boolean) {
    this.#options = options;
    this.#isDirect = isDirect;
    this.#server = this.#listen();
  }

  watch(events: HostEvents): void {
    this.#events = events;
  }

  #listen(): Server {
    const { createServer, Server } = builtin("node:net");
    const given = this.#options.socket;
    const server = given instanceof Server ? given : createServer(this.#socketOptions());
    const { path = "" } = this.#options;
    const tuning = this.#tuning();
    server.on("connection", (socket: Socket) => {
      // Of a server that was made elsewhere, where another of ours may have taken it.
      if (isTaken(socket)) return;
      socket.allowHalfOpen = true;
      if (tuning !== undefined) tune(socket, tuning);
      this.#arrive(new NodeSocket(socket, path, this.#isDirect && !(given instanceof Server)));
    });
    server.on("listening", () => this.#begin());
    server.on("error", (error) => this.#failed(failureOf(error)));
    server.unref();
    if (typeof given === "object") {
      const isServer = given instanceof Server;
      const reason = isServer ? "the server does not listen" : "it is not a net.Server";
      const begin = () =>
        isServer && given.listening ? this.#begin() : this.#failed({ code: "EINVAL", reason });
      queueMicrotask(begin);
      return server;
    }
    try {
      server.listen(this.#where());
    } catch (error) {
      queueMicrotask(() => this.#failed(failureOf(error as Error)));
    }
    return server;
  }

  #socketOptions() {
    if (!("host" in this.#options)) return SOCKET_OPTIONS;
    return { ...SOCKET_OPTIONS, noDelay: this.#options.noDelay };
  }

  /** What each connection has to be told; mostly nothing, since the server's own options say the most frequent. */
  #tuning(): HostTuning | undefined {
    const options = this.#options;
    if (options.path !== undefined) return undefined;
    const { noDelay, keepAliveMs } = options;
    return "host" in options && noDelay && keepAliveMs === undefined ? undefined : { noDelay, keepAliveMs };
  }

  #where(): ListenOptions {
    const options = this.#options;
    // Fields that are not there would be looked for on Object.prototype.
    const where: ListenOptions & { fd?: unknown } = Object.assign(Object.create(null), {
      backlog: options.backlog,
    });
    if (options.path !== undefined) where.path = fileOf(options.path);
    else if (!("host" in options)) where.fd = options.socket;
    else {
      where.port = options.port;
      if (options.host !== "") where.host = options.host;
      if (options.reusePort) Object.assign(where, { reusePort: true });
    }
    return where;
  }

  #begin(): void {
    this.#listens = true;
    this.#events?.writable();
  }

  #arrive(arrived: NodeSocket | HostFailure): void {
    if (this.#closed) {
      if (arrived instanceof NodeSocket) arrived.destroy();
      return;
    }
    // There is hardly ever another, and an array that grows takes room for many.
    if (this.#arrived.length === 0) this.#arrived = [arrived];
    else this.#arrived.push(arrived);
    this.#events?.readable();
  }

  #failed(failure: HostFailure): void {
    if (this.#closed) return;
    const { path } = this.#options;
    if (this.#listens) {
      // One connection could not be taken, as for want of memory. The others can.
      this.#arrive(failure);
    } else if (failure.code === "EADDRINUSE" && path !== undefined) {
      removeStaleSocket(fileOf(path), (removed) => {
        if (this.#closed) return;
        if (removed) this.#server = this.#listen();
        else this.#give(failure);
      });
    } else if (path !== undefined) {
      this.#give(pathFailure(path, failure));
    } else {
      const { socket } = this.#options;
      const isNone = typeof socket === "number" && failure.code === "EINVAL";
      this.#give(
        isNone ? { ...failure, reason: `descriptor ${socket} is not a socket that listens` } : failure,
      );
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
    if (typeof address === "object" && address?.address !== undefined)
      return addressOf(address.address, address.port);
    if (!this.#listens) return undefined;
    // Of a Unix socket that came as a descriptor no host knows the path.
    return { family: "Unix", host: "", port: 0, path: typeof address === "string" ? address : "" };
  }

  get handle(): Server {
    return this.#server;
  }
}
