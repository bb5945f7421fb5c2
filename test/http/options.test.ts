// What aiohttp's users expect of a session: raiseForStatus, redirects and history, basic auth, the host's own options, compression.

import { createServer as createProxy, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { inspect } from "node:util";
import { gunzipSync, inflateSync } from "node:zlib";
import { Agent, ProxyAgent } from "undici";
import { expect, onTestFinished } from "vitest";
import { ArgumentError, adopt, createTask, NotSupportedError, sleep } from "wasyncio";
import { ClientSession, HttpStatusError, NetworkError, type RequestOptions } from "wasyncio/http";
import { channelsOf, ioTest, thrown, thrownBy, until } from "../io/harness.ts";
import { type Mirrored, mirror, serve } from "./harness.ts";

ioTest("raiseForStatus of a session or a request makes a bad status an error", function* ({ loop }) {
  const { url } = yield* serve((request, response) => {
    response.writeHead(request.url === "/fine" ? 200 : 503).end("a body");
  });
  const session = new ClientSession({ baseUrl: url, raiseForStatus: true });
  const error = yield* thrownBy(session.get("bad"));
  expect(error).toBeInstanceOf(HttpStatusError);
  expect((error as unknown as HttpStatusError).status).toBe(503);
  expect(channelsOf(loop)).toBe(0);
  expect(yield* (yield* session.get("fine")).text()).toBe("a body");
  const response = yield* session.get("bad", { raiseForStatus: false });
  expect([response.status, yield* response.text()]).toEqual([503, "a body"]);
  session.close();
});

function* redirecting() {
  return yield* serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end("there");
    else response.writeHead(302, { location: `/${left - 1}`, "x-left": String(left) }).end("moved");
  });
}

ioTest("history has the redirects that led to a response, in order", function* () {
  const { url } = yield* redirecting();
  const session = new ClientSession({ baseUrl: url });
  const response = yield* session.get("3");
  expect(response.history.map((each) => [each.status, each.url, each.headers.get("x-left")])).toEqual([
    [302, `${url}3`, "3"],
    [302, `${url}2`, "2"],
    [302, `${url}1`, "1"],
  ]);
  expect(yield* response.text()).toBe("there");
  expect((yield* session.get("0")).history).toEqual([]);
  session.close();
});

ioTest("maxRedirects is how many are followed", function* () {
  const { url } = yield* redirecting();
  const session = new ClientSession({ baseUrl: url, maxRedirects: 2 });
  expect(yield* (yield* session.get("2")).text()).toBe("there");
  const error = yield* thrownBy(session.get("3"));
  expect(error).toBeInstanceOf(NetworkError);
  expect([error.code, error.message]).toEqual([
    "EREDIRECT",
    `GET ${url}1: the server sent a redirect that was not followed; it came after 2 others; use a higher maxRedirects, or check the server`,
  ]);
  expect((yield* thrownBy(session.get("1", { maxRedirects: 0 }))).code).toBe("EREDIRECT");
  expect(yield* (yield* session.get("3", { maxRedirects: 3 })).text()).toBe("there");
  session.close();
});

ioTest("auth is sent as basic authentication, to where headers go", function* () {
  const { url } = yield* serve(mirror);
  const { url: elsewhere } = yield* serve(mirror);
  const session = new ClientSession({ baseUrl: url, auth: { login: "jürgen", password: "s:ß" } });
  const sentTo = function* (target: string, options?: RequestOptions) {
    return (yield* (yield* session.get(target, options)).json<Mirrored>()).headers.authorization;
  };
  expect(yield* sentTo("x")).toBe(`Basic ${Buffer.from("jürgen:s:ß").toString("base64")}`);
  expect(yield* sentTo(elsewhere)).toBeUndefined();
  const auth = { login: "a", password: "" };
  expect(yield* sentTo(elsewhere, { auth })).toBe(`Basic ${btoa("a:")}`);
  expect(yield* sentTo("x", { headers: { authorization: "Bearer b" } })).toBe("Bearer b");
  session.close();
});

