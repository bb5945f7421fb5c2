/**
 * What the loop needs of a host's sockets and names, and what every host promises. Types and words only; the bindings are
 * beside this file, one a runtime (node-network.ts).
 *
 * The contract, which `test/hosts/suite` holds every host to:
 * - Nothing is pushed. Events say that something can be done now, never what came; whoever is told takes it when its turn
 *   in the loop comes. So the order of a program's steps is the loop's, and backpressure is the socket's own: what is not
 *   read stays where it is, and the other side feels it.
 * - Events come from the host's own stack, never from within a call of the loop. An event may come once more than needed;
 *   none may be missing. What happened before `watch` is told after it.
 * - `closed` is the last event of a socket and comes exactly once, also after `close` and `destroy`, and with the failure
 *   if there was one. Failing and closing are one event, since nothing can be done in between.
 * - What a socket has received is readable before its end is told. A socket that fails may lose what was not read.
 * - A socket stays half open: the end of what comes does not end what goes, nor the other way round. A host may close a
 *   socket once both directions have ended.
 * - No socket and no server keeps the host's process alive; `Host.keepAlive` alone decides about that.
 */

/** Sockets and names of a host; what is absent it cannot do. */
export interface HostNetwork {
  /** Whether the sockets may be Unix sockets too. */
  readonly paths: boolean;
  /** Starts to connect. `writable` says that the connection is there, `closed` that there will be none. */
  connect(target: HostTarget): HostSocket;
  /** Starts to listen. `writable` says that it does, `closed` that it cannot. */
  listen?(options: HostListenOptions): HostServer;
  /**
   * Asks the host's resolver for the addresses of a name, and calls `found` once, never from within this call.
   * @param family - 4 or 6 for addresses of that kind alone, 0 for both.
   */
  lookup?(host: string, family: 0 | 4 | 6, found: (answer: readonly HostName[] | HostFailure) => void): void;
}

/** Where to connect to. What is no path says so by a field of its own, so that none is seen on Object.prototype. */
export type HostTarget =
  | { readonly host: string; readonly port: number; readonly family: 0 | 4 | 6; readonly path?: undefined }
  | { readonly path: string };

/** Where to listen; as with HostTarget. */
export type HostListenOptions = { readonly backlog: number } & (
  | {
      /** An address, no name; the empty string for all interfaces. */
      readonly host: string;
      /** 0 for any that is free. */
      readonly port: number;
      readonly path?: undefined;
    }
  | {
      /** Of a Unix socket. A socket that nobody listens on any more is replaced. */
      readonly path: string;
    }
);

/** What may be done now. */
export interface HostEvents {
  /** A socket's `read`, or a server's `accept`, has something to give. */
  readable(): void;
  /** The connection is there, the server listens, or some of what was written has left. */
  writable(): void;
  /** The other side has ended: `read` has given all there will ever be. */
  ended(): void;
  /** It is over. */
  closed(failure: HostFailure | undefined): void;
}

/** One connection. */
export interface HostSocket {
  /** Tells `events` from now on. Called once, at once. */
  watch(events: HostEvents): void;
  /** All that has come, or null when there is nothing. The bytes are the caller's. */
  read(): Uint8Array | null;
  /** Sends the bytes, which must not be changed until they have left. Harmless once the socket has failed. */
  write(bytes: Uint8Array): void;
  /** Bytes written that have not left yet. */
  readonly unsentBytes: number;
  /** Ends this direction behind what was written. */
  end(): void;
  /** Sends what was written, then closes both directions. Nothing is read any more. */
  close(): void;
  /** Closes both directions at once. What has not left is dropped. */
  destroy(): void;
  /** This side's address; undefined before the connection is there. */
  readonly localAddress: SocketAddress | undefined;
  /** The other side's address; undefined before the connection is there. */
  readonly remoteAddress: SocketAddress | undefined;
}

/** One address that is listened on. */
export interface HostServer {
  /** Tells `events` from now on. Called once, at once. */
  watch(events: HostEvents): void;
  /** The next connection, null when there is none, or why one could not be taken. */
  accept(): HostSocket | HostFailure | null;
  /** Stops listening at once; connections that nobody has taken are dropped. No event follows. */
  close(): void;
  /** The address; undefined before it listens. */
  readonly address: SocketAddress | undefined;
}

/** One end of a connection. */
export interface SocketAddress {
  readonly family: "IPv4" | "IPv6" | "Unix";
  /** The IP address; empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** The path of a Unix socket; empty for others, and for a Unix socket without a name. */
  readonly path: string;
}

/** One answer of the resolver. */
export interface HostName {
  readonly host: string;
  readonly family: 4 | 6;
}

/** Why something failed. */
export interface HostFailure {
  /** The system's name for it, as ECONNREFUSED or ENOTFOUND; EUNKNOWN where the host does not tell. */
  readonly code: string;
  /** The host's own words. */
  readonly reason: string;
}
