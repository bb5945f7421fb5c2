// Which of a server's names a client asks for, however its greeting comes.

import { connect as connectTo, createServer as createNodeServer, type Socket } from "node:net";
import { describe, expect } from "vitest";
import { openConnection, type StreamReader, type StreamWriter, startServer } from "wasyncio";
import { codeOf } from "../hosts/suite/words.ts";
import { type Certificates, makeCertificates, OTHER_NAME } from "./certificates.ts";
import { ioTest, portOf, text, until } from "./harness.ts";

const made = makeCertificates();
if (made !== undefined) describe("sni", () => sniTests(made));

/** The first record in several, of so many bytes each. */
function inRecords(record: Buffer, size: number): Buffer {
  const length = record.readUInt16BE(3);
  const pieces: Buffer[] = [];
  for (let at = 5; at < 5 + length; at += size) {
    const piece = record.subarray(at, Math.min(at + size, 5 + length));
    pieces.push(record.subarray(0, 3), Buffer.of(piece.length >> 8, piece.length & 255), piece);
  }
  return Buffer.concat([...pieces, record.subarray(5 + length)]);
}

function sniTests({ ca, server: identity, client, other }: Certificates): void {
  const ssl = { ...identity, sni: { [OTHER_NAME]: { ...other, ca, verifyMode: "required" } } } as const;
  const answer = (_: StreamReader, writer: StreamWriter) => {
    writer.write(`${writer.getExtraInfo("serverName")}`);
    writer.close();
  };

  ioTest("a greeting is understood in small pieces, and in several records", function* () {
    const server = yield* startServer(answer, { port: 0, ssl });
    yield* server.with(function* () {
      for (const [pieceBytes, recordBytes] of [
        [7, 100_000],
        [100_000, 50],
        [13, 30],
        [100_000, 2],
      ] as const) {
        const sockets: Socket[] = [];
        const between = createNodeServer((near) => {
          const far = connectTo(portOf(server), "127.0.0.1");
          sockets.push(near, far);
          far.setNoDelay(true);
          far.pipe(near);
          let isFirst = true;
          near.on("data", (bytes) => {
            const sent = isFirst ? inRecords(bytes as Buffer, recordBytes) : (bytes as Buffer);
            isFirst = false;
            for (let at = 0; at < sent.length; at += pieceBytes)
              far.write(sent.subarray(at, at + pieceBytes));
          });
          for (const socket of [near, far]) socket.on("error", () => socket.destroy());
        });
        let port = 0;
        between.listen(0, "127.0.0.1", () => {
          port = (between.address() as { port: number }).port;
        });
        yield* until("it listens", () => port !== 0);
        const answers: string[] = [];
        for (const mine of [client, {}]) {
          const options = { ssl: { ca, ...mine }, serverHostname: OTHER_NAME };
          const heard = (function* () {
            const [reader, writer] = yield* openConnection("127.0.0.1", port, options);
            answers.push(text(yield* reader.read()));
            writer.close();
          })();
          const code = yield* codeOf(heard);
          if (code !== "no error") answers.push("turned away");
        }
        // In too many records it is for TLS alone to understand it, and what was required of the name has not been met.
        expect(answers).toEqual(
          recordBytes === 2
            ? [expect.stringMatching(/^(|turned away)$/), expect.anything()]
            : [OTHER_NAME, "turned away"],
        );
        for (const socket of sockets) socket.destroy();
        between.close();
      }
    });
  });

  ioTest("what is no greeting is turned away", function* () {
    const server = yield* startServer(answer, { port: 0, ssl });
    yield* server.with(function* () {
      for (const bytes of [
        "GET / HTTP/1.0\r\n\r\n",
        Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]),
        Buffer.alloc(99, 22),
      ]) {
        const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
        writer.write(bytes);
        writer.writeEof();
        yield* codeOf(reader.read());
        writer.close();
      }
    });
  });
}
