// Connections on real sockets: both ends, half-close, failures, cancelling.

import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import {
  type CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  NetworkError,
  openConnection,
  openUnixConnection,
  sleep,
  startServer,
  startUnixServer,
  waitFor,
} from "wasyncio";
import {
  bothTest,
  bytes,
  channelsOf,
  echo,
  hostTurn,
  ioTest,
  portOf,
  temporaryFolder,
  text,
  thrown,
  thrownBy,
  until,
  withPair,
} from "./harness.ts";

/** A server without the loop, for what a well-behaved one does not do. */
function* rawServer(onConnection: (socket: Socket) => void): Generator<unknown, number, unknown> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const listening = getRunningLoop().createFuture<void>();
  server.listen(0, "127.0.0.1", () => listening.setResult());
  yield* listening;
  return (server.address() as { port: number }).port;
}

function* freePort(): Generator<unknown, number, unknown> {
  const server = yield* startServer(() => {}, "127.0.0.1", 0);
  const port = portOf(server);
  server.close();
  yield* server.waitClosed();
  return port;
}

bothTest("openConnection gives a reader and a writer that talk to the server", function* () {
  yield* withPair(function* ({ client, toServer, accepted, toClient }) {
    toServer.write("ping\n");
    expect(text(yield* accepted.readline())).toBe("ping\n");
    toClient.writelines(["po", bytes("ng"), new Uint16Array([0x0a21]), new Uint8Array([10]).buffer]);
    expect(text(yield* client.readexactly(7))).toBe("pong!\n\n");
  });
});

bothTest("openConnection takes an object of options as well", function* () {
  const server = yield* startServer(echo, { host: "127.0.0.1", port: 0, backlog: 5, limit: 1024 });
  const [reader, writer] = yield* openConnection({ host: "127.0.0.1", port: portOf(server), limit: 4 });
  writer.write("12345\n");
  expect((yield* thrownBy(reader.readline())).code).toBe("ERR_LINE_TOO_LONG");
  writer.close();
  server.close();
  yield* server.waitClosed();
});

bothTest("getExtraInfo tells both ends, and goes on doing so when it is over", function* () {
  yield* withPair(function* ({ server, toServer, toClient }) {
    const port = portOf(server);
    expect(toServer.getExtraInfo("peername")).toEqual({ family: "IPv4", host: "127.0.0.1", port, path: "" });
    expect(toServer.getExtraInfo("sockname")).toEqual(toClient.getExtraInfo("peername"));
    expect(toClient.getExtraInfo("sockname")?.port).toBe(port);
    expect(toServer.getExtraInfo("nothing")).toBeUndefined();
    expect(toServer.getExtraInfo("nothing", "else")).toBe("else");
    toServer.close();
    yield* toServer.waitClosed();
    expect(toServer.getExtraInfo("peername")?.port).toBe(port);
  });
});

ioTest("getExtraInfo tells the ends of a connection that was reset, each connection its own", function* () {
  const sockets: Socket[] = [];
  const port = yield* rawServer((socket) => sockets.push(socket));
  const pairs = [yield* openConnection("127.0.0.1", port), yield* openConnection("127.0.0.1", port)];
  yield* until("the server has both", () => sockets.length === 2);
  for (const socket of sockets) socket.resetAndDestroy();
  for (const [reader] of pairs) yield* thrownBy(reader.read());
  const ends = (name: "peername" | "sockname") => pairs.map(([, writer]) => writer.getExtraInfo(name));
  expect(ends("peername").map((end) => end?.port)).toEqual([port, port]);
  const locals = ends("sockname").map((end) => end?.port);
  expect([new Set(locals).size, locals.every((each) => each !== undefined)]).toEqual([2, true]);
  for (const [, writer] of pairs) writer.close();
});

bothTest("writeEof ends one direction: the client's", function* () {
  yield* withPair(function* ({ client, toServer, accepted, toClient }) {
    expect(toServer.canWriteEof()).toBe(true);
    toServer.write("question");
    toServer.writeEof();
    toServer.writeEof();
    expect(text(yield* accepted.read())).toBe("question");
    expect(accepted.atEof()).toBe(true);
    expect(thrown(() => toServer.write("more")).code).toBe("ERR_WRITE_AFTER_EOF");
    toClient.write("answer");
    yield* toClient.drain();
    toClient.close();
    expect(text(yield* client.read())).toBe("answer");
  });
});

