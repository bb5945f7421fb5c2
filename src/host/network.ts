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
  /** Whether it does as HostTarget says of this side's address, of delays and of probes. */
  readonly tunes: boolean;
  /** Whether several sockets may listen on one address. */
  readonly reusesPorts: boolean;
  /** The same for datagrams. */
  readonly reusesDatagramPorts: boolean;
  /** Starts to connect. `writable` says that the connection has been made, `closed` that it will not be. */
  connect(target: HostTarget): HostSocket;
  /** Takes over a connection that the program has made: a socket of the host's own, or the number of a descriptor. */
  adopt?(socket: unknown, tuning: HostTuning): HostSocket | HostFailure;
  /** Starts to listen. `writable` says that it does, `closed` that it cannot. */
  listen?(options: HostListenOptions): HostServer;
  /** TLS on top of the sockets. */
  readonly tls?: HostTls;
  /** Starts to bind a socket for datagrams. `writable` says that it is bound, `closed` that it cannot be. */
  bind?(options: HostBindOptions): HostDatagramSocket;
  /** Asks the host's resolver for the addresses of a name, and calls `found` once, never from within this call. */
  lookup?(query: HostQuery, found: (answer: readonly HostName[] | HostFailure) => void): void;
  /** Asks the host's resolver for the names of an address and a port; as `lookup`. */
  lookupService?(host: string, port: number, found: (answer: HostService | HostFailure) => void): void;
}

/** What a network of a loop's own takes its time from: the loop that it serves. */
export interface NetworkLoop {
  /** The loop's clock, in milliseconds. */
  time(): number;
  /** Calls `callback` in a turn of the loop, once its clock has reached `whenMs`. */
  callAt(whenMs: number, callback: () => void): { cancel(): void };
  isClosed(): boolean;
}

/** A different network for a loop, such as a SimulatedNetwork of `wasyncio/testing`. */
export interface Network {
  /** The network for a loop, which may be about to be made: its methods must not be called before it runs. */
  attach(loop: NetworkLoop): NamedNetwork;
}

/** A network that is not the host's, with what it is called in messages. */
export interface NamedNetwork extends HostNetwork {
  readonly name: string;
  /** How many timers of the loop it has set for what is under way, which are not the program's. */
  readonly timers: number;
}

/** How the system treats a connection. */
export interface HostTuning {
  readonly noDelay: boolean;
  /** After how long a silence the system probes whether the other side is there; never unless given. */
  readonly keepAliveMs: number | undefined;
}

/** Where to connect. A target that is not a path has `path` as an own field, so that none is found on Object.prototype. */
export type HostTarget =
  | (HostTuning & {
      readonly host: string;
      readonly port: number;
      readonly family: 0 | 4 | 6;
      readonly path?: undefined;
      /** This side's address; one that the system chooses unless given. */
      readonly localHost: string | undefined;
      /** This side's port; one that the system chooses unless given. */
      readonly localPort: number | undefined;
      /** Whether `startTls` is called as soon as the connection is there, which some hosts have to know before. */
      readonly startsTls: boolean;
    })
  | { readonly path: string };

/** Where to listen; as with HostTarget. */
export type HostListenOptions =
  | (HostTuning & {
      /** An address, not a name; the empty string for all interfaces. */
      readonly host: string;
      /** 0 for any free port. */
      readonly port: number;
      readonly path?: undefined;
      readonly socket?: undefined;
      readonly backlog: number;
      readonly reusePort: boolean;
    })
  | {
      /** Of a Unix socket. A stale socket is replaced. */
      readonly path: string;
      readonly socket?: undefined;
      readonly backlog: number;
    }
  | (HostTuning & {
      /** A server of the host's own, or the number of a descriptor that listens. */
      readonly socket: unknown;
      readonly path?: undefined;
      readonly backlog: number;
    });

/** Which addresses of a name are asked for. */
export interface HostQuery {
  readonly host: string;
  /** 4 or 6 for addresses of that kind alone, 0 for both. */
  readonly family: 0 | 4 | 6;
  /** Only kinds of address that this machine has itself. */
  readonly ofThisMachine: boolean;
}

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
  /** From now on `unsentBytes` tells of what has been sent of a large write too, for hosts that would not say otherwise. */
  sendInPieces?(): void;
  /** Bytes written that have not been sent yet. */
  readonly unsentBytes: number;
  /** Ends this direction after what was written. */
  end(): void;
  /** Sends what was written, then closes both directions. Nothing more is read. */
  close(): void;
  /** Closes both directions at once. What has not been sent is dropped. */
  destroy(): void;
  /** This side's address; undefined before the connection has been made. It stays known once that is over. */
  readonly localAddress: SocketAddress | undefined;
  /** The other side's; as this side's. */
  readonly remoteAddress: SocketAddress | undefined;
  /** What the host itself has for a socket, for what it alone can do; undefined where that is nothing. */
  readonly handle?: unknown;
  /**
   * Starts TLS on the connection. The next `writable` says that it is secured, `closed` that it failed. Until then nothing is
   * read or written. Present where the host's `tls` is.
   */
  startTls?(options: HostTlsStart): void;
  /** What is known once it is secured; undefined before, and without TLS. */
  readonly tlsInfo?: HostTlsInfo | undefined;
}

