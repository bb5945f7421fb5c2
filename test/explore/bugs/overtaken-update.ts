/** An update that overtakes another: two go out one after the other, on two connections of a pool, and arrive as they like. */
import { type Coroutine, getRunningLoop, openConnection, sleep, startServer } from "wasyncio";
import { SimulatedNetwork } from "wasyncio/testing";
import { must } from "./must.ts";

const HOST = "127.0.0.1";
const PORT = 80;

export function* overtakenUpdate(mended: boolean): Coroutine<void> {
  getRunningLoop().setNetwork(new SimulatedNetwork({ link: { latencyMs: 1 } }));
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  let value = 0;

  const server = yield* startServer(
    function* (reader, writer) {
      const version = Number(decoder.decode(yield* reader.readline()));
      value = mended ? Math.max(value, version) : version;
      writer.write(encoder.encode("OK\n"));
      writer.close();
      yield* writer.waitClosed();
    },
    HOST,
    PORT,
  );

  const [reader1, writer1] = yield* openConnection(HOST, PORT);
  const [reader2, writer2] = yield* openConnection(HOST, PORT);
  // Both have been in the pool for a while.
  yield* sleep(5);
  writer1.write(encoder.encode("1\n"));
  writer2.write(encoder.encode("2\n"));
  for (const reader of [reader1, reader2]) yield* reader.read();
  for (const writer of [writer1, writer2]) {
    writer.close();
    yield* writer.waitClosed();
  }
  server.close();
  yield* server.waitClosed();
  must(value === 2, `the value is that of update ${value}`);
}
