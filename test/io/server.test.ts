// Servers on real sockets: starting, handlers of all kinds and their failures, and all the ways to end.

import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  ContextVar,
  createTask,
  getRunningLoop,
  newEventLoop,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from "wasyncio";
import {
  bothTest,
  channelsOf,
  echo,
  ioTest,
  portOf,
  temporaryFolder,
  text,
  thrown,
  thrownBy,
  until,
} from "./harness.ts";

function* closed(server: Server): Generator<unknown, void, unknown> {
  server.close();
  yield* server.waitClosed();
}

bothTest("startServer listens on 127.0.0.1 and a free port by default", function* () {
  const server = yield* startServer(echo);
  expect(server.isServing()).toBe(true);
  expect(server.addresses).toHaveLength(1);
  expect(server.addresses[0]).toMatchObject({ family: "IPv4", host: "127.0.0.1", path: "" });
  expect(portOf(server)).toBeGreaterThan(0);
  expect(server.getLoop()).toBe(getRunningLoop());
  yield* closed(server);
  expect(server.isServing()).toBe(false);
  expect(server.addresses).toEqual([]);
});

bothTest("startServer listens on all addresses of several hosts", function* () {
  const server = yield* startServer(echo, ["127.0.0.1", "127.0.0.2", "127.0.0.1"], 0);
  expect(server.addresses.map(({ host }) => host)).toEqual(["127.0.0.1", "127.0.0.2"]);
  for (const { host, port } of server.addresses) {
    const [reader, writer] = yield* openConnection(host, port);
    writer.write("x\n");
    expect(text(yield* reader.readline())).toBe("x\n");
    writer.close();
  }
  yield* closed(server);
});

bothTest("the host '' listens on all interfaces", function* () {
  const server = yield* startServer(echo, "", 0);
  const [reader, writer] = yield* openConnection("127.0.0.2", portOf(server));
  writer.write("x\n");
  expect(text(yield* reader.readline())).toBe("x\n");
  writer.close();
  yield* closed(server);
});

bothTest(
  "an address in use is a NetworkError EADDRINUSE, and addresses taken before are given back",
  function* ({ loop }) {
    const first = yield* startServer(echo, "127.0.0.1", 0);
    const port = portOf(first);
    const error = yield* thrownBy(startServer(echo, ["127.0.0.2", "127.0.0.1"], port));
    expect(error.code).toBe("EADDRINUSE");
    expect(error.message).toContain("choose another port");
    expect(channelsOf(loop)).toBe(1);
    yield* closed(first);
    yield* closed(yield* startServer(echo, ["127.0.0.2", "127.0.0.1"], port));
  },
);

bothTest("an address that is not this machine's is a NetworkError EADDRNOTAVAIL", function* () {
  expect((yield* thrownBy(startServer(echo, "192.0.2.1", 0))).code).toBe("EADDRNOTAVAIL");
});

bothTest("arguments that make no server are refused with a code", function* () {
  expect(thrown(() => startServer(undefined as never)).code).toBe("ERR_CALLBACK_EXPECTED");
  expect(thrown(() => startServer(echo, "127.0.0.1", 65536)).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => startServer(echo, { port: -1 })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => startServer(echo, { backlog: 0 })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => startServer(echo, { limit: -5 })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => startServer(echo, 7 as never)).code).toBe("ERR_ARGUMENT_TYPE");
  expect(thrown(() => startUnixServer(echo, "")).code).toBe("ERR_ARGUMENT_TYPE");
  expect((yield* thrownBy(startServer(echo, "no-such-host.invalid", 0))).name).toBe("NetworkError");
});

const HANDLERS: [string, (reader: StreamReader, writer: StreamWriter) => unknown][] = [
  [
    "a coroutine function",
    function* (reader, writer) {
      throw new Error(`failed by ${text(yield* reader.readline())}${writer.isClosing()}`);
    },
  ],
  [
    "an async function",
    async (reader, writer) => {
      throw new Error(`failed by ${text(await reader.readline())}${writer.isClosing()}`);
    },
  ],
  [
    "a function that gives a promise",
    (reader, writer) =>
      createTask(async () => text(await reader.readline())).then((line) =>
        Promise.reject(new Error(`failed by ${line}${writer.isClosing()}`)),
      ),
  ],
  [
    "a plain function",
    () => {
      throw new Error("failed by x\nfalse");
    },
  ],
];

for (const [kind, handler] of HANDLERS) {
  bothTest(
    `the failure of ${kind} as a handler is reported and closes its connection alone`,
    function* ({ reports }) {
      let fail = false;
      const server = yield* startServer((reader, writer) =>
        fail ? handler(reader, writer) : echo(reader, writer),
      );
      const [other, toOther] = yield* openConnection("127.0.0.1", portOf(server));
      toOther.write("a");
      yield* other.readexactly(1);
      fail = true;
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write("x\n");
      expect((yield* reader.read()).length).toBe(0);
      expect(
        reports.splice(0).map(({ message, exception }) => [message, (exception as Error).message]),
      ).toEqual([["Unhandled exception in clientConnected", "failed by x\nfalse"]]);
      toOther.write("b");
      expect(text(yield* other.readexactly(1))).toBe("b");
      toOther.close();
      writer.close();
      yield* closed(server);
    },
  );
}

