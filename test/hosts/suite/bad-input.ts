/** Cases: what a program gets wrong about the network is a typed error with a code, that shows no secret, and leaves nothing. */
import { assert } from "chai";
import {
  createDatagramEndpoint,
  createServer,
  DatagramProtocol,
  getaddrinfo,
  getnameinfo,
  getRunningLoop,
  type NetworkError,
  openConnection,
  Protocol,
  sleep,
  startServer,
} from "wasyncio";
import { ClientSession } from "wasyncio/http";
import type { Certificates } from "../../io/certificates.ts";
import { casesOf, listens, listensAndFetches, needing } from "./case.ts";
import { leavingNothing, readAll, withServer } from "./faults.ts";

const HOST = "127.0.0.1";

/** The name and the code of what it throws, at the call or later. */
function* failureOf(make: () => Iterable<unknown>): Generator<unknown, string, unknown> {
  try {
    yield* make();
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    assert.isAbove(message.length, 20);
    assert.notInclude(message, "SECRET");
    return `${name} ${code}`;
  }
  return "no error";
}

/** Throws what the protocol is told of a datagram to that host. */
function* sentTo(host: string): Generator<unknown, void, unknown> {
  const told = getRunningLoop().createFuture<void>();
  class Telling extends DatagramProtocol {
    override errorReceived(error: Error): void {
      told.setException(error);
    }
  }
  const [transport] = yield* createDatagramEndpoint(() => new Telling(), { family: 4 });
  try {
    transport.sendto("x", { host, port: 1 });
    yield* told;
  } finally {
    transport.close();
  }
}

