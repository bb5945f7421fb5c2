// What is said of handlers that do not catch the loss of their connection: real sockets for what counts as one, a virtual
// clock for how often it is said.

import { connect } from "node:net";
import { expect, test } from "vitest";
import {
  type ClientConnected,
  type EventLoop,
  newEventLoop,
  openConnection,
  type Server,
  sleep,
  startServer,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { makeDefaultHost } from "../../src/host/host.ts";
import { NetworkError } from "../../src/io/errors.ts";
import { LostConnections } from "../../src/io/lost-connections.ts";
import { portOf, until } from "./harness.ts";

const CLIENTS = 20;

/** A loop, and the texts that it has written where users look for errors. */
function loopThatWrites(options: { clock?: VirtualClock } = {}): [loop: EventLoop, written: string[]] {
  const written: string[] = [];
  const host = Object.assign(makeDefaultHost(), { writeError: (text: string) => written.push(text) });
  return [newEventLoop({ ...options, host }), written];
}

/** Clients that cut their connection once they have got something. */
function* resetBy(server: Server, count: number): Generator<unknown, void, unknown> {
  let gone = 0;
  for (let i = 0; i < count; i++) {
    const socket = connect(portOf(server), "127.0.0.1");
    socket.on("data", () => socket.resetAndDestroy());
    socket.on("close", () => gone++);
  }
  yield* until("all clients are gone", () => gone === count);
}

/** Serves clients that cut their connection, until all handlers are over. */
function* serving(handler: ClientConnected): Generator<unknown, void, unknown> {
  let over = 0;
  const server = yield* startServer(function* (reader, writer) {
    try {
      writer.write("hello\n");
      yield* handler(reader, writer) as Generator<unknown, void, unknown>;
    } finally {
      over++;
    }
  });
  yield* server.with(function* () {
    yield* resetBy(server, CLIENTS);
    yield* until("all handlers are over", () => over === CLIENTS);
    yield* sleep(0);
  });
}

const HANDLERS: [what: string, handler: ClientConnected][] = [
  [
    "reads",
    function* (reader) {
      yield* reader.readline();
    },
  ],
  [
    "writes and drains",
    function* (_reader, writer) {
      for (;;) {
        writer.write(new Uint8Array(10_000));
        yield* writer.drain();
        yield* sleep(0);
      }
    },
  ],
];

test.each(HANDLERS)(
  "a lost connection of a handler that %s is one line, for all of them",
  async (_, handler) => {
    const [loop, written] = loopThatWrites();
    await loop.runUntilComplete(serving(handler));
    loop.close();
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(
      /^A connection was lost \((ECONNRESET|EPIPE)\), and its handler did not catch the NetworkError$/,
    );
  },
);

test("an exception handler gets each of them, with the exception", async () => {
  const [loop, written] = loopThatWrites();
  const told: unknown[] = [];
  loop.setExceptionHandler((_, { message, exception }) =>
    told.push([message, (exception as NetworkError).name]),
  );
  await loop.runUntilComplete(serving((reader) => reader.readline()));
  loop.close();
  expect(told).toEqual(Array(CLIENTS).fill(["Unhandled exception in clientConnected", "NetworkError"]));
  expect(written).toEqual([]);
});

test("the loss of another connection than the handler's own is reported with its stack", async () => {
  const [loop, written] = loopThatWrites();
  await loop.runUntilComplete(
    (function* () {
      const upstream = yield* startServer(function* (_reader, writer) {
        yield* sleep(0);
        writer.transport.abort();
      });
      const server = yield* startServer(function* () {
        const [, writer] = yield* openConnection("127.0.0.1", portOf(upstream));
        writer.close();
        yield* writer.waitClosed();
        yield* writer.drain();
      });
      yield* openConnection("127.0.0.1", portOf(server));
      yield* until("it is reported", () => written.length > 0);
    })(),
  );
  loop.close();
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^Unhandled exception in clientConnected\nNetworkError: .*\n {4}at /);
});

test("many losses are a line each ten seconds, with their number", () => {
  const clock = new VirtualClock();
  const [loop, written] = loopThatWrites({ clock });
  const lost = new LostConnections(loop);
  const lose = (count: number) => {
    for (let i = 0; i < count; i++) lost.report("unhandled", new NetworkError("EPIPE", "broken"));
  };
  loop.runSync(
    (function* () {
      lose(100);
      yield* sleep(9_000);
      lose(20);
      expect(written).toHaveLength(1);
      yield* sleep(2_000);
      expect(written).toHaveLength(2);
      lose(7);
      yield* sleep(10_000);
      expect(written).toHaveLength(3);
      yield* sleep(60_000);
      expect(written).toHaveLength(3);
      lose(2);
    })(),
  );
  loop.close();
  expect(written).toEqual([
    expect.stringMatching(/^A connection was lost \(EPIPE\)/),
    "119 more connections were lost in the same way within 10 s",
    "7 more connections were lost in the same way within 10 s",
    expect.stringMatching(/^A connection was lost \(EPIPE\)/),
  ]);
});