bothTest("writeEof ends one direction: the server's", function* () {
  yield* withPair(function* ({ client, toServer, accepted, toClient }) {
    toClient.writeEof();
    expect((yield* client.read()).length).toBe(0);
    toServer.write("still there");
    yield* toServer.drain();
    expect(text(yield* accepted.readexactly(11))).toBe("still there");
  });
});

bothTest("drain passes when both directions have ended, as nothing was lost", function* ({ loop }) {
  yield* withPair(function* ({ client, toServer, accepted, toClient }) {
    toServer.writeEof();
    toClient.writeEof();
    yield* client.read();
    yield* accepted.read();
    yield* until("the sockets are closed", () => channelsOf(loop) === 1);
    expect(toServer.isClosing()).toBe(false);
    yield* toServer.drain();
    toServer.close();
    yield* toServer.waitClosed();
  });
});

bothTest("close sends what was written, ends the other side and waitClosed waits for it", function* () {
  yield* withPair(function* ({ client, toServer, accepted }) {
    const sent = new Uint8Array(1_000_000).fill(7);
    toServer.write(sent);
    expect(toServer.isClosing()).toBe(false);
    toServer.close();
    toServer.close();
    expect(toServer.isClosing()).toBe(true);
    const got = yield* accepted.read();
    expect(got.length).toBe(sent.length);
    expect(got.every((byte) => byte === 7)).toBe(true);
    yield* toServer.waitClosed();
    yield* toServer.waitClosed();
    expect((yield* client.read()).length).toBe(0);
  });
});

bothTest("after close, write is dropped and drain says that the connection is lost", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    toServer.write("a");
    toServer.close();
    toServer.write("b");
    yield* toServer.waitClosed();
    const error = yield* thrownBy(toServer.drain());
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.code).toBe("ECONNRESET");
    expect(text(yield* accepted.read())).toBe("a");
  });
});

bothTest("writing and draining for ever ends with the error once the connection is closed", function* () {
  yield* withPair(function* ({ toServer }) {
    toServer.close();
    const endMs = Date.now() + 3000;
    function* writeOn(): Generator<unknown, void, unknown> {
      while (Date.now() < endMs) {
        toServer.write("x");
        yield* toServer.drain();
      }
    }
    expect((yield* thrownBy(writeOn())).code).toBe("ECONNRESET");
  });
});

bothTest("drain throws what the reader was made to fail with", function* () {
  yield* withPair(function* ({ client, toServer }) {
    const broken = new Error("broken");
    client.setException(broken);
    expect(yield* thrownBy(toServer.drain())).toBe(broken);
  });
});

ioTest("a reset fails the read that waits, drain and waitClosed, with one error", function* () {
  const sockets: Socket[] = [];
  const port = yield* rawServer((socket) => sockets.push(socket));
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  const reading = createTask(reader.read(10));
  yield* until("the server has the connection", () => sockets.length === 1);
  sockets[0]?.resetAndDestroy();
  const error = yield* thrownBy(reading[Symbol.iterator]());
  expect(error).toBeInstanceOf(NetworkError);
  expect(error.code).toBe("ECONNRESET");
  expect(error.message).toContain("connect again");
  expect(yield* thrownBy(reader.readline())).toBe(error);
  expect(yield* thrownBy(writer.drain())).toBe(error);
  expect(yield* thrownBy(writer.waitClosed())).toBe(error);
  expect(writer.isClosing()).toBe(true);
  writer.write("dropped");
  writer.close();
});

ioTest("a reset fails the drain that waits", function* () {
  const sockets: Socket[] = [];
  const port = yield* rawServer((socket) => sockets.push(socket.pause()));
  const [, writer] = yield* openConnection("127.0.0.1", port);
  writer.write(new Uint8Array(32_000_000));
  const draining = createTask(writer.drain());
  yield* until("the server has the connection", () => sockets.length === 1);
  sockets[0]?.resetAndDestroy();
  expect(["ECONNRESET", "EPIPE"]).toContain((yield* thrownBy(draining[Symbol.iterator]())).code);
});

