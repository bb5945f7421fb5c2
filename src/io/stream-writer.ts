/**
 * Owns the StreamWriter: a transport as seen by the code that writes to it.
 */
import { checkMethods } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { HostTlsInfo, SocketAddress } from "../host/network.ts";
import type { BytesLike } from "./bytes.ts";
import { Drain } from "./drain.ts";
import { type StartTlsOptions, starting, startPlan } from "./start-tls.ts";
import type { StreamReaderProtocol } from "./stream-protocol.ts";
import type { TlsOptions, TlsPlan } from "./tls-options.ts";
import type { SocketTransport } from "./transport.ts";

/**
 * Writes to a connection. asyncio: `StreamWriter`.
 *
 * @example
 * ```ts
 * writer.write("hello\n");
 * yield* writer.drain();
 * writer.close();
 * yield* writer.waitClosed();
 * ```
 */
export class StreamWriter {
  /** The connection itself, for its water marks and for `abort`. */
  readonly transport: SocketTransport;
  readonly #protocol: StreamReaderProtocol;

  /**
   * Connections come with their writer; one made by hand is for a connection of `createConnection`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  constructor(transport: SocketTransport, protocol: StreamReaderProtocol) {
    // By what they can do, since their classes know this one.
    checkMethods("StreamWriter", "a transport", transport, ["write", "writelines", "writeEof", "close"]);
    checkMethods("StreamWriter", "a StreamReaderProtocol", protocol, [
      "beginToDrain",
      "waitClosed",
      "takeUnread",
    ]);
    this.transport = transport;
    this.#protocol = protocol;
  }

  /**
   * Writes bytes, or a string as UTF-8. Never waits; call `drain` after it, so that a slow reader slows the writer down.
   * The bytes must not be changed until they have been sent.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; LoopError ERR_WRITE_AFTER_EOF.
   */
  write(data: BytesLike): void {
    this.transport.write(data);
  }

  /** Writes all of them, one after the other. @throws as `write`. */
  writelines(list: Iterable<BytesLike>): void {
    this.transport.writelines(list);
  }

  /** Ends this direction after what was written; reading goes on. */
  writeEof(): void {
    this.transport.writeEof();
  }

  /** Whether `writeEof` can be called. */
  canWriteEof(): boolean {
    return this.transport.canWriteEof();
  }

  /**
   * Waits until it makes sense to write more: not at all, unless more than the high-water mark (64 KiB) is waiting to be sent; then
   * until that is down to the low-water mark (16 KiB).
   * @throws NetworkError when the connection has failed or was closed.
   */
  drain(): Operation<void> {
    return new Drain(this.#protocol, this.transport);
  }

  /** Closes the connection once what was written has been sent. Nothing more is read. */
  close(): void {
    this.transport.close();
  }

  /** Whether it is closed, or closing. */
  isClosing(): boolean {
    return this.transport.isClosing();
  }

  /** Waits until the connection is closed. @throws NetworkError when it has failed. */
  waitClosed(): Operation<void> {
    return closeOf(this.#protocol);
  }

  /**
   * Secures the connection; nothing may be written meanwhile, and what was read ahead is part of the handshake. If it fails or
   * is cancelled, the connection is closed. asyncio: `StreamWriter.start_tls`, where a server's writers know which side they
   * are: here set `serverSide`.
   * @param ssl - true for the host's defaults, or the options; a server needs a certificate and its key.
   * @param options - which side this is; a client names the host that the certificate has to be for.
   * @throws as `startTls`.
   */
  startTls(ssl: boolean | TlsOptions, options?: StartTlsOptions): Operation<void> {
    const plan = startPlan("startTls", ssl, options);
    return tlsOf(this.transport, this.#protocol, plan);
  }

  /** What is known about the connection, as the transport has it: 'peername' and 'sockname' are its ends. Otherwise `fallback`. */
  getExtraInfo(name: "peername" | "sockname"): SocketAddress | undefined;
  getExtraInfo<K extends keyof HostTlsInfo>(name: K): HostTlsInfo[K] | undefined;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    return this.transport.getExtraInfo(name, fallback);
  }

  /** Closes and waits for it: `await using writer`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    this.close();
    return this.waitClosed();
  }

  toString(): string {
    return `<StreamWriter ${this.transport}>`;
  }
}

const tlsOf = coroutine(function* tls(
  transport: SocketTransport,
  protocol: StreamReaderProtocol,
  plan: TlsPlan,
) {
  yield* starting(transport, protocol, plan, () => protocol.takeUnread());
});

const closeOf = coroutine(function* waitClosed(protocol: StreamReaderProtocol) {
  yield* protocol.waitClosed();
});
