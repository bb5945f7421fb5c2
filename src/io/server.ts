/**
 * Owns the Server: its listeners, the connections that came through it, and how it ends. Knows nothing of streams.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction, readOptions } from "../core/checks.ts";
import { type Body, coroutine, type Operation } from "../core/coroutine.ts";
import { CancelledError, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkDelayMs } from "../core/sleep.ts";
import type { HostListenOptions, HostSocket, SocketAddress } from "../host/network.ts";
import { Channel, type ChannelUser } from "./channel.ts";
import { Handshake } from "./handshake.ts";
import { IdleTimer } from "./idle-timer.ts";
import type { ServerSettings } from "./listen-options.ts";
import { Listener } from "./listener.ts";
import { tlsStart } from "./tls-options.ts";
import type { SocketTransport, TransportOptions } from "./transport.ts";
import { Waiters } from "./waiters.ts";

/** How long `with` waits by default for clients that do not read. */
const GRACE_MS = 10_000;

/** How a server's scope ends. */
export interface ServerScopeOptions {
  /**
   * How long the connections have to take what was written to them before they are cut off, in milliseconds; by default
   * ten seconds, 0 for no time, null for no limit.
   */
  readonly graceMs?: number | null | undefined;
}

/** Makes the transport of a new connection, and whatever uses it. */
export type Connected = (channel: Channel, socket: HostSocket, options: TransportOptions) => SocketTransport;

/** What a server holds of a connection, also before it is one. */
type Client = Pick<SocketTransport, "close" | "abort">;

/** Whom a channel works for until its connection has a transport or a handshake, both within the same call. */
const NOBODY_YET: ChannelUser = { ready() {}, abandoned() {} };

/**
 * Accepts connections until it is closed. asyncio: `Server`.
 *
 * @example
 * ```ts
 * const server = yield* startServer(handle, "127.0.0.1", 0);
 * const { port } = server.addresses[0];
 * yield* server.serveForever();
 * ```
 */
export class Server {
  readonly #loop: EventLoop;
  readonly #bindings: readonly HostListenOptions[];
  readonly #connected: Connected;
  readonly #settings: ServerSettings;
  readonly #options: TransportOptions;
  readonly #clients = new Set<Client>();
  readonly #closeWaiters: Waiters;
  #listeners: Listener[] = [];
  #addresses: readonly SocketAddress[] = [];
  readonly #startWaiters: Waiters;
  #starting = false;
  #serving = false;
  #closed = false;
  #servingForever: Future<void> | undefined;

