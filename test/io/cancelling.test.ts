// Async functions that connect, secure, exchange and close, cancelled wherever they happen to wait: nothing hangs, and nothing is left.

import { describe, expect } from "vitest";
import {
  createConnection,
  createDatagramEndpoint,
  createTask,
  DatagramProtocol,
  getnameinfo,
  openConnection,
  Protocol,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  startTls,
  wait,
} from "wasyncio";
import { Random, seeds } from "../random.ts";
import { makeCertificates } from "./certificates.ts";
import { channelsOf, echo, ioTest, portOf, until } from "./harness.ts";

const RUNS = 150;
const made = makeCertificates();

async function ended(reader: StreamReader, writer: StreamWriter): Promise<void> {
  try {
    writer.write("line\n");
    await writer.drain();
    await reader.readline();
  } finally {
    writer.close();
  }
}

if (made !== undefined)
  describe.each(seeds())("cancellation, seed %i,", (seed) => {
    const { ca, server: identity } = made;

    ioTest(
      "of whatever waits on the network leaves nothing",
      function* ({ loop, reports }) {
        const random = new Random(seed);
        const next = () => random.bits() / 2 ** 32;
        const plain = yield* startServer(echo);
        const secured = yield* startServer(echo, { port: 0, ssl: identity });
        const starting = yield* startServer(function* (reader, writer) {
          yield* reader.readline();
          writer.write("go ahead\n");
          yield* writer.startTls(identity, { serverSide: true });
          yield* echo(reader, writer);
        });
        const kinds: (() => Promise<unknown>)[] = [
          async () => ended(...(await openConnection("127.0.0.1", portOf(plain)))),
          async () => ended(...(await openConnection("localhost", portOf(plain), { happyEyeballsDelay: 1 }))),
          async () =>
            ended(...(await openConnection("localhost", portOf(secured), { ssl: { ca }, family: 4 }))),
          async () => {
            const [reader, writer] = await openConnection("127.0.0.1", portOf(starting));
            try {
              writer.write("STARTTLS\n");
              await reader.readline();
              await writer.startTls({ ca }, { serverHostname: "localhost" });
            } catch (error) {
              writer.close();
              throw error;
            }
            await ended(reader, writer);
          },
          async () => {
            const [transport] = await createConnection(() => new Protocol(), "127.0.0.1", portOf(starting));
            try {
              transport.write("STARTTLS\n");
              await sleep(next() * 3);
              // Too early or not, it ends.
              await startTls(transport, new Protocol(), { ca }, { serverHostname: "localhost" });
            } finally {
              transport.abort();
            }
          },
          async () => {
            const localAddr = { host: "localhost", port: 0 };
            const [transport] = await createDatagramEndpoint(() => new DatagramProtocol(), { localAddr });
            transport.close();
          },
          async () => await getnameinfo({ host: "127.0.0.1", port: 80 }),
        ];
        const before = channelsOf(loop);
        const tasks = Array.from({ length: RUNS }, (_, i) =>
          createTask(kinds[i % kinds.length] as () => Promise<unknown>),
        );
        for (const task of tasks) {
          if (next() < 0.7) loop.callLater(next() * 60, () => task.cancel());
          if (next() < 0.2) yield* sleep(next() * 2);
        }
        const [, pending] = yield* wait(tasks, { timeout: 8000 });
        expect(pending.size).toBe(0);
        for (const task of tasks) {
          if (task.cancelled()) continue;
          const error = task.exception() as { code?: string } | null;
          // What came before TLS was not a record of it.
          if (error !== null) expect(error.code).toMatch(/^(ERR_SSL_|ECONN|EPIPE)/);
        }
        yield* until("only the servers are left", () => channelsOf(loop) === before);
        for (const server of [plain, secured, starting]) {
          server.close();
          server.abortClients();
          yield* server.waitClosed();
        }
        // Clients that went away while TLS was started.
        reports.length = 0;
      },
      20_000,
    );
  });
