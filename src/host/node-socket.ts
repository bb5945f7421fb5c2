/**
 * Owns one connection of `node:net`: read in paused mode, 'readable' is passed on and `read` takes, so that a socket that is
 * not read simply fills up. Knows nothing of loops.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type {
  HostEvents,
  HostFailure,
  HostSocket,
  HostTlsInfo,
  HostTlsStart,
  SocketAddress,
} from "./network.ts";
import { type DirectEvents, DirectStream } from "./node-direct.ts";
import { localAddressOf, remoteEndOf } from "./node-ends.ts";
import { addressOf, failureOf } from "./node-names.ts";
import { ownBytes, takeAll } from "./node-reading.ts";
import type { HandshakeEvents, NodeTlsContext, Secured } from "./node-tls.ts";

/** How much unread data Node keeps before it leaves the rest to the system. */
const UNREAD_BYTES = 64 * 1024;

export const SOCKET_OPTIONS = { allowHalfOpen: true, highWaterMark: UNREAD_BYTES };

/** So many bytes leave at once, however small the pieces: there is nothing to be won by waiting for more. */
const TOGETHER_BYTES_MAX = 16 * 1024;

// Small writes of one turn leave as one. To keep a write back costs something, which who writes once a turn does not pay: what is
// kept is the second write of a turn, and the first one where there were several in the turn before.
const keeping: NodeSocket[] = [];
let turns = 0;
let isTurn = false;

function currentTurn(): number {
  if (isTurn) return turns;
  isTurn = true;
  process.nextTick(endTurn);
  return ++turns;
}

function endTurn(): void {
  isTurn = false;
  for (const socket of keeping) socket.flush();
  keeping.length = 0;
}

/** How large the pieces are. */
const PIECE_BYTES = 64 * 1024;

/** By which a net.Socket finds the one that it belongs to: so its listeners are the same functions for all. */
const OWNER = Symbol("wasyncio.socket");
type Owned = Socket & { [OWNER]?: NodeSocket };

/** Whether it is a connection already. */
export function isTaken(socket: Socket): boolean {
  return (socket as Owned)[OWNER] !== undefined;
}

function onConnect(this: Owned): void {
  this[OWNER]?.connected();
}

function onError(this: Owned, error: Error): void {
  this[OWNER]?.failed(this, error);
}

function onClose(this: Owned): void {
  this[OWNER]?.over(this);
}

function onReadable(this: Owned): void {
  this[OWNER]?.arrived();
}

function onEnd(this: Owned): void {
  this[OWNER]?.ended();
}

function onEarlyEnd(this: Owned): void {
  this[OWNER]?.endedEarly();
}

export class NodeSocket implements HostSocket, DirectEvents {
  /** Under TLS the one that has the other beneath it. */
  #socket: Owned;
  /** The way past its streams, where the runtime has one. Not under TLS. */
  #direct: DirectStream | undefined;
  /** The same for what is received, which some runtimes need under TLS too. */
  #reading: DirectStream | undefined;
  #path: string;
  #local: SocketAddress | undefined;
  #remoteHost: string | undefined;
  #remotePort: number | undefined;
  #events: HostEvents | undefined;
  #failure: HostFailure | undefined;
  #closed = false;
  #hasEnded = false;
  /** Small writes that are kept until the end of the turn. */
  #kept: Uint8Array[] | undefined;
  #keptBytes = 0;
  /** As far as is known from its last turns. */
  #writesSeveral = false;
  #lastTurn = 0;
  #inPieces = false;
  tlsInfo: HostTlsInfo | undefined = undefined;
  /** TLS that is to be started once nothing is unsent. */
  #start: HostTlsStart | undefined;

  /** @param isDirect - whether to go past its streams, which nothing was read from. */
  constructor(socket: Socket, path: string, isDirect: boolean) {
    this.#path = path;
    this.#socket = socket;
    if (isDirect) this.#reading = this.#direct = new DirectStream(socket, this);
    this.#listenTo(socket);
    if (socket.connecting) socket.on("connect", onConnect);
    else this.#askEnds();
  }

