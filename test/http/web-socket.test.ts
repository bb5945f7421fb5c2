// An open WebSocket, from its first message to its end, against real servers.

import { expect, test } from "vitest";
import { type Coroutine, createTask, gather, newEventLoop, sleep, timeout } from "wasyncio";
import { ClientSession, ClientWebSocket, NetworkError } from "wasyncio/http";
import { WebSocket } from "ws";
import { channelsOf, hostTurn, ioTest, thrownBy, until } from "../io/harness.ts";
import { echo, Plain, peer, withWs } from "./web-sockets.ts";

for (const [name, webSocket] of [
  ["ws", WebSocket],
  ["the web's interface alone", Plain],
] as const) {
  const open = () => new ClientSession({ webSocket });

  ioTest(`messages go both ways, as text and as bytes, with ${name}`, function* ({ loop }) {
    const { url, codes } = yield* peer(echo);
    const session = open();
    const socket = yield* session.wsConnect(url, { protocols: ["other", "chat"] });
    expect(socket).toBeInstanceOf(ClientWebSocket);
    expect([socket.protocol, socket.closed, socket.closeCode]).toEqual(["chat", false, null]);
    for (const message of ["text ü", "", "x".repeat(300_000)]) {
      yield* socket.send(message);
      expect(yield* socket.receive()).toBe(message);
    }
    for (const bytes of [Uint8Array.of(0, 255, 3), new Uint8Array(0), new Uint8Array(300_000).fill(7)]) {
      yield* socket.send(bytes);
      expect(yield* socket.receive()).toEqual(bytes);
    }
    yield* socket.send(new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 2));
    yield* socket.send(new Uint8Array(new SharedArrayBuffer(2)));
    expect([yield* socket.receive(), yield* socket.receive()]).toEqual([
      Uint8Array.of(2, 3),
      Uint8Array.of(0, 0),
    ]);
    yield* socket.close(4000, "enough");
    yield* socket.close();
    expect([socket.closed, socket.closeCode, yield* socket.receive()]).toEqual([true, 4000, null]);
    expect(String(socket)).toBe(`<ClientWebSocket WebSocket ${url} closed 4000>`);
    yield* until("the server knows", () => codes.length === 1);
    expect(codes).toEqual([4000]);
    expect(channelsOf(loop)).toBe(0);
    expect((yield* thrownBy(socket.send("late"))).code).toBe("EPIPE");
    session.close();
  });

  ioTest(`async iteration ends when the server closes, with its code and reason, with ${name}`, function* () {
    const { url } = yield* peer((socket) => {
      for (const message of ["one", "two", "three"]) socket.send(message);
      socket.close(1001, "going away");
    });
    const session = open();
    const got = yield* createTask(async () => {
      const messages: unknown[] = [];
      const socket = await session.wsConnect(url);
      for await (const message of socket) messages.push(message);
      return [...messages, socket.closeCode, socket.closeReason];
    });
    expect(got).toEqual(["one", "two", "three", 1001, "going away"]);
    const socket = yield* session.wsConnect(url);
    // Received late, nothing is lost.
    yield* until("the server has closed", () => socket.closed);
    const messages: unknown[] = [];
    yield* socket.forEachMessage((message) => void messages.push(message));
    expect(messages).toEqual(["one", "two", "three"]);
    session.close();
  });

  ioTest(`cancelling receive leaves it open and loses no message, with ${name}`, function* ({ loop }) {
    const { url, sockets } = yield* peer();
    const session = open();
    const socket = yield* session.wsConnect(url);
    let received = 0;
    for (let turns = 0; turns < 12; turns++) {
      const receiving = createTask(socket.receive());
      yield;
      sockets[0]?.send(String(turns));
      for (let i = 0; i < turns; i++) yield* hostTurn();
      receiving.cancel();
      try {
        expect(yield* receiving).toBe(String(received));
        received++;
      } catch (error) {
        expect((error as { code?: string }).code).toBe("ERR_CANCELLED");
      }
    }
    while (received < 12) expect(yield* socket.receive()).toBe(String(received++));
    expect((yield* thrownBy(timeout(10, () => socket.receive()))).name).toBe("TimeoutError");
    yield* socket.close();
    expect(channelsOf(loop)).toBe(0);
  });

  ioTest(`closing the session ends it, and what waits for it, with ${name}`, function* ({ loop }) {
    const { url, codes } = yield* peer();
    const session = open();
    const socket = yield* session.wsConnect(url);
    const receiving = createTask(socket.receive());
    yield;
    session.close();
    expect((yield* thrownBy(receiving[Symbol.iterator]() as Coroutine<unknown>)).code).toBe(
      "ERR_SESSION_CLOSED",
    );
    expect((yield* thrownBy(socket.send("x"))).code).toBe("ERR_SESSION_CLOSED");
    expect((yield* thrownBy(session.wsConnect(url))).code).toBe("ERR_SESSION_CLOSED");
    expect(channelsOf(loop)).toBe(0);
    yield* until("the server has lost it", () => codes.length === 1);
  });

  ioTest(
    `a connection that breaks is ECONNRESET, after all that came before, with ${name}`,
    function* ({ loop }) {
      const { url, sockets } = yield* peer((socket) => socket.send("first"));
      const session = open();
      const socket = yield* session.wsConnect(url);
      yield* until("the server has it", () => sockets.length === 1);
      sockets[0]?.terminate();
      yield* until("it is told", () => socket.closed);
      expect(yield* socket.receive()).toBe("first");
      const error = yield* thrownBy(socket.receive());
      expect(error).toBeInstanceOf(NetworkError);
      expect([error.code, socket.closeCode]).toEqual(["ECONNRESET", 1006]);
      expect((yield* thrownBy(socket.send("x"))).code).toBe("ECONNRESET");
      yield* socket.close();
      expect(channelsOf(loop)).toBe(0);
      session.close();
    },
  );

  ioTest(`cancelled at any moment, opening leaves nothing, with ${name}`, function* ({ loop }) {
    const { url, sockets, codes } = yield* peer();
    const session = open();
    let opened = 0;
    for (let turns = 0; opened < 3; turns++) {
      const opening = createTask(session.wsConnect(url));
      for (let i = 0; i < turns; i++) yield* hostTurn();
      opening.cancel();
      try {
        yield* (yield* opening).close();
        opened++;
      } catch (error) {
        expect((error as { code?: string }).code).toBe("ERR_CANCELLED");
      }
      expect(channelsOf(loop)).toBe(0);
    }
    yield* until("the server has lost them", () => codes.length === sockets.length);
    session.close();
  });

  ioTest(`a message longer than messageBytesMax ends it, with ${name}`, function* ({ loop }) {
    const { url, codes } = yield* peer((socket) => {
      socket.send("fine");
      socket.send("x".repeat(2000));
      socket.send("later");
    });
    const session = open();
    const socket = yield* session.wsConnect(url, { messageBytesMax: 1000 });
    expect(yield* socket.receive()).toBe("fine");
    expect((yield* thrownBy(socket.receive())).code).toBe("EMSGSIZE");
    yield* until("the server has lost it", () => codes.length === 1);
    expect([channelsOf(loop), socket.closed]).toEqual([0, true]);
    session.close();
  });

  ioTest(`close gives up on a server that does not answer, with ${name}`, function* ({ loop }) {
    const { url, sockets } = yield* peer();
    const session = open();
    const socket = yield* session.wsConnect(url, { closeTimeoutMs: 30 });
    yield* until("the server has it", () => sockets.length === 1);
    sockets[0]?.pause();
    yield* socket.close();
    expect([socket.closed, socket.closeCode, channelsOf(loop)]).toEqual([true, 1006, 0]);
    const other = yield* session.wsConnect(url);
    yield* until("the server has it", () => sockets.length === 2);
    sockets[1]?.pause();
    const closing = createTask(other.close());
    yield* hostTurn();
    closing.cancel();
    expect((yield* thrownBy(closing[Symbol.iterator]() as Coroutine<unknown>)).code).toBe("ERR_CANCELLED");
    expect([other.closed, channelsOf(loop)]).toEqual([true, 0]);
    session.close();
  });
}

