/** TCP over the loopback, both ends in this process: messages that come back, and a stream in one direction. */
import {
  newEventLoop,
  openConnection,
  type Startable,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { connect, hasSockets, LOOPBACK, listen, portOf } from "./sockets.ts";
import {
  ASYNC,
  type Contender,
  expectCount,
  GENERATORS,
  TIME,
  type TimedSide,
  type Workload,
} from "./workload.ts";

const ROUND_TRIPS = 500;
const CHUNK_BYTES = 64 * 1024;
const KIB = 1024;
const READ_BYTES_MAX = 256 * 1024;

type Handler = (reader: StreamReader, writer: StreamWriter) => Generator<unknown, void> | Promise<void>;
type Conversation = (reader: StreamReader, writer: StreamWriter) => Startable<void>;

/** A server on a loop, and one connection to it that every run goes over. */
async function overStreams(operations: number, serve: Handler, talk: Conversation): Promise<TimedSide> {
  const loop = newEventLoop();
  function* open() {
    const server = yield* startServer(serve, { host: LOOPBACK, port: 0 });
    const streams = yield* openConnection(LOOPBACK, server.addresses[0]!.port);
    return [server, ...streams] as const;
  }
  const [server, reader, writer] = await loop.runUntilComplete(open());
  function* close() {
    writer.close();
    yield* writer.waitClosed();
    server.close();
    yield* server.waitClosed();
  }
  return {
    operations,
    run: () => loop.runUntilComplete(talk(reader, writer)),
    end: async () => {
      await loop.runUntilComplete(close());
      loop.close();
    },
  };
}

function* echo(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const bytes = yield* reader.read(READ_BYTES_MAX);
    if (bytes.length === 0) break;
    writer.write(bytes);
    yield* writer.drain();
  }
  writer.close();
}

async function echoAsync(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const bytes = await reader.read(READ_BYTES_MAX);
    if (bytes.length === 0) break;
    writer.write(bytes);
    await writer.drain();
  }
  writer.close();
}

function* speak(reader: StreamReader, writer: StreamWriter, message: Uint8Array) {
  for (let i = 0; i < ROUND_TRIPS; i++) {
    writer.write(message);
    yield* writer.drain();
    expectCount("bytes that came back", (yield* reader.readexactly(message.length)).length, message.length);
  }
}

async function speakAsync(reader: StreamReader, writer: StreamWriter, message: Uint8Array) {
  for (let i = 0; i < ROUND_TRIPS; i++) {
    writer.write(message);
    await writer.drain();
    expectCount("bytes that came back", (await reader.readexactly(message.length)).length, message.length);
  }
}

function echoOverStreams(serve: Handler, converse: (message: Uint8Array) => Conversation): Contender {
  return {
    exists: hasSockets,
    start: (size) => overStreams(ROUND_TRIPS, serve, converse(new Uint8Array(size).fill(7))),
  };
}

const echoInGenerators = echoOverStreams(
  echo,
  (message) => (reader, writer) => speak(reader, writer, message),
);

const echoInAsyncFunctions = echoOverStreams(
  echoAsync,
  (message) => (reader, writer) => () => speakAsync(reader, writer, message),
);

const echoOverNode: Contender = {
  exists: hasSockets,
  start: async (size) => {
    const server = await listen((socket) => {
      socket.on("data", (bytes) => socket.write(bytes));
    });
    const socket = await connect(portOf(server));
    const message = new Uint8Array(size).fill(7);
    const run = () =>
      new Promise<void>((resolve) => {
        let left = ROUND_TRIPS;
        let missing = size;
        const hear = (bytes: Uint8Array) => {
          missing -= bytes.length;
          if (missing > 0) return;
          expectCount("bytes that are missing", missing, 0);
          missing = size;
          if (--left > 0) socket.write(message);
          else {
            socket.off("data", hear);
            resolve();
          }
        };
        socket.on("data", hear);
        socket.write(message);
      });
    return { operations: ROUND_TRIPS, run, end: () => endBoth(socket, server) };
  },
};

/** Answers with one byte whenever a stream of this many bytes has arrived. */
function swallow(size: number): Handler {
  return function* (reader, writer) {
    let missing = size;
    for (;;) {
      const bytes = yield* reader.read(READ_BYTES_MAX);
      if (bytes.length === 0) break;
      missing -= bytes.length;
      if (missing > 0) continue;
      missing += size;
      writer.write(new Uint8Array(1));
      yield* writer.drain();
    }
    writer.close();
  };
}

const streamOverStreams: Contender = {
  exists: hasSockets,
  start: (size) => {
    const chunk = new Uint8Array(CHUNK_BYTES).fill(7);
    return overStreams(size / KIB, swallow(size), function* (reader, writer) {
      for (let sent = 0; sent < size; sent += CHUNK_BYTES) {
        writer.write(chunk);
        yield* writer.drain();
      }
      expectCount("receipts", (yield* reader.readexactly(1)).length, 1);
    });
  },
};

const streamOverNode: Contender = {
  exists: hasSockets,
  start: async (size) => {
    const server = await listen((socket) => {
      let missing = size;
      socket.on("data", (bytes) => {
        missing -= bytes.length;
        if (missing > 0) return;
        missing += size;
        socket.write(new Uint8Array(1));
      });
    });
    const socket = await connect(portOf(server));
    const chunk = new Uint8Array(CHUNK_BYTES).fill(7);
    const run = () =>
      new Promise<void>((resolve) => {
        socket.once("data", (receipt) => {
          expectCount("receipts", receipt.length, 1);
          resolve();
        });
        let sent = 0;
        const send = () => {
          while (sent < size) {
            sent += CHUNK_BYTES;
            if (!socket.write(chunk)) {
              socket.once("drain", send);
              return;
            }
          }
        };
        send();
      });
    return { operations: size / KIB, run, end: () => endBoth(socket, server) };
  },
};

function endBoth(socket: Awaited<ReturnType<typeof connect>>, server: Awaited<ReturnType<typeof listen>>) {
  const closed = new Promise((resolve) => server.close(resolve));
  socket.destroy();
  return closed;
}

const sharedByEchoes = {
  unit: "ns",
  per: "round trip",
  sizeOf: "bytes in a message",
  figures: [TIME],
  quickSizes: [64],
} as const;

export const tcpEcho: Workload = {
  ...sharedByEchoes,
  name: "tcp-echo",
  title: "TCP echo",
  about: `A client sends a message of N bytes and waits until all of it has come back, ${ROUND_TRIPS} times over one connection.`,
  sizes: [64, 16_384],
  contenders: { wasyncio: echoInGenerators, "node:net": echoOverNode },
};

export const tcpEchoAsync: Workload = {
  ...sharedByEchoes,
  ...ASYNC,
  name: "tcp-echo-async",
  title: "TCP echo, async functions",
  about: "The same, where client and server are async functions.",
  sizes: [64],
  contenders: { wasyncio: echoInAsyncFunctions, [GENERATORS]: echoInGenerators, "node:net": echoOverNode },
};

export const tcpStream: Workload = {
  name: "tcp-stream",
  title: "TCP streaming",
  about: `A client sends N bytes in chunks of ${CHUNK_BYTES / KIB} KiB, waiting whenever it should, until the server has had them all.`,
  unit: "ns",
  per: "KiB",
  sizeOf: "bytes",
  figures: [TIME],
  sizes: [32 * 1024 * KIB],
  quickSizes: [32 * 1024 * KIB],
  contenders: { wasyncio: streamOverStreams, "node:net": streamOverNode },
};
