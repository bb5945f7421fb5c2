/** Cases: sockets and HTTP, and what a host without them says. */
import { assert } from "chai";
import {
  createTask,
  gather,
  getaddrinfo,
  NotSupportedError,
  type Operation,
  openConnection,
  openUnixConnection,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  startUnixServer,
  timeout,
} from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { casesOf, type Here, listens, needing } from "./case.ts";
import { codeOf } from "./words.ts";

const HOST = "127.0.0.1";
const MANY_BYTES = 3 * 1024 * 1024;

function* readAll(reader: StreamReader, count: number) {
  let checksum = 0;
  for (let left = count; left > 0; ) {
    const bytes = yield* reader.read(Math.min(left, 65_536));
    assert.isAbove(bytes.length, 0, "the stream ended early");
    for (const byte of bytes) checksum = (checksum + byte) | 0;
    left -= bytes.length;
  }
  return checksum;
}

function* writeAll(writer: StreamWriter, bytes: Uint8Array) {
  for (let start = 0; start < bytes.length; start += 65_536) {
    writer.write(bytes.subarray(start, start + 65_536));
    yield* writer.drain();
  }
}

function* throughEcho(host: string, port: number) {
  const [reader, writer] = yield* openConnection(host, port);
  const bytes = Uint8Array.from({ length: MANY_BYTES }, (_, i) => i % 251);
  const [checksum] = yield* gather(readAll(reader, bytes.length), writeAll(writer, bytes));
  assert.equal(
    checksum,
    bytes.reduce((sum, byte) => (sum + byte) | 0, 0),
  );
  writer.writeEof();
  assert.lengthOf(yield* reader.read(), 0);
  writer.close();
  yield* writer.waitClosed();
}

function* lineThrough(port: number, sent: string) {
  const [reader, writer] = yield* openConnection(HOST, port);
  writer.write(sent);
  const line = new TextDecoder().decode(yield* reader.read());
  writer.close();
  yield* writer.waitClosed();
  return line;
}

function* notSupported(host: string, operation: Operation<unknown>) {
  try {
    yield* operation;
  } catch (error) {
    assert.instanceOf(error, NotSupportedError);
    assert.equal((error as NotSupportedError).code, "ERR_HOST_UNSUPPORTED");
    assert.equal((error as NotSupportedError).host, host);
    assert.include((error as Error).message, `'${host}'`);
    // It names what to do instead.
    assert.match((error as Error).message, /; .+/);
    return;
  }
  assert.fail("no error");
}

const HEADERS_ON_WEBSOCKETS = ["node", "deno", "bun"];

const connects = ({ sockets }: Here) => sockets !== "none";
const lacks = ({ sockets }: Here) => sockets !== "all";
const fetches = ({ fetch }: Here) => fetch;

const SECRETS = { authorization: "Bearer SECRET", "x-api-key": "KEY" };

