// Opening a WebSocket, against real servers.

import type { IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { CookieJar } from "tough-cookie";
import { expect, onTestFinished } from "vitest";
import { adopt, createTask, NotSupportedError, sleep, TimeoutError } from "wasyncio";
import { ClientSession, NetworkError } from "wasyncio/http";
import { channelsOf, hostTurn, ioTest, thrown, thrownBy, until } from "../io/harness.ts";
import { serve } from "./harness.ts";
import { echo, Plain, peer, withWs } from "./web-sockets.ts";

ioTest("a WebSocket has headers, auth, cookies and query as a request would", function* () {
  const { url, requests } = yield* peer();
  const jar = new CookieJar();
  yield* adopt(jar.setCookie("a=1", url.replace("ws", "http")));
  const session = withWs({
    baseUrl: url.replace("ws", "http"),
    headers: { "x-key": "1" },
    auth: { login: "u", password: "p" },
    cookieJar: jar,
  });
  for (const target of ["path?q=1", new URL("path?q=1", url), `${url.replace("ws", "http")}path?q=1`]) {
    yield* (yield* session.wsConnect(target, { params: { r: 2 }, headers: { cookie: "own=0" } })).close();
    const { url: asked, headers } = requests.at(-1) as IncomingMessage;
    expect([asked, headers["x-key"], headers.authorization, headers.cookie]).toEqual([
      "/path?q=1&r=2",
      "1",
      `Basic ${btoa("u:p")}`,
      "own=0; a=1",
    ]);
  }
  const elsewhere = yield* peer();
  yield* (yield* session.wsConnect(elsewhere.url)).close();
  expect(elsewhere.requests[0]?.headers["x-key"]).toBeUndefined();
  session.close();
});

ioTest(
  "cookies that come as a WebSocket is opened are kept, where the class shows them",
  function* ({ loop }) {
    const set = ["a=1", "b=2; Path=/deep", "c=3; Domain=example.org"];
    const { url, requests } = yield* peer((socket) => socket.send("early"), set);
    const cookieJar = new CookieJar();
    const session = withWs({ baseUrl: url.replace("ws", "http"), cookieJar });
    const first = yield* session.wsConnect("");
    // What comes while they are kept is not lost.
    expect(yield* first.receive()).toBe("early");
    yield* first.close();
    yield* (yield* session.wsConnect("deep")).close();
    expect(requests.map(({ headers }) => headers.cookie)).toEqual([undefined, "b=2; a=1"]);
    const untold = new ClientSession({ webSocket: Plain, cookieJar: new CookieJar() });
    for (let i = 0; i < 2; i++) yield* (yield* untold.wsConnect(url)).close();
    expect(requests.at(-1)?.headers.cookie).toBeUndefined();
    // A jar that never answers holds up nobody for ever.
    const never = withWs({
      cookieJar: { getCookieString: async () => "", setCookie: () => new Promise<void>(() => {}) },
    });
    expect((yield* thrownBy(never.wsConnect(url, { connectTimeoutMs: 50 }))).code).toBe("ERR_TIMEOUT");
    expect(channelsOf(loop)).toBe(0);
    for (const each of [session, untold, never]) each.close();
  },
);

ioTest("a WebSocket counts towards the limits until it is closed", function* ({ loop }) {
  const { url, sockets } = yield* peer();
  const session = withWs({ limit: 1 });
  const first = yield* session.wsConnect(url);
  const second = createTask(session.wsConnect(url));
  for (let i = 0; i < 10; i++) yield* hostTurn();
  expect(second.done()).toBe(false);
  expect((yield* thrownBy(session.wsConnect(url, { connectTimeoutMs: 10 }))).message).toContain(
    "within 10 ms",
  );
  yield* first.close();
  yield* (yield* second).close();
  // Also where the server does it and nobody looks.
  const third = yield* session.wsConnect(url);
  sockets.at(-1)?.close();
  yield* (yield* session.wsConnect(url)).close();
  expect(third.closeCode).toBe(1005);
  expect(channelsOf(loop)).toBe(0);
  session.close();
});

ioTest("opening what is no WebSocket is a NetworkError that shows no secret", function* ({ loop }) {
  const { url } = yield* serve((_request, response) => void response.writeHead(404).end("no"));
  const target = `${url.replace("http", "ws")}p?token=SECRET`;
  const session = withWs({ headers: { authorization: "Bearer SECRET" } });
  const error = yield* thrownBy(session.wsConnect(target));
  expect(error).toBeInstanceOf(NetworkError);
  expect([error.code, error.message]).toEqual([
    "EPROTO",
    `WebSocket ${url.replace("http", "ws")}p: the server answered 404 instead of opening a WebSocket; check the URL`,
  ]);
  const untold = yield* thrownBy(new ClientSession({ webSocket: Plain }).wsConnect(target));
  expect([untold.code, untold.message]).toEqual([
    "EUNKNOWN",
    `WebSocket ${url.replace("http", "ws")}p: it was not opened; check the URL, and that the server speaks WebSocket`,
  ]);
  const refused = yield* thrownBy(session.wsConnect("ws://127.0.0.1:9/?SECRET"));
  expect(refused.code).toBe("ECONNREFUSED");
  for (const each of [error, untold, refused]) expect(inspect(each, { depth: 9 })).not.toContain("SECRET");
  expect(channelsOf(loop)).toBe(0);
  session.close();
});

ioTest("opening is limited by timeoutMs and connectTimeoutMs", function* ({ loop }) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => void accepted.push(socket));
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  yield* adopt(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const session = withWs();
  for (const options of [{ timeoutMs: 20 }, { connectTimeoutMs: 20 }]) {
    const error = yield* thrownBy(session.wsConnect(url, options));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain(`within 20 ms; use a longer ${Object.keys(options)[0]}`);
  }
  expect(channelsOf(loop)).toBe(0);
  const patient = yield* peer();
  // Neither limits what comes after.
  const socket = yield* session.wsConnect(patient.url, { timeoutMs: 100, connectTimeoutMs: 100 });
  yield* sleep(150);
  yield* socket.close();
  expect(socket.closeCode).toBe(1000);
  session.close();
});

