// How connections are made: this side's address, time-outs, several addresses, and sockets of the host's own.

import { createServer as createNodeServer, connect as netConnect, Socket } from "node:net";
import { expect, test } from "vitest";
import {
  connectAcceptedSocket,
  createConnection,
  createServer,
  createTask,
  getRunningLoop,
  openConnection,
  sleep,
  startServer,
} from "wasyncio";
import { bothTest, channelsOf, echo, ioTest, portOf, text, thrown, thrownBy, until } from "./harness.ts";
import { closed, Echo, Noting } from "./protocols.ts";

// ── How connections are made ────────────────────────────────────────────────────────────────────────────────────────

bothTest("localAddr chooses this side's address, and its port", function* () {
  const seen: string[] = [];
  const server = yield* startServer((_, writer) => {
    const { host, port } = writer.getExtraInfo("peername") ?? { host: "", port: 0 };
    seen.push(`${host}:${port}`);
    writer.close();
  });
  const free = yield* startServer(() => {}, "127.0.0.2", 0);
  const localPort = portOf(free);
  yield* closed(free);
  const options = { localAddr: { host: "127.0.0.2", port: localPort } };
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server), options);
  yield* reader.read();
  writer.close();
  expect(seen).toEqual([`127.0.0.2:${localPort}`]);
  const foreign = openConnection("127.0.0.1", portOf(server), { localAddr: { host: "192.0.2.1" } });
  expect((yield* thrownBy(foreign)).code).toBe("EADDRNOTAVAIL");
  yield* closed(server);
});

bothTest(
  "happy eyeballs: the next address is tried beside one that is slow, and at once after one that fails",
  function* () {
    const server = yield* createServer(() => new Echo(), "127.0.0.1", 0);
    for (const options of [{ happyEyeballsDelay: 10 }, { interleave: 2 }, { allErrors: true }]) {
      const [transport] = yield* createConnection(() => new Noting(), "localhost", portOf(server), options);
      expect(transport.getExtraInfo("peername")?.host).toBe("127.0.0.1");
      transport.close();
    }
    const port = portOf(server);
    yield* closed(server);
    const error = yield* thrownBy(
      createConnection(() => new Noting(), "localhost", port, { happyEyeballsDelay: 10, allErrors: true }),
    );
    expect(error.name).toBe("ExceptionGroup");
    expect((error as unknown as { errors: { code: string }[] }).errors.map(({ code }) => code)).toContain(
      "ECONNREFUSED",
    );
    const one = createConnection(() => new Noting(), "localhost", port, {
      happyEyeballsDelay: 10,
      family: 4,
    });
    expect((yield* thrownBy(one)).code).toBe("ECONNREFUSED");
  },
);

bothTest("a connection may be cancelled at any time, and leaves nothing", function* ({ loop }) {
  const server = yield* createServer(() => new Echo(), "127.0.0.1", 0);
  const before = channelsOf(loop);
  for (const options of [{}, { happyEyeballsDelay: 0 }, { connectTimeoutMs: 1000 }]) {
    for (let turns = 0; turns < 8; turns++) {
      const task = createTask(createConnection(() => new Noting(), "localhost", portOf(server), options));
      for (let i = 0; i < turns; i++) yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      if (task.done() && !task.cancelled()) task.result()[0].abort();
    }
  }
  yield* until("nothing is left", () => channelsOf(loop) === before);
  yield* closed(server);
});

// ── Sockets of the host's own ───────────────────────────────────────────────────────────────────────────────────────

ioTest("createConnection takes a connected net.Socket, and what it had read", function* () {
  const server = yield* startServer(echo);
  const loop = getRunningLoop();
  const connected = loop.createFuture<void>();
  const sock = netConnect(portOf(server), "127.0.0.1", () => connected.setResult());
  yield* connected;
  sock.write("early ");
  const [transport, protocol] = yield* createConnection(() => new Noting(), { sock });
  transport.write("late");
  yield* until("both are back", () => protocol.log.slice(1).join("") === "early late");
  expect(transport.getExtraInfo("socket")).toBe(sock);
  transport.close();
  yield* closed(server);
});

