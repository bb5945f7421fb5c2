// Sockets within one process, for mixed programs that serve: there is no real network under a virtual clock.
//
// Owns one address space, in which connections are made at once and bytes arrive with the host's next macrotask. Must not
// know who uses it: it keeps the contract of src/host/network.ts.

import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostName,
  HostNetwork,
  HostQuery,
  HostServer,
  HostSocket,
  HostTarget,
  SocketAddress,
} from "../../../src/host/network.ts";

/** Calls back from the host's own stack. */
type Later = (call: () => void) => void;

const FIRST_PORT = 1024;

function addressOf(port: number): SocketAddress {
  return { family: "IPv4", host: "127.0.0.1", port, path: "" };
}

/** Events, as soon as somebody watches; none follows `closed`. */
class Told {
  readonly #later: Later;
  readonly #due: ((events: HostEvents) => void)[] = [];
  #events: HostEvents | undefined;
  #isClosed = false;

  constructor(later: Later) {
    this.#later = later;
  }

  watch(events: HostEvents): void {
    this.#events = events;
    for (const call of this.#due.splice(0)) this.tell(call);
  }

  tell(call: (events: HostEvents) => void): void {
    const events = this.#events;
    if (events === undefined) this.#due.push(call);
    else
      this.#later(() => {
        if (!this.#isClosed) call(events);
      });
  }

  close(failure?: HostFailure): void {
    this.tell((events) => {
      this.#isClosed = true;
      events.closed(failure);
    });
  }
}

class MemorySocket extends Told implements HostSocket {
  readonly unsentBytes = 0;
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  peer: MemorySocket | undefined;
  readonly #arrived: Uint8Array[] = [];
  #hasEnded = false;
  #isOver = false;

  constructor(later: Later, local: number, remote: number) {
    super(later);
    this.localAddress = addressOf(local);
    this.remoteAddress = addressOf(remote);
  }

  read(): Uint8Array | null {
    return this.#arrived.shift() ?? null;
  }

  write(bytes: Uint8Array): void {
    const { peer } = this;
    if (this.#hasEnded || peer === undefined) return;
    peer.#arrived.push(bytes.slice());
    peer.tell((events) => events.readable());
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { peer } = this;
    if (peer === undefined) return;
    peer.tell((events) => events.ended());
    if (!peer.#hasEnded) return;
    this.#over();
    peer.#over();
  }

  override close(): void {
    this.end();
    this.#over();
  }

  destroy(): void {
    this.close();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    super.close();
  }
}

class MemoryServer extends Told implements HostServer {
  readonly address: SocketAddress;
  readonly #waiting: MemorySocket[] = [];
  readonly #closed: () => void;

  constructor(later: Later, port: number, closed: () => void) {
    super(later);
    this.address = addressOf(port);
    this.#closed = closed;
  }

  arrive(socket: MemorySocket): void {
    this.#waiting.push(socket);
    this.tell((events) => events.readable());
  }

  accept(): HostSocket | null {
    return this.#waiting.shift() ?? null;
  }

  override close(): void {
    this.#closed();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }
}

export class MemoryNetwork implements HostNetwork {
  readonly paths = false;
  readonly tunes = false;
  readonly reusesPorts = false;
  readonly reusesDatagramPorts = false;
  readonly #later: Later;
  readonly #servers = new Map<number, MemoryServer>();
  #ports = FIRST_PORT;

  constructor(later: Later) {
    this.#later = later;
  }

  listen(options: HostListenOptions): HostServer {
    const port = this.#ports++;
    if (options.path !== undefined) throw new Error("there are no paths in memory");
    const server = new MemoryServer(this.#later, port, () => this.#servers.delete(port));
    this.#servers.set(port, server);
    server.tell((events) => events.writable());
    return server;
  }

  lookup({ host }: HostQuery, found: (answer: readonly HostName[]) => void): void {
    this.#later(() => found([{ host, family: 4 }]));
  }

  connect(target: HostTarget): HostSocket {
    const port = target.path === undefined ? target.port : 0;
    const from = this.#ports++;
    const near = new MemorySocket(this.#later, from, port);
    const server = this.#servers.get(port);
    if (server === undefined) {
      Told.prototype.close.call(near, { code: "ECONNREFUSED", reason: "nobody listens" });
      return near;
    }
    const far = new MemorySocket(this.#later, port, from);
    near.peer = far;
    far.peer = near;
    near.tell((events) => events.writable());
    server.arrive(far);
    return near;
  }
}
