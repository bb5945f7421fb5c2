// Protocols on real sockets: createServer and createConnection, what they are told, and what becomes of those that throw.

import type { Server as NodeServer, Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  BufferedProtocol,
  createConnection,
  createServer,
  createTask,
  createUnixConnection,
  createUnixServer,
  openConnection,
  Protocol,
  type SocketTransport,
  StreamReader,
  StreamReaderProtocol,
  StreamWriter,
  sleep,
  startServer,
} from "wasyncio";
import {
  bothTest,
  channelsOf,
  echo,
  ioTest,
  portOf,
  temporaryFolder,
  text,
  thrown,
  thrownBy,
  until,
} from "./harness.ts";
import { closed, Echo, Noting } from "./protocols.ts";

bothTest("a protocol that overrides nothing gets along with whatever it is told", function* () {
  const accepted: SocketTransport[] = [];
  const server = yield* createServer(
    () => {
      const protocol = new Noting();
      const made = protocol.connectionMade.bind(protocol);
      protocol.connectionMade = (transport) => {
        made(transport);
        accepted.push(transport);
        transport.pauseReading();
      };
      return protocol;
    },
    "127.0.0.1",
    0,
  );
  const [transport] = yield* createConnection(() => new Protocol(), "127.0.0.1", portOf(server));
  yield* until("it is accepted", () => accepted.length === 1);
  transport.setWriteBufferLimits({ high: 10 });
  transport.write(new Uint8Array(20_000_000));
  expect(transport.getWriteBufferSize()).toBeGreaterThan(10);
  const [other] = accepted as [SocketTransport];
  other.resumeReading();
  yield* until("all has been sent", () => transport.getWriteBufferSize() === 0);
  other.write("for nobody");
  other.close();
  yield* until("it is lost", () => transport.isClosing());
  yield* closed(server);
});

bothTest("createConnection and createServer tell their protocols in asyncio's order", function* () {
  const accepted: Noting[] = [];
  const server = yield* createServer(
    () => {
      accepted.push(new Noting());
      return accepted.at(-1) as Noting;
    },
    "127.0.0.1",
    0,
  );
  const [transport, protocol] = yield* createConnection(() => new Noting(), "127.0.0.1", portOf(server));
  expect(protocol.log).toEqual(["made"]);
  expect(transport).toBe(protocol.transport);
  expect(transport.getProtocol()).toBe(protocol);
  transport.write("hello");
  yield* until("it came", () => accepted[0]?.log.includes("hello") === true);
  transport.close();
  yield* until(
    "both have lost it",
    () => accepted[0]?.log.at(-1) === "lost" && protocol.log.at(-1) === "lost",
  );
  expect(accepted[0]?.log).toEqual(["made", "hello", "eof", "lost"]);
  expect(protocol.log).toEqual(["made", "lost"]);
  yield* closed(server);
});

bothTest("Protocol by itself takes what comes, and closes at the end", function* () {
  const server = yield* createServer(() => new Protocol(), { port: 0 });
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("nobody looks");
  writer.writeEof();
  expect((yield* reader.read()).length).toBe(0);
  writer.close();
  yield* closed(server);
});

bothTest("a BufferedProtocol says where the bytes go, in as many steps as its buffer needs", function* () {
  const got: string[] = [];
  class Small extends BufferedProtocol {
    readonly buffer = new Uint8Array(4);
    hints: number[] = [];
    override getBuffer(sizeHint: number): Uint8Array {
      this.hints.push(sizeHint);
      return this.buffer;
    }
    override bufferUpdated(count: number): void {
      got.push(text(this.buffer.subarray(0, count)));
    }
  }
  const server = yield* createServer(() => new Small(), "127.0.0.1", 0);
  const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("abcdefghij");
  yield* until("all came", () => got.join("") === "abcdefghij");
  expect(got).toEqual(["abcd", "efgh", "ij"]);
  writer.close();
  yield* closed(server);
});

