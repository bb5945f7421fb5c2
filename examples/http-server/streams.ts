/**
 * Owns an HTTP/1.1 server on streams: enough of the protocol to see how one is made. It knows requests with a length, keeps
 * connections alive and bounds what a client may take: its header's size and time, its body's size, its silence. For real use
 * take `serve` (serve.ts).
 */
import {
  IncompleteReadError,
  LimitOverrunError,
  NetworkError,
  type Operation,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  timeout,
} from "wasyncio";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers a request: a coroutine function. */
export type HttpHandler = (request: HttpRequest) => Generator<unknown, HttpResponse, unknown>;

const HEADER_BYTES_MAX = 16 * 1024;
const HEADER_MS_MAX = 10_000;
const BODY_BYTES_MAX = 1024 * 1024;
const IDLE_MS_MAX = 60_000;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  408: "Request Timeout",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
};

/** What is wrong with a request, as the status to answer. */
class BadRequest extends Error {
  readonly status: number;
  constructor(status: number) {
    super(REASONS[status]);
    this.status = status;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function serveHttp(handler: HttpHandler, port: number, host = "127.0.0.1"): Operation<Server> {
  return startServer((reader, writer) => converse(handler, reader, writer), host, port, {
    limit: HEADER_BYTES_MAX,
    idleTimeoutMs: IDLE_MS_MAX,
  });
}

function* converse(
  handler: HttpHandler,
  reader: StreamReader,
  writer: StreamWriter,
): Generator<unknown, void, unknown> {
  try {
    for (;;) {
      const request = yield* readRequest(reader);
      if (request === undefined) return;
      const keepsAlive = request.headers.get("connection")?.toLowerCase() !== "close";
      respond(writer, yield* answer(handler, request), keepsAlive, request.method === "HEAD");
      yield* writer.drain();
      if (!keepsAlive) return;
    }
  } catch (error) {
    // The client is gone, and there is nobody to answer.
    if (error instanceof NetworkError) return;
    if (!(error instanceof BadRequest)) throw error;
    respond(writer, { status: error.status, body: `${error.message}\n` }, false, false);
  } finally {
    writer.close();
  }
}

/** A handler that fails costs its client an answer, and nobody else anything. */
function* answer(handler: HttpHandler, request: HttpRequest): Generator<unknown, HttpResponse, unknown> {
  try {
    return yield* handler(request);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_CANCELLED") throw error;
    return { status: 500, body: "Internal Server Error\n" };
  }
}

function* readRequest(reader: StreamReader): Generator<unknown, HttpRequest | undefined, unknown> {
  const head = yield* readHead(reader);
  if (head === undefined) return undefined;
  const [start = "", ...lines] = head.split("\r\n");
  const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(start) ?? [];
  if (method === undefined || path === undefined) throw new BadRequest(400);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new BadRequest(400);
    headers.set(name.toLowerCase(), value);
  }
  if (headers.has("transfer-encoding")) throw new BadRequest(501);
  const length = headers.get("content-length") ?? "0";
  if (!/^\d+$/.test(length)) throw new BadRequest(400);
  if (Number(length) > BODY_BYTES_MAX) throw new BadRequest(413);
  return { method, path, headers, body: yield* readBody(reader, Number(length)) };
}

/** Everything up to the empty line, without it; undefined where no request has begun. */
function* readHead(reader: StreamReader): Generator<unknown, string | undefined, unknown> {
  try {
    const bytes = yield* timeout(HEADER_MS_MAX, () => reader.readuntil("\r\n\r\n"));
    return decoder.decode(bytes.subarray(0, -4));
  } catch (error) {
    if (error instanceof IncompleteReadError && error.partial.length === 0) return undefined;
    if (error instanceof IncompleteReadError) throw new BadRequest(400);
    if (error instanceof LimitOverrunError) throw new BadRequest(431);
    if (error instanceof TimeoutError) throw new BadRequest(408);
    throw error;
  }
}

function* readBody(reader: StreamReader, length: number): Generator<unknown, Uint8Array, unknown> {
  try {
    return yield* reader.readexactly(length);
  } catch (error) {
    if (error instanceof IncompleteReadError) throw new BadRequest(400);
    throw error;
  }
}

function respond(
  writer: StreamWriter,
  { status = 200, headers = {}, body }: HttpResponse,
  keepsAlive: boolean,
  withoutBody: boolean,
): void {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  let head = `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}\r\ncontent-length: ${bytes.length}\r\n`;
  if (!keepsAlive) head += "connection: close\r\n";
  for (const [name, value] of Object.entries(headers))
    head += `${name}: ${value.replaceAll(/[\r\n]+/g, " ")}\r\n`;
  writer.write(`${head}\r\n`);
  if (!withoutBody) writer.write(bytes);
}
