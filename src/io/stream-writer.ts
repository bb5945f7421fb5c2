/**
 * Owns the StreamWriter: a transport as seen by the code that writes to it.
 */
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { SocketAddress } from "../host/network.ts";
import type { BytesLike } from "./bytes.ts";
import type { StreamProtocol } from "./stream-protocol.ts";
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
  readonly #protocol: StreamProtocol;

  /** @internal */
  constructor(transport: SocketTransport, protocol: StreamProtocol) {
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
    return drainOf(this.#protocol, this.transport);
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

  /** What is known about the connection: 'peername' and 'sockname' are its ends. Otherwise `fallback`. */
  getExtraInfo(name: "peername" | "sockname"): SocketAddress | undefined;
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

const drainOf = coroutine(function* drain(protocol: StreamProtocol, transport: SocketTransport) {
  yield* protocol.drain(transport);
});

const closeOf = coroutine(function* waitClosed(protocol: StreamProtocol) {
  yield* protocol.waitClosed();
});
