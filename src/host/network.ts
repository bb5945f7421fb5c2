/**
 * What the loop needs from a host's sockets and name resolution, and what every host guarantees. Only types and words; the
 * bindings are next to this file, one per runtime (node-network.ts).
 *
 * The contract, which `test/hosts/suite` holds every host to:
 * - Nothing is pushed. Events say that something can be done now, never what was received; the recipient takes it in its turn
 *   of the loop. So the loop determines the order of a program's steps, and backpressure is the socket's own: what is not
 *   read stays where it is, and slows the other side down.
 * - Events come from the host's own stack, never from within a call of the loop. An event may come once more than needed;
 *   none may be missing. What happened before `watch` is reported after it.
 * - `closed` is the last event of a socket and comes exactly once, even after `close` and `destroy`, and with the failure
 *   if there was one. Failing and closing are one event, since nothing can happen in between.
 * - What a socket has received is readable before its end is reported. A socket that fails may lose what was not read.
 * - A socket can stay half open: the end of what is received does not end what is sent, nor vice versa. A host may close a
 *   socket once both directions have ended.
 * - No socket and no server keeps the host's process alive; only `Host.keepAlive` does.
 */

/** Sockets and name resolution of a host; it cannot do what is absent. */
export interface HostNetwork {
  /** Whether the sockets may be Unix sockets too. */
  readonly paths: boolean;
  /** Starts to connect. `writable` says that the connection has been made, `closed` that it will not be. */
  connect(target: HostTarget): HostSocket;
  /** Starts to listen. `writable` says that it does, `closed` that it cannot. */
  listen?(options: HostListenOptions): HostServer;
  /**
   * Asks the host's resolver for the addresses of a name, and calls `found` once, never from within this call.
   * @param family - 4 or 6 for addresses of only that kind, 0 for both.
   */
  lookup?(host: string, family: 0 | 4 | 6, found: (answer: readonly HostName[] | HostFailure) => void): void;
}

/** Where to connect. A target that is not a path has `path` as an own field, so that none is found on Object.prototype. */
export type HostTarget =
  | { readonly host: string; readonly port: number; readonly family: 0 | 4 | 6; readonly path?: undefined }
  | { readonly path: string };

/** Where to listen; as with HostTarget. */
export type HostListenOptions = { readonly backlog: number } & (
  | {
      /** An address, not a name; the empty string for all interfaces. */
      readonly host: string;
      /** 0 for any free port. */
      readonly port: number;
      readonly path?: undefined;
    }
  | {
      /** Of a Unix socket. A stale socket is replaced. */
      readonly path: string;
    }
);

/** What may be done now. */
export interface HostEvents {
  /** A socket's `read`, or a server's `accept`, has something to return. */
  readable(): void;
  /** The connection has been made, the server is listening, or some of what was written has been sent. */
  writable(): void;
  /** The other side has ended: `read` has returned all there will ever be. */
  ended(): void;
  /** It is over. */
  closed(failure: HostFailure | undefined): void;
}

/** One connection. */
export interface HostSocket {
  /** Reports to `events` from now on. Called once, at once. */
  watch(events: HostEvents): void;
  /** Everything received, or null when there is nothing. The bytes belong to the caller. */
  read(): Uint8Array | null;
  /** Sends the bytes, which must not be changed until they have been sent. Harmless once the socket has failed. */
  write(bytes: Uint8Array): void;
  /** Bytes written that have not been sent yet. */
  readonly unsentBytes: number;
  /** Ends this direction after what was written. */
  end(): void;
  /** Sends what was written, then closes both directions. Nothing more is read. */
  close(): void;
  /** Closes both directions at once. What has not been sent is dropped. */
  destroy(): void;
  /** This side's address; undefined before the connection has been made. */
  readonly localAddress: SocketAddress | undefined;
  /** The other side's address; undefined before the connection has been made. */
  readonly remoteAddress: SocketAddress | undefined;
}

/** One listening address. */
export interface HostServer {
  /** Reports to `events` from now on. Called once, at once. */
  watch(events: HostEvents): void;
  /** The next connection, null when there is none, or why one could not be accepted. */
  accept(): HostSocket | HostFailure | null;
  /** Stops listening at once; connections that have not been accepted are dropped. No event follows. */
  close(): void;
  /** The address; undefined before it is listening. */
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
  /** The system's name for it, such as ECONNREFUSED or ENOTFOUND; EUNKNOWN where the host does not say. */
  readonly code: string;
  /** The host's own message. */
  readonly reason: string;
}