bothTest("a refused connection is a NetworkError ECONNREFUSED that says what to do", function* ({ loop }) {
  const port = yield* freePort();
  const error = yield* thrownBy(openConnection("127.0.0.1", port));
  expect(error).toBeInstanceOf(NetworkError);
  expect(error.code).toBe("ECONNREFUSED");
  expect(error.message).toContain(`127.0.0.1:${port}`);
  expect(error.message).toContain("start the server");
  expect(channelsOf(loop)).toBe(0);
});

bothTest("a refused connection to a name with several addresses has a code and words too", function* () {
  const port = yield* freePort();
  const error = yield* thrownBy(openConnection("localhost", port));
  expect(error.code).toBe("ECONNREFUSED");
  expect(error.message).toContain("ECONNREFUSED");
});

bothTest("an unknown host is a NetworkError ENOTFOUND or EAI_AGAIN", function* () {
  const error = yield* thrownBy(openConnection("no-such-host.invalid", 80));
  expect(error).toBeInstanceOf(NetworkError);
  expect(["ENOTFOUND", "EAI_AGAIN"]).toContain(error.code);
});

bothTest("arguments that make no address are refused with a code", function* () {
  for (const port of [-1, 65536, 1.5, Number.NaN, "80" as never, undefined as never]) {
    expect(thrown(() => openConnection("127.0.0.1", port)).code).toBe("ERR_ARGUMENT_VALUE");
  }
  expect(thrown(() => openConnection(7 as never, 80)).code).toBe("ERR_ARGUMENT_TYPE");
  expect(thrown(() => openConnection({ path: "" })).code).toBe("ERR_ARGUMENT_TYPE");
  expect(thrown(() => openConnection("127.0.0.1", 80, { limit: 0 })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => openConnection("127.0.0.1", 80, { family: 5 as never })).code).toBe(
    "ERR_ARGUMENT_VALUE",
  );
  yield* withPair(function* ({ toServer }) {
    expect(thrown(() => toServer.write(7 as never)).code).toBe("ERR_ARGUMENT_TYPE");
    yield;
  });
});

ioTest("cancelling openConnection closes the socket, at any moment", function* ({ loop }) {
  const accepted = new Set<Socket>();
  let gone = 0;
  const port = yield* rawServer((socket) => {
    accepted.add(socket);
    socket.resume();
    socket.on("end", () => socket.end());
    socket.on("close", () => gone++);
  });
  let opened = 0;
  for (let turns = 0; opened === 0; turns++) {
    const opening = createTask(openConnection("127.0.0.1", port));
    yield;
    for (let i = 0; i < turns; i++) yield* hostTurn();
    opening.cancel();
    try {
      const [, writer] = yield* opening;
      opened++;
      writer.close();
      yield* writer.waitClosed();
    } catch (error) {
      expect((error as CancelledError).code).toBe("ERR_CANCELLED");
    }
    expect(channelsOf(loop)).toBe(0);
  }
  // The server takes connections in their order: after this one it has seen all the others.
  const before = accepted.size;
  const [, writer] = yield* openConnection("127.0.0.1", port);
  yield* until("the last is accepted", () => accepted.size > before);
  yield* until("the server has lost all but the last", () => gone === accepted.size - 1);
  writer.close();
});

bothTest("a protocol is called in the context that its connection was opened in", function* () {
  const user = new ContextVar<string>("user", { default: "nobody" });
  const server = yield* startServer(echo);
  yield* server.with(function* () {
    user.set("opener");
    const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
    user.set("later");
    const seen: (string | undefined)[] = [];
    const own = writer.transport.getProtocol();
    writer.transport.setProtocol({
      connectionMade: () => {},
      dataReceived: () => {},
      eofReceived: () => false,
      pauseWriting: () => {},
      resumeWriting: () => {},
      connectionLost: (error) => {
        seen.push(user.get());
        own.connectionLost(error);
      },
    });
    writer.close();
    yield* writer.waitClosed();
    expect(seen).toEqual(["opener"]);
  });
});

