/** Cases: what limits a server's connections: how many, for how long idle, and how slow with a header. */
import { assert } from "chai";
import {
  createTask,
  openConnection,
  run,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  sleep,
} from "wasyncio";
import type { Certificates } from "../../io/certificates.ts";
import { casesOf, listens, listensWithTls, needing } from "./case.ts";
import { withServer } from "./faults.ts";
import { codeOf } from "./words.ts";

const HOST = "127.0.0.1";
const PATIENCE_TURNS = 4000;
const decoder = new TextDecoder();

function* until(holds: () => boolean) {
  for (let turn = 0; turn < PATIENCE_TURNS && !holds(); turn++) yield* sleep(1);
  assert.isTrue(holds(), "in time");
}

function* echoLines(reader: StreamReader, writer: StreamWriter) {
  for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline())
    writer.write(line);
  writer.close();
}

/** Large enough that no system takes it all at once. */
const SIZE = 60_000_000;

/**
 * Takes all of a large write, so slowly that it lasts far longer than the limit on being idle. What the sender sees of it comes in
 * lumps of several megabytes, as the system's buffers are emptied, each of which has to take far less time than the limit.
 */
function* sendsSlowly(options: ServerOptions, client: { readonly ca: string } | undefined) {
  const fates: string[] = [];
  const handler = function* (reader: StreamReader, writer: StreamWriter) {
    writer.write(new Uint8Array(SIZE));
    fates.push(yield* codeOf(writer.drain()), yield* codeOf(reader.read()));
    writer.close();
  };
  yield* withServer(
    handler,
    function* (port) {
      const [reader, writer] = yield* openConnection("localhost", port, { ssl: client ?? false, family: 4 });
      let got = 0;
      while (got < SIZE) {
        const some = yield* reader.read(65_536);
        assert.isAbove(some.length, 0, `the end after ${got} bytes`);
        got += some.length;
        yield* sleep(1);
      }
      writer.close();
      yield* until(() => fates.length === 2);
      assert.deepEqual(fates, ["no error", "no error"]);
    },
    { ...options, idleTimeoutMs: 600 },
  );
}

export const limits = casesOf("limits", {
  "idleTimeoutMs closes what is idle, and nothing else": needing(listens, () =>
    run(() =>
      withServer(
        echoLines,
        function* (port) {
          const [idle, idleWriter] = yield* openConnection(HOST, port);
          const [busy, busyWriter] = yield* openConnection(HOST, port);
          const ending = createTask(codeOf(idle.read()));
          while (!ending.done()) {
            busyWriter.write("x\n");
            assert.equal(decoder.decode(yield* busy.readline()), "x\n");
            yield* sleep(20);
          }
          busyWriter.write("y\n");
          assert.equal(decoder.decode(yield* busy.readline()), "y\n");
          idleWriter.close();
          busyWriter.close();
        },
        { idleTimeoutMs: 150 },
      ),
    ),
  ),

  "idleTimeoutMs leaves a connection alone that is being sent a large write": needing(listens, () =>
    run(() => sendsSlowly({}, undefined)),
  ),

  "idleTimeoutMs leaves it alone under TLS as well": needing(listensWithTls, (here) => {
    const { ca, server } = here.certificates as Certificates;
    return run(() => sendsSlowly({ ssl: server }, { ca }));
  }),

  "idleTimeoutMs cuts a client that takes nothing, and tells who has written": needing(listens, () =>
    run(function* () {
      const fates: string[] = [];
      const handler = function* (_: StreamReader, writer: StreamWriter) {
        writer.write(new Uint8Array(SIZE));
        fates.push(yield* codeOf(writer.drain()));
      };
      yield* withServer(
        handler,
        function* (port) {
          const [, writer] = yield* openConnection(HOST, port);
          yield* until(() => fates.length === 1);
          assert.deepEqual(fates, ["ETIMEDOUT"]);
          writer.close();
        },
        { idleTimeoutMs: 100 },
      );
    }),
  ),

  "headerTimeoutMs cuts a client that drips its header in": needing(listens, () =>
    run(function* () {
      const fates: string[] = [];
      const handler = function* (reader: StreamReader, writer: StreamWriter) {
        fates.push(yield* codeOf(reader.readline()));
        writer.close();
      };
      yield* withServer(
        handler,
        function* (port) {
          const [, writer] = yield* openConnection(HOST, port);
          for (let turn = 0; turn < 400 && fates.length === 0; turn++) {
            writer.write("x");
            yield* sleep(10);
          }
          assert.deepEqual(fates, ["ETIMEDOUT"]);
          writer.close();
        },
        { headerTimeoutMs: 150 },
      );
    }),
  ),

  "maxConnections lets further ones wait": needing(listens, () =>
    run(() =>
      withServer(
        echoLines,
        function* (port) {
          const [first, firstWriter] = yield* openConnection(HOST, port);
          firstWriter.write("first\n");
          assert.equal(decoder.decode(yield* first.readline()), "first\n");
          const [second, secondWriter] = yield* openConnection(HOST, port);
          secondWriter.write("second\n");
          yield* sleep(50);
          assert.include(String(second), " 0 bytes");
          firstWriter.close();
          assert.equal(decoder.decode(yield* second.readline()), "second\n");
          secondWriter.close();
        },
        { maxConnections: 1 },
      ),
    ),
  ),

  "maxConnections counts those in the midst of a TLS handshake": needing(listensWithTls, (here) =>
    run(function* () {
      const { ca, server } = here.certificates as Certificates;
      yield* withServer(
        echoLines,
        function* (port) {
          // Says nothing at all, which is where a handshake would begin.
          const [, silent] = yield* openConnection(HOST, port);
          yield* sleep(50);
          let secured = false;
          const client = (function* () {
            const [reader, writer] = yield* openConnection("localhost", port, { ssl: { ca }, family: 4 });
            secured = true;
            writer.write("x\n");
            assert.equal(decoder.decode(yield* reader.readline()), "x\n");
            writer.close();
          })();
          const task = createTask(client);
          yield* sleep(150);
          assert.isFalse(secured);
          silent.close();
          yield* task;
        },
        { ssl: server, maxConnections: 1 },
      );
    }),
  ),
});
