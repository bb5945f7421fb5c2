/**
 * The echo servers of the workloads "network-…" that run on this host, each in a process of its own. The build makes a script of it:
 *
 *     node server.mjs KIND [ENTRY]
 *
 * KIND is one of the names below, ENTRY the address of wasyncio's entry. Prints the ports of two servers: the first answers with one
 * write, the second with three. Then each line on its standard input is answered with the microseconds that the process has
 * worked so far, for itself and in the system, and the bytes of it that are resident; the end of the input ends it.
 */
import { type AddressInfo, createServer as createNodeServer } from "node:net";
import type { Server, SocketTransport, StreamReader, StreamWriter } from "wasyncio";

const [kind = "", entry = ""] = process.argv.slice(2);
const HOST = "127.0.0.1";
const OPTIONS = { backlog: 2048 };
const READ_BYTES_MAX = 64 * 1024;

type Write = (writer: { write(bytes: Uint8Array): unknown }, bytes: Uint8Array) => void;

const once: Write = (writer, bytes) => {
  writer.write(bytes);
};

const thrice: Write = (writer, bytes) => {
  const third = Math.floor(bytes.length / 3);
  writer.write(bytes.subarray(0, third));
  writer.write(bytes.subarray(third, 2 * third));
  writer.write(bytes.subarray(2 * third));
};

const kinds: Readonly<Record<string, () => Promise<void>>> = {
  async "node:net"() {
    const listen = (write: Write) =>
      new Promise<number>((resolve) => {
        const server = createNodeServer({ noDelay: true }, (socket) => {
          socket.on("data", (bytes) => write(socket, bytes));
          socket.on("error", () => {});
        });
        server.listen(0, HOST, OPTIONS.backlog, () => resolve((server.address() as AddressInfo).port));
      });
    report([await listen(once), await listen(thrice)]);
  },

  async protocol() {
    const { createServer, Protocol, run } = await wasyncio();
    class Echo extends Protocol {
      private readonly write: Write;
      private transport: SocketTransport | undefined = undefined;
      constructor(write: Write) {
        super();
        this.write = write;
      }
      override connectionMade(transport: SocketTransport): void {
        this.transport = transport;
      }
      override dataReceived(bytes: Uint8Array): void {
        this.write(this.transport!, bytes);
      }
    }
    await run(function* () {
      const one = yield* createServer(() => new Echo(once), HOST, 0, OPTIONS);
      const three = yield* createServer(() => new Echo(thrice), HOST, 0, OPTIONS);
      report([one, three].map(portOf));
      yield* one.serveForever();
    });
  },

  async streams() {
    const { run, startServer } = await wasyncio();
    const echo = (write: Write) =>
      function* (reader: StreamReader, writer: StreamWriter) {
        for (;;) {
          const bytes = yield* reader.read(READ_BYTES_MAX);
          if (bytes.length === 0) break;
          write(writer, bytes);
          yield* writer.drain();
        }
        writer.close();
      };
    await run(function* () {
      const one = yield* startServer(echo(once), HOST, 0, OPTIONS);
      const three = yield* startServer(echo(thrice), HOST, 0, OPTIONS);
      report([one, three].map(portOf));
      yield* one.serveForever();
    });
  },

  async "streams-async"() {
    const { run, startServer } = await wasyncio();
    const echo = (write: Write) => async (reader: StreamReader, writer: StreamWriter) => {
      for (;;) {
        const bytes = await reader.read(READ_BYTES_MAX);
        if (bytes.length === 0) break;
        write(writer, bytes);
        await writer.drain();
      }
      writer.close();
    };
    await run(async () => {
      const one = await startServer(echo(once), HOST, 0, OPTIONS);
      const three = await startServer(echo(thrice), HOST, 0, OPTIONS);
      report([one, three].map(portOf));
      await one.serveForever();
    });
  },
};

function wasyncio(): Promise<typeof import("wasyncio")> {
  return import(entry);
}

function portOf({ addresses }: Server): number {
  return addresses[0]!.port;
}

function report(ports: readonly number[]): void {
  console.log(ports.join(" "));
  process.stdin.on("data", () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    console.log(`${userCPUTime} ${systemCPUTime} ${process.memoryUsage.rss()}`);
  });
  process.stdin.on("end", () => process.exit());
}

await kinds[kind]?.();
