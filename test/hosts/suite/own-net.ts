/** Owns how a program makes sockets and servers with the host's own module, to give them as `sock`. */
import { getRunningLoop, type Server } from "wasyncio";
import { nodeModule } from "./modules.ts";

const HOST = "127.0.0.1";

export function* connectedSocket(port: number) {
  const connected = getRunningLoop().createFuture<void>();
  const sock = nodeModule("node:net").connect(port, HOST, () => connected.setResult());
  yield* connected;
  return sock;
}

export function* listeningServer() {
  const listening = getRunningLoop().createFuture<void>();
  const sock = nodeModule("node:net").createServer();
  sock.listen(0, HOST, () => listening.setResult());
  yield* listening;
  return sock;
}

/** Where a server listens, at the first of its addresses. */
export function portOf(server: Server): number {
  return server.addresses[0]?.port as number;
}
