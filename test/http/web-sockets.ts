// Owns what the tests of WebSockets share: servers of the package ws. Node 20 has no WebSocket, so the client is that of ws too, except
// where a host's own is imitated by leaving out what only ws has.

import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { adopt } from "wasyncio";
import { ClientSession, type ClientSessionOptions } from "wasyncio/http";
import { WebSocket, WebSocketServer } from "ws";

export interface Peer {
  readonly url: string;
  readonly sockets: WebSocket[];
  readonly requests: IncomingMessage[];
  /** The codes that its connections were closed with. */
  readonly codes: number[];
}

/** A server that ends with the test. */
export function* peer(
  onSocket: (socket: WebSocket) => void = () => {},
  cookies: readonly string[] = [],
): Generator<unknown, Peer, unknown> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
  });
  server.on("headers", (headers) => headers.push(...cookies.map((cookie) => `set-cookie: ${cookie}`)));
  const sockets: WebSocket[] = [];
  const requests: IncomingMessage[] = [];
  const codes: number[] = [];
  server.on("connection", (socket, request) => {
    sockets.push(socket);
    requests.push(request);
    socket.on("error", () => {});
    socket.on("close", (code) => codes.push(code));
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  yield* adopt(new Promise<void>((resolve) => void server.once("listening", resolve)));
  const { port } = server.address() as { port: number };
  return { url: `ws://127.0.0.1:${port}/`, sockets, requests, codes };
}

export const echo = (socket: WebSocket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
};

/** What a host's own has. */
export class Plain extends EventTarget {
  readonly #socket: WebSocket;

  constructor(url: string, protocols: string[], options: object) {
    super();
    this.#socket = new WebSocket(url, protocols, { ...options, maxPayload: 0 });
    // Without a reason, as hosts have it.
    this.#socket.addEventListener("open", () => this.dispatchEvent(new Event("open")));
    this.#socket.addEventListener("error", () => this.dispatchEvent(new Event("error")));
    this.#socket.addEventListener("message", ({ data }) =>
      this.dispatchEvent(Object.assign(new Event("message"), { data })),
    );
    this.#socket.addEventListener("close", ({ code, reason }) =>
      this.dispatchEvent(Object.assign(new Event("close"), { code, reason })),
    );
  }

  get readyState() {
    return this.#socket.readyState;
  }
  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }
  get protocol() {
    return this.#socket.protocol;
  }
  set binaryType(type: "arraybuffer") {
    this.#socket.binaryType = type;
  }
  get binaryType() {
    return this.#socket.binaryType as "arraybuffer";
  }
  send(data: Uint8Array) {
    this.#socket.send(data);
  }
  close(code?: number, reason?: string) {
    this.#socket.close(code, reason);
  }
}

export function withWs(options: ClientSessionOptions = {}): ClientSession {
  return new ClientSession({ webSocket: WebSocket, ...options });
}
