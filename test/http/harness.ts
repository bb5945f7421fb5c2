// Owns the HTTP server that the client's tests talk to: Node's own, so that both sides are not ours.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { adopt } from "wasyncio";

export interface TestServer {
  readonly url: string;
  /** Requests whose connection is open and whose response is not complete. */
  readonly underWay: Set<IncomingMessage>;
  /** Requests whose connection was cut before the response was complete. */
  readonly aborted: string[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a server that ends with the test. */
export function* serve(handler: Handler): Generator<unknown, TestServer, unknown> {
  const underWay = new Set<IncomingMessage>();
  const aborted: string[] = [];
  const server: Server = createServer((request, response) => {
    underWay.add(request);
    response.on("close", () => {
      underWay.delete(request);
      if (!response.writableFinished) aborted.push(request.url ?? "");
    });
    handler(request, response);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  yield* adopt(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, underWay, aborted };
}

/** Answers what was asked, as JSON. */
export function mirror(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
}

export interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
