/** Cases: whatever a server can do to a session's requests and WebSockets; nothing hangs, and no descriptor and no slot is left. */
import { assert } from "chai";
import {
  adopt,
  type Coroutine,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  sleep,
} from "wasyncio";
import { ClientSession, type ClientSessionOptions, type RequestOptions } from "wasyncio/http";
import { type Body, casesOf, listensAndFetches, type Needs, needing } from "./case.ts";
import { leavingNothing, readAll, withServer } from "./faults.ts";

/** A case with WebSockets, where the host has them. Not by what it needs, since Node 20, which has none, lists the cases of all hosts. */
export function withOwnWebSockets(needs: Needs, body: Body): ReturnType<typeof needing> {
  return needing(needs, (here) => (typeof WebSocket === "undefined" ? undefined : body(here)));
}

const decoder = new TextDecoder();

/** What comes after a request's header, and how the connection goes on. */
interface Answer {
  readonly writes: string;
  readonly then: "ends" | "is cut" | "stays";
}

const NOTHING: Answer = { writes: "", then: "stays" };
const HALF = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";

/** A server that answers each request like this; what stays is cut at the end. */
function withAnswer({ writes, then }: Answer, body: (url: string) => Coroutine<void>) {
  return withServer(
    function* (reader, writer) {
      yield* reader.readuntil("\r\n\r\n");
      writer.write(writes);
      if (then === "ends") writer.close();
      if (then !== "is cut") return;
      // So that what was written comes first.
      yield* sleep(5);
      writer.transport.abort();
    },
    (port) => body(`http://127.0.0.1:${port}/`),
  );
}

/** The code that it fails with, several times with one session. */
function* codesOf(url: string, session: ClientSessionOptions, options: RequestOptions = {}) {
  return yield* new ClientSession(session).with(function* (client) {
    const codes: string[] = [];
    for (let i = 0; i < 5; i++) {
      try {
        yield* (yield* client.get(`${url}?SECRET`, options)).read();
        codes.push("no error");
      } catch (error) {
        assert.notInclude(String(error), "SECRET");
        codes.push((error as { code: string }).code);
      }
    }
    return codes;
  });
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  "nothing, and ends": { writes: "", then: "ends" },
  "nothing, and cuts the connection": { writes: "", then: "is cut" },
  "half of a header": { writes: "HTTP/1.1 200 OK\r\ncontent-le", then: "ends" },
  "half of a body": { writes: HALF, then: "ends" },
  "half of a body, and cuts the connection": { writes: HALF, then: "is cut" },
  "half of a chunk": {
    writes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nhalf",
    then: "ends",
  },
  "a chunk without a size": {
    writes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf",
    then: "ends",
  },
  "what is not compressed as it says": {
    writes: "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf",
    then: "ends",
  },
  "what is not HTTP": { writes: "220 hello, no HTTP here\r\n\r\n", then: "ends" },
};