for (const [method, make] of [
  [
    "dataReceived",
    () =>
      new (class extends Noting {
        override dataReceived(): void {
          throw new Error("no");
        }
      })(),
  ],
  [
    "eofReceived",
    () =>
      new (class extends Noting {
        override eofReceived(): unknown {
          throw new Error("no");
        }
      })(),
  ],
] as const) {
  bothTest(
    `a protocol that throws in ${method} is reported, and loses its connection`,
    function* ({ reports }) {
      const protocol = make();
      const server = yield* createServer(() => protocol, "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write("x");
      writer.writeEof();
      expect(yield* endOf(reader)).toMatch(/^(end|ECONNRESET)$/);
      yield* until("it is lost", () => protocol.log.at(-1) === "lost by no");
      const [report] = reports.splice(0);
      expect(report?.message).toBe(`Exception in a protocol's ${method}`);
      expect(report?.protocol).toBe(protocol);
      expect(report?.transport).toBe(protocol.transport);
      writer.transport.abort();
      yield* closed(server);
    },
  );
}

bothTest("connectionMade that throws is reported, and the connection goes on", function* ({ reports }) {
  class Failing extends Echo {
    override connectionMade(transport: SocketTransport): void {
      super.connectionMade(transport);
      throw new Error("no");
    }
  }
  const server = yield* createServer(() => new Failing(), "127.0.0.1", 0);
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("on");
  expect(text(yield* reader.readexactly(2))).toBe("on");
  expect(reports.splice(0).map(({ message }) => message)).toEqual([
    "Exception in a protocol's connectionMade",
  ]);
  writer.close();
  yield* closed(server);
});

bothTest(
  "a factory that throws, or makes no protocol, costs a server its connection alone",
  function* ({ reports }) {
    const results: (() => unknown)[] = [
      () => {
        throw new Error("no protocol today");
      },
      () => ({}),
    ];
    const server = yield* createServer(
      () => (results.shift() ?? (() => new Echo()))() as Echo,
      "127.0.0.1",
      0,
    );
    for (let i = 0; i < 2; i++) {
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      expect(yield* endOf(reader)).toMatch(/^(end|ECONNRESET)$/);
      writer.close();
    }
    expect(reports.splice(0).map(({ message }) => message)).toEqual(
      Array(2).fill("Error on transport creation for incoming connection"),
    );
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    writer.write("x");
    expect(text(yield* reader.readexactly(1))).toBe("x");
    writer.close();
    yield* closed(server);
  },
);

function* endOf(reader: StreamReader): Generator<unknown, string, unknown> {
  try {
    return (yield* reader.read()).length === 0 ? "end" : "bytes";
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

bothTest("a factory that throws leaves a client no connection", function* ({ loop }) {
  const server = yield* createServer(() => new Echo(), "127.0.0.1", 0);
  const before = channelsOf(loop);
  const error = yield* thrownBy(
    createConnection(
      (): Protocol => {
        throw new RangeError("no");
      },
      "127.0.0.1",
      portOf(server),
    ),
  );
  expect(error.name).toBe("RangeError");
  const wrong = yield* thrownBy(createConnection(() => ({}) as never, "127.0.0.1", portOf(server)));
  expect(wrong.code).toBe("ERR_PROTOCOL_EXPECTED");
  yield* until("they are gone", () => channelsOf(loop) <= before + 2);
  yield* closed(server);
});

bothTest(
  "StreamReaderProtocol makes streams of a connection of createConnection, and of createServer",
  function* () {
    const seen: string[] = [];
    const server = yield* createServer(
      () =>
        new StreamReaderProtocol(new StreamReader(), {
          clientConnected: (reader, writer) => {
            createTask(echo(reader, writer));
            seen.push(String(writer.isClosing()));
          },
        }),
      "127.0.0.1",
      0,
    );
    const reader = new StreamReader();
    const [transport, protocol] = yield* createConnection(
      () => new StreamReaderProtocol(reader),
      "127.0.0.1",
      portOf(server),
    );
    const writer = new StreamWriter(transport, protocol);
    writer.write("line\n");
    yield* writer.drain();
    expect(text(yield* reader.readline())).toBe("line\n");
    writer.close();
    yield* writer.waitClosed();
    expect(seen).toEqual(["false"]);
    yield* closed(server);
  },
);

bothTest("Unix sockets have protocols as well", function* () {
  const path = join(temporaryFolder(), "socket");
  const server = yield* createUnixServer(() => new Echo(), path);
  const [transport, protocol] = yield* createUnixConnection(() => new Noting(), path);
  transport.write("there");
  yield* until("it is back", () => protocol.log.includes("there"));
  expect(transport.getExtraInfo("peername")).toMatchObject({ family: "Unix", path });
  transport.close();
  yield* closed(server);
});

ioTest("getExtraInfo has the host's own socket, and a server its own", function* () {
  const server = yield* createServer(() => new Echo(), "127.0.0.1", 0);
  const [transport] = yield* createConnection(() => new Noting(), "127.0.0.1", portOf(server));
  expect((transport.getExtraInfo("socket") as Socket).remotePort).toBe(portOf(server));
  expect(transport.getExtraInfo("cipher")).toBeUndefined();
  const [socket] = server.sockets as NodeServer[];
  expect(socket?.address()).toMatchObject({ port: portOf(server) });
  transport.close();
  yield* closed(server);
  expect(server.sockets).toEqual([]);
});

// ── Servers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

bothTest("maxConnections lets the others wait until one ends", function* () {
  let open = 0;
  let most = 0;
  class Counting extends Echo {
    override connectionMade(transport: SocketTransport): void {
      super.connectionMade(transport);
      most = Math.max(most, ++open);
    }
    override connectionLost(): void {
      open--;
    }
  }
  const server = yield* createServer(() => new Counting(), { port: 0, maxConnections: 2 });
  const tasks = Array.from({ length: 7 }, (_, i) =>
    createTask(
      (function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
        writer.write(`${i}`);
        const answer = text(yield* reader.readexactly(1));
        writer.close();
        yield* writer.waitClosed();
        return answer;
      })(),
    ),
  );
  for (const [i, task] of tasks.entries()) expect(yield* task).toBe(`${i}`);
  expect(most).toBe(2);
  yield* closed(server);
});

bothTest("idleTimeoutMs closes a connection in which nothing moves, and no other", function* () {
  const server = yield* createServer(() => new Echo(), { port: 0, idleTimeoutMs: 60 });
  const [idle, idleWriter] = yield* openConnection("127.0.0.1", portOf(server));
  const [busy, busyWriter] = yield* openConnection("127.0.0.1", portOf(server));
  const ended = createTask(endOf(idle));
  while (!ended.done()) {
    busyWriter.write("x");
    expect(text(yield* busy.readexactly(1))).toBe("x");
    yield* sleep(5);
  }
  expect(ended.result()).toMatch(/^(end|ECONNRESET)$/);
  busyWriter.write("y");
  expect(text(yield* busy.readexactly(1))).toBe("y");
  idleWriter.close();
  busyWriter.close();
  yield* closed(server);
});

ioTest("headerTimeoutMs cuts a client that is slow with its first header, or a later one", function* () {
  const errors: unknown[] = [];
  const handler = function* (reader: StreamReader, writer: StreamWriter) {
    try {
      for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline())
        writer.write(line);
    } catch (error) {
      errors.push((error as { code?: string }).code, (error as Error).message);
    }
    writer.close();
  };
  const server = yield* startServer(handler, { port: 0, headerTimeoutMs: 60 });
  const [silent, silentWriter] = yield* openConnection("127.0.0.1", portOf(server));
  expect(yield* endOf(silent)).toMatch(/^(end|ECONNRESET)$/);
  yield* until("the server knows", () => errors.length > 0);
  expect(errors.splice(0)).toEqual(["ETIMEDOUT", expect.stringContaining("60 ms")]);
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("one\n");
  expect(text(yield* reader.readline())).toBe("one\n");
  // Between headers it may take its time.
  yield* sleep(100);
  writer.write("two\n");
  expect(text(yield* reader.readline())).toBe("two\n");
  // It is the header that has to be complete, not a byte of it.
  const dripping = createTask(endOf(reader));
  while (!dripping.done()) {
    writer.write("x");
    yield* sleep(5);
  }
  expect(dripping.result()).toMatch(/^(end|ECONNRESET|EPIPE)$/);
  yield* until("the server knows of the second", () => errors.length > 0);
  expect(errors[0]).toBe("ETIMEDOUT");
  silentWriter.close();
  writer.close();
  yield* closed(server);
});

ioTest("headerTimeoutMs leaves bodies alone, and a connection that is closing", function* () {
  const got: string[] = [];
  const handler = function* (reader: StreamReader, writer: StreamWriter) {
    const size = Number(text(yield* reader.readline()));
    got.push(text(yield* reader.readexactly(size)));
    writer.write("thanks");
    writer.close();
  };
  const server = yield* startServer(handler, { port: 0, headerTimeoutMs: 40 });
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  writer.write("4\nab");
  yield* sleep(80);
  writer.write("cd");
  expect(text(yield* reader.read())).toBe("thanks");
  expect(got).toEqual(["abcd"]);
  writer.close();
  yield* closed(server);
});

ioTest("a protocol says where a header ends and the next begins", function* () {
  const accepted: Noting[] = [];
  class Framed extends Noting {
    override dataReceived(bytes: Uint8Array): void {
      super.dataReceived(bytes);
      if (text(bytes) === "begin") this.transport.beginHeader();
      else this.transport.endHeader();
    }
  }
  const make = () => {
    accepted.push(new Framed());
    return accepted.at(-1) as Noting;
  };
  const server = yield* createServer(make, { port: 0, headerTimeoutMs: 40 });
  const [transport, protocol] = yield* createConnection(() => new Noting(), "127.0.0.1", portOf(server));
  transport.write("whole");
  yield* until("it came", () => accepted[0]?.log.includes("whole") === true);
  yield* sleep(80);
  expect(accepted[0]?.log).toEqual(["made", "whole"]);
  transport.write("begin");
  yield* until("it is cut", () => protocol.log.at(-1)?.startsWith("lost") === true);
  expect(accepted[0]?.log.at(-1)).toBe("lost by ETIMEDOUT");
  // Where nothing is limited, both are harmless.
  transport.beginHeader();
  transport.endHeader();
  yield* closed(server);
});

bothTest("reusePort is a NotSupportedError where the host would take no notice", function* () {
  const start = () => createServer(() => new Echo(), { port: 0, reusePort: true });
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 23) {
    const error = yield* thrownBy(start());
    expect(error.code).toBe("ERR_HOST_UNSUPPORTED");
    expect(error.message).toContain("Node 23.1");
    return;
  }
  const first = yield* start();
  const second = yield* createServer(() => new Echo(), { port: portOf(first), reusePort: true });
  expect(portOf(second)).toBe(portOf(first));
  yield* closed(first);
  yield* closed(second);
});