ioTest("connectAcceptedSocket takes a connection that another server has taken", function* () {
  const taken = getRunningLoop().createFuture<Socket>();
  const other = createNodeServer((socket) => taken.setResult(socket));
  const listening = getRunningLoop().createFuture<void>();
  other.listen(0, "127.0.0.1", () => listening.setResult());
  yield* listening;
  const { port } = other.address() as { port: number };
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  yield* connectAcceptedSocket(() => new Echo(), yield* taken);
  writer.write("handed on");
  expect(text(yield* reader.readexactly(9))).toBe("handed on");
  writer.close();
  other.close();
});

ioTest("a socket that has a transport gets no other one", function* () {
  const server = yield* createServer(() => new Echo(), "127.0.0.1", 0);
  const [transport, protocol] = yield* createConnection(() => new Noting(), "127.0.0.1", portOf(server));
  const sock = transport.getExtraInfo("socket");
  const error = yield* thrownBy(connectAcceptedSocket(() => new Noting(), sock));
  expect([error.code, error.message]).toEqual(["EBUSY", expect.stringContaining("already has a transport")]);
  transport.write("still here");
  yield* until("it is back", () => protocol.log.slice(1).join("") === "still here");
  transport.close();
  yield* closed(server);
});

ioTest("of two servers on one net.Server one gets the connection, and both end", function* () {
  const other = createNodeServer();
  const listening = getRunningLoop().createFuture<void>();
  other.listen(0, "127.0.0.1", () => listening.setResult());
  yield* listening;
  const servers = [
    yield* createServer(() => new Echo(), { sock: other }),
    yield* createServer(() => new Echo(), { sock: other }),
  ];
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(servers[0]!));
  writer.write("once");
  expect(text(yield* reader.readexactly(4))).toBe("once");
  writer.close();
  for (const server of servers) yield* closed(server);
});

ioTest("createServer takes a net.Server that listens, and the number of a descriptor", function* () {
  const other = createNodeServer();
  const listening = getRunningLoop().createFuture<void>();
  other.listen(0, "127.0.0.1", () => listening.setResult());
  yield* listening;
  const server = yield* createServer(() => new Echo(), { sock: other });
  expect(server.sockets).toEqual([other]);
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("x");
  expect(text(yield* reader.readexactly(1))).toBe("x");
  writer.close();
  yield* closed(server);
  expect(other.listening).toBe(false);
  expect((yield* thrownBy(createServer(() => new Echo(), { sock: createNodeServer() }))).code).toBe("EINVAL");
  const nothing = yield* thrownBy(createServer(() => new Echo(), { sock: 1_000_000 }));
  expect(nothing.code).toMatch(/^(EBADF|EINVAL)$/);
});

ioTest("sockets that are none, or not connected, are refused with a code", function* () {
  const factory = () => new Noting();
  expect((yield* thrownBy(createConnection(factory, { sock: {} }))).code).toBe("EINVAL");
  expect((yield* thrownBy(createConnection(factory, { sock: new Socket() }))).code).toBe("ENOTCONN");
  expect((yield* thrownBy(createConnection(factory, { sock: 1_000_000 }))).name).toBe("NetworkError");
  expect((yield* thrownBy(connectAcceptedSocket(factory, {}))).code).toBe("EINVAL");
  expect(thrown(() => connectAcceptedSocket(factory, "x")).code).toBe("ERR_ARGUMENT_TYPE");
});

test("a place is said in one way only", () => {
  const factory = () => new Noting();
  for (const where of [
    { sock: {}, host: "x", port: 1 },
    { sock: {}, port: 1 },
    { sock: {}, path: "/x" },
    { path: "/x", host: "x", port: 1 },
    { path: "/x", port: 1 },
  ]) {
    for (const call of [
      () => createConnection(factory, where as never),
      () => openConnection(where as never),
      () => createServer(factory, where as never),
      () => startServer(() => {}, where as never),
    ]) {
      const { code, message } = thrown(call);
      expect(code).toBe("ERR_ARGUMENT_VALUE");
      expect(message).toContain("takes a host and port, a path, or a sock, and got more than one");
    }
  }
});