export const httpFaults = casesOf("faults of HTTP", {
  ...Object.fromEntries(
    Object.entries(ANSWERS).map(([what, answer]) => [
      `a server that answers ${what} is an error`,
      needing(listensAndFetches, () =>
        leavingNothing(() =>
          withAnswer(answer, function* (url) {
            for (const code of yield* codesOf(url, {})) assert.match(code, /^(ECONNRESET|EPROTO)$/);
          }),
        ),
      ),
    ]),
  ),

  "nobody there is ECONNREFUSED": needing(listensAndFetches, () =>
    leavingNothing(function* () {
      let gone = "";
      yield* withAnswer(NOTHING, function* (url) {
        gone = url;
      });
      assert.deepEqual([...new Set(yield* codesOf(gone, {}))], ["ECONNREFUSED"]);
    }),
  ),

  "a server that never answers, or not to the end, is a TimeoutError": needing(listensAndFetches, () =>
    leavingNothing(() =>
      withAnswer({ writes: HALF, then: "stays" }, function* (url) {
        for (const limit of [{ timeoutMs: 60 }, { readTimeoutMs: 60 }])
          assert.deepEqual([...new Set(yield* codesOf(url, limit))], ["ERR_TIMEOUT"]);
      }),
    ),
  ),

  "a WebSocket's server that does not open it": withOwnWebSockets(listensAndFetches, () =>
    leavingNothing(function* () {
      for (const cut of [true, false]) {
        yield* withAnswer({ writes: "", then: cut ? "is cut" : "stays" }, (url) =>
          new ClientSession({ baseUrl: url, connectTimeoutMs: 60 }).with(function* (session) {
            for (let i = 0; i < 3; i++) {
              let code = "";
              try {
                yield* session.wsConnect("");
              } catch (error) {
                ({ code } = error as { code: string });
              }
              assert.match(code, cut ? /^E[A-Z_]+$/ : /^ERR_TIMEOUT$/);
            }
          }),
        );
      }
    }),
  ),

  "a WebSocket whose connection ends without a close frame, in whichever way, is ECONNRESET":
    withOwnWebSockets(listensAndFetches, () =>
      leavingNothing(function* () {
        for (const how of ["ends", "is cut", "is reset"]) {
          yield* withWebSockets(
            function* (reader, writer) {
              writer.write(Uint8Array.of(0x81, 3, 97, 98, 99));
              yield* writer.drain();
              // What is left unread makes of the cut a reset.
              if (how === "is reset") writer.transport.pauseReading();
              yield* sleep(20);
              if (how === "ends") {
                writer.close();
                yield* readAll(reader);
              } else writer.transport.abort();
            },
            (url) =>
              new ClientSession().with(function* (session) {
                for (let i = 0; i < 3; i++) {
                  const socket = yield* session.wsConnect(url);
                  yield* socket.send("never read");
                  assert.equal(yield* socket.receive(), "abc");
                  let code = "";
                  try {
                    yield* socket.receive();
                  } catch (error) {
                    ({ code } = error as { code: string });
                  }
                  assert.deepEqual([code, socket.closeCode], ["ECONNRESET", 1006], how);
                }
              }),
          );
        }
      }),
    ),

  "a WebSocket that breaks off in the middle of a frame": withOwnWebSockets(listensAndFetches, () =>
    leavingNothing(function* () {
      yield* withWebSockets(
        function* (reader, writer) {
          // A frame that is announced to be longer than it is.
          writer.write(Uint8Array.of(0x81, 3, 97, 98, 99, 0x81, 100, 97));
          yield* writer.drain();
          yield* sleep(5);
          writer.transport.abort();
          yield* readAll(reader);
        },
        (url) =>
          new ClientSession().with(function* (session) {
            for (let i = 0; i < 3; i++) {
              const socket = yield* session.wsConnect(url);
              assert.equal(yield* socket.receive(), "abc");
              let code = "";
              try {
                if ((yield* socket.receive()) === null) code = "closed";
              } catch (error) {
                ({ code } = error as { code: string });
              }
              assert.match(code, /^ECONN/);
            }
          }),
      );
    }),
  ),
});

/** A server that opens every WebSocket and leaves the frames to `handler`. */
export function* withWebSockets(
  handler: (reader: StreamReader, writer: StreamWriter) => Generator<unknown, void, unknown>,
  body: (url: string) => Coroutine<void>,
  options: ServerOptions = {},
) {
  yield* withServer(
    function* (reader, writer) {
      const head = decoder.decode(yield* reader.readuntil("\r\n\r\n"));
      const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? "";
      const digested = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
      const digest = yield* adopt(crypto.subtle.digest("SHA-1", digested));
      const accept = btoa(String.fromCharCode(...new Uint8Array(digest)));
      writer.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      yield* handler(reader, writer);
    },
    (port) => body(`ws://127.0.0.1:${port}/`),
    options,
  );
}