ioTest("with closes it, whatever happens, and so does await using", function* () {
  const { url, codes } = yield* peer(echo);
  const session = withWs();
  const answer = yield* (yield* session.wsConnect(url)).with(function* (socket) {
    yield* socket.send("hello");
    return yield* socket.receive();
  });
  expect(answer).toBe("hello");
  const failing = (yield* session.wsConnect(url)).with(async () => {
    throw new RangeError("from the body");
  });
  expect((yield* thrownBy(failing)).message).toBe("from the body");
  yield* createTask(async () => {
    const socket = await session.wsConnect(url);
    await socket[Symbol.asyncDispose]();
  });
  yield* until("the server knows", () => codes.length === 3);
  expect(codes).toEqual([1000, 1000, 1000]);
  session.close();
});

ioTest("what the host's WebSocket cannot do is a NotSupportedError", function* ({ loop }) {
  const { url } = yield* peer();
  const { host } = loop.scheduler;
  const give = (value: unknown) => Object.defineProperty(host, "WebSocket", { configurable: true, value });
  give(undefined);
  const none = yield* thrownBy(new ClientSession().wsConnect(url));
  expect(none).toBeInstanceOf(NotSupportedError);
  expect(none.message).toMatch(/needs WebSocket.*the package ws/);
  give(Plain);
  Object.defineProperty(host, "webSocketTakesOptions", { configurable: true, value: false });
  const headers = { authorization: "SECRET" };
  for (const opening of [
    new ClientSession().wsConnect(url, { headers }),
    new ClientSession().wsConnect(url, { heartbeatMs: 10 }),
    new ClientSession({ cookieJar: new CookieJar() }).wsConnect(url),
  ]) {
    const error = yield* thrownBy(opening);
    expect(error).toBeInstanceOf(NotSupportedError);
    expect(error.message).not.toContain("SECRET");
  }
  const session = new ClientSession({ headers: { "user-agent": "me" } });
  const socket = yield* session.wsConnect(url);
  expect(yield* thrownBy(socket.ping())).toBeInstanceOf(NotSupportedError);
  yield* socket.close();
  session.close();
  for (const name of ["WebSocket", "webSocketTakesOptions"]) Reflect.deleteProperty(host, name);
});

ioTest("wrong arguments are refused at the call", function* () {
  const { url } = yield* peer();
  const session = withWs();
  const options: [object, string][] = [
    [{ protocols: "chat" }, "ERR_ARGUMENT_TYPE"],
    [{ protocols: ["a", "a"] }, "ERR_ARGUMENT_VALUE"],
    [{ protocols: ["a b"] }, "ERR_ARGUMENT_VALUE"],
    [{ heartbeatMs: 0 }, "ERR_ARGUMENT_VALUE"],
    [{ heartbeatMs: "1" }, "ERR_DELAY"],
    [{ closeTimeoutMs: Number.NaN }, "ERR_DELAY"],
    [{ messageBytesMax: 0 }, "ERR_ARGUMENT_VALUE"],
  ];
  for (const [each, code] of options) expect(thrown(() => session.wsConnect(url, each)).code).toBe(code);
  for (const bad of ["ftp://host/", "ws://user:SECRET@host/", "no url", 5 as never]) {
    const error = thrown(() => session.wsConnect(bad));
    expect(error.code).toBe("ERR_ARGUMENT_VALUE");
    expect(error.message).not.toContain("SECRET");
  }
  expect(thrown(() => new ClientSession({ webSocket: {} as never })).code).toBe("ERR_CALLBACK_EXPECTED");
  const wrong = new ClientSession({ webSocket: class {} });
  expect((yield* thrownBy(wrong.wsConnect(url))).code).toBe("ERR_ARGUMENT_TYPE");
  const socket = yield* session.wsConnect(url);
  for (const code of [0, 999, 1001, 1006, 2999, 5000, 3000.5])
    expect(thrown(() => socket.close(code)).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => socket.close("1000" as never)).code).toBe("ERR_ARGUMENT_TYPE");
  expect(thrown(() => socket.close(1000, "ü".repeat(62))).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => socket.send({} as never)).code).toBe("ERR_ARGUMENT_TYPE");
  yield* socket.close();
  session.close();
});