export const badInput = casesOf("bad input", {
  "an unknown family, and a port out of range": needing(listens, () =>
    leavingNothing(function* () {
      const family = 5 as 4;
      const calls: (() => Iterable<unknown>)[] = [
        () => openConnection(HOST, 80, { family }),
        () => startServer(() => {}, HOST, 0, { family }),
        () => createServer(() => new Protocol(), { family }),
        () => createDatagramEndpoint(() => new DatagramProtocol(), { family }),
        () => getaddrinfo("localhost", 80, { family }),
        () => openConnection(HOST, 65_536),
        () => openConnection(HOST, -1),
        () => openConnection(HOST, 1.5),
        () => startServer(() => {}, HOST, 65_536),
        () => getaddrinfo("localhost", 65_536),
        () =>
          createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: { host: HOST, port: 65_536 } }),
      ];
      for (const call of calls) assert.equal(yield* failureOf(call), "ArgumentError ERR_ARGUMENT_VALUE");
    }),
  ),

  "names and addresses that are none": needing(listens, () =>
    leavingNothing(function* () {
      for (const host of ["bad host", "a_b%", "..", "[::1]", "x:y"]) {
        const localAddr = { host, port: 0 };
        const calls: (() => Iterable<unknown>)[] = [
          () => openConnection(host, 1),
          () => openConnection(host, 1, { happyEyeballsDelay: 10 }),
          () => startServer(() => {}, host, 0),
          () => getaddrinfo(host, 1),
          () => createDatagramEndpoint(() => new DatagramProtocol(), { localAddr }),
          () => createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr: { host, port: 1 } }),
          () => sentTo(host),
        ];
        for (const call of calls)
          assert.match(yield* failureOf(call), /^NetworkError (ENOTFOUND|EAI_AGAIN)$/);
      }
      for (const host of ["::zz", "1.2.3.4.5"])
        assert.equal(yield* failureOf(() => getnameinfo({ host, port: 1 })), "NetworkError EINVAL");
    }),
  ),

  "an address of this side that the machine does not have": needing(listens, () =>
    leavingNothing(() =>
      withServer(
        (_, writer) => writer.close(),
        function* (port) {
          try {
            yield* openConnection(HOST, port, { localAddr: { host: "192.0.2.1" } });
          } catch (error) {
            assert.equal((error as NetworkError).code, "EADDRNOTAVAIL");
            assert.include((error as Error).message, "this machine does not have that address");
            return;
          }
          assert.fail("connected");
        },
      ),
    ),
  ),

  "a sock that is none, or none that can be used": needing(listens, () =>
    leavingNothing(function* () {
      const descriptor = 9999;
      const calls: (() => Iterable<unknown>)[] = [
        () => openConnection({ sock: descriptor }),
        () => openConnection({ sock: {} }),
        () => startServer(() => {}, { sock: descriptor }),
        () => startServer(() => {}, { sock: {} }),
        () => createDatagramEndpoint(() => new DatagramProtocol(), { sock: {} }),
      ];
      for (const call of calls)
        assert.match(yield* failureOf(call), /^NetworkError (EINVAL|ENOTSOCK|ENOTCONN|EBADF)$/);
      for (const sock of [-1, 2, 1.5, "3", null])
        assert.match(yield* failureOf(() => openConnection({ sock })), /^ArgumentError/);
    }),
  ),

  "writes after the end, and after close": needing(listens, () =>
    leavingNothing(function* () {
      let got = 0;
      yield* withServer(
        function* (reader, writer) {
          [got] = yield* readAll(reader);
          writer.close();
        },
        function* (port) {
          const [ended, ending] = yield* openConnection(HOST, port);
          ending.write("all");
          ending.writeEof();
          ending.writeEof();
          const late = function* () {
            ending.write("more");
            yield;
          };
          assert.equal(yield* failureOf(late), "LoopError ERR_WRITE_AFTER_EOF");
          yield* ending.drain();
          assert.equal((yield* ended.read()).length, 0);
          ending.close();
          yield* ending.waitClosed();
          assert.equal(got, 3);
          const [, writer] = yield* openConnection(HOST, port);
          writer.write("whole");
          writer.close();
          writer.close();
          // As with asyncio it goes nowhere, and drain says so once the connection is over.
          writer.write("lost");
          yield* writer.waitClosed();
          writer.write("lost");
          assert.equal(yield* failureOf(() => writer.drain()), "NetworkError ECONNRESET");
          assert.equal(writer.transport.getWriteBufferSize(), 0);
          while (got !== 5) yield* sleep(1);
        },
      );
    }),
  ),

  "certificates, keys and authorities that are none": needing(
    (here) => listens(here) && here.certificates !== null,
    (here) =>
      leavingNothing(function* () {
        const { ca, server, client, encrypted } = here.certificates as Certificates;
        const none = "-----BEGIN CERTIFICATE-----\nSECRET\n-----END CERTIFICATE-----\n";
        const start = (ssl: unknown) => startServer(() => {}, HOST, 0, { ssl: ssl as typeof server });
        for (const [ssl, expected] of [
          [{ ...server, key: client.key }, "NetworkError ERR_TLS_KEY_MISMATCH"],
          [{ ...server, key: none }, "NetworkError ERR_TLS_KEY"],
          [{ ...server, cert: none }, "NetworkError ERR_TLS_CERT"],
          [{ ...server, ca: [ca, none] }, "NetworkError ERR_TLS_CA"],
          [{ ...server, ca: "SECRET" }, "ArgumentError ERR_ARGUMENT_VALUE"],
          [{ ...server, key: encrypted.key }, "NetworkError ERR_TLS_KEY"],
          [{ ...server, key: encrypted.key, passphrase: "SECRET" }, "NetworkError ERR_TLS_KEY"],
          [{ key: "SECRET" }, "ArgumentError ERR_ARGUMENT_VALUE"],
          ["SECRET", "ArgumentError ERR_ARGUMENT_TYPE"],
          [{ ...server, key: "SECRET" }, "ArgumentError ERR_ARGUMENT_VALUE"],
        ] as const)
          assert.equal(yield* failureOf(() => start(ssl)), expected);
        const connect = () => openConnection(HOST, 1, { ssl: { ca: none } });
        assert.equal(yield* failureOf(connect), "NetworkError ERR_TLS_CA");
      }),
  ),

  "URLs, headers and WebSockets that are none": needing(listensAndFetches, ({ url }) =>
    leavingNothing(() =>
      new ClientSession().with(function* (session) {
        const headers = { "x-key": "SECRET\r\n" };
        const calls: (() => Iterable<unknown>)[] = [
          () => session.get("no url, SECRET"),
          () => session.get("ftp://127.0.0.1/"),
          () => session.get("http://user:SECRET@127.0.0.1/"),
          () => session.get(url, { headers: { ...headers, "x-other\n": "SECRET" } }),
          () => session.wsConnect("http:SECRET:://"),
        ];
        for (const call of calls) assert.equal(yield* failureOf(call), "ArgumentError ERR_ARGUMENT_VALUE");
        if (typeof WebSocket === "undefined") return;
        const open = () => session.wsConnect(`${url}mirror?token=SECRET`);
        assert.match(yield* failureOf(open), /^NetworkError E[A-Z]+$/);
      }),
    ),
  ),
});