bothTest("a cancelled handler closes its connection, without a report", function* () {
  let handling: ReturnType<typeof createTask> | undefined;
  const server = yield* startServer((reader, writer) => {
    handling = createTask(echo(reader, writer));
    return handling;
  });
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  yield* until("it is handled", () => handling !== undefined);
  handling?.cancel();
  expect((yield* reader.read()).length).toBe(0);
  writer.close();
  yield* closed(server);
});

bothTest("each handler has a copy of the context that the server was started in", function* () {
  const user = new ContextVar<string>("user", { default: "nobody" });
  user.set("starter");
  const server = yield* startServer(function* (_reader, writer) {
    writer.write(`${user.get()}\n`);
    user.set("handler");
    writer.close();
    yield;
  });
  user.set("later");
  for (let i = 0; i < 2; i++) {
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    expect(text(yield* reader.readline())).toBe("starter\n");
    writer.close();
  }
  expect(user.get()).toBe("later");
  yield* closed(server);
});

bothTest("close stops listening and leaves open connections; waitClosed waits for them", function* () {
  const server = yield* startServer(echo);
  const port = portOf(server);
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  writer.write("1");
  yield* reader.readexactly(1);
  server.close();
  server.close();
  expect((yield* thrownBy(openConnection("127.0.0.1", port))).code).toBe("ECONNREFUSED");
  const waiting = createTask(server.waitClosed());
  writer.write("2");
  expect(text(yield* reader.readexactly(1))).toBe("2");
  expect(waiting.done()).toBe(false);
  writer.close();
  yield* waiting;
  yield* server.waitClosed();
  expect((yield* thrownBy(server.startServing())).code).toBe("ERR_SERVER_CLOSED");
});

bothTest("closeClients lets go what was written, abortClients does not wait for it", function* () {
  const size = 8_000_000;
  for (const way of ["closeClients", "abortClients"] as const) {
    let wrote = false;
    const server = yield* startServer((_reader, writer) => {
      writer.write(new Uint8Array(size));
      wrote = true;
    });
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* until("the server has written", () => wrote);
    server[way]();
    let got = 0;
    try {
      got = (yield* reader.read()).length;
    } catch {}
    if (way === "closeClients") expect(got).toBe(size);
    else expect(got).toBeLessThan(size);
    writer.close();
    yield* closed(server);
  }
});

bothTest("startServing: false listens only when asked, and twice is once", function* ({ loop }) {
  const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
  expect(server.isServing()).toBe(false);
  expect(server.addresses).toEqual([]);
  const both = [createTask(server.startServing()), createTask(server.startServing())];
  for (const each of both) yield* each;
  yield* server.startServing();
  expect(server.addresses).toHaveLength(1);
  expect(channelsOf(loop)).toBe(1);
  yield* closed(server);
});

