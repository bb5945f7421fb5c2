/** The tables of streams, connections and servers, with real sockets on the loopback interface. */
import {
  type Coroutine,
  getRunningLoop,
  openConnection,
  type Protocol,
  type Server,
  type SocketTransport,
  StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { type Area, aBoolean, aFunction, anything, aString, kind, options, required } from "../rows.ts";
import { BYTES, NUMBERS, OBJECTS_WITHOUT_HOST, STRINGS } from "../values.ts";

const limit = kind(() => 1024, ["in bytes", "1", "1.5", "Infinity", "2**53"]);
const family = kind(() => 4 as const, ["by default both", "0"]);
const port = kind(() => 0, ["from 0 to 65535", "0", "1"]);
const backlog = kind(() => 1, ["How many connections may wait", "1", "2**53"]);
const startServing = aBoolean("False to listen only once");
const bytes = kind(() => new Uint8Array([1]), ["a string as UTF-8", ...BYTES, ...STRINGS]);
const fed = { ...bytes, taken: [["Adds bytes", ...BYTES, ...STRINGS]] as const };
const list = kind(() => [new Uint8Array([1])], ["one after the other", "[]", "['x']", "a coroutine"]);
const path = kind(() => "/nowhere/socket", ["of a Unix socket", "'x'", "'9'"]);
const clientConnected = aFunction("calls `clientConnected`");
const count = kind(() => 1, ["how many at most; -1, or omitted, for everything", "0", "1", "-1", "2**53"]);

function reader(): StreamReader {
  const made = new StreamReader();
  made.feedData("a line\nand more");
  made.feedEof();
  return made;
}

const protocol: Protocol = {
  dataReceived() {},
  eofReceived: () => false,
  connectionLost() {},
  pauseWriting() {},
  resumeWriting() {},
};

function* aServer(): Coroutine<Server> {
  return yield* startServer(() => {}, "127.0.0.1", 0);
}

function* aWriter(): Coroutine<StreamWriter> {
  const server = yield* aServer();
  const [, writer] = yield* openConnection("127.0.0.1", server.addresses[0]?.port ?? 0);
  return writer;
}

function* aTransport(): Coroutine<SocketTransport> {
  return (yield* aWriter()).transport;
}

export const STREAMS: Area = {
  io: true,
  receivers: {
    StreamReader: reader,
    "StreamReader.feedData": () => new StreamReader(),
    StreamWriter: aWriter,
    SocketTransport: aTransport,
  },
  rows: {
    "new StreamReader": { options: options({ limit, loop: kind(() => getRunningLoop()) }) },
    "StreamReader.read": { n: count },
    "StreamReader.readexactly": { n: kind(() => 1, ["Reads exactly `n` bytes", "0", "1", "2**53"]) },
    "StreamReader.readline": {},
    "StreamReader.readuntil": {
      separator: kind(
        () => "\n",
        ["bytes or a string, or an array of them", "['x']", "'x'", "'9'", ...BYTES],
      ),
    },
    "StreamReader.atEof": {},
    "StreamReader.[asyncIterator]": {},
    "StreamReader.forEachLine": { body: aFunction("Calls `body`") },
    "StreamReader.feedData": { data: fed },
    "StreamReader.feedEof": {},
    "StreamReader.exception": {},
    "StreamReader.setException": {
      error: kind(() => new Error("right"), ["all reads throw `error`", "Error"]),
    },
    "StreamReader.setTransport": { transport: kind(() => ({ pauseReading() {}, resumeReading() {} })) },
    "StreamReader.toString": {},
    "StreamWriter.write": { data: bytes },
    "StreamWriter.writelines": { list },
    "StreamWriter.writeEof": {},
    "StreamWriter.canWriteEof": {},
    "StreamWriter.drain": {},
    "StreamWriter.close": {},
    "StreamWriter.isClosing": {},
    "StreamWriter.waitClosed": {},
    "StreamWriter.getExtraInfo": {
      name: aString("What is known"),
      fallback: anything("Otherwise `fallback`"),
    },
    "StreamWriter.[asyncDispose]": {},
    "StreamWriter.toString": {},
    "SocketTransport.pauseReading": {},
    "SocketTransport.resumeReading": {},
    "SocketTransport.isReading": {},
    "SocketTransport.write": { data: bytes },
    "SocketTransport.writelines": {
      list: kind(() => [new Uint8Array([1])], ["as one", "[]", "['x']", "a coroutine"]),
    },
    "SocketTransport.writeEof": {},
    "SocketTransport.canWriteEof": {},
    "SocketTransport.getWriteBufferSize": {},
    "SocketTransport.getWriteBufferLimits": {},
    "SocketTransport.setWriteBufferLimits": {
      limits: options({
        high: kind(() => 1024, ["high >= low >= 0", "0", "1", "1.5", "Infinity", "2**53"]),
        low: kind(() => 0, ["high >= low >= 0", "0", "1", "1.5", "Infinity", "2**53"]),
      }),
    },
    "SocketTransport.close": {},
    "SocketTransport.abort": {},
    "SocketTransport.isClosing": {},
    "SocketTransport.getExtraInfo": {
      name: aString("What is known"),
      fallback: anything("Otherwise `fallback`"),
    },
    "SocketTransport.getProtocol": {},
    "SocketTransport.setProtocol": { protocol: kind(() => protocol) },
    "SocketTransport.toString": {},
  },
};

export const CONNECTIONS: Area = {
  io: true,
  receivers: { Server: aServer },
  rows: {
    getaddrinfo: {
      host: aString("a name or an address"),
      port: { ...port, taken: [["null for 0", "null", "0", "1"]] },
      options: options({ family, type: kind(() => "stream") }),
    },
    openConnection: {
      host: required(kind(() => "127.0.0.1", ["a name or an address", ...STRINGS])),
      port: required(kind(() => 1, ["from 0 to 65535", "0", "1"])),
      options: options({ limit, family }),
    },
    "openConnection (target)": {
      target: {
        required: true,
        ...options({
          host: required(aString("a name or an address")),
          port: required(port),
          path,
          limit,
          family,
        }),
        right: () => ({ host: "127.0.0.1", port: 1 }),
        taken: [],
      },
    },
    openUnixConnection: { path, options: options({ limit, family }) },
    startServer: {
      clientConnected,
      host: kind(
        () => "127.0.0.1",
        ["a name or an address, or several", ...STRINGS, "['x']"],
        ["", ...OBJECTS_WITHOUT_HOST],
      ),
      port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
      options: options({ backlog, limit, startServing }),
    },
    "startServer (options)": {
      clientConnected,
      options: {
        ...options(
          {
            host: kind(() => "127.0.0.1", ["a name or an address, or several", ...STRINGS, "['x']"]),
            port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
            path,
            backlog,
            limit,
            startServing,
          },
          [["a name or an address, or several", ...STRINGS, "['x']"]],
        ),
      },
    },
    startUnixServer: { clientConnected, path, options: options({ backlog, limit, startServing }) },
    "Server.getLoop": {},
    "Server.isServing": {},
    "Server.startServing": {},
    "Server.serveForever": {},
    "Server.close": {},
    "Server.closeClients": {},
    "Server.abortClients": {},
    "Server.waitClosed": {},
    "Server.with": {
      body: aFunction("Runs `body`"),
      options: options({ graceMs: kind(() => 10, ["grace", "null", ...NUMBERS]) }),
    },
    "Server.[asyncDispose]": {},
    "Server.toString": {},
  },
};
