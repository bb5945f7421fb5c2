/** Many TCP connections at once. */
import { type Coroutine, gather, openConnection, run } from "wasyncio";
import { check, type Part } from "../part.ts";
import { nowMs, withEcho } from "../servers.ts";

const CLIENTS = 1000;
const BYTES_EACH = 2000;

/** Bytes that differ from client to client, so that a mixed-up connection shows. */
function bytesOf(client: number): Uint8Array {
  return Uint8Array.from({ length: BYTES_EACH }, (_, i) => (client * 31 + i * 7) & 0xff);
}

function* talk(port: number, client: number): Coroutine<number> {
  const [reader, writer] = yield* openConnection("127.0.0.1", port);
  const sent = bytesOf(client);
  writer.write(sent);
  writer.writeEof();
  const received = yield* reader.read();
  writer.close();
  yield* writer.waitClosed();
  return received.length === sent.length && received.every((byte, i) => byte === sent[i])
    ? received.length
    : 0;
}

export const clients: Part = {
  name: "clients",
  title: `${CLIENTS} TCP clients at once, every byte checked`,
  async run(print) {
    return await run(() =>
      withEcho(function* (port) {
        const startMs = nowMs();
        const received = yield* gather(...Array.from({ length: CLIENTS }, (_, client) => talk(port, client)));
        const right = received.filter((bytes) => bytes === BYTES_EACH).length;
        print(`${right} of ${CLIENTS} clients got their own bytes back`);
        check(right === CLIENTS, "every client gets back what it sent");
        return `${right} clients, ${right * BYTES_EACH} bytes, ${(nowMs() - startMs).toFixed(0)} ms`;
      }),
    );
  },
};
