/**
 * Owns the ClientWebSocket, what users have of an open WebSocket. Knows nothing of how it works.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction, checkString, wrongArgument } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { ArgumentError } from "../core/errors.ts";
import { type BytesLike, bytesOf } from "../io/bytes.ts";
import type { WebSocketMessage } from "./web-socket-like.ts";
import type { WebSocketConnection } from "./ws-connection.ts";

const REASON_BYTES_MAX = 123;

/**
 * A WebSocket, as `session.wsConnect` opens it. It ends by `close`, with its session, or by the other side. Cancelling a task that
 * receives or sends leaves it open, and loses no message. aiohttp: `ClientWebSocketResponse`.
 *
 * @example
 * ```ts
 * const socket = await session.wsConnect("wss://example.org/news");
 * await socket.send("subscribe");
 * for await (const message of socket) console.log(message);
 * console.log(socket.closeCode);
 * ```
 */
export class ClientWebSocket {
  readonly #connection: WebSocketConnection;

  /** @internal */
  constructor(connection: WebSocketConnection) {
    this.#connection = connection;
  }

  /** The protocol that the server chose, of those that were offered; empty if none. */
  get protocol(): string {
    return this.#connection.socket.protocol;
  }

  /** Whether it has ended. What came before may still be received. */
  get closed(): boolean {
    return this.#connection.ended;
  }

  /**
   * The code that it was closed with, such as 1000; 1005 without one, 1006 when the connection broke; null before it has ended.
   * aiohttp: `close_code`.
   */
  get closeCode(): number | null {
    return this.#connection.closeCode;
  }

  /** What the other side gave for the reason. */
  get closeReason(): string {
    return this.#connection.closeReason;
  }

  /**
   * The next message, or null once it is closed. aiohttp: `receive`.
   * @throws NetworkError when the connection broke or a message was longer than `messageBytesMax`; LoopError ERR_SESSION_CLOSED.
   */
  receive(): Operation<WebSocketMessage | null> {
    return operation("receive", this.#connection.receive());
  }

  /** Its messages, in an async function: `for await (const message of socket)`. Leaving it early leaves the WebSocket open. */
  [Symbol.asyncIterator](): { next(): PromiseLike<IteratorResult<WebSocketMessage, undefined>> } {
    return { next: () => operation("next", this.#nextMessage()) };
  }

  /**
   * Calls `body` with each message until the WebSocket is closed, or until it returns false. The way to iterate in a coroutine.
   * @param body - a coroutine function, an async function or a plain one.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; else as `receive`.
   */
  forEachMessage(body: Body<unknown, [message: WebSocketMessage]>): Operation<void> {
    checkFunction("forEachMessage", body);
    return operation("forEachMessage", this.#eachMessage(body));
  }

  /**
   * Sends a string as text, or bytes, and waits while more than 64 KiB are waiting to be sent. Bytes must not be changed until then.
   * Cancelling it does not take the message back. aiohttp: `send_str`, `send_bytes`.
   * @throws NetworkError EPIPE once it is closed, or why the connection broke; LoopError ERR_SESSION_CLOSED; ArgumentError
   * ERR_ARGUMENT_TYPE.
   */
  send(data: BytesLike): Operation<void> {
    return operation("send", this.#connection.send(typeof data === "string" ? data : ownBytes(data)));
  }

  /**
   * Sends a ping and waits for its pong. Pings of the other side are answered without it. aiohttp's does not wait.
   * @throws LoopError ERR_HOST_UNSUPPORTED unless the session was given the class of the package ws as `webSocket`; else as `send`.
   */
  ping(): Operation<void> {
    return operation("ping", this.#connection.ping());
  }

  /**
   * Closes it and waits until the other side has closed it too, for `closeTimeoutMs` at most. Cancelling it cuts the connection
   * off. Harmless to repeat.
   * @param code - 1000, the default, or a number from 3000 to 4999.
   * @param reason - at most 123 bytes as UTF-8.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  close(code = 1000, reason = ""): Operation<void> {
    checkClose(code, reason);
    return operation("close", this.#connection.close(code, reason));
  }

  /**
   * Runs `body` and closes the WebSocket after it, whatever happens.
   * @returns what `body` returns.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   */
  with<T>(body: Body<T, [socket: ClientWebSocket]>): Operation<T> {
    checkFunction("ClientWebSocket.with", body);
    return operation("with", this.#within(body));
  }

  /** Closes it: `await using socket`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.close();
  }

  toString(): string {
    const { what, ended, closeCode } = this.#connection;
    return `<ClientWebSocket ${what} ${ended ? `closed ${closeCode}` : "open"}>`;
  }

  *#nextMessage(): Generator<unknown, IteratorResult<WebSocketMessage, undefined>, unknown> {
    const value = yield* this.#connection.receive();
    return value === null ? { done: true, value: undefined } : { done: false, value };
  }

  *#eachMessage(body: Body<unknown, [WebSocketMessage]>): Generator<unknown, void, unknown> {
    const connection = this.#connection;
    for (let message = yield* connection.receive(); message !== null; message = yield* connection.receive())
      if ((yield* perform(body, message)) === false) return;
  }

  *#within<T>(body: Body<T, [ClientWebSocket]>): Generator<unknown, T, unknown> {
    try {
      return yield* perform(body, this);
    } finally {
      yield* this.#connection.close(1000, "");
    }
  }
}

/** Shared memory cannot be sent. */
function ownBytes(data: BytesLike): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf("send", data);
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}

function checkClose(code: unknown, reason: unknown): void {
  const isNumber = typeof code === "number";
  if (!isNumber || !(code === 1000 || (code >= 3000 && code <= 4999 && Number.isInteger(code)))) {
    const errorCode = isNumber ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE";
    throw wrongArgument("close", "a code of 1000, or from 3000 to 4999", code, errorCode);
  }
  if (bytesOf("close", checkString("close", "its reason", reason)).length <= REASON_BYTES_MAX) return;
  throw new ArgumentError("ERR_ARGUMENT_VALUE", `close needs a reason of at most ${REASON_BYTES_MAX} bytes`);
}
