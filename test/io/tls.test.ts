// TLS on real sockets, both sides: certificates, names, protocols, startTls, and everything that can be wrong with it.

import { createPrivateKey } from "node:crypto";
import { createServer as createNodeServer, type Socket } from "node:net";
import { type PeerCertificate, connect as tlsConnect } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type ConnectionOptions,
  createConnection,
  createServer,
  createTask,
  getRunningLoop,
  openConnection,
  Protocol,
  run,
  type Server,
  type ServerOptions,
  type SocketTransport,
  type StreamReader,
  type StreamWriter,
  startServer,
  type TlsOptions,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { type Certificates, makeCertificates, OTHER_NAME } from "./certificates.ts";
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
import { closed } from "./protocols.ts";

const made = makeCertificates();

test("openssl is there to make certificates", ({ skip }) => {
  if (made === undefined && process.env.CI === undefined) skip("apt-get install openssl");
  expect(made).toBeDefined();
});

if (made !== undefined) describe("TLS", () => tlsTests(made));

function tlsTests({ ca, server: identity, client, other, expired, selfSigned }: Certificates): void {
  const trusting: TlsOptions = { ca };

  /** Runs `body` with a server, which echoes unless told otherwise. */
  function* withServer(
    ssl: TlsOptions,
    body: (port: number, server: Server) => Generator<unknown, void, unknown>,
    handler: (reader: StreamReader, writer: StreamWriter) => unknown = echo,
    options: ServerOptions = {},
  ): Generator<unknown, void, unknown> {
    const server = yield* startServer(handler, { port: 0, ssl, ...options });
    yield* server.with(() => body(portOf(server), server));
  }

  function* failureOf(
    port: number,
    ssl: boolean | TlsOptions,
    options: ConnectionOptions = {},
  ): Generator<unknown, string, unknown> {
    return (yield* thrownBy(openConnection("localhost", port, { ssl, ...options }))).code;
  }

  ioTest("streams go through TLS, both ways and in any size", function* () {
    yield* withServer(identity, function* (port) {
      const [reader, writer] = yield* openConnection("localhost", port, { ssl: trusting });
      const sent = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
      writer.write(sent);
      expect(Buffer.compare(yield* reader.readexactly(sent.length), sent)).toBe(0);
      writer.close();
      yield* writer.waitClosed();
    });
  });

  ioTest("a key that is encrypted takes its passphrase, which no error repeats", function* () {
    const key = createPrivateKey(identity.key).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "secret",
    });
    const encrypted = { cert: identity.cert, key: String(key) };
    yield* withServer({ ...encrypted, passphrase: "secret" }, function* (port) {
      const [reader, writer] = yield* openConnection("localhost", port, { ssl: trusting });
      writer.write("through\n");
      expect(text(yield* reader.readline())).toBe("through\n");
      writer.close();
      yield* writer.waitClosed();
    });
    for (const ssl of [encrypted, { ...encrypted, passphrase: "a wrong secret" }]) {
      const error = yield* thrownBy(startServer(echo, { port: 0, ssl }));
      expect([error.name, error.message.includes("secret")]).toEqual(["NetworkError", false]);
    }
    const wrong = { ...encrypted, passphrase: 5 as never };
    expect(thrown(() => startServer(echo, { port: 0, ssl: wrong })).code).toBe("ERR_ARGUMENT_TYPE");
  });

  ioTest("what is known of a connection: cipher, certificate, protocol and name", function* () {
    const seen: unknown[] = [];
    const ssl = { ...identity, alpnProtocols: ["h2", "http/1.1"], verifyMode: "required", ca } as const;
    const handler = (_: StreamReader, writer: StreamWriter) => {
      seen.push(
        writer.getExtraInfo("alpnProtocol"),
        writer.getExtraInfo("serverName"),
        (writer.getExtraInfo("peercert") as PeerCertificate).subject.CN,
      );
      writer.close();
    };
    yield* withServer(
      ssl,
      function* (port) {
        const mine = { ca, ...client, alpnProtocols: ["spdy", "http/1.1"] };
        const [reader, writer] = yield* openConnection("localhost", port, { ssl: mine });
        expect(writer.getExtraInfo("alpnProtocol")).toBe("http/1.1");
        expect(writer.getExtraInfo("cipher")).toEqual([expect.stringMatching(/^TLS_/), "TLSv1.3", null]);
        expect((writer.getExtraInfo("peercert") as PeerCertificate).subject.CN).toBe("server");
        yield* reader.read();
        writer.close();
        yield* writer.waitClosed();
        expect(writer.getExtraInfo("alpnProtocol")).toBe("http/1.1");
        expect(seen).toEqual(["http/1.1", "localhost", "client"]);
      },
      handler,
    );
  });

  ioTest("protocols are told under TLS as without, but that the end ends both directions", function* () {
    const log: string[] = [];
    class Noting extends Protocol {
      override connectionMade(transport: SocketTransport): void {
        log.push(`made, canWriteEof=${transport.canWriteEof()}`);
      }
      override dataReceived(bytes: Uint8Array): void {
        log.push(text(bytes));
      }
      override eofReceived(): unknown {
        log.push("eof");
        return true;
      }
      override connectionLost(error: Error | undefined): void {
        log.push(`lost ${error?.message ?? ""}`);
      }
    }
    const server = yield* createServer(() => new Noting(), { port: 0, ssl: identity });
    const [transport] = yield* createConnection(() => new Protocol(), "localhost", portOf(server), {
      ssl: trusting,
    });
    expect(thrown(() => transport.writeEof()).code).toBe("ERR_INVALID_STATE");
    transport.write("hello");
    transport.close();
    yield* until("it is lost", () => log.at(-1) === "lost ");
    expect(log).toEqual(["made, canWriteEof=false", "hello", "eof", "lost "]);
    yield* closed(server);
  });

  ioTest("the server's name and certificate have to fit, unless one says otherwise", function* () {
    yield* withServer(identity, function* (port) {
      expect(yield* failureOf(port, true)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
      expect(yield* failureOf(port, trusting, { serverHostname: OTHER_NAME })).toBe(
        "ERR_TLS_CERT_ALTNAME_INVALID",
      );
      const willing: [TlsOptions | true, ConnectionOptions][] = [
        [{ verifyMode: "none" }, {}],
        [{ ca, checkHostname: false }, { serverHostname: OTHER_NAME }],
        [trusting, { serverHostname: "" }],
        [trusting, { serverHostname: "127.0.0.1" }],
      ];
      for (const [ssl, options] of willing) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port, { ssl, ...options });
        writer.write("x");
        expect(text(yield* reader.readexactly(1))).toBe("x");
        writer.close();
      }
    });
    yield* withServer(expired, function* (port) {
      expect(yield* failureOf(port, trusting)).toBe("CERT_HAS_EXPIRED");
    });
    yield* withServer(selfSigned, function* (port) {
      expect(yield* failureOf(port, true)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    });
  });

  ioTest("a server with several names shows each its certificate", function* () {
    const ssl = { ...identity, sni: { [OTHER_NAME]: other, "*.wild.example": selfSigned } };
    yield* withServer(ssl, function* (port) {
      for (const [serverHostname, subject] of [
        ["localhost", "server"],
        [OTHER_NAME.toUpperCase(), "other"],
        ["www.wild.example", "localhost"],
        ["nobody.example", "server"],
      ] as const) {
        const options = { ssl: { verifyMode: "none" } as const, serverHostname };
        const [, writer] = yield* openConnection("127.0.0.1", port, options);
        expect((writer.getExtraInfo("peercert") as PeerCertificate).subject.CN).toBe(subject);
        writer.close();
      }
    });
  });

  ioTest("a server may ask for a certificate, and require one", function* () {
    for (const verifyMode of ["optional", "required"] as const) {
      const handler = (_: StreamReader, writer: StreamWriter) => {
        writer.write(
          String((writer.getExtraInfo("peercert") as PeerCertificate | undefined)?.subject.CN ?? "nobody"),
        );
        writer.close();
      };
      yield* withServer(
        { ...identity, ca, verifyMode },
        function* (port) {
          expect(yield* answerTo(port, { ca, ...client })).toBe("client");
          expect(yield* answerTo(port, { ca, ...selfSigned })).toMatch(/^(|E.*|ERR_SSL.*)$/);
          const without = yield* answerTo(port, { ca });
          if (verifyMode === "optional") expect(without).toBe("nobody");
          else expect(without).toMatch(/^(|E.*|ERR_SSL.*)$/);
        },
        handler,
      );
    }
  });

  /** What a server says to one with this certificate, or the failure's code: of TLS 1.3 it comes after the handshake. */
  function* answerTo(port: number, ssl: TlsOptions): Generator<unknown, string, unknown> {
    try {
      const [reader, writer] = yield* openConnection("localhost", port, { ssl });
      const answer = text(yield* reader.read());
      writer.close();
      return answer;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  ioTest("versions that do not meet, and protocols that do not, are told", function* () {
    yield* withServer({ ...identity, minimumVersion: "TLSv1.3", alpnProtocols: ["a"] }, function* (port) {
      expect(yield* failureOf(port, { ca, maximumVersion: "TLSv1.2" })).toMatch(
        /PROTOCOL_VERSION|EPROTO|ECONNRESET/,
      );
      expect(yield* failureOf(port, { ca, alpnProtocols: ["b"] })).toMatch(/NO_APPLICATION_PROTOCOL|EPROTO/);
    });
  });

  // ── Handshakes that do not come to an end ─────────────────────────────────────────────────────────────────────

  /** A server without TLS or the loop, for what a well-behaved one does not do. */
  function* rawServer(onConnection: (socket: Socket) => void): Generator<unknown, number, unknown> {
    const sockets = new Set<Socket>();
    const server = createNodeServer((socket) => {
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

  ioTest("a peer that says nothing, other than TLS, or goes away", function* () {
    const silent = yield* rawServer(() => {});
    const slow = yield* thrownBy(openConnection("127.0.0.1", silent, { ssl: true, sslHandshakeTimeout: 30 }));
    expect(slow.code).toBe("ECONNABORTED");
    expect(slow.message).toContain("TLS handshake is taking longer");
    const plain = yield* rawServer((socket) => socket.write("220 hello, no TLS here\r\n"));
    expect((yield* thrownBy(openConnection("127.0.0.1", plain, { ssl: true }))).code).toBe(
      "ERR_SSL_WRONG_VERSION_NUMBER",
    );
    const ending = yield* rawServer((socket) => socket.once("data", () => socket.end()));
    expect((yield* thrownBy(openConnection("127.0.0.1", ending, { ssl: true }))).code).toBe("ECONNRESET");
    const cutting = yield* rawServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect((yield* thrownBy(openConnection("127.0.0.1", cutting, { ssl: true }))).code).toBe("ECONNRESET");
  });

  ioTest(
    "clients of a server that say nothing, other than TLS, or go away leave nothing",
    function* ({ loop }) {
      const options: ServerOptions = { sslHandshakeTimeout: 50 };
      yield* withServer(
        identity,
        function* (port, server) {
          const before = channelsOf(loop);
          const clients = [];
          for (let i = 0; i < 3; i++) clients.push(yield* openConnection("127.0.0.1", port));
          clients[1]?.[1].write("GET / HTTP/1.1\r\n\r\n");
          clients[2]?.[1].transport.abort();
          for (const [reader] of clients.slice(0, 2)) yield* ended(reader);
          for (const [, writer] of clients) writer.close();
          yield* until("nothing is left", () => channelsOf(loop) === before);
          expect(String(server)).toContain("on 127.0.0.1");
        },
        echo,
        options,
      );
    },
  );

  ioTest("a client that ends in the midst of a handshake is let go at once", function* ({ loop }) {
    yield* withServer(identity, function* (port) {
      for (const bytes of [[], [22, 3, 1, 2, 0, 1, 0]]) {
        const [reader, writer] = yield* openConnection("127.0.0.1", port);
        writer.write(Uint8Array.from(bytes));
        writer.writeEof();
        yield* ended(reader);
        writer.close();
      }
      yield* until("nothing is left", () => channelsOf(loop) === 1);
    });
  });

  ioTest("what is written in eofReceived under TLS arrives", function* () {
    class Answering extends Protocol {
      transport!: SocketTransport;
      count = 0;
      override connectionMade(transport: SocketTransport): void {
        this.transport = transport;
      }
      override dataReceived(bytes: Uint8Array): void {
        this.count += bytes.length;
      }
      override eofReceived(): unknown {
        this.transport.write(`${this.count} bytes`);
        return false;
      }
    }
    const server = yield* createServer(() => new Answering(), { port: 0, ssl: identity });
    const answer = getRunningLoop().createFuture<string>();
    const peer = tlsConnect(
      { port: portOf(server), host: "127.0.0.1", servername: "localhost", ca, allowHalfOpen: true } as object,
      () => peer.end("question"),
    );
    peer.on("data", (bytes) => answer.setResult(String(bytes)));
    expect(yield* answer).toBe("8 bytes");
    yield* closed(server);
  });

  ioTest("a handshake may be cancelled, and a server closed in the midst of one", function* ({ loop }) {
    const silent = yield* rawServer(() => {});
    const task = createTask(openConnection("127.0.0.1", silent, { ssl: true }));
    yield* until("it has connected", () => channelsOf(loop) > 0);
    task.cancel();
    expect((yield* failureOfTask(task)).code).toBe("ERR_CANCELLED");
    expect(task.cancelled()).toBe(true);
    yield* until("nothing is left", () => channelsOf(loop) === 0);
    const server = yield* startServer(echo, { port: 0, ssl: identity });
    const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* until("it has arrived", () => channelsOf(loop) === 3);
    server.close();
    server.closeClients();
    yield* server.waitClosed();
    writer.close();
  });

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────

  ioTest("closing a connection whose peer reads nothing ends after the shutdown's time", function* () {
    const server = yield* startServer((_, writer) => writer.transport.pauseReading(), {
      port: 0,
      ssl: identity,
    });
    const [, writer] = yield* openConnection("localhost", portOf(server), {
      ssl: trusting,
      sslShutdownTimeout: 50,
    });
    writer.write(new Uint8Array(30_000_000));
    writer.close();
    const error = yield* thrownBy(writer.waitClosed());
    expect(error.code).toBe("ERR_TIMEOUT");
    server.abortClients();
    yield* closed(server);
  });

  ioTest("what is written before close arrives", function* () {
    const size = 5_000_000;
    yield* withServer(
      identity,
      function* (port) {
        const [reader, writer] = yield* openConnection("localhost", port, { ssl: trusting });
        expect((yield* reader.read()).length).toBe(size);
        writer.close();
      },
      (_, writer) => {
        writer.write(new Uint8Array(size));
        writer.close();
      },
    );
  });

  ioTest("a peer that cuts the connection is an end or a failure, and hangs nobody", function* () {
    yield* withServer(
      identity,
      function* (port) {
        const connected = getRunningLoop().createFuture<void>();
        const peer = tlsConnect({ port, host: "127.0.0.1", servername: "localhost", ca }, () =>
          connected.setResult(),
        );
        peer.on("error", () => {});
        yield* connected;
        (peer as unknown as { destroy(): void }).destroy();
      },
      function* (reader, writer) {
        yield* ended(reader);
        writer.close();
      },
    );
  });

  // ── Under a virtual clock, whose time is not the network's ────────────────────────────────────────────────────

  test("a virtual clock jumps past neither a handshake nor the last bytes", async () => {
    const size = 5_000_000;
    const sends = (_: StreamReader, writer: StreamWriter) => {
      writer.write(new Uint8Array(size));
      writer.close();
    };
    await run(
      function* () {
        const server = yield* startServer(sends, { port: 0, ssl: identity });
        const [reader, writer] = yield* openConnection("localhost", portOf(server), {
          ssl: trusting,
          family: 4,
        });
        expect((yield* reader.read()).length).toBe(size);
        writer.close();
        yield* writer.waitClosed();
        yield* closed(server);
      },
      { clock: new VirtualClock() },
    );
  });

  test("a peer that never answers ends a handshake under a virtual clock too, in the host's time", async () => {
    await run(
      function* () {
        const silent = yield* rawServer(() => {});
        const startedMs = Date.now();
        const connecting = openConnection("127.0.0.1", silent, { ssl: true, sslHandshakeTimeout: 40 });
        expect((yield* thrownBy(connecting)).code).toBe("ECONNABORTED");
        expect(Date.now() - startedMs).toBeGreaterThanOrEqual(35);
      },
      { clock: new VirtualClock() },
    );
  });

  // ── What cannot be used ───────────────────────────────────────────────────────────────────────────────────────

  ioTest(
    "certificates and keys that are none, or do not fit, are told by a code and without a secret",
    function* () {
      const half = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
      const cases: [TlsOptions, string][] = [
        [{ ...identity, key: client.key }, "ERR_TLS_KEY_MISMATCH"],
        [{ ...identity, cert: half }, "ERR_TLS_CERT"],
        [{ ...identity, key: half }, "ERR_TLS_KEY"],
        [{ ...identity, ca: half }, "ERR_TLS_CA"],
        [{ ...identity, ca: [ca, identity.key] }, "ERR_TLS_CA"],
        [{ ...identity, ciphers: "NONE-SUCH" }, "ERR_TLS_CONTEXT"],
        [{ ...identity, sni: { x: { ...identity, key: client.key } } }, "ERR_TLS_KEY_MISMATCH"],
      ];
      for (const [ssl, code] of cases) {
        const error = yield* thrownBy(startServer(echo, { port: 0, ssl }));
        expect(error.code).toBe(code);
        expect(error.message).not.toContain(identity.key.slice(40, 60));
      }
      expect((yield* thrownBy(openConnection("127.0.0.1", 1, { ssl: { ca: half } }))).code).toBe(
        "ERR_TLS_CA",
      );
    },
  );

  test("options of TLS that are none are refused at the call, without a secret", () => {
    const wrong: unknown[] = [
      true,
      {},
      { cert: identity.cert },
      { ...identity, verifyMode: "maybe" },
      { ...identity, key: 7 },
    ];
    for (const ssl of wrong)
      expect(thrown(() => startServer(echo, { ssl } as never)).name).toBe("ArgumentError");
    const secret = "my secret key";
    const error = thrown(() => startServer(echo, { ssl: { cert: identity.cert, key: secret } }));
    expect(error.message).toContain("-----BEGIN");
    expect(error.message).not.toContain(secret);
    expect(thrown(() => openConnection({ sock: {}, ssl: true })).message).toContain("serverHostname");
  });
}
