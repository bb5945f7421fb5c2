/** The tables of streams, connections and servers, with real sockets on the loopback interface. */
import {
  type Coroutine,
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  getRunningLoop,
  openConnection,
  Protocol,
  type Server,
  SocketTransport,
  StreamReader,
  StreamReaderProtocol,
  type StreamWriter,
  startServer,
} from "wasyncio";
import type { HostSocket } from "../../../src/host/network.ts";
import { Channel } from "../../../src/io/channel.ts";
import {
  type Area,
  aBoolean,
  aFunction,
  anything,
  aString,
  type Kind,
  kind,
  options,
  type Row,
  required,
} from "../rows.ts";
import { BYTES, type Label, NUMBERS, OBJECTS, OBJECTS_WITHOUT_HOST, STRINGS } from "../values.ts";

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

const protocol = new Protocol();
const protocolFactory = aFunction("is called");

const aTime = kind(() => 1000, ["in milliseconds", "1", "1.5", "2**53"]);
const keepAlive = kind(() => 1000, ["milliseconds", "true", "false", "1", "1.5", "2**53"]);
const anObject: readonly Label[] = [...OBJECTS, "[]", "['x']", "[null]"];
const sock = kind(() => undefined, ["of the host's own", ...anObject]);
/** A list, a regular expression or a future has `flags` of its own. */
const withFlags = (each: Readonly<Record<string, Kind>>): Kind => ({
  ...options(each),
  taken: [["", ...OBJECTS.filter((label) => !["RegExp", "a future", "a task"].includes(label))]],
});
/** Without `ssl` they are refused, whatever they are; with it, they are times. */
const TLS_TIMES = { sslHandshakeTimeout: kind(() => undefined), sslShutdownTimeout: kind(() => undefined) };
const STARTING_TIMES = { sslHandshakeTimeout: aTime, sslShutdownTimeout: aTime };
const tlsOfClient = kind(() => undefined, ["or the options", "true", "false", ...OBJECTS]);
const CONNECT: Row = {
  family,
  localAddr: kind(() => undefined),
  connectTimeoutMs: aTime,
  happyEyeballsDelay: kind(() => 1, ["milliseconds", ...NUMBERS]),
  interleave: kind(() => 1, ["How many addresses", "1", "2**53"]),
  allErrors: aBoolean("True for an ExceptionGroup"),
  noDelay: aBoolean("Whether small writes"),
  keepAlive,
  ssl: tlsOfClient,
  serverHostname: kind(() => undefined),
  ...TLS_TIMES,
};
/** Without a host there is no name for the certificate. */
const UNIX_CONNECT: Row = { ...CONNECT, ssl: kind(() => undefined, ["or the options", "false"]) };
const LISTEN: Row = {
  backlog,
  startServing,
  family,
  reusePort: aBoolean("Whether other processes"),
  maxConnections: kind(() => 1, ["How many connections", "1", "2**53"]),
  idleTimeoutMs: aTime,
  headerTimeoutMs: aTime,
  noDelay: aBoolean("Whether small writes"),
  keepAlive,
  ssl: kind(() => undefined),
  ...TLS_TIMES,
};
const STARTING = {
  ...options({
    serverSide: kind(() => undefined, ["by default false", "false"]),
    serverHostname: required(aString("for any")),
    ...STARTING_TIMES,
  }),
  required: true,
  right: () => ({ serverHostname: "x" }),
  taken: [],
};
const tlsToStart = kind(() => true, ["or the options", "true", ...OBJECTS]);
const LIMITS = options({
  high: kind(() => 1024, ["high >= low >= 0", "0", "1", "1.5", "Infinity", "2**53"]),
  low: kind(() => 0, ["high >= low >= 0", "0", "1", "1.5", "Infinity", "2**53"]),
});

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

function* aDatagramTransport(): Coroutine<DatagramTransport> {
  const address = { host: "127.0.0.1", port: 0 };
  const [transport] = yield* createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: address });
  return transport;
}

