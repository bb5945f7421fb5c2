// The idle time-out of a server's connections while large writes are being sent.

import { expect } from "vitest";
import { openConnection, type StreamReader, type StreamWriter, sleep, startServer } from "wasyncio";
import { codeOf } from "../hosts/suite/words.ts";
import { bothTest, portOf, until } from "./harness.ts";
import { closed } from "./protocols.ts";

bothTest("idleTimeoutMs leaves a connection alone on which one large write is being sent", function* () {
  const size = 60_000_000;
  const ended: string[] = [];
  const handler = function* (_: StreamReader, writer: StreamWriter) {
    writer.write(new Uint8Array(size));
    writer.close();
    ended.push(yield* codeOf(writer.waitClosed()));
  };
  const server = yield* startServer(handler, "127.0.0.1", 0, { idleTimeoutMs: 600 });
  const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
  let got = 0;
  for (let some = yield* reader.read(65_536); some.length > 0; some = yield* reader.read(65_536)) {
    got += some.length;
    yield* sleep(1);
  }
  expect(got).toBe(size);
  writer.close();
  yield* closed(server);
  expect(ended).toEqual(["no error"]);
});

bothTest("idleTimeoutMs cuts a client that takes nothing, and tells who has written", function* () {
  const ended: string[] = [];
  const handler = function* (_: StreamReader, writer: StreamWriter) {
    writer.write(new Uint8Array(30_000_000));
    ended.push(yield* codeOf(writer.drain()));
    writer.close();
    ended.push(yield* codeOf(writer.waitClosed()));
  };
  const server = yield* startServer(handler, "127.0.0.1", 0, { idleTimeoutMs: 60 });
  const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
  yield* until("it is cut off", () => ended.length === 2);
  expect(ended).toEqual(["ETIMEDOUT", "ETIMEDOUT"]);
  writer.close();
  yield* closed(server);
});
