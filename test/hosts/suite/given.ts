/** Cases: sockets that the program has made itself, and ports that are shared. */
import { assert } from "chai";
import {
  connectAcceptedSocket,
  createConnection,
  createDatagramEndpoint,
  createServer,
  DatagramProtocol,
  getRunningLoop,
  openConnection,
  Protocol,
  type Server,
  type SocketTransport,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { casesOf, listens, needing } from "./case.ts";
import { leavingNothing, withServer } from "./faults.ts";
import { aHost } from "./host.ts";
import { nodeModule } from "./modules.ts";
import { connectedSocket, listeningServer, portOf } from "./own-net.ts";

const HOST = "127.0.0.1";
const decoder = new TextDecoder();

type Steps<T> = Generator<unknown, T, unknown>;

/** Answers each line with one that names who has answered. */
function answering(name: string) {
  return function* (reader: StreamReader, writer: StreamWriter): Steps<void> {
    for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline())
      writer.write(`${name}: ${decoder.decode(line)}`);
    writer.close();
  };
}

function* lineFrom(reader: StreamReader): Steps<string> {
  return decoder.decode(yield* reader.readline());
}

function* askAt(port: number): Steps<string> {
  const [reader, writer] = yield* openConnection(HOST, port);
  writer.write("who?\n");
  const line = yield* lineFrom(reader);
  writer.close();
  yield* writer.waitClosed();
  return line;
}

function* ended(server: Server): Steps<void> {
  server.close();
  yield* server.waitClosed();
}

function* codeOf(make: () => Iterable<unknown>): Steps<string> {
  try {
    yield* make();
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
  return "no error";
}

export const given = casesOf("given", {
  "a net.Socket is taken, and what it had sent stays in order": needing(listens, () =>
    leavingNothing(() =>
      withServer(answering("echo"), function* (port) {
        const sock = yield* connectedSocket(port);
        sock.write("early\n");
        const [reader, writer] = yield* openConnection({ sock });
        assert.equal(writer.getExtraInfo("socket"), sock);
        assert.deepInclude(writer.getExtraInfo("peername"), { host: HOST, port });
        writer.write("late\n");
        assert.equal(yield* lineFrom(reader), "echo: early\n");
        assert.equal(yield* lineFrom(reader), "echo: late\n");
        assert.equal(yield* codeOf(() => openConnection({ sock })), "EBUSY");
        writer.writeEof();
        assert.lengthOf(yield* reader.read(), 0);
        writer.close();
        yield* writer.waitClosed();
        assert.isTrue(sock.destroyed);
      }),
    ),
  ),

  "a net.Socket that is not connected, or closed, is refused": needing(listens, () =>
    leavingNothing(() =>
      withServer(answering("echo"), function* (port) {
        const closed = yield* connectedSocket(port);
        closed.destroy();
        const { Socket } = nodeModule("node:net");
        for (const sock of [new Socket(), closed])
          assert.equal(yield* codeOf(() => createConnection(() => new Protocol(), { sock })), "ENOTCONN");
      }),
    ),
  ),

  "a net.Server is taken, answers, and is closed with the server": needing(listens, () =>
    leavingNothing(function* () {
      const sock = yield* listeningServer();
      const server = yield* startServer(answering("taken"), { sock });
      assert.deepEqual(server.sockets, [sock]);
      assert.equal(yield* askAt(portOf(server)), "taken: who?\n");
      yield* ended(server);
      assert.isFalse(sock.listening);
      const silent = nodeModule("node:net").createServer();
      assert.equal(yield* codeOf(() => createServer(() => new Protocol(), { sock: silent })), "EINVAL");
    }),
  ),

  "a connection that a net.Server has accepted is taken": needing(listens, () =>
    leavingNothing(function* () {
      const sock = yield* listeningServer();
      const accepted = getRunningLoop().createFuture<unknown>();
      sock.on("connection", (each) => accepted.setResult(each));
      const { port } = sock.address() as { port: number };
      const [reader, writer] = yield* openConnection(HOST, port);
      class Greeting extends Protocol {
        override connectionMade(transport: SocketTransport): void {
          transport.write("welcome\n");
          transport.close();
        }
      }
      yield* connectAcceptedSocket(() => new Greeting(), yield* accepted);
      assert.equal(yield* lineFrom(reader), "welcome\n");
      writer.close();
      yield* writer.waitClosed();
      sock.close();
    }),
  ),

  "with reusePort two servers have one port, and when one ends the other goes on": needing(listens, () =>
    leavingNothing(function* () {
      const start = (name: string, port: number, reusePort: boolean) =>
        startServer(answering(name), HOST, port, { reusePort });
      if (!aHost().network?.reusesPorts) {
        assert.equal(yield* codeOf(() => start("one", 0, true)), "ERR_HOST_UNSUPPORTED");
        return;
      }
      for (const order of [0, 1] as const) {
        const one = yield* start("0", 0, true);
        const port = portOf(one);
        assert.equal(yield* codeOf(() => start("none", port, false)), "EADDRINUSE");
        const pair = [one, yield* start("1", port, true)] as const;
        yield* ended(pair[order]);
        for (let i = 0; i < 5; i++) assert.equal(yield* askAt(port), `${1 - order}: who?\n`);
        yield* ended(pair[1 - order] as Server);
      }
    }),
  ),

  "with reusePort two sockets for datagrams have one port, or the host says that it cannot": needing(
    listens,
    () =>
      leavingNothing(function* () {
        const bind = (port: number, reusePort: boolean) =>
          createDatagramEndpoint(() => new DatagramProtocol(), {
            localAddr: { host: HOST, port },
            reusePort,
          });
        if (!aHost().network?.reusesDatagramPorts) {
          assert.equal(yield* codeOf(() => bind(0, true)), "ERR_HOST_UNSUPPORTED");
          return;
        }
        const [first] = yield* bind(0, true);
        const port = first.getExtraInfo("sockname")?.port as number;
        const [second] = yield* bind(port, true);
        assert.equal(second.getExtraInfo("sockname")?.port, port);
        assert.equal(yield* codeOf(() => bind(port, false)), "EADDRINUSE");
        first.close();
        second.close();
      }),
  ),
});