bothTest("the family of a server's addresses can be chosen", function* () {
  const server = yield* createServer(() => new Echo(), { host: "localhost", family: 4 });
  expect(server.addresses.map(({ family }) => family)).toEqual(["IPv4"]);
  yield* closed(server);
  const all = yield* createServer(() => new Echo(), { host: "", family: 4 });
  expect(all.addresses).toMatchObject([{ family: "IPv4", host: "0.0.0.0" }]);
  yield* closed(all);
});

test("what is no option is refused at the call", () => {
  const factory = () => new Echo();
  for (const options of [
    { maxConnections: 0 },
    { idleTimeoutMs: 0 },
    { keepAlive: -1 },
    { sslHandshakeTimeout: 10 },
  ])
    expect(thrown(() => createServer(factory, options as never)).code).toBe("ERR_ARGUMENT_VALUE");
  for (const options of [
    { connectTimeoutMs: 0 },
    { interleave: 0 },
    { localAddr: { host: "localhost" } },
    { serverHostname: "x" },
    { ssl: { cert: "-----BEGIN X" } },
  ])
    expect(thrown(() => createConnection(factory, "127.0.0.1", 1, options as never)).code).toBe(
      "ERR_ARGUMENT_VALUE",
    );
  expect(thrown(() => createConnection("x" as never, "127.0.0.1", 1)).code).toBe("ERR_CALLBACK_EXPECTED");
});