interface Mirrored {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Which of the secrets arrive where the path leads to. */
function* secretsAt(session: ClientSession, path: string, headers: Record<string, string> = {}) {
  const got = yield* (yield* session.get(path, { headers })).json<Mirrored>();
  return Object.fromEntries(Object.entries(got.headers).filter(([name]) => name in SECRETS));
}

async function* parts() {
  yield "one, ";
  await sleep(1);
  yield new TextEncoder().encode("two");
}

export const network = casesOf("network", {
  "a connection carries megabytes both ways, and each direction ends on its own": needing(
    connects,
    ({ echoPort }) => run(throughEcho(HOST, echoPort)),
  ),

  "a refused connection is a NetworkError": needing(connects, ({ sockets }) =>
    run(function* () {
      try {
        // Nothing listens on port 1, and only the system may.
        yield* openConnection(HOST, 1);
      } catch (error) {
        assert.equal((error as Error).name, "NetworkError");
        assert.include((error as Error).message, `${HOST}:1`);
        // Where connecting is all that a host can do, it does not tell why it failed.
        if (sockets === "all") assert.propertyVal(error, "code", "ECONNREFUSED");
        return;
      }
      assert.fail("connected");
    }),
  ),

  "a server answers those who connect, and closes": needing(listens, () =>
    run(function* () {
      const server = yield* startServer(function* (reader, writer) {
        writer.write(yield* reader.readline());
        yield* writer.drain();
        writer.close();
      });
      const port = server.addresses[0]?.port as number;
      const lines = yield* gather(...Array.from({ length: 20 }, (_, i) => lineThrough(port, `line ${i}\n`)));
      assert.deepEqual(
        lines,
        Array.from({ length: 20 }, (_, i) => `line ${i}\n`),
      );
      server.close();
      yield* server.waitClosed();
    }),
  ),

  "a client that does not read holds no server up": needing(listens, () =>
    run(function* () {
      const server = yield* startServer((_reader, writer) => writer.write(new Uint8Array(10 * MANY_BYTES)));
      yield* server.with(
        function* () {
          const [reader, writer] = yield* openConnection(HOST, server.addresses[0]?.port as number);
          yield* reader.readexactly(1);
          writer.transport.pauseReading();
        },
        { graceMs: 20 },
      );
    }),
  ),

  "names have addresses": needing(listens, () =>
    run(function* () {
      const [first] = yield* getaddrinfo("localhost", 80, { family: 4 });
      assert.deepInclude(first, { host: HOST, port: 80, family: "IPv4" });
    }),
  ),

  "targets that the host would take for others are refused": needing(listens, () =>
    run(function* () {
      const path = `/tmp/${"a".repeat(200)}`;
      const refused: [Operation<unknown>, string][] = [
        [startUnixServer(() => {}, path), "ENAMETOOLONG"],
        [openUnixConnection(path), "ENAMETOOLONG"],
        [startUnixServer(() => {}, "/tmp/no-such-folder/x.sock"), "ENOENT"],
        [openConnection(HOST, 1, { family: 6 }), "EAI_ADDRFAMILY"],
        [getaddrinfo(HOST, 1, { family: 6 }), "EAI_ADDRFAMILY"],
      ];
      for (const [operation, expected] of refused) {
        let code: unknown;
        try {
          yield* operation;
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        assert.equal(code, expected);
      }
    }),
  ),

  "what the host cannot do is a NotSupportedError that names the host and what to do": needing(
    lacks,
    ({ host, sockets }) =>
      run(function* () {
        yield* notSupported(
          host,
          startServer(() => {}),
        );
        yield* notSupported(host, getaddrinfo("localhost"));
        yield* notSupported(host, openUnixConnection("/tmp/nowhere"));
        if (sockets === "none") yield* notSupported(host, openConnection(HOST, 1));
      }),
  ),

  "an HTTP session fetches": needing(fetches, ({ url }) =>
    run(() =>
      new ClientSession({ timeoutMs: 10_000 }).with(function* (session) {
        const response = yield* session.get(url);
        assert.equal(response.status, 200);
        assert.equal(yield* response.text(), "hello");
      }),
    ),
  ),

  "a session's headers go only to its base's origin": needing(fetches, ({ url, otherUrl }) =>
    run(() =>
      new ClientSession({ baseUrl: url, headers: SECRETS }).with(function* (session) {
        assert.deepEqual(yield* secretsAt(session, "mirror"), SECRETS);
        assert.deepEqual(yield* secretsAt(session, `${otherUrl}mirror`), {});
      }),
    ),
  ),

  "no header of one's own goes along when a redirect leads to another origin": needing(
    fetches,
    ({ host, url, otherUrl }) =>
      run(() =>
        new ClientSession({ baseUrl: url }).with(function* (session) {
          const path = `redirect?to=${encodeURIComponent(`${otherUrl}mirror`)}`;
          const { authorization } = SECRETS;
          assert.deepEqual(yield* secretsAt(session, path, { authorization }), {});
          if (host !== "browser") {
            assert.deepEqual(yield* secretsAt(session, path, SECRETS), {});
            assert.deepEqual(yield* secretsAt(session, "redirect?to=/mirror", SECRETS), SECRETS);
            return;
          }
          // A page is not told where a redirect leads.
          let code: unknown;
          try {
            yield* session.get(path, { headers: SECRETS });
          } catch (error) {
            code = (error as { code?: unknown }).code;
          }
          assert.equal(code, "EREDIRECT");
        }),
      ),
  ),

  "a session limits its exchanges, and its waits": needing(fetches, ({ url }) =>
    run(() =>
      new ClientSession({ baseUrl: url, limit: 1, connectTimeoutMs: 100 }).with(function* (session) {
        const response = yield* session.get("");
        let code: unknown;
        try {
          yield* session.get("");
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        assert.equal(code, "ERR_TIMEOUT");
        assert.equal(yield* response.text(), "hello");
        assert.equal(yield* (yield* session.get("")).text(), "hello");
      }),
    ),
  ),

  "a session knows the redirects that it followed": needing(fetches, ({ host, url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        if (host === "browser") {
          yield* notSupported(host, session.get("", { maxRedirects: 1 }));
          return;
        }
        const response = yield* session.get("redirect?to=/mirror", { maxRedirects: 1 });
        assert.deepEqual(
          response.history.map((each) => each.status),
          [302],
        );
        yield* response.read();
      }),
    ),
  ),

  "basic authentication, and a cookie jar": needing(fetches, ({ host, url }) =>
    run(function* () {
      const cookieJar = { getCookieString: async () => "a=1", setCookie: async () => {} };
      const auth = { login: "user", password: "pass" };
      const session = new ClientSession({ baseUrl: url, auth, cookieJar });
      if (host === "browser") return yield* notSupported(host, session.get("mirror"));
      const { headers } = yield* (yield* session.get("mirror")).json<Mirrored>();
      assert.equal(headers.authorization, `Basic ${btoa("user:pass")}`);
      assert.equal(headers.cookie, "a=1");
      session.close();
    }),
  ),

  "a body is compressed": needing(fetches, ({ host, url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        if (typeof CompressionStream === "undefined") {
          yield* notSupported(host, session.post("mirror", { body: "text", compress: "gzip" }));
          return;
        }
        for (const body of ["one, two", parts()]) {
          const response = yield* session.post("mirror", { body, compress: "gzip" });
          const got = yield* response.json<Mirrored>();
          assert.deepEqual([got.body, got.headers["content-encoding"]], ["one, two", "gzip"]);
        }
      }),
    ),
  ),

  "a compressed body has the content-type that it has otherwise": needing(fetches, ({ url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        if (typeof CompressionStream === "undefined") return;
        const form = new FormData();
        form.set("name", "value");
        const bodies: [FormData | URLSearchParams | Blob, RegExp][] = [
          [form, /^multipart\/form-data; boundary=(.+)$/],
          [new URLSearchParams("name=value"), /^application\/x-www-form-urlencoded/],
          [new Blob(["value"], { type: "text/x-own" }), /^text\/x-own$/],
        ];
        for (const [body, type] of bodies) {
          const response = yield* session.post("mirror", { body, compress: "gzip" });
          const got = yield* response.json<Mirrored>();
          const [found, boundary = ""] = type.exec(got.headers["content-type"] ?? "") ?? [];
          assert.isString(found, `${body} has no content-type`);
          assert.include(got.body, boundary);
          assert.include(got.body, "value");
        }
      }),
    ),
  ),

  "a WebSocket sends, receives and is closed": needing(fetches, ({ host, url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        if (typeof WebSocket === "undefined") {
          yield* notSupported(host, session.wsConnect("socket"));
          return;
        }
        const socket = yield* session.wsConnect("socket");
        assert.equal(yield* socket.receive(), "key: none");
        yield* socket.send("text ü");
        assert.equal(yield* socket.receive(), "text ü");
        const bytes = new Uint8Array(200_000).fill(7);
        yield* socket.send(bytes);
        assert.deepEqual(yield* socket.receive(), bytes);
        yield* notSupported(host, socket.ping());
        yield* socket.send("end");
        assert.isNull(yield* socket.receive());
        assert.deepEqual([socket.closeCode, socket.closeReason], [4001, "as asked"]);
        const other = yield* session.wsConnect("socket");
        assert.equal(yield* other.receive(), "key: none");
        yield* other.close(4002);
        assert.deepEqual([yield* other.receive(), other.closed], [null, true]);
      }),
    ),
  ),

