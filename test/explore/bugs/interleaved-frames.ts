/** Frames that interleave: two tasks send on one connection, and the length of the one is followed by the length of the other. */
import { type Coroutine, gather, getRunningLoop, Lock, openConnection, sleep, startServer } from "wasyncio";
import { SimulatedNetwork } from "wasyncio/testing";
import { must } from "./must.ts";

const HOST = "127.0.0.1";
const PORT = 80;

export function* interleavedFrames(mended: boolean): Coroutine<void> {
  getRunningLoop().setNetwork(new SimulatedNetwork({ link: { latencyMs: 1 } }));
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  const frames: string[] = [];

  const server = yield* startServer(
    function* (reader, writer) {
      while (!reader.atEof()) {
        const length = Number(decoder.decode(yield* reader.readline()));
        frames.push(decoder.decode(yield* reader.read(length)));
      }
      writer.close();
      yield* writer.waitClosed();
    },
    HOST,
    PORT,
  );
  const [reader, writer] = yield* openConnection(HOST, PORT);
  const sending = new Lock();

  function* frame(text: string): Coroutine<void> {
    writer.write(encoder.encode(`${text.length}\n`));
    // The text is compressed, say.
    yield* sleep(0);
    writer.write(encoder.encode(text));
  }

  function* send(text: string, turnsLater: number): Coroutine<void> {
    for (let turn = 0; turn < turnsLater; turn++) yield* sleep(0);
    if (mended) yield* sending.with(() => frame(text));
    else yield* frame(text);
  }

  yield* gather(send("hello", 0), send("goodbye", 1));
  writer.writeEof();
  yield* reader.read();
  writer.close();
  yield* writer.waitClosed();
  server.close();
  yield* server.waitClosed();
  must(frames.includes("hello") && frames.includes("goodbye"), `the frames are ${JSON.stringify(frames)}`);
}
