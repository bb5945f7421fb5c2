// startTls on real sockets: both sides, streams and protocols, and whatever can go wrong with it.

import { describe, expect } from "vitest";
import {
  createConnection,
  createTask,
  openConnection,
  Protocol,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  startTls,
  type TlsOptions,
} from "wasyncio";
import { type Certificates, makeCertificates } from "./certificates.ts";
import {
  channelsOf,
  echo,
  ended,
  failureOfTask,
  ioTest,
  portOf,
  text,
  thrown,
  thrownBy,
  until,
} from "./harness.ts";

const made = makeCertificates();
if (made !== undefined) describe("startTls", () => startTlsTests(made));

function startTlsTests({ ca, server: identity }: Certificates): void {
  const trusting: TlsOptions = { ca };

  // ── startTls ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** As with mail: greets, and starts TLS when told to. */
  function* startingServer(reader: StreamReader, writer: StreamWriter): Generator<unknown, void, unknown> {
    writer.write("220 ready\n");
    yield* reader.readline();
    writer.write("220 go ahead\n");
    yield* writer.startTls({ ...identity }, { serverSide: true });
    yield* echo(reader, writer);
  }

  ioTest("startTls secures a connection that is there, on both sides", function* () {
    const server = yield* startServer(startingServer);
    yield* server.with(function* () {
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      yield* reader.readline();
      writer.write("STARTTLS\n");
      yield* reader.readline();
      yield* writer.startTls(trusting, { serverHostname: "localhost" });
      expect(writer.canWriteEof()).toBe(false);
      writer.write("secured\n");
      expect(text(yield* reader.readline())).toBe("secured\n");
      expect(writer.getExtraInfo("cipher")?.[1]).toBe("TLSv1.3");
      const again = yield* thrownBy(writer.startTls(trusting, { serverHostname: "localhost" }));
      expect(again.code).toBe("ERR_TLS_STARTED");
      writer.write("still there\n");
      expect(text(yield* reader.readline())).toBe("still there\n");
      writer.close();
      yield* writer.waitClosed();
    });
  });

  ioTest(
    "startTls that is ended by one's own close says so, and not that it was the other side",
    function* () {
      const server = yield* startServer(() => {});
      yield* server.with(function* () {
        for (const way of ["close", "abort"] as const) {
          const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
          const starting = createTask(writer.startTls(trusting, { serverHostname: "localhost" }));
          yield* sleep(5);
          writer.transport[way]();
          const error = yield* failureOfTask(starting);
          expect([error.name, error.code]).toEqual(["NetworkError", "ECONNABORTED"]);
          expect(error.message).toContain("this side has closed the connection");
        }
        server.abortClients();
      });
    },
  );

  ioTest("startTls of protocols gives the transport, under TLS", function* () {
    const server = yield* startServer(startingServer);
    yield* server.with(function* () {
      const got: string[] = [];
      class Noting extends Protocol {
        override dataReceived(bytes: Uint8Array): void {
          got.push(text(bytes));
        }
      }
      const [transport] = yield* createConnection(() => new Noting(), "127.0.0.1", portOf(server));
      transport.write("STARTTLS\n");
      yield* until("it may start", () => got.join("").endsWith("go ahead\n"));
      got.length = 0;
      const secured = yield* startTls(transport, new Noting(), trusting, { serverHostname: "localhost" });
      secured.write("secured");
      yield* until("it is back", () => got.join("") === "secured");
      secured.close();
    });
  });

  ioTest(
    "what comes ahead of startTls is part of TLS: a handshake, or nothing that counts",
    function* ({ reports }) {
      const got: string[] = [];
      const server = yield* startServer(function* (reader, writer) {
        yield* reader.readline();
        // Long enough for what comes next to be read ahead.
        yield* until("more has come", () => !String(reader).includes(" 0 bytes"));
        yield* writer.startTls(identity, { serverSide: true });
        got.push(text(yield* reader.readline()));
        writer.close();
      });
      yield* server.with(function* () {
        const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
        writer.write("STARTTLS\n");
        const early = createTask(writer.startTls(trusting, { serverHostname: "localhost" }));
        yield* early;
        writer.write("in order\n");
        yield* until("it came", () => got.length === 1);
        expect(got).toEqual(["in order\n"]);
        writer.close();
        const [reader, injecting] = yield* openConnection("127.0.0.1", portOf(server));
        injecting.write("STARTTLS\nDELETE EVERYTHING\n");
        yield* ended(reader);
        injecting.close();
        yield* until("it is reported", () => reports.length === 1);
      });
      const [report] = reports.splice(0);
      expect(report?.exception).toMatchObject({ code: "ERR_SSL_WRONG_VERSION_NUMBER" });
      expect(got).toEqual(["in order\n"]);
    },
  );

  ioTest("what is written before startTls leaves before it, however much it is", function* () {
    const size = 3_000_000;
    const server = yield* startServer(function* (_, writer) {
      for (let turn = 0; turn < 3; turn++) {
        for (let i = 0; i < 10; i++) writer.write("x".repeat(100));
        yield* sleep(0);
      }
      writer.write(new Uint8Array(size - 4000).fill(120));
      for (let i = 0; i < 10; i++) writer.write("x".repeat(100));
      yield* writer.startTls(identity, { serverSide: true });
      writer.write("secured\n");
    });
    yield* server.with(
      function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server), { limit: 2 * size });
        yield* sleep(20);
        const plain = yield* reader.readexactly(size);
        expect(plain.every((byte) => byte === 120)).toBe(true);
        yield* writer.startTls(trusting, { serverHostname: "localhost" });
        expect(text(yield* reader.readline())).toBe("secured\n");
        writer.close();
      },
      { graceMs: 100 },
    );
  });

  ioTest("startTls that fails closes the connection, and tells its protocol", function* () {
    const server = yield* startServer(function* (reader, writer) {
      writer.write("not TLS at all\n");
      yield* ended(reader);
      writer.close();
    });
    yield* server.with(function* () {
      const lost: (Error | undefined)[] = [];
      class Losing extends Protocol {
        override connectionLost(error: Error | undefined): void {
          lost.push(error);
        }
      }
      const [transport] = yield* createConnection(() => new Protocol(), "127.0.0.1", portOf(server));
      const task = createTask(startTls(transport, new Losing(), trusting, { serverHostname: "localhost" }));
      expect((yield* failureOfTask(task)).code).toBe("ERR_SSL_WRONG_VERSION_NUMBER");
      yield* until("it is lost", () => lost.length === 1);
      expect(transport.isClosing()).toBe(true);
      const ended = yield* thrownBy(
        startTls(transport, new Losing(), trusting, { serverHostname: "localhost" }),
      );
      expect(ended.code).toBe("ERR_INVALID_STATE");
    });
  });

  ioTest("startTls that is cancelled closes the connection", function* ({ loop }) {
    const server = yield* startServer(function* (reader, writer) {
      yield* ended(reader);
      writer.close();
    });
    yield* server.with(function* () {
      const before = channelsOf(loop);
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const task = createTask(writer.startTls(trusting, { serverHostname: "localhost" }));
      yield* until("it has begun", () => !writer.transport.isReading());
      expect(thrown(() => writer.write("plain")).code).toBe("ERR_INVALID_STATE");
      task.cancel();
      expect((yield* failureOfTask(task)).code).toBe("ERR_CANCELLED");
      yield* until("nothing is left", () => channelsOf(loop) === before);
    });
  });
}
