/** Cases: whatever a peer can do to a connection, with nothing that hangs, and no descriptor and no slot left. */
import { assert } from "chai";
import {
  type Coroutine,
  createConnection,
  createTask,
  type EventLoop,
  gather,
  getRunningLoop,
  openConnection,
  Protocol,
  run,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  timeout,
  waitFor,
} from "wasyncio";
import { KIND_CHANNEL, KIND_TIMER } from "../../../assembly/abi.ts";
import type { Certificates } from "../../io/certificates.ts";
import { casesOf, listens, needing } from "./case.ts";

const HOST = "127.0.0.1";
const FLOOD_BYTES = 100 * 1024 * 1024;

interface NodeLike {
  readonly process: {
    readonly platform: string;
    getBuiltinModule(name: string): { readdirSync(path: string): string[] };
  };
}

/** How many descriptors the process has open: 0 where the system does not tell, and an error where Linux may not. */
function descriptors(): number {
  const { process } = globalThis as unknown as NodeLike;
  if (process.platform !== "linux") return 0;
  return process.getBuiltinModule("node:fs").readdirSync("/proc/self/fd").length;
}

/** How many slots of the core connections and timers have. */
function slots(loop: EventLoop): number {
  const { calls } = loop.scheduler.core;
  return calls.slotsLive(KIND_CHANNEL) + calls.slotsLive(KIND_TIMER);
}

/** Runs `body`, and waits until no slot and no descriptor is left of it. */
export function leavingNothing(body: () => Coroutine<void>): Promise<void> {
  return run(function* () {
    const loop = getRunningLoop();
    loop.setExceptionHandler(() => {});
    // Whatever is opened once and for all is opened now.
    yield* once();
    yield* sleep(20);
    const before = descriptors();
    const slotsBefore = slots(loop);
    yield* body();
    const isOver = () => descriptors() <= before && slots(loop) <= slotsBefore;
    for (let tries = 0; tries < 100 && !isOver(); tries++) yield* sleep(10);
    assert.isAtMost(descriptors(), before, "descriptors are left");
    assert.isAtMost(slots(loop), slotsBefore, "slots are left");
  });
}

function* once() {
  yield* withServer(
    (_, writer) => writer.close(),
    function* (port) {
      const [reader, writer] = yield* openConnection(HOST, port);
      yield* reader.read();
      writer.close();
      yield* writer.waitClosed();
    },
  );
}

export function* withServer(
  handler: (reader: StreamReader, writer: StreamWriter) => unknown,
  body: (port: number) => Coroutine<void>,
  options: ServerOptions = {},
) {
  const server = yield* startServer(handler, HOST, 0, options);
  yield* server.with(() => body(server.addresses[0]?.port as number), { graceMs: 20 });
}

/** What reading comes to: how many bytes, and why it ended. */
export function* readAll(reader: StreamReader): Generator<unknown, [count: number, how: string], unknown> {
  let count = 0;
  try {
    for (;;) {
      const some = yield* reader.read(1 << 20);
      if (some.length === 0) return [count, "end"];
      count += some.length;
    }
  } catch (error) {
    return [count, (error as { code: string }).code];
  }
}

