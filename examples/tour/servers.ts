/**
 * Owns the two servers of the tour, both real and on 127.0.0.1: one for HTTP, Node's own, whose pages take their time,
 * and an echo server, on wasyncio's streams.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { adopt, type Coroutine, Future, getRunningLoop, type Server, startServer } from "wasyncio";

/** Runs `body` with the address of an HTTP server. `/slow/50` answers after 50 ms. */
export function* withPages<T>(body: (baseUrl: string) => Coroutine<T>): Coroutine<T> {
  const server = createServer((request, response) => {
    const delayMs = Number(/^\/slow\/(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
    const timer = setTimeout(() => response.end(`page ${request.url}`), delayMs);
    response.on("close", () => clearTimeout(timer));
  });
  const listening = new Future<void>();
  server.listen(0, "127.0.0.1", () => listening.setResult());
  yield* listening;
  try {
    return yield* body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    yield* adopt(new Promise((closed) => server.close(closed)));
  }
}

/** Runs `body` with the port of an echo server. */
export function* withEcho<T>(body: (port: number) => Coroutine<T>): Coroutine<T> {
  const server = yield* startServer(
    function* (reader, writer) {
      while (!reader.atEof()) {
        writer.write(yield* reader.read(65_536));
        yield* writer.drain();
      }
      writer.close();
      yield* writer.waitClosed();
    },
    { host: "127.0.0.1", port: 0 },
  );
  return yield* server.with(() => body(portOf(server)));
}

/** A port on which nothing is listening: one that was assigned and released again. */
export function* refusedPort(): Coroutine<number> {
  const server = yield* startServer(() => {}, { host: "127.0.0.1", port: 0 });
  return yield* server.with(() => portOf(server));
}

function portOf(server: Server): number {
  return server.addresses[0]?.port as number;
}

/** Milliseconds by the running loop's clock. */
export function nowMs(): number {
  return getRunningLoop().time();
}