ioTest("auth that is none is refused, by a message without it", function* () {
  const bad: unknown[] = [
    "SECRET:SECRET",
    null,
    { login: "SECRET" },
    { login: "SECRET:x", password: "SECRET" },
    { login: 1, password: "SECRET" },
    { login: "SECRET", password: ["SECRET"] },
  ];
  for (const auth of bad as NonNullable<RequestOptions["auth"]>[]) {
    for (const make of [
      () => new ClientSession({ auth }),
      () => new ClientSession().get("http://127.0.0.1:1/", { auth }),
    ]) {
      const error = thrown(make);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(inspect(error)).not.toContain("SECRET");
    }
  }
  const both = { auth: { login: "SECRET", password: "SECRET" }, headers: { Authorization: "SECRET" } };
  const error = thrown(() => new ClientSession(both));
  expect([error.code, error.message]).toEqual([
    "ERR_ARGUMENT_VALUE",
    "ClientSession takes either auth or the header 'authorization', and got both; omit one",
  ]);
  yield;
});

/** A proxy that passes connections on, and counts them. */
function* proxy() {
  const asked: string[] = [];
  const server: Server = createProxy();
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const to = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      to.pipe(socket).pipe(to);
    });
    for (const end of [socket, to])
      end.on("error", () => [socket, to].forEach((each) => void each.destroy()));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  yield* adopt(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

ioTest("fetchOptions pass a dispatcher on: a proxy, a connect time-out", function* () {
  const { url } = yield* serve(mirror);
  const { asked, url: proxyUrl } = yield* proxy();
  const dispatcher = new ProxyAgent({ uri: proxyUrl, proxyTunnel: true });
  const session = new ClientSession({ fetchOptions: { dispatcher } });
  yield* (yield* session.get(url)).read();
  expect(asked).toEqual([new URL(url).host]);
  // A request's are added, and one can be replaced.
  const direct = new Agent();
  yield* (yield* session.get(url, { fetchOptions: { dispatcher: direct } })).read();
  expect(asked.length).toBe(1);
  session.close();
  yield* adopt(Promise.all([dispatcher.close(), direct.close()]));
});

ioTest(
  "a dispatcher's connect time-out is a NetworkError ETIMEDOUT, and gives the place back",
  function* ({ loop }) {
    const { url } = yield* serve(mirror);
    // A resolver that never answers is one who cannot be connected to.
    const dispatcher = new Agent({ connect: { timeout: 50, lookup: () => {} } });
    const session = new ClientSession({ fetchOptions: { dispatcher }, limit: 1 });
    const named = url.replace("127.0.0.1", "localhost");
    for (let i = 0; i < 2; i++) {
      const error = yield* thrownBy(session.get(`${named}?SECRET`));
      expect(error).toBeInstanceOf(NetworkError);
      expect([error.code, error.message]).toEqual([
        "ETIMEDOUT",
        expect.stringMatching(/^GET http:\/\/localhost:\d+\/: Connect Timeout Error.*; .*try again later/),
      ]);
    }
    // The session's own limit counts the wait for a place, and what fetch does is in time as far as that goes.
    const patient = session.get(named, { connectTimeoutMs: 20 });
    expect((yield* thrownBy(patient)).code).toBe("ETIMEDOUT");
    const cancelled = createTask(session.get(named));
    yield* sleep(5);
    cancelled.cancel();
    expect((yield* thrownBy(cancelled[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    expect(yield* (yield* session.get(url)).json()).toMatchObject({ url: "/" });
    expect(channelsOf(loop)).toBe(0);
    session.close();
    yield* adopt(dispatcher.destroy());
  },
);

ioTest("fetchOptions that are none, or are options of the request, are refused", function* () {
  for (const fetchOptions of [null, 5, [], "x"] as unknown as object[])
    expect(thrown(() => new ClientSession({ fetchOptions })).code).toBe("ERR_ARGUMENT_TYPE");
  const error = thrown(() => new ClientSession({ fetchOptions: { signal: 1 } }));
  expect(error.message).toBe(
    "ClientSession needs fetchOptions without 'signal'; give it as an option of the request",
  );
  yield;
});

// ── Compressed uploads ──────────────────────────────────────────────────────────────────────────────────────────────

interface Received {
  readonly encoding: string | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

function* unpacking(received: Received[], pieces: (piece: Buffer) => void = () => {}) {
  return yield* serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      pieces(chunk);
    });
    request.on("end", () => {
      const encoding = request.headers["content-encoding"];
      const body = Buffer.concat(chunks);
      const unpack = { gzip: gunzipSync, deflate: inflateSync }[encoding ?? ""];
      received.push({
        encoding,
        type: request.headers["content-type"],
        text: String(unpack?.(body) ?? body),
      });
      if (request.url === "/again") response.writeHead(307, { location: "/" });
      response.end();
    });
  });
}

ioTest("compress compresses what is sent whole, by the name of its encoding", function* () {
  const received: Received[] = [];
  const { url } = yield* unpacking(received);
  const session = new ClientSession();
  const long = "long ".repeat(50_000);
  yield* session.post(url, { body: long, compress: "gzip" });
  yield* session.post(url, { json: { long }, compress: "deflate" });
  yield* session.post(url, { body: new TextEncoder().encode(long), compress: "gzip" });
  yield* session.post(url, { body: "", compress: "gzip" });
  yield* session.post(`${url}again`, { body: "twice", compress: "gzip" });
  const type = "text/plain;charset=UTF-8";
  expect(received).toEqual([
    { encoding: "gzip", type, text: long },
    { encoding: "deflate", type: "application/json", text: JSON.stringify({ long }) },
    { encoding: "gzip", type: undefined, text: long },
    { encoding: "gzip", type, text: "" },
    { encoding: "gzip", type, text: "twice" },
    { encoding: "gzip", type, text: "twice" },
  ]);
  const form = new FormData();
  form.set("name", "value");
  yield* session.post(url, { body: form, compress: "gzip" });
  expect(received.at(-1)?.type).toMatch(/^multipart\/form-data; ?boundary=/);
  expect(received.at(-1)?.text).toContain("value");
  // Without a body there is nothing to compress.
  yield* session.get(url, { compress: "gzip" });
  expect(received.at(-1)?.encoding).toBeUndefined();
  session.close();
});

ioTest("compress compresses what comes in pieces as it comes, and is cancelled", function* ({ loop }) {
  const received: Received[] = [];
  let arrived = 0;
  const { url, underWay } = yield* unpacking(received, ({ length }) => {
    arrived += length;
  });
  const session = new ClientSession();
  let closed = 0;
  async function* pieces(count: number) {
    try {
      for (let i = 0; i < count; i++) {
        await sleep(0);
        yield `${Math.random()}`.repeat(1000);
      }
    } finally {
      closed++;
    }
  }
  (yield* session.post(url, { body: pieces(20), compress: "deflate" })).close();
  expect([received[0]?.encoding, closed]).toEqual(["deflate", 1]);
  const endless = createTask(session.post(url, { body: pieces(Number.POSITIVE_INFINITY), compress: "gzip" }));
  arrived = 0;
  yield* until("some of it has come", () => arrived > 0);
  endless.cancel();
  expect((yield* thrownBy(endless[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
  yield* until("the generator was closed", () => closed === 2);
  yield* until("the server has lost it", () => underWay.size === 0);
  expect(channelsOf(loop)).toBe(0);
  const failing = session.post(url, {
    compress: "gzip",
    body: (async function* () {
      yield "x";
      throw new RangeError("from the source");
    })(),
  });
  expect((yield* thrownBy(failing)).message).toBe("from the source");
  session.close();
});

ioTest("compress that is none, or beside content-encoding, is refused", function* () {
  const session = new ClientSession();
  for (const compress of ["br", true, null, 5] as never[])
    expect(thrown(() => session.post("http://127.0.0.1:1/", { body: "x", compress })).code).toBe(
      "ERR_ARGUMENT_VALUE",
    );
  const headers = { "Content-Encoding": "br" };
  expect(
    thrown(() => session.post("http://127.0.0.1:1/", { body: "x", compress: "gzip", headers })).message,
  ).toBe("a request takes either compress or the header 'content-encoding', and got both; omit one");
  yield;
});

// ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ioTest("what a page's fetch cannot do is a NotSupportedError with an alternative", function* ({ loop }) {
  Object.defineProperty(loop.scheduler.host, "fetchOfPage", { configurable: true, value: true });
  const { url } = yield* redirecting();
  const jar = { getCookieString: async () => "", setCookie: async () => {} };
  for (const [options, words] of [
    [{ cookieJar: jar }, "credentials"],
    [{ maxRedirects: 1 }, 'redirect: "error"'],
  ] as const) {
    const error = yield* thrownBy(new ClientSession(options).get(url));
    expect(error).toBeInstanceOf(NotSupportedError);
    expect(error.message).toContain(words);
  }
  const session = new ClientSession();
  expect((yield* session.get(`${url}0`)).history).toEqual([]);
  const followed = yield* session.get(`${url}1`);
  expect(thrown(() => followed.history)).toBeInstanceOf(NotSupportedError);
  session.close();
  Reflect.deleteProperty(loop.scheduler.host, "fetchOfPage");
});
