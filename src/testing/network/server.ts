/**
 * Owns one address that is listened on, and the connections that nobody has taken yet. Knows nothing of how they are made.
 */
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostServer,
  HostSocket,
  SocketAddress,
} from "../../host/network.ts";
import { addressOf, addressOfPath, isEverywhere } from "./addresses.ts";
import type { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";
import type { Bound } from "./ports.ts";
import { Due } from "./schedule.ts";
import type { SimulatedSocket } from "./socket.ts";

export class SimulatedServer extends Due implements HostServer, Bound {
  readonly handle = undefined;
  readonly boundHost: string;
  /** Of the connections that it takes. */
  readonly keepAliveMs: number | undefined;
  address: SocketAddress | undefined = undefined;
  readonly #fabric: Fabric;
  readonly #host: SimulatedHost;
  readonly #backlog: number;
  readonly #waiting: SimulatedSocket[] = [];
  #failure: HostFailure | undefined;
  #events: HostEvents | undefined = undefined;
  #closed = false;

  constructor(fabric: Fabric, host: SimulatedHost, options: HostListenOptions) {
    super();
    this.#fabric = fabric;
    this.#host = host;
    this.#backlog = options.backlog;
    this.boundHost = "host" in options ? options.host : "";
    this.keepAliveMs = "host" in options ? options.keepAliveMs : undefined;
    this.#failure = host.isDown ? host.downFailure : this.#listen(options);
    this.#closed = this.#failure !== undefined;
  }

  #listen(options: HostListenOptions): HostFailure | undefined {
    const { boundHost } = this;
    const host = this.#host;
    const { path } = options;
    if (path !== undefined) {
      if (host.paths.has(path)) return inUse(path);
      host.paths.set(path, this);
      this.address = addressOfPath(path);
      return undefined;
    }
    if (!("host" in options)) return { code: "EINVAL", reason: "it is no socket of a simulated network" };
    if (!isEverywhere(boundHost) && !host.has(boundHost))
      return { code: "EADDRNOTAVAIL", reason: `listen EADDRNOTAVAIL: '${host.name}' has no ${boundHost}` };
    const port = options.port || host.servers.free();
    if (port === 0 || host.servers.isTaken(boundHost, port)) return inUse(`${boundHost}:${port}`);
    host.servers.add(port, this);
    this.address = addressOf(boundHost || "::", port);
    return undefined;
  }

  watch(events: HostEvents): void {
    this.#events = events;
    this.#fabric.schedule.soon(this);
  }

  fire(): void {
    const events = this.#events;
    if (this.#failure !== undefined) {
      events?.closed(this.#failure);
      this.#failure = undefined;
    } else if (!this.#closed) {
      events?.writable();
      if (this.#waiting.length > 0) events?.readable();
    }
  }

  get hasRoom(): boolean {
    return this.#waiting.length < this.#backlog;
  }

  arrive(socket: SimulatedSocket): void {
    if (this.#closed) {
      socket.reset();
      return;
    }
    this.#waiting.push(socket);
    this.#events?.readable();
  }

  accept(): HostSocket | null {
    return this.#waiting.shift() ?? null;
  }

  close(): void {
    if (this.#closed) return;
    this.vanish();
    for (const socket of this.#waiting.splice(0)) socket.reset();
  }

  /** Its host has crashed, and nobody is told. */
  vanish(): void {
    this.#closed = true;
    const { path, port } = this.address as SocketAddress;
    if (path !== "") this.#host.paths.delete(path);
    else this.#host.servers.remove(port, this);
    this.address = undefined;
  }
}

function inUse(where: string): HostFailure {
  return {
    code: "EADDRINUSE",
    reason: `listen EADDRINUSE: ${where}; choose another port, or 0 for any free one`,
  };
}
