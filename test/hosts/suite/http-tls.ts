/** Cases: requests and WebSockets under TLS, with certificates by each host's own options; those that are not valid are refused, by the same codes. */
import { assert } from "chai";
import { adopt, type Coroutine, type TlsOptions } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import type { Certificates, Identity } from "../../io/certificates.ts";
import { casesOf, type Here, listensAndFetches, listensWithTls, type Needs, needing } from "./case.ts";
import { leavingNothing, readAll, withServer } from "./faults.ts";
import { withOwnWebSockets, withWebSockets } from "./http-faults.ts";

const fetchesWithTls: Needs = (here) => listensAndFetches(here) && listensWithTls(here);

/** What a host is told by `fetchOptions`. */
interface Trusting {
  readonly fetchOptions: object;
  close(): unknown;
}

interface DenoLike {
  readonly Deno: { createHttpClient(options: object): { close(): void } };
}

/** Who this side is, and the URL of the proxy that it goes through. */
interface More extends Partial<Identity> {
  readonly proxy?: string;
}

/** A library that only this host has, and that must not get into the programs of others. */
const UNDICI = "undici";

/** How this host is told whom to trust, and who it is itself. */
async function trusting(host: string, ca: string, { proxy, ...self }: More): Promise<Trusting> {
  if (host === "bun") return { fetchOptions: { tls: { ca, ...self }, proxy }, close() {} };
  if (host === "deno") {
    const { createHttpClient } = (globalThis as unknown as DenoLike).Deno;
    const client = createHttpClient({
      caCerts: [ca],
      ...self,
      ...(proxy !== undefined && { proxy: { url: proxy } }),
    });
    return { fetchOptions: { client }, close: () => client.close() };
  }
  const { Agent, ProxyAgent } = await import(UNDICI);
  const connect = { ca, ...self };
  const dispatcher =
    proxy === undefined ? new Agent({ connect }) : new ProxyAgent({ uri: proxy, requestTls: connect });
  return { fetchOptions: { dispatcher }, close: () => dispatcher.close() };
}

/** With a session that trusts the authority of the tests, anew each time: hosts resume what they once had with a server of this name. */
function* withSession(
  { host, certificates }: Here,
  more: More,
  body: (session: ClientSession) => Coroutine<void>,
) {
  const { fetchOptions, close } = yield* adopt(trusting(host, (certificates as Certificates).ca, more));
  try {
    yield* new ClientSession({ fetchOptions, connectTimeoutMs: 5000 }).with(body);
  } finally {
    yield* adopt(Promise.resolve(close()));
  }
}

/** A web server with this certificate, which says hello. */
function withSecureServer(ssl: TlsOptions, body: (url: string) => Coroutine<void>) {
  return withServer(
    function* (reader, writer) {
      yield* reader.readuntil("\r\n\r\n");
      writer.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
      writer.close();
      yield* readAll(reader);
    },
    (port) => body(`https://localhost:${port}/?token=SECRET`),
    { ssl, sslShutdownTimeout: 200 },
  );
}

/** What a request comes to: the answer, or the code of the error. */
function* answerOf(session: ClientSession, url: string) {
  try {
    return yield* (yield* session.get(url)).text();
  } catch (error) {
    assert.notInclude(String(error), "SECRET");
    return (error as { code: string }).code;
  }
}

export const httpTls = casesOf("HTTP under TLS", {
  "an authority of one's own is trusted, and no other server": needing(fetchesWithTls, (here) =>
    leavingNothing(function* () {
      const { server, expired, other, selfSigned } = here.certificates as Certificates;
      const expected: [TlsOptions, string][] = [
        [server, "hello"],
        [expired, "CERT_HAS_EXPIRED"],
        [other, "ERR_TLS_CERT_ALTNAME_INVALID"],
        [selfSigned, "DEPTH_ZERO_SELF_SIGNED_CERT"],
      ];
      for (const [ssl, answer] of expected)
        yield* withSecureServer(ssl, (url) =>
          withSession(here, {}, function* (session) {
            assert.equal(yield* answerOf(session, url), answer);
          }),
        );
    }),
  ),

  "an authority that nobody has named is not trusted": needing(fetchesWithTls, (here) =>
    leavingNothing(() =>
      withSecureServer((here.certificates as Certificates).server, (url) =>
        new ClientSession().with(function* (session) {
          assert.equal(yield* answerOf(session, url), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
        }),
      ),
    ),
  ),

  "a server that asks for a client's certificate gets it": needing(fetchesWithTls, (here) =>
    leavingNothing(function* () {
      const { server, client, ca } = here.certificates as Certificates;
      yield* withSecureServer({ ...server, ca, verifyMode: "required" }, function* (url) {
        yield* withSession(here, client, function* (session) {
          assert.equal(yield* answerOf(session, url), "hello");
        });
        yield* withSession(here, {}, function* (session) {
          assert.match(yield* answerOf(session, url), /^(ECONNRESET|EPIPE|EPROTO|ERR_SSL_\w+)$/);
        });
      });
    }),
  ),

  "what does not speak TLS is an error that says so": needing(fetchesWithTls, (here) =>
    leavingNothing(() =>
      withServer(
        (_, writer) => {
          writer.write("HTTP/1.1 200 OK\r\n\r\n");
          writer.close();
        },
        (port) =>
          withSession(here, {}, function* (session) {
            const code = yield* answerOf(session, `https://localhost:${port}/`);
            assert.match(code, /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)$/);
          }),
      ),
    ),
  ),

  "a proxy that refuses, or is not there, is an error without its password": needing(fetchesWithTls, (here) =>
    leavingNothing(function* () {
      let proxyPort = 0;
      const codes: string[] = [];
      const through = function* (url: string) {
        const proxy = `http://user:SECRET@127.0.0.1:${proxyPort}/`;
        yield* withSession(here, { proxy }, function* (session) {
          codes.push(yield* answerOf(session, url));
        });
      };
      yield* withSecureServer((here.certificates as Certificates).server, function* (url) {
        yield* withServer(
          function* (reader, writer) {
            yield* reader.readuntil("\r\n\r\n");
            writer.write("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
            writer.close();
          },
          function* (port) {
            proxyPort = port;
            yield* through(url);
          },
        );
        yield* through(url);
      });
      assert.deepEqual(codes, ["EPROTO", "ECONNREFUSED"]);
    }),
  ),

  "a WebSocket trusts the same": withOwnWebSockets(fetchesWithTls, (here) =>
    leavingNothing(function* () {
      const { server, expired, other, selfSigned } = here.certificates as Certificates;
      for (const ssl of [server, expired, other, selfSigned]) {
        yield* withWebSockets(
          function* (reader, writer) {
            writer.write(Uint8Array.of(0x81, 2, 104, 105));
            yield* readAll(reader);
            writer.close();
          },
          (url) =>
            withSession(here, {}, function* (session) {
              let answer: unknown;
              try {
                const socket = yield* session.wsConnect(url.replace("ws://127.0.0.1", "wss://localhost"));
                answer = yield* socket.receive();
              } catch (error) {
                answer = (error as { name: string }).name;
              }
              assert.equal(answer, ssl === server ? "hi" : "NetworkError");
            }),
          { ssl, sslShutdownTimeout: 200 },
        );
      }
    }),
  ),
});
