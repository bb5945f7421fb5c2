/** TCP over the loopback, both ends in this process: messages that come back, and a stream in one direction. */
import { newEventLoop, openConnection, type StreamReader, type StreamWriter, startServer } from "wasyncio";
import { connect, hasSockets, LOOPBACK, listen, portOf } from "./sockets.ts";
import { type Contender, expectCount, TIME, type TimedSide, type Workload } from "./workload.ts";

const ROUND_TRIPS = 500;
const CHUNK_BYTES = 64 * 1024;
const KIB = 1024;
const READ_BYTES_MAX = 256 * 1024;

type Handler = (reader: StreamReader, writer: StreamWriter) => Generator<unknown, void>;
type Conversation = (reader: StreamReader, writer: StreamWriter) => Generator<unknown, void>;

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

const echoOverStreams: Contender = {
  exists: hasSockets,
  start: (size) => {
    const message = new Uint8Array(size).fill(7);
    return overStreams(ROUND_TRIPS, echo, function* (reader, writer) {
      for (let i = 0; i < ROUND_TRIPS; i++) {
        writer.write(message);
        yield* writer.drain();
        expectCount("bytes that came back", (yield* reader.readexactly(size)).length, size);
      }
    });
  },
};

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

export const tcpEcho: Workload = {
  name: "tcp-echo",
  title: "TCP echo",
  about: `A client sends a message of N bytes and waits until all of it has come back, ${ROUND_TRIPS} times over one connection.`,
  unit: "ns",
  per: "round trip",
  sizeOf: "bytes in a message",
  figures: [TIME],
  sizes: [64, 16_384],
  quickSizes: [64],
  contenders: { wasyncio: echoOverStreams, "node:net": echoOverNode },
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
