/**
 * Owns the binding of sockets to workerd's `cloudflare:sockets`: outgoing connections and nothing else, since there a
 * program can neither listen nor resolve names. A socket reads only one piece ahead, so that what is not taken
 * stays with the other side. Knows nothing of loops.
 *
 * The module is imported when the first connection is made, not with this file. So a program that makes none loads
 * under everything that uses the condition `workerd`, whether it knows the module or not: bundlers, tests on
 * Node, and runtimes that are like workerd in other respects.
 */
import type {
  HostEvents,
  HostFailure,
  HostNetwork,
  HostSocket,
  HostTarget,
  HostTlsInfo,
  HostTlsStart,
  SocketAddress,
} from "./network.ts";

/** How much is read in one piece, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** What workerd tells of TLS. */
const NOTHING_TOLD: HostTlsInfo = {
  cipher: undefined,
  peercert: undefined,
  alpnProtocol: undefined,
  serverName: undefined,
};

/** As much of `cloudflare:sockets` as is used. */
type Connect = typeof import("cloudflare:sockets").connect;
type Socket = ReturnType<Connect>;
type TcpTarget = Extract<HostTarget, { readonly port: number }>;

let connect: Connect | undefined;

/**
 * The function is kept, not a promise of it: a promise belongs to the request that it was made in. The comments keep
 * webpack and Vite from looking for the module, and `catch` right after the import keeps esbuild from insisting on it.
 */
async function loadConnect(): Promise<Connect> {
  if (connect !== undefined) return connect;
  const sockets = await import(/* webpackIgnore: true */ /* @vite-ignore */ "cloudflare:sockets").catch(
    (error) => {
      throw new Failure("EOPNOTSUPP", `this runtime does not offer cloudflare:sockets (${wordsOf(error)})`);
    },
  );
  connect = sockets.connect;
  return connect;
}

class WorkerdSocket implements HostSocket {
  localAddress: SocketAddress | undefined = undefined;
  remoteAddress: SocketAddress | undefined = undefined;
  readonly handle = undefined;
  tlsInfo: HostTlsInfo | undefined = undefined;
  /** Under TLS the name that the certificate was for. */
  private securedHost: string | undefined = undefined;
  private events: HostEvents | undefined = undefined;
  private socket: Socket | undefined = undefined;
  private reader: ReadableStreamBYOBReader | undefined = undefined;
  private writer: WritableStreamDefaultWriter<Uint8Array> | undefined = undefined;
  /** Fulfilled once the connection has been made; never rejected. Writes wait for it, in order. */
  private readonly opened: Promise<void>;
  private arrived: Uint8Array | null = null;
  /** What the next piece is read into. */
  private buffer = new ArrayBuffer(PIECE_BYTES);
  private unsent = 0;
  private endReceived = false;
  private endAsked = false;
  private endSent = false;
  private over = false;

  constructor(target: TcpTarget) {
    this.opened = this.open(target).catch((error) => this.finish(failureOf(error)));
  }

  watch(events: HostEvents): void {
    this.events = events;
  }

  private async open(target: TcpTarget): Promise<void> {
    checkFamily(target);
    const connect = await loadConnect();
    if (this.over) return;
    const { host, port } = target;
    const hostname = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    // Of a handshake that is started later it never tells that it has failed: so it is part of connecting.
    const secureTransport = target.startsTls ? "on" : "off";
    const socket = connect({ hostname, port }, { allowHalfOpen: true, secureTransport });
    this.socket = socket;
    // What it would report, reading and writing report too.
    socket.closed.catch(() => {});
    const { localAddress, remoteAddress } = await socket.opened;
    if (this.over) return;
    this.localAddress = addressOf(localAddress);
    this.remoteAddress = addressOf(remoteAddress);
    if (target.startsTls) this.securedHost = host;
    this.use(socket);
    this.events?.writable();
  }

  startTls({ serverName }: HostTlsStart): void {
    if (this.securedHost === undefined) {
      this.finish({
        code: "EOPNOTSUPP",
        reason: "workerd cannot secure an existing connection; give ssl to openConnection",
      });
    } else if (this.securedHost !== serverName) {
      this.finish({
        code: "EOPNOTSUPP",
        reason: "workerd uses the host as the server's name; omit serverHostname",
      });
    } else {
      this.tlsInfo = NOTHING_TOLD;
      Promise.resolve().then(() => this.events?.writable());
    }
  }

  private use(socket: Socket): void {
    this.reader = socket.readable.getReader({ mode: "byob" });
    this.writer = socket.writable.getWriter();
    // It reports the same as each write does.
    this.writer.closed.catch(() => {});
    this.events?.writable();
    this.readAhead(this.reader);
  }