/** Without a connection, since arguments are made at once. */
function aBareTransport(): SocketTransport {
  const loop = getRunningLoop();
  const nothing = () => {};
  const channel = new Channel(loop, { ready: nothing, abandoned: nothing });
  const socket: HostSocket = {
    watch: nothing,
    read: () => null,
    write: nothing,
    end: nothing,
    close: () => channel.closed(undefined),
    destroy: () => channel.closed(undefined),
    unsentBytes: 0,
    localAddress: undefined,
    remoteAddress: undefined,
    handle: undefined,
  };
  return new SocketTransport(loop, channel, socket, new Protocol());
}

function streamProtocol(): StreamReaderProtocol {
  return new StreamReaderProtocol(new StreamReader());
}

export const STREAMS: Area = {
  io: true,
  receivers: {
    StreamReader: reader,
    "StreamReader.feedData": () => new StreamReader(),
    StreamWriter: aWriter,
    SocketTransport: aTransport,
    DatagramTransport: aDatagramTransport,
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
    "new StreamReaderProtocol": {
      reader: kind(() => new StreamReader()),
      options: options({
        loop: kind(() => getRunningLoop()),
        clientConnected: aFunction("Called with the streams"),
      }),
    },
    "new StreamWriter": {
      transport: required(kind(aBareTransport)),
      protocol: required(kind(streamProtocol)),
    },
    "StreamWriter.startTls": {
      ssl: tlsToStart,
      options: STARTING,
    },
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
    "SocketTransport.beginHeader": {},
    "SocketTransport.endHeader": {},
    "SocketTransport.write": { data: bytes },
    "SocketTransport.writelines": {
      list: kind(() => [new Uint8Array([1])], ["as one", "[]", "['x']", "a coroutine"]),
    },
    "SocketTransport.writeEof": {},
    "SocketTransport.canWriteEof": {},
    "SocketTransport.getWriteBufferSize": {},
    "SocketTransport.getWriteBufferLimits": {},
    "SocketTransport.setWriteBufferLimits": {
      limits: LIMITS,
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
    "DatagramTransport.sendto": {
      data: { ...bytes, right: () => new Uint8Array([1]) },
      address: required(kind(() => ({ host: "127.0.0.1", port: 9 }))),
    },
    "DatagramTransport.getWriteBufferSize": {},
    "DatagramTransport.getWriteBufferLimits": {},
    "DatagramTransport.setWriteBufferLimits": { limits: LIMITS },
    "DatagramTransport.close": {},
    "DatagramTransport.abort": {},
    "DatagramTransport.isClosing": {},
    "DatagramTransport.getExtraInfo": {
      name: aString("What is known"),
      fallback: anything("Otherwise `fallback`"),
    },
    "DatagramTransport.getProtocol": {},
    "DatagramTransport.setProtocol": { protocol: kind(() => new DatagramProtocol()) },
    "DatagramTransport.toString": {},
  },
};

export const CONNECTIONS: Area = {
  io: true,
  receivers: { Server: aServer },
  rows: {
    getaddrinfo: {
      host: kind(
        () => "127.0.0.1",
        ["a name or an address", ...STRINGS],
        ["null or '' for this machine", "null"],
      ),
      port: { ...port, taken: [["null for 0", "null", "0", "1"]] },
      options: withFlags({
        family,
        type: kind(() => "stream"),
        proto: kind(() => 6, ["0, or none", "0"]),
        flags: kind(() => ["AI_PASSIVE"], ["as a list", "[]"]),
      }),
    },
    getnameinfo: {
      address: kind(() => ({ host: "127.0.0.1", port: 80 })),
      options: withFlags({ flags: kind(() => ["NI_NAMEREQD"], ["as a list", "[]"]) }),
    },
    "new BaseProtocol": {},
    "new Protocol": {},
    "new DatagramProtocol": {},
    createConnection: {
      protocolFactory,
      host: required(kind(() => "127.0.0.1", ["a name or an address", ...STRINGS])),
      port: required(kind(() => 1, ["from 0 to 65535", "0", "1"])),
      options: options(CONNECT),
    },
    "createConnection (target)": {
      protocolFactory,
      target: {
        required: true,
        ...options({
          host: required(aString("a name or an address")),
          port: required(port),
          // Refused beside a host, whatever it is.
          path: kind(() => undefined, ["of a Unix socket"]),
          sock: kind(() => undefined),
          ...CONNECT,
        }),
        right: () => ({ host: "127.0.0.1", port: 1 }),
        taken: [],
      },
    },
    createUnixConnection: { protocolFactory, path, options: options(UNIX_CONNECT) },
    connectAcceptedSocket: {
      protocolFactory,
      sock: { ...sock, right: () => ({}) },
      options: options({ ssl: kind(() => undefined), ...TLS_TIMES }),
    },
    createServer: {
      protocolFactory,
      host: kind(
        () => "127.0.0.1",
        ["a name or an address, or several", ...STRINGS, "['x']"],
        ["", ...OBJECTS_WITHOUT_HOST],
      ),
      port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
      options: options(LISTEN),
    },
    "createServer (options)": {
      protocolFactory,
      options: {
        ...options(
          {
            host: kind(() => "127.0.0.1", ["a name or an address, or several", ...STRINGS, "['x']"]),
            port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
            path,
            sock,
            ...LISTEN,
          },
          [["a name or an address, or several", ...STRINGS, "['x']"]],
        ),
      },
    },
    createUnixServer: { protocolFactory, path, options: options(LISTEN) },
    createDatagramEndpoint: {
      protocolFactory,
      options: options({
        localAddr: kind(() => undefined),
        remoteAddr: kind(() => undefined),
        family: kind(() => 4, ["by default the family of the addresses", "0"]),
        reusePort: aBoolean("Whether other processes"),
        allowBroadcast: aBoolean("Whether it may send"),
        sock,
      }),
    },
    startTls: {
      transport: required(kind(aBareTransport)),
      protocol: required(kind(() => protocol)),
      ssl: tlsToStart,
      options: STARTING,
    },
    openConnection: {
      host: required(kind(() => "127.0.0.1", ["a name or an address", ...STRINGS])),
      port: required(kind(() => 1, ["from 0 to 65535", "0", "1"])),
      options: options({ limit, ...CONNECT }),
    },
    "openConnection (target)": {
      target: {
        required: true,
        ...options({
          host: required(aString("a name or an address")),
          port: required(port),
          // Refused beside a host, whatever it is.
          path: kind(() => undefined, ["of a Unix socket"]),
          sock: kind(() => undefined),
          limit,
          ...CONNECT,
        }),
        right: () => ({ host: "127.0.0.1", port: 1 }),
        taken: [],
      },
    },
    openUnixConnection: { path, options: options({ limit, ...UNIX_CONNECT }) },
    startServer: {
      clientConnected,
      host: kind(
        () => "127.0.0.1",
        ["a name or an address, or several", ...STRINGS, "['x']"],
        ["", ...OBJECTS_WITHOUT_HOST],
      ),
      port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
      options: options({ limit, ...LISTEN }),
    },
    "startServer (options)": {
      clientConnected,
      options: {
        ...options(
          {
            host: kind(() => "127.0.0.1", ["a name or an address, or several", ...STRINGS, "['x']"]),
            port: kind(() => 0, ["0, or none, for any free port", "0", "1"]),
            path,
            sock,
            limit,
            ...LISTEN,
          },
          [["a name or an address, or several", ...STRINGS, "['x']"]],
        ),
      },
    },
    startUnixServer: { clientConnected, path, options: options({ limit, ...LISTEN }) },
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
