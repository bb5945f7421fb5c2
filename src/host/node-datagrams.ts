/**
 * Owns one socket of `node:dgram`, on Node and on the runtimes that offer the same module. The module pushes what comes: so it
 * is kept until somebody takes it, and what is too much then is lost, as the system would lose it. Knows nothing of loops.
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:dgram";
import type {
  HostBindOptions,
  HostDatagram,
  HostDatagramSocket,
  HostEvents,
  HostFailure,
  SocketAddress,
} from "./network.ts";
import { builtin } from "./node-builtin.ts";
import { addressOf, failureOf } from "./node-names.ts";

/** How much is kept of what nobody has taken. */
const KEPT_BYTES_MAX = 1024 * 1024;
/** What one weighs besides its bytes. */
const OVERHEAD_BYTES = 100;

export class NodeDatagramSocket implements HostDatagramSocket {
  readonly #socket: Socket;
  readonly #options: HostBindOptions;
  #events: HostEvents | undefined;
  #kept: (HostDatagram | HostFailure)[] = [];
  #keptBytes = 0;
  #isBound = false;
  readonly #isForeign: boolean;
  #closing = false;
  #closed = false;
  #failure: HostFailure | undefined;
  unsentBytes = 0;
  /** How many that is, for a datagram may be empty. */
  #unsent = 0;
  localAddress: SocketAddress | undefined = undefined;
  remoteAddress: SocketAddress | undefined = undefined;

  constructor(options: HostBindOptions) {
    this.#options = options;
    const { family, reusePort } = options;
    const type = family === 6 ? "udp6" : "udp4";
    const how = reusePort ? { type, reusePort } : { type };
    const { createSocket, Socket: DatagramSocket } = builtin("node:dgram");
    const given = options.socket instanceof DatagramSocket ? options.socket : undefined;
    this.#isForeign = options.socket !== given;
    this.#socket = given ?? createSocket(how as { type: "udp4" });
  }

  watch(events: HostEvents): void {
    this.#events = events;
    const socket = this.#socket;
    socket.on("error", (error) => this.#failed(failureOf(error)));
    socket.on("close", () => this.#over());
    socket.on("message", (bytes: Buffer, { address, port }) => {
      this.#keep({ bytes: new Uint8Array(bytes), address: addressOf(address, port) }, bytes.length);
    });
    try {
      this.#bind();
    } catch (error) {
      queueMicrotask(() => this.#failed(failureOf(error as Error)));
    }
  }

  #over(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.closed(this.#failure);
  }

  #bind(): void {
    const socket = this.#socket;
    const { localHost, localPort, socket: given } = this.#options;
    if (this.#isForeign) {
      queueMicrotask(() => this.#failed({ code: "EINVAL", reason: "it is not a dgram.Socket" }));
      return;
    }
    if (given !== undefined) {
      queueMicrotask(() => {
        if (isBound(socket)) this.#bound();
        else this.#failed({ code: "EINVAL", reason: "the socket is not bound; call its bind() first" });
      });
      socket.unref();
      return;
    }
    socket.once("listening", () => {
      socket.unref();
      this.#bound();
    });
    if (localHost === undefined) socket.bind(localPort ?? 0);
    else socket.bind(localPort ?? 0, localHost);
  }

  #bound(): void {
    const socket = this.#socket;
    const { remote, broadcast, socket: given } = this.#options;
    if (this.#closed || this.#closing) return;
    try {
      if (broadcast) socket.setBroadcast(true);
      if (remote === undefined) this.#ready(given !== undefined && isConnected(socket));
      else socket.connect(remote.port, remote.host, () => this.#ready(true));
    } catch (error) {
      this.#failed(failureOf(error as Error));
    }
  }

  #ready(connected: boolean): void {
    const local = this.#socket.address();
    this.#isBound = true;
    this.localAddress = addressOf(local.address, local.port);
    if (connected) {
      const remote = this.#socket.remoteAddress();
      this.remoteAddress = addressOf(remote.address, remote.port);
    }
    this.#events?.writable();
  }

  #failed(failure: HostFailure): void {
    if (this.#closed) return;
    if (this.#isBound) {
      this.#keep(failure, 0);
      return;
    }
    this.#failure ??= failure;
    this.destroy();
  }

  #keep(what: HostDatagram | HostFailure, sizeBytes: number): void {
    const weight = sizeBytes + OVERHEAD_BYTES;
    // What cannot be sent is told even then, for it was sent before.
    if (this.#closing && "bytes" in what) return;
    if (this.#keptBytes + weight > KEPT_BYTES_MAX) return;
    this.#keptBytes += weight;
    this.#kept.push(what);
    this.#events?.readable();
  }

  read(): HostDatagram | HostFailure | null {
    const next = this.#kept.shift();
    if (next === undefined) return null;
    this.#keptBytes -= ("bytes" in next ? next.bytes.length : 0) + OVERHEAD_BYTES;
    return next;
  }

  send(bytes: Uint8Array, address: { readonly host: string; readonly port: number } | undefined): void {
    if (this.#closing || this.#closed) return;
    this.unsentBytes += bytes.length;
    this.#unsent++;
    const sent = (error: Error | null) => {
      this.unsentBytes -= bytes.length;
      this.#unsent--;
      if (error !== null && error !== undefined) this.#failed(failureOf(error));
      if (this.#closing && this.#unsent === 0) this.#shut();
      else if (!this.#closed) this.#events?.writable();
    };
    try {
      if (address === undefined) this.#socket.send(bytes, sent);
      else this.#socket.send(bytes, address.port, address.host, sent);
    } catch (error) {
      queueMicrotask(() => sent(error as Error));
    }
  }

  close(): void {
    this.#closing = true;
    if (this.#unsent === 0) this.#shut();
  }

  destroy(): void {
    this.#closing = true;
    this.#kept = [];
    // Full, so that nothing more is kept.
    this.#keptBytes = KEPT_BYTES_MAX;
    this.#shut();
  }

  #shut(): void {
    if (this.#closed) return;
    try {
      this.#socket.close();
    } catch {
      // It is closed already, and may have told so before anybody listened.
      queueMicrotask(() => this.#over());
    }
  }

  get handle(): Socket {
    return this.#socket;
  }
}

function isBound(socket: Socket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress();
    return true;
  } catch {
    return false;
  }
}