  #listenTo(socket: Owned): void {
    socket[OWNER] = this;
    // From the start, since an error without a listener would end the process.
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.unref();
  }

  connected(): void {
    this.#askEnds();
    this.#events?.writable();
  }

  failed(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.#failure ??= failureOf(error);
    // A socket under TLS may fail and stay open.
    socket.destroy();
  }

  over(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#closed = true;
    this.#events?.closed(this.#failure);
  }

  arrived(): void {
    this.#events?.readable();
  }

  ended(): void {
    this.#hasEnded = true;
    this.#events?.ended();
  }

  watch(events: HostEvents): void {
    const socket = this.#socket;
    this.#events = events;
    if (this.#closed) {
      queueMicrotask(() => events.closed(this.#failure));
      return;
    }
    this.#watchReading(socket);
    // What has come before anybody watched, as for a connection that a server had no room for.
    if (this.#reading?.hasArrived) queueMicrotask(() => this.arrived());
    if (socket.readableEnded) queueMicrotask(() => this.ended());
  }

  #watchReading(socket: Socket): void {
    if (this.#direct !== undefined) return;
    if (this.#reading === undefined) socket.on("readable", onReadable);
    socket.on("end", onEnd);
  }

  ending(): void {
    if (this.#direct !== undefined) this.#socket.on("end", onEnd);
  }

  read(): Uint8Array | null {
    if (this.#reading !== undefined) {
      const bytes = this.#reading.take();
      return bytes === null ? null : ownBytes(bytes);
    }
    return takeAll(this.#socket, () => {
      if (!this.#closed) this.arrived();
    });
  }

  write(bytes: Uint8Array): void {
    if (bytes.length >= TOGETHER_BYTES_MAX) {
      this.flush();
      this.#send(bytes);
    } else if (this.#keptBytes > 0) {
      this.#writesSeveral = true;
      this.#keep(bytes);
      if (this.#keptBytes >= TOGETHER_BYTES_MAX) this.flush();
    } else {
      const turn = currentTurn();
      const isFurther = this.#lastTurn === turn;
      this.#lastTurn = turn;
      if (isFurther || this.#writesSeveral) {
        this.#writesSeveral = isFurther;
        this.#keep(bytes);
        keeping.push(this);
      } else {
        this.#send(bytes);
      }
    }
  }

  sendInPieces(): void {
    this.#inPieces = true;
    // Otherwise the streams put together again all that waits.
    Object.assign(this.#socket, { _writev: undefined });
  }

  /** Returns whether all of it has left, which is not reported then. */
  #send(bytes: Uint8Array): boolean {
    if (!this.#inPieces || bytes.length <= PIECE_BYTES) return this.#sendWhole(bytes);
    let hasLeft = false;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES)
      hasLeft = this.#sendWhole(bytes.subarray(at, at + PIECE_BYTES));
    return hasLeft;
  }

  #sendWhole(bytes: Uint8Array): boolean {
    if (this.#direct !== undefined) return this.#direct.write(bytes);
    this.#socket.write(bytes, (error) => this.sent(error));
    return false;
  }

  #keep(bytes: Uint8Array): void {
    this.#kept ??= [];
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  /** Writes what was kept back. */
  flush(): void {
    const { length } = this.#kept ?? [];
    if (this.#kept === undefined || length === 0) return;
    const whole = length === 1 ? (this.#kept[0] as Uint8Array) : Buffer.concat(this.#kept, this.#keptBytes);
    this.#kept.length = 0;
    this.#keptBytes = 0;
    // Who has been told that too much is kept has yet to hear that it has left, and not from within this call.
    if (this.#send(whole)) process.nextTick(() => this.sent(undefined));
  }

  sent(error: Error | null | undefined): void {
    // Node does not report what a destroyed socket never sent.
    if (error) {
      this.#socket.destroy(error);
      return;
    }
    if (this.#socket.destroyed) return;
    if (this.#start !== undefined) this.#startIfSent();
    this.#events?.writable();
  }

  get unsentBytes(): number {
    const direct = this.#direct;
    return (direct === undefined ? this.#socket.writableLength : direct.unsentBytes) + this.#keptBytes;
  }

  end(): void {
    this.flush();
    this.#socket.end();
  }

  close(): void {
    this.flush();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get localAddress(): SocketAddress | undefined {
    return this.#pathAddress ?? this.#local;
  }

  get remoteAddress(): SocketAddress | undefined {
    const host = this.#remoteHost;
    const port = this.#remotePort;
    return (
      this.#pathAddress ?? (host === undefined || port === undefined ? undefined : addressOf(host, port))
    );
  }

  get handle(): Socket {
    return this.#socket;
  }

  get #pathAddress(): SocketAddress | undefined {
    return this.#path === "" ? undefined : { family: "Unix", host: "", port: 0, path: this.#path };
  }

  /** Once it is connected, since a socket that is closed has forgotten. */
  #askEnds(): void {
    if (this.#path !== "") return;
    this.#local = localAddressOf(this.#socket);
    ({ address: this.#remoteHost, port: this.#remotePort } = remoteEndOf(this.#socket));
  }

  // ── TLS ───────────────────────────────────────────────────────────────────────────────────────────────────────

  startTls(start: HostTlsStart): void {
    const plain = this.#socket;
    if (this.#closed || plain.destroyed) return;
    // What comes now is for TLS; what was written before is not, and has to leave first.
    plain.off("readable", onReadable);
    this.#direct?.release();
    plain.off("end", onEnd);
    // An end that was read before TLS was started would never be known to it.
    if (this.#hasEnded) {
      this.endedEarly();
      return;
    }
    plain.once("end", onEarlyEnd);
    this.flush();
    this.#start = start;
    this.#startIfSent();
  }

  endedEarly(): void {
    if (this.tlsInfo !== undefined) return;
    this.#failure ??= {
      code: "ECONNRESET",
      reason: "the other side ended the connection before the TLS handshake was complete",
    };
    this.#socket.destroy();
  }

  #startIfSent(): void {
    const plain = this.#socket;
    if (this.#start === undefined || this.unsentBytes > 0) return;
    const { context, serverName, unread } = this.#start;
    this.#start = undefined;
    this.#reading = this.#direct = undefined;
    if (unread !== undefined) plain.unshift(unread);
    const chosen = context as NodeTlsContext;
    chosen.secure(plain, serverName, this.#handshake(plain, chosen));
  }

  #handshake(plain: Socket, context: NodeTlsContext): HandshakeEvents {
    return {
      begun: (secured) => {
        this.#socket = secured;
        if (this.#inPieces) this.sendInPieces();
        this.#listenTo(secured);
        secured.on("close", () => plain.destroy());
      },
      secured: (info) => {
        this.tlsInfo = info;
        this.#reading = context.reading?.(this.#socket as Secured, plain, this);
        this.#watchReading(this.#socket);
        this.#events?.writable();
      },
      failed: (failure) => {
        this.#failure ??= failure;
        this.#socket.destroy();
      },
    };
  }
}