export const faults = casesOf("faults", {
  "refused, a hundred times": needing(listens, () =>
    leavingNothing(function* () {
      let port = 0;
      yield* withServer(
        () => {},
        function* (taken) {
          port = taken;
        },
      );
      const codes = yield* gather(
        ...Array.from({ length: 100 }, () =>
          (function* () {
            try {
              yield* openConnection(HOST, port);
            } catch (error) {
              return (error as { code: string }).code;
            }
            return "connected";
          })(),
        ),
      );
      assert.deepEqual([...new Set(codes)], ["ECONNREFUSED"]);
    }),
  ),

  "cut in the midst of a message, on either side": needing(listens, () =>
    leavingNothing(function* () {
      yield* withServer(
        function* (reader, writer) {
          yield* reader.readexactly(1);
          writer.write("half of");
          yield* writer.drain();
          writer.transport.abort();
        },
        function* (port) {
          for (let i = 0; i < 20; i++) {
            const [reader, writer] = yield* openConnection(HOST, port);
            writer.write("xy");
            const [count, how] = yield* readAll(reader);
            assert.isAtMost(count, 7);
            assert.match(how, /^(end|ECONNRESET|EPIPE)$/);
            writer.close();
          }
        },
      );
      yield* withServer(
        function* (reader, writer) {
          yield* readAll(reader);
          writer.close();
        },
        function* (port) {
          for (let i = 0; i < 20; i++) {
            const [, writer] = yield* openConnection(HOST, port);
            writer.write("half of");
            yield* writer.drain();
            writer.transport.abort();
          }
        },
      );
    }),
  ),

  "reset in the midst of a message": needing(listens, () =>
    leavingNothing(function* () {
      const size = 10_000_000;
      yield* withServer(
        function* (reader, writer) {
          writer.write(new Uint8Array(1000));
          yield* reader.readexactly(1);
          // What is on its way, or waits unread, makes of the end a reset.
          writer.transport.pauseReading();
          writer.transport.abort();
        },
        function* (port) {
          for (let i = 0; i < 10; i++) {
            const [reader, writer] = yield* openConnection(HOST, port);
            writer.write(new Uint8Array(size));
            const [count, how] = yield* readAll(reader);
            assert.isAtMost(count, 1000);
            assert.match(how, /^(ECONNRESET|EPIPE)$/);
            let code: unknown;
            try {
              yield* writer.drain();
            } catch (error) {
              ({ code } = error as { code: string });
            }
            assert.match(String(code), /^(ECONNRESET|EPIPE)$/);
            writer.close();
          }
        },
      );
    }),
  ),

  "ended in one direction, and the other goes on": needing(listens, () =>
    leavingNothing(function* () {
      yield* withServer(
        function* (reader, writer) {
          const [count] = yield* readAll(reader);
          writer.write(`${count}`);
          writer.close();
        },
        function* (port) {
          for (let i = 0; i < 10; i++) {
            const [reader, writer] = yield* openConnection(HOST, port);
            writer.write(new Uint8Array(100_000));
            writer.writeEof();
            assert.equal(new TextDecoder().decode(yield* reader.read()), "100000");
            writer.close();
          }
        },
      );
    }),
  ),

  "a peer that never reads, and one that never answers": needing(listens, () =>
    leavingNothing(function* () {
      yield* withServer(
        () => {},
        function* (port) {
          const [silent, silentWriter] = yield* openConnection(HOST, port);
          let late = false;
          try {
            yield* waitFor(silent.read(), 20);
          } catch (error) {
            late = (error as { code: string }).code === "ERR_TIMEOUT";
          }
          assert.isTrue(late);
          silentWriter.close();
          const [, writer] = yield* openConnection(HOST, port);
          let written = 0;
          try {
            yield* timeout(100, function* () {
              for (;;) {
                writer.write(new Uint8Array(65_536));
                written += 65_536;
                yield* writer.drain();
              }
            });
          } catch (error) {
            assert.equal((error as { code: string }).code, "ERR_TIMEOUT");
          }
          assert.isBelow(writer.transport.getWriteBufferSize(), 300_000);
          assert.isAbove(written, 65_536);
          writer.transport.abort();
        },
      );
    }),
  ),

  "a flood of 100 MB without a newline": needing(listens, () =>
    leavingNothing(function* () {
      const codes: string[] = [];
      yield* withServer(
        function* (reader, writer) {
          try {
            yield* reader.readline();
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
          writer.transport.abort();
        },
        function* (port) {
          const [, writer] = yield* openConnection(HOST, port);
          const piece = new Uint8Array(1 << 20).fill(65);
          try {
            for (let sent = 0; sent < FLOOD_BYTES; sent += piece.length) {
              writer.write(piece);
              yield* writer.drain();
            }
          } catch (error) {
            assert.match((error as { code: string }).code, /^(ECONNRESET|EPIPE)$/);
          }
          writer.close();
        },
      );
      assert.deepEqual(codes, ["ERR_LINE_TOO_LONG"]);
      let count = 0;
      class Counting extends Protocol {
        override dataReceived(bytes: Uint8Array): void {
          count += bytes.length;
        }
      }
      yield* withServer(
        function* (_, writer) {
          const piece = new Uint8Array(1 << 20);
          for (let sent = 0; sent < FLOOD_BYTES; sent += piece.length) {
            writer.write(piece);
            yield* writer.drain();
          }
          writer.close();
        },
        function* (port) {
          const [transport] = yield* createConnection(() => new Counting(), HOST, port);
          while (count < FLOOD_BYTES) yield* sleep(1);
          transport.close();
        },
      );
      assert.equal(count, FLOOD_BYTES);
    }),
  ),

  "under TLS: silence, garbage, a cut, and an authority that is not trusted": needing(
    (here) => listens(here) && here.certificates !== null,
    (here) =>
      leavingNothing(function* () {
        const { server, ca } = here.certificates as Certificates;
        const options: ServerOptions = { ssl: server, sslHandshakeTimeout: 300 };
        yield* withServer(
          function* (reader, writer) {
            yield* readAll(reader);
            writer.close();
          },
          function* (port) {
            for (const doing of ["nothing", "garbage", "cut", "end"]) {
              const [reader, writer] = yield* openConnection(HOST, port);
              if (doing === "garbage") writer.write(new Uint8Array(1000).fill(200));
              if (doing === "end") {
                writer.write(Uint8Array.of(22, 3, 1, 2, 0, 1, 0));
                writer.writeEof();
              }
              if (doing === "cut") {
                writer.write(Uint8Array.of(22, 3, 1, 2, 0, 1, 0));
                yield* sleep(5);
                writer.transport.abort();
              } else {
                assert.match((yield* readAll(reader))[1], /^(end|ECONNRESET)$/);
                writer.close();
              }
            }
            for (let i = 0; i < 5; i++) {
              try {
                yield* openConnection(HOST, port, { ssl: true });
                assert.fail("trusted");
              } catch (error) {
                assert.equal((error as { code: string }).code, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
              }
              const [, writer] = yield* openConnection(HOST, port, { ssl: { ca } });
              yield* sleep(5);
              writer.transport.abort();
            }
          },
          options,
        );
      }),
  ),

  "cancelled at each of its waits": needing(listens, () =>
    leavingNothing(function* () {
      yield* withServer(
        function* (reader, writer) {
          writer.write(yield* reader.readline());
          yield* writer.drain();
          writer.close();
        },
        function* (port) {
          for (let turns = 0; turns < 30; turns++) {
            const task = createTask(
              (function* () {
                const [reader, writer] = yield* openConnection(HOST, port);
                try {
                  writer.write("line\n");
                  yield* writer.drain();
                  yield* reader.readline();
                } finally {
                  writer.close();
                }
              })(),
            );
            for (let i = 0; i < turns; i++) yield* sleep(0);
            task.cancel();
            try {
              yield* task;
            } catch (error) {
              assert.equal((error as { code: string }).code, "ERR_CANCELLED");
            }
          }
        },
      );
    }),
  ),
});