  "a WebSocket is cancelled, and one that is none is an error": needing(fetches, ({ url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        if (typeof WebSocket === "undefined") return;
        const socket = yield* session.wsConnect("socket");
        yield* socket.receive();
        assert.equal(yield* codeOf(timeout(20, () => socket.receive())), "ERR_TIMEOUT");
        yield* socket.send("still open");
        assert.equal(yield* socket.receive(), "still open");
        const error = yield* codeOf(session.wsConnect("mirror"));
        assert.match(String(error), /^E[A-Z]+$/);
        const receiving = createTask(socket.receive());
        yield;
        session.close();
        assert.equal(yield* codeOf(receiving), "ERR_SESSION_CLOSED");
      }),
    ),
  ),

  "a WebSocket has a session's headers, where it can": needing(fetches, ({ host, url }) =>
    run(() =>
      new ClientSession({ baseUrl: url, headers: { "x-api-key": "right" } }).with(function* (session) {
        if (typeof WebSocket === "undefined") return;
        const opening = session.wsConnect("socket");
        if (!HEADERS_ON_WEBSOCKETS.includes(host)) return yield* notSupported(host, opening);
        const socket = yield* opening;
        assert.equal(yield* socket.receive(), "key: right");
        yield* socket.close();
      }),
    ),
  ),

  "an async generator is a body": needing(fetches, ({ url }) =>
    run(() =>
      new ClientSession({ baseUrl: url }).with(function* (session) {
        const response = yield* session.post("mirror", { body: parts() });
        assert.equal((yield* response.json<Mirrored>()).body, "one, two");
      }),
    ),
  ),
});