bothTest("cancelling a read leaves the connection usable", function* () {
  yield* withPair(function* ({ client, toClient }) {
    const reads: (() => Coroutine<Uint8Array>)[] = [
      () => client.read(),
      () => client.read(10),
      () => client.readexactly(100),
      () => client.readuntil("|"),
      () => client.readline(),
    ];
    for (const read of reads) expect((yield* thrownBy(waitFor(read(), 5))).code).toBe("ERR_TIMEOUT");
    toClient.write("late\n");
    expect(text(yield* client.readline())).toBe("late\n");
  });
});

bothTest("cancelling waitClosed leaves others waiting", function* () {
  yield* withPair(function* ({ toServer }) {
    const one = createTask(toServer.waitClosed());
    const other = createTask(toServer.waitClosed());
    yield;
    one.cancel();
    yield;
    expect(one.cancelled()).toBe(true);
    expect(other.done()).toBe(false);
    toServer.close();
    yield* other;
  });
});

bothTest("abort drops what was written, and the other side sees an end or a reset", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    toServer.write(new Uint8Array(32_000_000));
    toServer.transport.abort();
    yield* toServer.waitClosed();
    let got = 0;
    try {
      got = (yield* accepted.read()).length;
    } catch (error) {
      expect((error as NetworkError).code).toBe("ECONNRESET");
    }
    expect(got).toBeLessThan(32_000_000);
  });
});

bothTest("connections over a Unix socket", function* () {
  const path = join(temporaryFolder(), "echo.sock");
  const server = yield* startUnixServer(echo, path);
  expect(server.addresses).toEqual([{ family: "Unix", host: "", port: 0, path }]);
  for (const opening of [openUnixConnection(path), openConnection({ path })]) {
    const [reader, writer] = yield* opening;
    expect(writer.getExtraInfo("peername")?.path).toBe(path);
    writer.write("over a path\n");
    expect(text(yield* reader.readline())).toBe("over a path\n");
    writer.close();
    yield* writer.waitClosed();
  }
  server.close();
  yield* server.waitClosed();
  expect((yield* thrownBy(openUnixConnection(path))).code).toBe("ENOENT");
});

bothTest(
  "a thousand clients at once get every byte back",
  function* ({ loop }) {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    const port = portOf(server);
    function* client(number: number): Generator<unknown, number, unknown> {
      const sent = Uint8Array.from({ length: 1000 + number }, (_, at) => (at * 31 + number) & 0xff);
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      writer.write(sent);
      yield* writer.drain();
      writer.writeEof();
      const got = yield* reader.read();
      expect(Buffer.compare(got, sent)).toBe(0);
      writer.close();
      yield* writer.waitClosed();
      return got.length;
    }
    const sizes = yield* gather(...Array.from({ length: 1000 }, (_, number) => client(number)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1000 * 1000 + (999 * 1000) / 2);
    server.close();
    yield* server.waitClosed();
    expect(channelsOf(loop)).toBe(0);
  },
  30_000,
);

bothTest("async functions talk over connections as coroutines do", function* () {
  const server = yield* startServer(async (reader, writer) => {
    for await (const line of reader) writer.write(line);
    await writer.drain();
    writer.close();
    await writer.waitClosed();
  });
  yield* createTask(async () => {
    const [reader, writer] = await openConnection("127.0.0.1", portOf(server));
    writer.write("one\ntwo\n");
    writer.writeEof();
    const lines: string[] = [];
    for await (const line of reader) lines.push(text(line));
    expect(lines).toEqual(["one\n", "two\n"]);
    await writer[Symbol.asyncDispose]();
  });
  server.close();
  yield* server.waitClosed();
});

bothTest("the reading of one connection runs in the order in which its bytes came", function* () {
  yield* withPair(function* ({ client, toClient }) {
    let got = "";
    for (let i = 0; i < 200; i++) {
      toClient.write(`${i},`);
      if (i % 7 === 0) yield* sleep(0);
    }
    toClient.close();
    got = text(yield* client.read());
    expect(got).toBe(Array.from({ length: 200 }, (_, i) => `${i},`).join(""));
  });
});
