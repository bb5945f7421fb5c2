/**
 * Owns the StreamReader: the bytes received but not yet read, and the one task that waits for more.
 * Knows of the transport only how to pause and resume it.
 */
import { checkCount, checkFunction, checkInstance, checkMethods, readOptions } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { ArgumentError, LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { checkLoop, getEventLoop } from "../core/running.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import { type BytesLike, bytesOf } from "./bytes.ts";
import { checkLimit, LIMIT_BYTES } from "./endpoint.ts";
import { eachLine, NextLine, ReadExactly, ReadLine, ReadSome, ReadUntil, readToEnd } from "./reading.ts";
import { fail } from "./waiters.ts";

/** What can be paused when a reader holds enough. */
export interface PausableTransport {
  pauseReading(): void;
  resumeReading(): void;
}

/** How a reader is made by hand. */
export interface StreamReaderOptions {
  /** The longest line, and half of what it holds before the other side has to wait, in bytes; by default 64 KiB. */
  readonly limit?: number | undefined;
  /** The loop it is used on; by default the running one, else the policy's current one. */
  readonly loop?: EventLoop | undefined;
}

const NEWLINE = new Uint8Array([10]);

/**
 * Reads from a connection. Only one task at a time can wait for data. Cancelling that task loses nothing: what was received
 * stays for the next one. asyncio: `StreamReader`.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openConnection("127.0.0.1", 8080);
 * const line = yield* reader.readline();
 * ```
 */
export class StreamReader {
  readonly #loop: EventLoop;
  readonly #limit: number;
  readonly #buffer = new ByteBuffer();
  #ended = false;
  #exception: Error | null = null;
  #waiter: Future<void> | undefined;
  #transport: PausableTransport | undefined;
  #paused = false;
  /** Whether to pause and resume the transport runs no user code. @internal */
  isPlain = true;
  /** Where a server limits the time for headers. @internal */
  header: { beginHeader(): void; endHeader(): void } | undefined;

  /**
   * Connections come with their reader; one made by hand is fed by `feedData` and `feedEof`.
   * @throws ArgumentError ERR_ARGUMENT_VALUE or ERR_ARGUMENT_TYPE; LoopError ERR_NO_CURRENT_LOOP.
   */
  constructor(options?: StreamReaderOptions) {
    const { limit = LIMIT_BYTES, loop } = readOptions("StreamReader", options, ["limit", "loop"]);
    if (loop !== undefined) checkLoop("StreamReader", loop);
    this.#limit = checkLimit("StreamReader", limit);
    this.#loop = loop ?? getEventLoop();
  }

  // ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Reads up to `n` bytes, as soon as any are available.
   * @param n - how many at most; -1, or omitted, for everything until the end.
   * @returns the bytes, empty at the end.
   * @throws LoopError ERR_READER_BUSY when another task is waiting; NetworkError when the connection has failed.
   */
  read(n = -1): Operation<Uint8Array> {
    return checkCount("read", n) < 0 ? operation("read", readToEnd(this)) : new ReadSome(this, n);
  }

  /**
   * Reads exactly `n` bytes.
   * @throws IncompleteReadError when the stream ends first; ArgumentError ERR_ARGUMENT_VALUE when `n` is negative; else
   * as `read`.
   */
  readexactly(n: number): Operation<Uint8Array> {
    if (checkCount("readexactly", n) < 0) {
      throw new ArgumentError("ERR_ARGUMENT_VALUE", `readexactly size can not be less than zero, got ${n}`);
    }
    return new ReadExactly(this, n);
  }

  /**
   * Reads a line, including its "\n". The last one may lack it; at the end there are no bytes.
   * @throws ArgumentError ERR_LINE_TOO_LONG when the line is longer than the limit, in which case it is dropped; else as `read`.
   */
  readline(): Operation<Uint8Array> {
    return new ReadLine(this);
  }

  /**
   * Reads up to and including a separator. Of several separators, the one whose match ends first counts.
   * @param separator - bytes or a string, or an array of them; by default "\n".
   * @throws IncompleteReadError when the stream ends first; LimitOverrunError when more than the limit comes first, which
   * stays in the reader; ArgumentError ERR_ARGUMENT_VALUE for an empty separator; else as `read`.
   */
  readuntil(separator: BytesLike | readonly BytesLike[] = NEWLINE): Operation<Uint8Array> {
    return new ReadUntil(this, separatorsOf(separator));
  }

  /** Whether the stream has ended and all of it has been read. */
  atEof(): boolean {
    return this.#ended && this.#buffer.length === 0;
  }

  /** The lines, in an async function: `for await (const line of reader)`. */
  [Symbol.asyncIterator](): { next(): PromiseLike<IteratorResult<Uint8Array, undefined>> } {
    return { next: () => new NextLine(this) };
  }

  /**
   * Calls `body` with each line until the end, or until it returns false. The way to iterate in a coroutine, where no loop
   * statement can wait.
   * @param body - a coroutine function, an async function or a plain one.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; else as `readline`.
   *
   * @example
   * ```ts
   * yield* reader.forEachLine(function* (line) {
   *   yield* handle(decoder.decode(line));
   * });
   * ```
   */
  forEachLine(body: Body<unknown, [line: Uint8Array]>): Operation<void> {
    checkFunction("forEachLine", body);
    return operation("forEachLine", eachLine(this, body));
  }

  // ── Feeding ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds bytes, which are copied, or a string as UTF-8.
   * @throws LoopError ERR_INVALID_STATE after `feedEof`; ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  feedData(data: BytesLike): void {
    this.#feed(bytesOf("feedData", data), typeof data === "string");
  }

  /** Adds bytes that belong to the reader from now on. @internal */
  feedOwned(bytes: Uint8Array): void {
    this.#feed(bytes, true);
  }

  #feed(bytes: Uint8Array, owned: boolean): void {
    if (this.#ended)
      throw new LoopError("ERR_INVALID_STATE", "feedData() called after feedEof(); feed everything first");
    if (bytes.length === 0) return;
    this.#buffer.append(bytes, owned);
    this.#wakeWaiter();
    if (this.#transport === undefined || this.#paused || this.#buffer.length <= 2 * this.#limit) return;
    this.#paused = true;
    this.#transport.pauseReading();
  }

  /** Ends the stream after what was fed. */
  feedEof(): void {
    this.#ended = true;
    this.#wakeWaiter();
  }

  /** Why the connection has failed, or null. */
  exception(): Error | null {
    return this.#exception;
  }

  /** Makes the stream fail: all reads throw `error` from now on. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not an Error. */
  setException(error: Error): void {
    checkInstance("setException", "an Error", error, Error);
    this.#exception = error;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter?.pending()) fail(waiter, error);
  }

  /**
   * Sets what to pause when more comes than is read.
   * @throws LoopError ERR_INVALID_STATE when it is already set; ArgumentError ERR_ARGUMENT_TYPE.
   */
  setTransport(transport: PausableTransport): void {
    checkMethods("setTransport", "a transport", transport, ["pauseReading", "resumeReading"]);
    this.connect(transport);
    this.isPlain = false;
  }

  /** The same, for a transport of this package. @internal */
  connect(transport: PausableTransport): void {
    if (this.#transport !== undefined) {
      throw new LoopError("ERR_INVALID_STATE", "this reader already has a transport; create another reader");
    }
    this.#transport = transport;
  }

  toString(): string {
    const parts = ["StreamReader", `${this.#buffer.length} bytes`];
    if (this.#ended) parts.push("ended");
    if (this.#exception !== null) parts.push(`exception=${this.#exception}`);
    if (this.#paused) parts.push("paused");
    return `<${parts.join(" ")}>`;
  }

  // ── For the coroutines below ──────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  get buffer(): ByteBuffer {
    return this.#buffer;
  }

  /** @internal */
  get limit(): number {
    return this.#limit;
  }

  /** @internal */
  get ended(): boolean {
    return this.#ended;
  }

  /** @internal */
  mustBeWhole(): void {
    if (this.#exception !== null) throw this.#exception;
  }

  /** Takes bytes out of the buffer, and lets the other side go on if that has made room. @internal */
  take(count: number): Uint8Array {
    const taken = this.#buffer.take(count);
    this.header?.endHeader();
    this.resumeIfLow();
    return taken;
  }

  /** @internal */
  resumeIfLow(): void {
    if (this.#paused && this.#buffer.length <= this.#limit) this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    this.#transport?.resumeReading();
  }

  #wakeWaiter(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter?.pending()) waiter.setResult();
  }

  /** A future for more to come, or the end. @internal */
  beginToWait(caller: string): Future<void> {
    if (this.#waiter !== undefined) {
      throw new LoopError(
        "ERR_READER_BUSY",
        `${caller}() called while another task is already waiting for data; let a single task read, and pass on what it gets`,
      );
    }
    // The other side would wait for us, and we for it, as when readexactly needs more than the limit.
    if (this.#paused) this.#resume();
    this.#waiter = this.#loop.createFuture<void>();
    return this.#waiter;
  }

  /** Nothing waits for this future any more. @internal */
  endToWait(waiter: Future<void>): void {
    if (this.#waiter === waiter) this.#waiter = undefined;
  }
}

/** Shorter ones first: of two matches with the same end, the longer separator's begins earlier. */
function separatorsOf(separator: BytesLike | readonly BytesLike[]): Uint8Array[] {
  const list = Array.isArray(separator) ? (separator as readonly BytesLike[]) : [separator as BytesLike];
  const separators = list
    .map((each) => bytesOf("readuntil", each))
    .sort((one, other) => one.length - other.length);
  if (separators.length === 0) {
    throw new ArgumentError("ERR_ARGUMENT_VALUE", "Separator should contain at least one element");
  }
  if (separators[0]?.length === 0) {
    throw new ArgumentError("ERR_ARGUMENT_VALUE", "Separator should be at least one-byte string");
  }
  return separators;
}