ioTest("a server that is not read slows send down, and cancelling it lets go", function* ({ loop }) {
  const { url, sockets } = yield* peer();
  const session = withWs();
  const socket = yield* session.wsConnect(url);
  yield* until("the server has it", () => sockets.length === 1);
  sockets[0]?.pause();
  const bytes = new Uint8Array(256 * 1024);
  let sent = 0;
  const sending = createTask(function* () {
    for (; sent < 400; sent++) yield* socket.send(bytes);
  });
  yield* sleep(200);
  expect([sending.done(), sent < 100]).toEqual([false, true]);
  sending.cancel();
  expect((yield* thrownBy(sending[Symbol.iterator]() as Coroutine<unknown>)).code).toBe("ERR_CANCELLED");
  sockets[0]?.resume();
  yield* socket.send("still open");
  session.close();
  expect(channelsOf(loop)).toBe(0);
});

ioTest("one that is not received slows the server down, and nothing is lost", function* () {
  const count = 3000;
  let most = 0;
  const { url } = yield* peer((socket) => {
    for (let i = 0; i < count; i++) socket.send(`${i}`.padEnd(10_000));
    most = socket.bufferedAmount;
  });
  const session = withWs();
  const socket = yield* session.wsConnect(url);
  yield* sleep(100);
  expect(most).toBeGreaterThan(1_000_000);
  for (let i = 0; i < count; i++) expect(Number(yield* socket.receive())).toBe(i);
  // Closing reads what is left, since the server's answer comes after it.
  const other = yield* session.wsConnect(url);
  yield* sleep(50);
  yield* other.close();
  expect(other.closeCode).toBe(1000);
  session.close();
});