  // ── What comes ────────────────────────────────────────────────────────────────────────────────────────────────

  private readAhead(reader: ReadableStreamBYOBReader): void {
    reader.read(new Uint8Array(this.buffer)).then(
      ({ done, value }) => {
        if (this.over) return;
        if (done) {
          this.endReceived = true;
          this.events?.ended();
          this.finishIfEnded();
          return;
        }
        this.arrived = this.pieceOf(value as Uint8Array<ArrayBuffer>);
        this.events?.readable();
      },
      (error) => this.finish(failureOf(error)),
    );
  }

  /** A small piece is copied, so that it does not keep a large buffer, which is reused. */
  private pieceOf(read: Uint8Array<ArrayBuffer>): Uint8Array {
    if (read.length > PIECE_BYTES / 2) {
      this.buffer = new ArrayBuffer(PIECE_BYTES);
      return read;
    }
    this.buffer = read.buffer;
    return read.slice();
  }

  read(): Uint8Array | null {
    const { arrived, reader } = this;
    if (arrived === null) return null;
    this.arrived = null;
    if (reader !== undefined && !this.over) this.readAhead(reader);
    return arrived;
  }

  // ── What goes ─────────────────────────────────────────────────────────────────────────────────────────────────

  get unsentBytes(): number {
    return this.over ? 0 : this.unsent;
  }

  write(bytes: Uint8Array): void {
    if (this.over || this.endAsked) return;
    this.unsent += bytes.length;
    this.opened
      .then(() => this.writer?.write(bytes))
      .then(
        () => {
          this.unsent -= bytes.length;
          if (!this.over) this.events?.writable();
        },
        (error) => this.finish(failureOf(error)),
      );
  }

  end(): void {
    if (this.endAsked) return;
    this.endAsked = true;
    this.opened
      .then(() => this.writer?.close())
      .then(
        () => {
          this.endSent = true;
          this.finishIfEnded();
        },
        (error) => this.finish(failureOf(error)),
      );
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────

  close(): void {
    // For the side that closes, nothing more will come.
    this.endReceived = true;
    this.end();
    this.finishIfEnded();
  }

  destroy(): void {
    this.finish(undefined);
  }

  private finishIfEnded(): void {
    if (this.endReceived && this.endSent) this.finish(undefined);
  }

  private finish(failure: HostFailure | undefined): void {
    if (this.over) return;
    this.over = true;
    this.arrived = null;
    const { socket, reader, writer } = this;
    // Each may already be closed, in one of several ways, and reports that with a rejection.
    const ignore = () => {};
    reader?.cancel().catch(ignore);
    if (!this.endSent) writer?.abort().catch(ignore);
    socket?.close().catch(ignore);
    // Later, since this may be a call from the loop.
    Promise.resolve().then(() => this.events?.closed(failure));
  }
}

/** A failure that is known here. */
class Failure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What workerd rejects with has neither an error number nor a system name, and its message fits several causes. */
function failureOf(error: unknown): HostFailure {
  if (error instanceof Failure) return { code: error.code, reason: error.message };
  // Thrown for an invalid address.
  const code = error instanceof TypeError && /^Specified address/.test(error.message) ? "EINVAL" : "EUNKNOWN";
  return { code, reason: wordsOf(error) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Only workerd chooses among a name's addresses. */
function checkFamily({ host, family }: TcpTarget): void {
  if (family === 0 || (family === 6 && host.includes(":")) || (family === 4 && isIPv4(host))) return;
  throw new Failure(
    "EAFNOSUPPORT",
    `workerd chooses between IPv4 and IPv6 itself; omit the family ${family}, or give an address that belongs to it`,
  );
}

function isIPv4(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

/** The address in "host:port"; undefined if the host is a name, as when the program has given one. */
function addressOf(text: string | null | undefined): SocketAddress | undefined {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(text ?? "") ?? [];
  if (host === undefined || port === undefined) return undefined;
  const family = isIPv4(host) ? "IPv4" : host.includes(":") ? "IPv6" : undefined;
  return family === undefined ? undefined : { family, host, port: Number(port), path: "" };
}

/** Connections by `cloudflare:sockets`. */
export const workerdNetwork: HostNetwork = {
  paths: false,
  tunes: false,
  reusesPorts: false,
  reusesDatagramPorts: false,
  tls: { configurable: false, serves: false, prepare: () => ({}) },
  connect(target: HostTarget): HostSocket {
    if (target.path !== undefined)
      throw new Error("there are no Unix sockets on workerd; connect to a host and port");
    return new WorkerdSocket(target);
  },
};
