/** The program that workerd runs in network.test.ts: one case after another over `cloudflare:sockets`, against real servers. */
import {
  type Awaitable,
  createTask,
  gather,
  getaddrinfo,
  openConnection,
  openUnixConnection,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  timeout,
} from "wasyncio";

interface Config {
  readonly name: string;
  readonly port: number;
}

const HOST = "127.0.0.1";
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A sequence in which each byte tells its place, more or less. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);
}

function* writeAll(writer: StreamWriter, bytes: Uint8Array, pieceBytes: number) {
  let highestBytes = 0;
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    writer.write(bytes.subarray(start, start + pieceBytes));
    highestBytes = Math.max(highestBytes, writer.transport.getWriteBufferSize());
    yield* writer.drain();
  }
  writer.writeEof();
  return highestBytes;
}

function* isPattern(reader: StreamReader, length: number) {
  const expected = pattern(length);
  let at = 0;
  for (;;) {
    const bytes = yield* reader.read(100_000);
    if (bytes.length === 0) return at === length;
    for (const byte of bytes) if (byte !== expected[at++]) return false;
  }
}

function* echo(port: number, length: number, pieceBytes: number) {
  const [reader, writer] = yield* openConnection(HOST, port);
  const peer = writer.getExtraInfo("peername");
  const [same, highestBytes] = yield* gather(
    isPattern(reader, length),
    writeAll(writer, pattern(length), pieceBytes),
  );
  writer.close();
  yield* writer.waitClosed();
  return { same, highestBytes, peer };
}

function* failure(operation: Awaitable<unknown>) {
  try {
    yield* gather(operation);
    return "no error";
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    return { name, code, message };
  }
}

const cases: Record<string, (port: number) => Generator<unknown, unknown, unknown>> = {
  *small(port) {
    return yield* echo(port, 128 * 1024, 1000);
  },
  *large(port) {
    return yield* echo(port, 8 * 1024 * 1024, 300_000);
  },
  *many(port) {
    const all = yield* gather(...Array.from({ length: 5 }, (_, i) => echo(port, 10_000 * i + 1, 777)));
    return all.map(({ same }) => same);
  },
  /** Our direction ends first; what the other side sends afterwards still comes. */
  *endedHere(port) {
    const [reader, writer] = yield* openConnection(HOST, port);
    writer.write("first");
    writer.writeEof();
    const answer = text(yield* reader.read());
    writer.close();
    yield* writer.waitClosed();
    return answer;
  },
  /** The other direction ends first; what we write afterwards still arrives. */
  *endedThere(port) {
    const [reader, writer] = yield* openConnection("localhost", port);
    const greeting = text(yield* reader.read());
    yield* sleep(50);
    writer.write("after your end");
    writer.close();
    yield* writer.waitClosed();
    return [greeting, reader.atEof(), writer.getExtraInfo("peername") ?? null];
  },
  /** What was written before close arrives, however much it is. */
  *closed(port) {
    const [, writer] = yield* openConnection(HOST, port);
    writer.write(pattern(3_000_000));
    writer.close();
    yield* writer.waitClosed();
    return writer.isClosing();
  },
  /** Nobody reads there: writing has to wait. */
  *unread(port) {
    const [, writer] = yield* openConnection(HOST, port);
    let written = 0;
    try {
      yield* timeout(1000, function* () {
        for (;;) {
          writer.write(new Uint8Array(100_000));
          written += 100_000;
          yield* writer.drain();
        }
      });
    } catch (error) {
      return { error: (error as Error).name, written, unsent: writer.transport.getWriteBufferSize() };
    } finally {
      writer.transport.abort();
    }
    return "no error";
  },
  /** Nobody reads here: the other side has to wait. */
  *untaken(port) {
    const [reader, writer] = yield* openConnection(HOST, port);
    yield* sleep(1000);
    const count = (yield* reader.read(1 << 26)).length;
    writer.transport.abort();
    return count;
  },
  *aborted(port) {
    const [reader, writer] = yield* openConnection(HOST, port);
    const reading = createTask(reader.read());
    writer.write("x");
    yield* writer.drain();
    yield* sleep(50);
    writer.transport.abort();
    writer.transport.abort();
    writer.close();
    const rest = yield* reading;
    yield* writer.waitClosed();
    return [rest.length, writer.isClosing()];
  },
  *reset(port) {
    const [reader, writer] = yield* openConnection(HOST, port);
    writer.write("cut me off");
    return yield* failure(reader.read());
  },
  *refused(port) {
    return yield* failure(openConnection(HOST, port));
  },
  *unknownName() {
    return yield* failure(openConnection("no.such.name.invalid", 80));
  },
  *badName() {
    return yield* failure(openConnection("no name", 80));
  },
  *family(port) {
    const [, writer] = yield* openConnection(HOST, port, { family: 4 });
    writer.close();
    yield* writer.waitClosed();
    return yield* failure(openConnection("localhost", port, { family: 6 }));
  },
  /** Cancelled before the connection is there. */
  *cancelled(port) {
    const task = createTask(openConnection(HOST, port));
    yield;
    task.cancel();
    return yield* failure(task);
  },
  /** Under TLS, both ways; another name than the host's cannot be asked for. */
  *secured(port) {
    const [reader, writer] = yield* openConnection("localhost", port, { ssl: true });
    writer.write(pattern(300_000));
    const back = yield* reader.readexactly(300_000);
    const same = back.every((byte, at) => byte === ((at * 7 + (at >> 8)) & 255));
    writer.close();
    yield* writer.waitClosed();
    const wrong = openConnection("localhost", port, { ssl: true, serverHostname: "other.example" });
    return [same, writer.canWriteEof(), yield* failure(wrong)];
  },
  *distrusted(port) {
    return yield* failure(openConnection("localhost", port, { ssl: true }));
  },
  /** A connection that has been used. */
  *startedLate(port) {
    const [, writer] = yield* openConnection(HOST, port);
    writer.write("x");
    yield* sleep(10);
    return yield* failure(writer.startTls(true, { serverHostname: "localhost" }));
  },
  *unsupported() {
    return [
      yield* failure(startServer(() => {}, { port: 0 })),
      yield* failure(getaddrinfo("localhost", 80)),
      yield* failure(openUnixConnection("/run/some.sock")),
    ];
  },
};

export default async function main({ name, port }: Config): Promise<unknown> {
  const body = cases[name];
  if (body === undefined) throw new Error(`no case is called ${name}`);
  return (await run(() => body(port))) ?? null;
}