ioTest("send fails while the server is closing it", function* () {
  const { url, sockets } = yield* peer();
  const session = withWs();
  const socket = yield* session.wsConnect(url);
  yield* until("the server has it", () => sockets.length === 1);
  const bytes = new Uint8Array(4_000_000);
  sockets[0]?.pause();
  const sending = createTask(function* () {
    for (;;) yield* socket.send(bytes);
  });
  sockets[0]?.close(4000);
  const error = yield* thrownBy(sending[Symbol.iterator]() as Coroutine<unknown>);
  expect(error.code).toMatch(/^(EPIPE|ECONNRESET)$/);
  expect(yield* thrownBy(socket.send("x"))).toBeInstanceOf(NetworkError);
  session.close();
});

ioTest("ping waits for its pong, and pings of the server are answered", function* () {
  let pongs = 0;
  const { url } = yield* peer((socket) => {
    socket.ping();
    socket.on("pong", () => pongs++);
  });
  const session = withWs();
  const socket = yield* session.wsConnect(url);
  yield* gather(socket.ping(), socket.ping(), socket.ping());
  yield* until("the server has its pong", () => pongs === 1);
  const ended = createTask(socket.ping());
  yield* ended;
  yield* socket.close();
  expect((yield* thrownBy(socket.ping())).code).toBe("EPIPE");
  session.close();
});

ioTest("ping is cancelled, and fails with the connection", function* () {
  const { url, sockets } = yield* peer();
  const session = withWs();
  const socket = yield* session.wsConnect(url);
  yield* until("the server has it", () => sockets.length === 1);
  sockets[0]?.pause();
  expect((yield* thrownBy(timeout(10, () => socket.ping()))).name).toBe("TimeoutError");
  const waiting = createTask(socket.ping());
  yield* hostTurn();
  sockets[0]?.terminate();
  expect((yield* thrownBy(waiting[Symbol.iterator]() as Coroutine<unknown>)).code).toBe("ECONNRESET");
  session.close();
});

ioTest("heartbeatMs keeps a connection that answers, and gives up one that does not", function* ({ loop }) {
  let pings = 0;
  const { url, sockets } = yield* peer((socket) => void socket.on("ping", () => pings++));
  const session = withWs();
  const socket = yield* session.wsConnect(url, { heartbeatMs: 40 });
  yield* until("it was pinged", () => pings >= 3);
  expect(socket.closed).toBe(false);
  sockets[0]?.pause();
  const error = yield* thrownBy(socket.receive());
  expect([error.code, error.message]).toEqual([
    "ETIMEDOUT",
    `WebSocket ${url}: no pong within 20 ms; the other side did not answer in time; try again later`,
  ]);
  expect(channelsOf(loop)).toBe(0);
  const other = yield* session.wsConnect(url, { heartbeatMs: 5 });
  yield* other.close();
  session.close();
});

test("closing a loop ends its WebSockets", async () => {
  const loop = newEventLoop();
  const session = withWs();
  const [socket, codes] = await loop.runUntilComplete(
    (function* () {
      const { url, codes } = yield* peer();
      return [yield* session.wsConnect(url), codes] as const;
    })(),
  );
  loop.close();
  while (codes.length === 0) await new Promise(setImmediate);
  const later = newEventLoop();
  expect((await later.runUntilComplete(thrownBy(socket.receive()))).code).toBe("ERR_LOOP_CLOSED");
  later.close();
});
