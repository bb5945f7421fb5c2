/** Owns what the suite finds on this machine: an echo server, under TLS as well, and two web servers, which open WebSockets. Only on 127.0.0.1. */
import {
  createServer as createWebServer,
  type IncomingMessage,
  type ServerResponse,
  type Server as WebServer,
} from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { gunzipSync } from "node:zlib";
import { WebSocketServer } from "ws";
import { type Certificates, makeCertificates } from "../io/certificates.ts";

export interface Services {
  readonly echoPort: number;
  readonly certificates: Certificates | null;
  /** The echo under TLS; 0 without certificates. */
  readonly tlsPort: number;
  readonly url: string;
  /** Of another web server, which is another origin. */
  readonly otherUrl: string;
  close(): Promise<void>;
}

export async function startServices(): Promise<Services> {
  const sockets = new Set<Socket>();
  const sendBack = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that fails ends its own socket, and nothing else.
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  };
  const echo = createServer({ allowHalfOpen: true }, sendBack);
  const certificates = makeCertificates() ?? null;
  const tls =
    certificates === null
      ? []
      : [createTlsServer({ ...certificates.server, ALPNProtocols: ["echo"] }, sendBack)];
  const webs = [createWebServer(answer), createWebServer(answer)] as const;
  for (const server of webs) talkOn(server);
  const [echoPort, webPort, otherPort, tlsPort = 0] = await Promise.all([echo, ...webs, ...tls].map(portOf));
  return {
    echoPort: echoPort as number,
    certificates,
    tlsPort,
    url: `http://127.0.0.1:${webPort}/`,
    otherUrl: `http://127.0.0.1:${otherPort}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const web of webs) web.closeAllConnections();
      await Promise.all(
        [echo, ...webs, ...tls].map((server) => new Promise((resolve) => server.close(resolve))),
      );
    },
  };
}

/** WebSockets that send what they got as text, first of all which header `x-api-key` they came with; at "end" they close with 4001. */
function talkOn(server: WebServer): void {
  new WebSocketServer({ server, path: "/socket" }).on("connection", (socket, { headers }) => {
    socket.send(`key: ${headers["x-api-key"] ?? "none"}`);
    socket.on("message", (data, isBinary) => {
      if (!isBinary && String(data) === "end") socket.close(4001, "as asked");
      else socket.send(data, { binary: isBinary });
    });
  });
}

/**
 * Says hello. /mirror tells what was asked, as JSON; /redirect?to=URL leads there. Any page may ask, and give whichever
 * headers.
 */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method, url = "/", headers } = request;
  const allowed = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
  };
  const { pathname, searchParams } = new URL(url, "http://127.0.0.1/");
  if (method === "OPTIONS") {
    response.writeHead(204, allowed).end();
  } else if (pathname === "/redirect") {
    response.writeHead(302, { ...allowed, location: searchParams.get("to") ?? "/" }).end();
  } else if (pathname === "/mirror") {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      response.writeHead(200, { ...allowed, "content-type": "application/json" });
      response.end(JSON.stringify({ headers, body: unpacked(headers, Buffer.concat(pieces)).toString() }));
    });
  } else {
    response.writeHead(200, { ...allowed, "content-type": "text/plain" }).end("hello");
  }
}

function unpacked(headers: IncomingMessage["headers"], body: Buffer): Buffer {
  return headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