bothTest("serveForever ends with CancelledError when cancelled, having closed the server", function* () {
  const server = yield* startServer(echo, "127.0.0.1", 0, { startServing: false });
  const serving = createTask(server.serveForever());
  yield* until("it serves", () => server.isServing());
  expect((yield* thrownBy(server.serveForever())).code).toBe("ERR_SERVER_BUSY");
  serving.cancel();
  expect((yield* thrownBy(serving[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
  expect(server.isServing()).toBe(false);
  expect((yield* thrownBy(server.serveForever())).code).toBe("ERR_SERVER_CLOSED");
});

bothTest("serveForever ends with CancelledError when the server is closed", function* () {
  const server = yield* startServer(echo);
  const serving = createTask(server.serveForever());
  yield;
  yield* closed(server);
  expect((yield* thrownBy(serving[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
});

bothTest("close ends a startServing and a serveForever that are under way", function* ({ loop }) {
  for (const turns of [0, 1, 2, 3]) {
    const server = yield* startServer(echo, ["127.0.0.1", "127.0.0.2"], 0, { startServing: false });
    const forever = createTask(server.serveForever());
    const starting = createTask(server.startServing());
    for (let turn = 0; turn <= turns; turn++) yield;
    if (!server.isServing()) {
      expect((yield* thrownBy(server.serveForever())).code).toBe("ERR_SERVER_BUSY");
    }
    const hasStarted = starting.done();
    yield* closed(server);
    expect((yield* thrownBy(forever[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    if (hasStarted) yield* starting;
    else expect((yield* thrownBy(starting[Symbol.iterator]())).code).toBe("ERR_SERVER_CLOSED");
    expect(server.isServing()).toBe(false);
    expect(channelsOf(loop)).toBe(0);
  }
});

bothTest("use closes the server and its connections after the body, whatever it does", function* ({ loop }) {
  let opened: [StreamReader, StreamWriter] | undefined;
  const served = yield* (yield* startServer(() => {})).with(function* (server) {
    opened = yield* openConnection("127.0.0.1", portOf(server));
    yield* until("it is accepted", () => channelsOf(loop) === 3);
    return server;
  });
  expect(served.isServing()).toBe(false);
  expect(channelsOf(loop)).toBe(1);
  expect((yield* (opened as [StreamReader, StreamWriter])[0].read()).length).toBe(0);
  opened?.[1].close();
  const failing = (yield* startServer(echo)).with(() => {
    throw new Error("body");
  });
  expect((yield* thrownBy(failing)).message).toBe("body");
});

/** More than the system keeps for a client that does not read. */
const TOO_MUCH_BYTES = 32_000_000;

/** A server that writes too much to each client, a client that does not read, and the server's scope around `body`. */
function* withDeafClient(
  graceMs: number | null | undefined,
  body: () => Generator<unknown, void, unknown>,
): Generator<unknown, void, unknown> {
  let wrote = false;
  const server = yield* startServer((_reader, writer) => {
    writer.write(new Uint8Array(TOO_MUCH_BYTES));
    wrote = true;
  });
  yield* server.with(
    function* () {
      const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.transport.pauseReading();
      deaf = writer;
      yield* until("the server has written", () => wrote);
      yield* body();
    },
    { graceMs },
  );
}

let deaf: StreamWriter;

bothTest("with cuts clients that do not read after the grace time", function* ({ loop }) {
  for (const graceMs of [0, 30]) {
    const start = loop.time();
    yield* withDeafClient(graceMs, function* () {});
    expect(loop.time() - start).toBeGreaterThanOrEqual(graceMs);
    expect(channelsOf(loop)).toBe(1);
    deaf.transport.abort();
  }
});

bothTest("with lets clients go on reading within the grace time, or for as long as it takes", function* () {
  for (const graceMs of [5000, null, undefined]) {
    let got = 0;
    const server = yield* startServer((_reader, writer) => writer.write(new Uint8Array(TOO_MUCH_BYTES)));
    const reading = yield* server.with(
      function* () {
        const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
        got += (yield* reader.readexactly(1)).length;
        return createTask(
          (function* () {
            got += (yield* reader.read()).length;
            writer.close();
          })(),
        );
      },
      { graceMs },
    );
    yield* reading;
    expect(got).toBe(TOO_MUCH_BYTES);
  }
});

bothTest(
  "with cuts the clients at once when its task is cancelled while it waits for them",
  function* ({ loop }) {
    let over = false;
    const scope = createTask(
      withDeafClient(null, function* () {
        over = true;
        yield;
      }),
    );
    yield* until("the body is over", () => over);
    yield;
    yield;
    scope.cancel();
    expect((yield* thrownBy(scope[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    yield* until("the server's side is closed", () => channelsOf(loop) === 1);
    deaf.transport.abort();
  },
);

bothTest("with refuses an invalid grace time", function* () {
  const server = yield* startServer(echo);
  for (const graceMs of [Number.NaN, "5" as never]) {
    expect(thrown(() => server.with(() => {}, { graceMs })).code).toBe("ERR_DELAY");
  }
  yield* closed(server);
});

bothTest("asyncDispose closes the server and waits", function* ({ loop }) {
  const server = yield* startServer(echo);
  yield* createTask(async () => {
    await server[Symbol.asyncDispose]();
  });
  expect(channelsOf(loop)).toBe(0);
});

ioTest("a stale Unix socket is replaced, one that is served is not", function* () {
  const folder = temporaryFolder();
  const path = join(folder, "stale.sock");
  const die = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", die, path]);
  expect(existsSync(path)).toBe(true);
  const server = yield* startUnixServer(echo, path);
  expect((yield* thrownBy(startUnixServer(echo, path))).code).toBe("EADDRINUSE");
  yield* closed(server);
  expect(existsSync(path)).toBe(false);
  const file = join(folder, "file");
  writeFileSync(file, "mine");
  expect((yield* thrownBy(startUnixServer(echo, file))).code).toBe("EADDRINUSE");
  expect(existsSync(file)).toBe(true);
});

test("closing a loop closes what is open on it", async () => {
  const loop = newEventLoop();
  const [server, port] = await loop.runUntilComplete(
    (function* () {
      const server = yield* startServer(() => {});
      const port = portOf(server);
      yield* openConnection("127.0.0.1", port);
      return [server, port] as const;
    })(),
  );
  expect(server.isServing()).toBe(true);
  loop.close();
  const other = newEventLoop();
  const error = await other.runUntilComplete(thrownBy(openConnection("127.0.0.1", port)));
  expect(error.code).toBe("ECONNREFUSED");
  other.close();
});

test("open connections of a loop that does not run keep no process alive", async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
  const before = sockets();
  const loop = newEventLoop();
  await loop.runUntilComplete(
    (function* () {
      const server = yield* startServer(() => {});
      yield* openConnection("127.0.0.1", portOf(server));
    })(),
  );
  expect(sockets()).toEqual(before);
  expect(channelsOf(loop)).toBeGreaterThan(0);
  loop.close();
});