/** What a host knows of TLS. */
export interface HostTls {
  /** Whether it takes certificates, keys and the like, and not names of servers alone. */
  readonly configurable: boolean;
  /** Whether it can be the server. */
  readonly serves: boolean;
  /** Reads certificates and keys, once for all connections, or tells what is wrong with them. */
  prepare(settings: HostTlsSettings): HostTlsContext | HostFailure;
}

/** What `prepare` has made, which only the host looks into. */
export type HostTlsContext = object;

/** How connections are secured. Texts are PEM. */
export interface HostTlsSettings {
  readonly server: boolean;
  /** Whom to trust, in place of those that the host trusts. */
  readonly ca: readonly (string | Uint8Array)[] | undefined;
  readonly cert: string | Uint8Array | undefined;
  readonly key: string | Uint8Array | undefined;
  readonly passphrase: string | undefined;
  readonly alpnProtocols: readonly string[] | undefined;
  /** Whether the other side is asked for a certificate, and whether it must have a good one. */
  readonly verify: "none" | "optional" | "required";
  readonly checkHostname: boolean;
  readonly minVersion: "TLSv1.2" | "TLSv1.3" | undefined;
  readonly maxVersion: "TLSv1.2" | "TLSv1.3" | undefined;
  readonly ciphers: string | undefined;
  /** For servers: what else to use for a name that the client has asked for. */
  readonly sni: ((serverName: string) => HostTlsContext | undefined) | undefined;
}

/** How TLS is started on one connection. */
export interface HostTlsStart {
  readonly context: HostTlsContext;
  /** For clients: the server's name, or the empty string for none. */
  readonly serverName: string;
  /** What has come and was read already, which is part of what is secured. */
  readonly unread: Uint8Array | undefined;
}

/** What came of a handshake. */
export interface HostTlsInfo {
  /** Its name, the protocol's version, and its bits where the host tells them. */
  readonly cipher: readonly [name: string, version: string, bits: number | null] | undefined;
  /** The other side's certificate, as the host has it. */
  readonly peercert: object | undefined;
  readonly alpnProtocol: string | undefined;
  /** For servers: the name that the client has asked for. */
  readonly serverName: string | undefined;
}

/** Where a socket for datagrams is bound, and who is at the other end. */
export interface HostBindOptions {
  readonly family: 4 | 6;
  /** An address, no name; all of them unless given. */
  readonly localHost: string | undefined;
  /** Any that is free unless given. */
  readonly localPort: number | undefined;
  /** The one peer to send to and hear from; whoever it may be unless given. */
  readonly remote: { readonly host: string; readonly port: number } | undefined;
  readonly broadcast: boolean;
  readonly reusePort: boolean;
  /** A socket of the host's own in the place of all that. */
  readonly socket: unknown;
}

/** One socket for datagrams. Its events are those of a connection, but for `ended`, which never comes. */
export interface HostDatagramSocket {
  /** Tells `events` from now on. Called once, at once. */
  watch(events: HostEvents): void;
  /** The next datagram, a failure of an earlier one, or null when there is nothing. What nobody takes in time is lost. */
  read(): HostDatagram | HostFailure | null;
  /** Sends one; to the peer, unless an address is given. */
  send(bytes: Uint8Array, address: { readonly host: string; readonly port: number } | undefined): void;
  /** Bytes sent that have not left yet. */
  readonly unsentBytes: number;
  /** Sends what is left, then closes. Failures of that can still be read once it is closed, and nothing else. */
  close(): void;
  /** Closes at once. Nothing can be read any more. */
  destroy(): void;
  readonly localAddress: SocketAddress | undefined;
  readonly remoteAddress: SocketAddress | undefined;
  readonly handle: unknown;
}

/** What came, and from whom. */
export interface HostDatagram {
  readonly bytes: Uint8Array;
  readonly address: SocketAddress;
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
  /** What the host itself has for it; undefined where that is nothing. */
  readonly handle?: unknown;
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

/** The names of an address and a port. */
export interface HostService {
  readonly host: string;
  readonly service: string;
}

/** Why something failed. */
export interface HostFailure {
  /** The system's name for it, such as ECONNREFUSED or ENOTFOUND; EUNKNOWN where the host does not say. */
  readonly code: string;
  /** The host's own message. */
  readonly reason: string;
}
