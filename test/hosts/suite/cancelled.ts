/**
 * Cases: each wait of the network and of HTTP, cancelled in a generator and in an async function, before it has begun and in the
 * midst of it. It ends at once, and no descriptor and no slot is left.
 */
import { assert } from "chai";
import {
  coroutine,
  createConnection,
  createDatagramEndpoint,
  createTask,
  DatagramProtocol,
  getaddrinfo,
  getnameinfo,
  type Operation,
  openConnection,
  Protocol,
  type Server,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from "wasyncio";
import { ClientSession } from "wasyncio/http";
import type { Certificates } from "../../io/certificates.ts";
import {
  type Case,
  casesOf,
  type Here,
  listens,
  listensAndFetches,
  listensWithTls,
  type Needs,
  needing,
} from "./case.ts";
import { leavingNothing, readAll, withServer } from "./faults.ts";
import { withOwnWebSockets, withWebSockets } from "./http-faults.ts";

const HOST = "127.0.0.1";
/** Begins the wait that is to be cancelled, and gives back what cleans up after it. */
type Wait = () => Operation<unknown>;

/** How far a task gets before it is cancelled: so many turns, and in the end as far as it can. */
const TURNS = [0, 1, 2, 3, 5, 8];
const PATIENCE_MS = 15;
const END_MS_MAX = 2000;

/** Cancels what `make` begins, at each of these points. A wait that ends before that is fine, and its result is closed. */
function* cancelEach(make: Wait): Generator<unknown, void, unknown> {
  for (const turns of [...TURNS, undefined]) {
    for (const inAsyncFunction of [false, true]) {
      const task = createTask(
        inAsyncFunction
          ? async () => await make()
          : function* () {
              return yield* make();
            },
      );
      if (turns === undefined) yield* sleep(PATIENCE_MS);
      else for (let i = 0; i < turns; i++) yield* sleep(0);
      task.cancel();
      const endMs = performance.now() + END_MS_MAX;
      while (!task.done() && performance.now() < endMs) yield* sleep(1);
      assert.isTrue(task.done(), `still waiting, cancelled after ${turns ?? "all"} turns`);
      if (task.cancelled()) continue;
      const error = task.exception() as { code?: string } | null;
      assert.isNull(error, `failed with ${error?.code}`);
      closeWhatCame(task.result());
    }
  }
}

function closeWhatCame(result: unknown): void {
  for (const each of Array.isArray(result) ? result : [result]) {
    const end = each as { close?(): unknown; transport?: { abort(): void } } | undefined;
    if (end?.transport !== undefined) end.transport.abort();
    else end?.close?.();
  }
}

/** A server that takes connections, and neither reads nor writes. */
function silent(body: (port: number) => Generator<unknown, void, unknown>) {
  return withServer((_, writer) => writer.transport.pauseReading(), body);
}

type WaitCase = Omit<Case, "name">;

/** A wait on a connection to a server that is silent. */
function onConnection(make: (ends: Awaited<ReturnType<typeof openConnection>>) => Wait): WaitCase {
  return needing(listens, () =>
    leavingNothing(() =>
      silent(function* (port) {
        const ends = yield* openConnection(HOST, port);
        yield* cancelEach(make(ends));
        ends[1].transport.abort();
      }),
    ),
  );
}

/** A wait for such a server to send something. */
function onReader(make: (reader: StreamReader) => Operation<unknown>): WaitCase {
  return onConnection(
    ([reader]) =>
      () =>
        make(reader),
  );
}

/** A wait that connects, where a server is silent, or does what comes before that. */
function connecting(make: (port: number, here: Here) => Wait, needs: Needs = listens): WaitCase {
  return needing(needs, (here) => leavingNothing(() => silent((port) => cancelEach(make(port, here)))));
}

/** A handshake on a connection that is there. */
function startingTls(start: (writer: StreamWriter, certificates: Certificates) => Operation<void>): WaitCase {
  return connecting(
    (port, here) =>
      coroutine(function* () {
        const [, writer] = yield* openConnection(HOST, port);
        try {
          yield* start(writer, certificatesOf(here));
        } finally {
          writer.close();
        }
      }),
    listensWithTls,
  );
}

/** A wait of a session, with a server that answers a request's header by `answer`. */
function onSession(
  answer: string,
  make: (session: ClientSession, url: string) => Wait,
  needs = needing,
): WaitCase {
  return needs(listensAndFetches, () =>
    leavingNothing(() =>
      withServer(
        function* (reader, writer) {
          yield* reader.readuntil("\r\n\r\n");
          writer.write(answer);
          writer.transport.pauseReading();
        },
        (port) =>
          new ClientSession({ limit: 50 }).with((session) =>
            cancelEach(make(session, `http://${HOST}:${port}/`)),
          ),
      ),
    ),
  );
}

const HALF = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
const certificatesOf = (here: Here) => here.certificates as Certificates;

async function* endless() {
  for (;;) {
    yield new Uint8Array(65_536);
    await sleep(0);
  }
}

async function* blocked() {
  yield "begun";
  await sleep(1e9);
}

export const cancelled = casesOf("cancelled", {
  openConnection: connecting((port) => () => openConnection(HOST, port)),
  "openConnection to a name": connecting((port) => () => openConnection("localhost", port, { family: 4 })),
  "openConnection with happyEyeballsDelay": connecting(
    (port) => () => openConnection("localhost", port, { happyEyeballsDelay: 1 }),
  ),
  createConnection: connecting((port) => () => createConnection(() => new Protocol(), HOST, port)),
  createDatagramEndpoint: connecting(
    () => () =>
      createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: { host: "localhost", port: 0 } }),
  ),
  getaddrinfo: connecting(() => () => getaddrinfo("localhost", 80)),
  getnameinfo: connecting(() => () => getnameinfo({ host: HOST, port: 80 })),
  startServer: connecting(() => () => startServer(() => {}, "localhost", 0)),
  "a handshake of TLS": connecting((port, here) => {
    const { ca } = certificatesOf(here);
    return () => openConnection(HOST, port, { ssl: { ca }, serverHostname: "localhost" });
  }, listensWithTls),
  "startTls of a client": startingTls((writer, { ca }) =>
    writer.startTls({ ca }, { serverHostname: "localhost" }),
  ),
  "startTls of a server": startingTls((writer, { server }) => writer.startTls(server, { serverSide: true })),
  read: onReader((reader) => reader.read(10)),
  "read to the end": onReader((reader) => reader.read()),
  readexactly: onReader((reader) => reader.readexactly(10)),
  readline: onReader((reader) => reader.readline()),
  readuntil: onReader((reader) => reader.readuntil("x")),
  forEachLine: onReader((reader) => reader.forEachLine(() => {})),
  drain: onConnection(([, writer]) => {
    writer.write(new Uint8Array(20_000_000));
    return () => writer.drain();
  }),
  "waitClosed of a writer": onConnection(([, writer]) => {
    writer.write(new Uint8Array(20_000_000));
    writer.close();
    return () => writer.waitClosed();
  }),
  "serveForever and waitClosed of a server": needing(listens, () =>
    leavingNothing(function* () {
      const serving: Server[] = [];
      yield* cancelEach(
        coroutine(function* () {
          const server = yield* startServer(() => {});
          serving.push(server);
          try {
            yield* server.serveForever();
          } finally {
            server.close();
          }
        }),
      );
      for (const server of serving) yield* server.waitClosed();
      const server = yield* startServer((_, writer) => writer.transport.pauseReading());
      const [, writer] = yield* openConnection(HOST, server.addresses[0]?.port as number);
      server.close();
      yield* cancelEach(() => server.waitClosed());
      server.abortClients();
      writer.transport.abort();
      yield* server.waitClosed();
    }),
  ),
  "a request that waits for its response": onSession("", (session, url) => () => session.get(url)),
  "a request that waits for its body": onSession(HALF, (session, url) =>
    coroutine(function* () {
      return yield* (yield* session.get(url)).text();
    }),
  ),
  "a request whose body does not go out": onSession(
    "",
    (session, url) => () => session.post(url, { body: endless() }),
  ),
  "a request whose body does not come": onSession(
    "",
    (session, url) => () => session.post(url, { body: blocked() }),
  ),
  "a request that waits for a place": needing(listensAndFetches, () =>
    leavingNothing(() =>
      withServer(
        function* (reader, writer) {
          yield* reader.readuntil("\r\n\r\n");
          writer.write(HALF);
        },
        (port) =>
          new ClientSession({ limit: 1 }).with(function* (session) {
            const url = `http://${HOST}:${port}/`;
            const first = yield* session.get(url);
            yield* cancelEach(() => session.get(url));
            if (typeof WebSocket !== "undefined") yield* cancelEach(() => session.wsConnect(url));
            first.close();
            (yield* session.get(url)).close();
          }),
      ),
    ),
  ),
  wsConnect: onSession("", (session, url) => () => session.wsConnect(url), withOwnWebSockets),
  "receive and close of a WebSocket": withOwnWebSockets(listensAndFetches, () =>
    leavingNothing(() =>
      withWebSockets(
        function* (reader) {
          yield* readAll(reader);
        },
        (url) =>
          new ClientSession().with(function* (session) {
            const socket = yield* session.wsConnect(url);
            yield* cancelEach(() => socket.receive());
            yield* cancelEach(
              coroutine(function* () {
                const other = yield* session.wsConnect(url);
                yield* other.close();
              }),
            );
          }),
      ),
    ),
  ),
});
