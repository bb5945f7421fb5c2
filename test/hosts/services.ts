/** Owns what stands ready for the suite on this machine: a server that echoes, and a web server. On 127.0.0.1 alone. */
import { createServer as createWebServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface Services {
  readonly echoPort: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function startServices(): Promise<Services> {
  const sockets = new Set<Socket>();
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that fails ends its own socket, and nothing else.
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  const web = createWebServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "access-control-allow-origin": "*" });
    response.end("hello");
  });
  const [echoPort, webPort] = await Promise.all([portOf(echo), portOf(web)]);
  return {
    echoPort,
    url: `http://127.0.0.1:${webPort}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      web.closeAllConnections();
      await Promise.all([echo, web].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