  /** @internal */
  constructor(
    loop: EventLoop,
    bindings: readonly HostListenOptions[],
    settings: ServerSettings,
    connected: Connected,
  ) {
    this.#loop = loop;
    this.#bindings = bindings;
    this.#settings = settings;
    this.#options = {
      onGone: (transport) => this.#forget(transport),
      headerMs: settings.headerMs,
      shutdownMs: settings.tlsContext === undefined ? undefined : settings.tls?.shutdownMs,
    };
    this.#connected = connected;
    this.#closeWaiters = new Waiters(loop);
    this.#startWaiters = new Waiters(loop);
  }

  /** The loop it belongs to. */
  getLoop(): EventLoop {
    return this.#loop;
  }

  /** Where it listens: an address for each socket, with the ports that the system has chosen. Empty when it is not listening. */
  get addresses(): readonly SocketAddress[] {
    return this.#addresses;
  }

  /** What the host itself has for each address, such as a `net.Server`. Empty while it does not listen. */
  get sockets(): readonly unknown[] {
    return this.#listeners.map((listener) => listener.handle);
  }

  /** Whether it accepts connections. */
  isServing(): boolean {
    return this.#serving;
  }

  /**
   * Starts to listen, if it is not listening yet.
   * @throws NetworkError when an address cannot be used; LoopError ERR_SERVER_CLOSED after `close`.
   */
  startServing(): Operation<void> {
    return startServing(this);
  }

  /**
   * Listens until the task is cancelled, which closes the server and waits for its connections, or until `close`.
   * @throws CancelledError in both cases; LoopError ERR_SERVER_BUSY when another task is already doing so; else as `startServing`.
   */
  serveForever(): Operation<never> {
    return serveForever(this);
  }

  /** Stops listening. Open connections stay open. Harmless to repeat. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopListening();
    this.#servingForever?.cancel();
    this.#wakeIfOver();
  }

  /** Closes the open connections once what was written to them has been sent. */
  closeClients(): void {
    for (const client of [...this.#clients]) client.close();
  }

  /** Closes the open connections immediately. */
  abortClients(): void {
    for (const client of [...this.#clients]) client.abort();
  }

  /** Waits until the server and all its connections are closed. */
  waitClosed(): Operation<void> {
    return waitClosed(this);
  }

  /**
   * Runs `body` and closes the server and its connections after it, whatever happens: the connections get what was written,
   * and are cut off if they have not taken it within the grace time, or when the waiting task is cancelled.
   * @returns what `body` returns.
   * @throws what `body` throws; ArgumentError ERR_CALLBACK_EXPECTED, ERR_ARGUMENT_TYPE, or ERR_DELAY for an invalid
   * grace time.
   *
   * @example
   * ```ts
   * yield* (yield* startServer(handle, "127.0.0.1", 0)).with(function* (server) {
   *   yield* talkTo(server.addresses[0].port);
   * });
   * ```
   */
  with<T>(body: Body<T, [server: Server]>, options?: ServerScopeOptions): Operation<T> {
    checkFunction("Server.with", body);
    const { graceMs = GRACE_MS } = readOptions("Server.with", options, ["graceMs"]);
    const checkedMs = graceMs === null ? null : checkDelayMs("graceMs", graceMs);
    return serverScope(this, body as Body<unknown, [Server]>, checkedMs) as Operation<T>;
  }

  /** Closes it and waits for its connections: `await using server`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    this.close();
    return this.waitClosed();
  }

  toString(): string {
    const where = this.#addresses
      .map(({ family, host, port, path }) =>
        family === "Unix" ? path || "a Unix socket" : `${host}:${port}`,
      )
      .join(", ");
    return `<Server ${this.#closed ? "closed" : this.#serving ? `on ${where}` : "not started"}>`;
  }

  // ── For the coroutines below ──────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  *listen(): Generator<unknown, void, unknown> {
    while (this.#starting) yield* this.#startWaiters.wait();
    if (this.#closed) throw serverClosed(this);
    if (this.#serving) return;
    this.#starting = true;
    try {
      yield* this.#listenEverywhere();
      this.#serving = true;
      this.#addresses = this.#listeners.map((listener) => listener.address as SocketAddress);
    } catch (error) {
      this.#stopListening();
      throw error;
    } finally {
      this.#starting = false;
      this.#startWaiters.wake();
    }
  }

  *#listenEverywhere(): Generator<unknown, void, unknown> {
    for (const binding of this.#bindings) {
      const listener = new Listener(this.#loop, binding, {
        hasRoom: () => this.#clients.size < this.#settings.maxConnections,
        onArrival: (socket) => this.#arrived(socket),
      });
      this.#listeners.push(listener);
      yield* listener.listening();
      if (this.#closed) throw serverClosed(this);
    }
  }

  #stopListening(): void {
    this.#serving = false;
    this.#addresses = [];
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
  }

  #arrived(socket: HostSocket): void {
    const channel = new Channel(this.#loop, NOBODY_YET);
    socket.watch(channel);
    const { tls, tlsContext } = this.#settings;
    if (tls === undefined || tlsContext === undefined) {
      this.#connect(channel, socket);
      return;
    }
    const start = tlsStart(tlsContext, tls, "");
    const handshake = new Handshake(this.#loop, channel, socket, start, tls.handshakeMs);
    this.#clients.add(handshake);
    handshake.ending.addDoneCallback(() => {
      const error = handshake.ending.exception();
      if (error === null && !this.#loop.isClosed()) {
        this.#connect(channel, socket);
      } else {
        // Of clients that cannot do it asyncio says nothing either, but in debug mode.
        if (this.#loop.scheduler.debugging)
          this.#loop.scheduler.warn(`${(error as Error).message}; the client was turned away`);
        channel.close();
      }
      this.#forget(handshake);
    });
  }

  #connect(channel: Channel, socket: HostSocket): void {
    const { idleMs } = this.#settings;
    const shared = this.#options;
    const options = idleMs === undefined ? shared : { ...shared, idle: new IdleTimer(this.#loop, idleMs) };
    try {
      this.#clients.add(this.#connected(channel, socket, options));
    } catch (exception) {
      socket.destroy();
      channel.close();
      if (isInterrupt(exception)) throw exception;
      const message = "Error on transport creation for incoming connection";
      this.#loop.callExceptionHandler({ message, exception });
    }
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    for (const listener of this.#listeners) listener.takeAgain();
    this.#wakeIfOver();
  }

  #wakeIfOver(): void {
    if (this.isOver()) this.#closeWaiters.wake();
  }

  /** @internal */
  isOver(): boolean {
    return this.#closed && this.#clients.size === 0;
  }

  /** @internal */
  waitOver(): Generator<unknown, void, unknown> {
    return this.#closeWaiters.wait();
  }

  /** Ends it with its connections, after the grace time at the latest. @internal */
  *end(graceMs: number | null): Generator<unknown, void, unknown> {
    this.close();
    this.closeClients();
    if (this.isOver()) return;
    const timer = graceMs === null ? undefined : this.#loop.callLater(graceMs, () => this.abortClients());
    try {
      yield* this.#closeWaiters.wait();
    } finally {
      timer?.cancel();
      // If the wait was cancelled, nothing waits for those that are left.
      this.abortClients();
    }
  }

  /** @internal */
  *waitForEver(): Generator<unknown, void, unknown> {
    if (this.#servingForever !== undefined) {
      throw new LoopError(
        "ERR_SERVER_BUSY",
        "serveForever() is already being awaited on this server; await it once",
      );
    }
    if (this.#closed) throw serverClosed(this);
    const serving = this.#loop.createFuture<void>();
    this.#servingForever = serving;
    try {
      yield* this.listen();
      yield* serving;
    } catch (error) {
      // Closed before it listened, which ends it as `close` does later.
      throw (error as Partial<LoopError>).code === "ERR_SERVER_CLOSED" ? new CancelledError() : error;
    } finally {
      this.#servingForever = undefined;
    }
  }
}

function serverClosed(server: Server): LoopError {
  return new LoopError(
    "ERR_SERVER_CLOSED",
    `${server} no longer accepts connections; start another with startServer()`,
  );
}

const startServing = coroutine(function* startServing(server: Server) {
  yield* server.listen();
});

const serveForever = coroutine(function* serveForever(server: Server): Generator<unknown, never, unknown> {
  try {
    yield* server.waitForEver();
  } catch (error) {
    if (error instanceof CancelledError) {
      server.close();
      if (!server.isOver()) yield* server.waitOver();
    }
    throw error;
  }
  throw new CancelledError();
});

const waitClosed = coroutine(function* waitClosed(server: Server) {
  if (!server.isOver()) yield* server.waitOver();
});

const serverScope = coroutine(function* within(
  server: Server,
  body: Body<unknown, [Server]>,
  graceMs: number | null,
) {
  try {
    return yield* perform(body, server);
  } finally {
    yield* server.end(graceMs);
  }
});
