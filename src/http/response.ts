/**
 * Owns the ClientResponse: what the server answered, and the ways to read its body. Knows nothing of sessions.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { LoopError } from "../core/errors.ts";
import { concat } from "../io/bytes.ts";
import { HttpStatusError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

/** What an answer begins with. */
export interface ResponseHead {
  /** The status, such as 302. */
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
}

const UNTOUCHED = 0;
/** Read to the end, and kept. */
const KEPT = 1;
/** Read in pieces. */
const TAKEN = 2;

/** A response that is no longer referenced must not keep its connection. */
const forgotten = new FinalizationRegistry<Exchange>((exchange) => {
  exchange.stop(
    new LoopError(
      "ERR_BODY_USED",
      `${exchange.what}: the response was garbage-collected before its body had been read`,
    ),
  );
});

/**
 * The answer to a request. Read its body with one of `text`, `json` and `read`, or in pieces; if it is not wanted, call
 * `close`, which gives the connection back, as closing the session does. aiohttp: `ClientResponse`.
 *
 * @example
 * ```ts
 * const response = yield* session.get("/users");
 * if (response.ok) users = yield* response.json();
 * ```
 */
export class ClientResponse implements ResponseHead {
  /** The status, such as 200. */
  readonly status: number;
  readonly statusText: string;
  /** Whether the status is between 200 and 299. */
  readonly ok: boolean;
  /** Where it came from, after all redirects. */
  readonly url: string;
  readonly headers: Headers;
  readonly #exchange: Exchange;
  /** Undefined where it is not known. */
  readonly #history: readonly ResponseHead[] | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #state = UNTOUCHED;
  #bytes: Uint8Array | undefined;

  /** @internal */
  constructor(exchange: Exchange, response: Response, history: readonly ResponseHead[]) {
    this.status = response.status;
    this.statusText = response.statusText;
    this.ok = response.ok;
    this.url = response.url;
    this.headers = response.headers;
    this.#exchange = exchange;
    // The browser has followed redirects itself.
    this.#history = response.redirected ? undefined : history;
    this.#reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
    if (this.#reader === undefined) exchange.finish();
    else forgotten.register(this, exchange, exchange);
  }

  /**
   * The redirects that led here, the first one first; their bodies were dropped. aiohttp: `history`.
   * @throws LoopError ERR_HOST_UNSUPPORTED in pages, where redirects were followed.
   */
  get history(): readonly ResponseHead[] {
    if (this.#history !== undefined) return this.#history;
    throw this.#exchange.notSupported(
      "history needs a fetch that shows redirects",
      'see url, or request with redirect: "error"',
    );
  }

  /**
   * The whole body. May be called again.
   * @throws NetworkError when the connection breaks; TimeoutError; LoopError ERR_BODY_USED when it was read in pieces,
   * ERR_SESSION_CLOSED, ERR_READER_BUSY.
   */
  read(): Operation<Uint8Array> {
    return operation("read", this.#whole());
  }

  /**
   * The whole body as text, in the encoding that the server specifies, else UTF-8. May be called again.
   * @throws as `read`.
   */
  text(): Operation<string> {
    return operation("text", this.#text());
  }

  /**
   * The whole body, parsed as JSON. May be called again.
   * @throws SyntaxError when it is not JSON; else as `read`.
   */
  json<T = unknown>(): Operation<T> {
    return operation("json", this.#json<T>());
  }

  /**
   * The next piece of the body, or null at its end. For bodies that are too long to keep in memory.
   * @throws as `read`; LoopError ERR_BODY_USED after it.
   */
  readChunk(): Operation<Uint8Array | null> {
    return operation("readChunk", this.#piece());
  }

  /** The pieces of the body, in an async function: `for await (const chunk of response)`. Leaving it early closes it. */
  [Symbol.asyncIterator](): {
    next(): PromiseLike<IteratorResult<Uint8Array, undefined>>;
    return(): PromiseLike<IteratorResult<Uint8Array, undefined>>;
  } {
    return {
      next: () => operation("next", this.#nextPiece()),
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /**
   * Calls `body` with each piece of the body until the end, or until it returns false. The way to iterate in a coroutine.
   * @param body - a coroutine function, an async function or a plain one.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED; else as `readChunk`.
   */
  forEachChunk(body: Body<unknown, [chunk: Uint8Array]>): Operation<void> {
    checkFunction("forEachChunk", body);
    return operation("forEachChunk", this.#eachPiece(body));
  }

  /** @throws HttpStatusError when the status is 400 or above. The body is then dropped. */
  raiseForStatus(): void {
    if (this.status < 400) return;
    this.close();
    throw new HttpStatusError(this.#exchange.what, this.status, this.statusText);
  }

  /** Drops what is left of the body. Harmless to repeat. */
  close(): void {
    this.#exchange.stop(bodyUsed(this.#exchange, "was closed"));
    forgotten.unregister(this.#exchange);
  }

  /** Closes it: `await using response`. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    this.close();
    return Promise.resolve();
  }

  toString(): string {
    return `<ClientResponse ${this.#exchange.what} ${this.status}>`;
  }

  // ── The coroutines ────────────────────────────────────────────────────────────────────────────────────────────

  *#whole(): Generator<unknown, Uint8Array, unknown> {
    if (this.#bytes !== undefined) return this.#bytes;
    if (this.#state === TAKEN) throw bodyUsed(this.#exchange, "was already read in chunks");
    this.#state = KEPT;
    const pieces: Uint8Array[] = [];
    for (let piece = yield* this.#next(); piece !== null; piece = yield* this.#next()) pieces.push(piece);
    this.#bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(pieces);
    return this.#bytes;
  }

  *#text(): Generator<unknown, string, unknown> {
    return decode(this, yield* this.#whole());
  }

  *#json<T>(): Generator<unknown, T, unknown> {
    return JSON.parse(yield* this.#text());
  }

  *#piece(): Generator<unknown, Uint8Array | null, unknown> {
    if (this.#state === KEPT) throw bodyUsed(this.#exchange, "was already read");
    this.#state = TAKEN;
    return yield* this.#next();
  }

  *#nextPiece(): Generator<unknown, IteratorResult<Uint8Array, undefined>, unknown> {
    const value = yield* this.#piece();
    return value === null ? { done: true, value: undefined } : { done: false, value };
  }

  *#eachPiece(body: Body<unknown, [Uint8Array]>): Generator<unknown, void, unknown> {
    for (let chunk = yield* this.#piece(); chunk !== null; chunk = yield* this.#piece()) {
      if ((yield* perform(body, chunk)) !== false) continue;
      this.close();
      return;
    }
  }

  *#next(): Generator<unknown, Uint8Array | null, unknown> {
    const reader = this.#reader;
    const exchange = this.#exchange;
    exchange.mustGoOn();
    if (reader === undefined || exchange.over) return null;
    const { done, value } = yield* exchange.waitForPeer(() => reader.read());
    if (!done) return value;
    exchange.finish();
    forgotten.unregister(exchange);
    return null;
  }
}

function bodyUsed(exchange: Exchange, how: string): LoopError {
  return new LoopError("ERR_BODY_USED", `${exchange.what}: the body ${how}; read it once, in one way`);
}

function decode(response: ClientResponse, bytes: Uint8Array): string {
  const type = response.headers.get("content-type") ?? "";
  const label = /;\s*charset="?([^";\s]+)/i.exec(type)?.[1] ?? "utf-8";
  return decoderFor(label).decode(bytes);
}

/** An encoding that this host does not know is read as UTF-8, as browsers do. */
function decoderFor(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
