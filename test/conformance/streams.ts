// Items 66 and 67: what the streams promise, without a connection.

import { type Coroutine, IncompleteReadError, SocketTransport, StreamReader } from "wasyncio";
import type { HostSocket } from "../../src/host/network.ts";
import { Channel } from "../../src/io/channel.ts";
import { type Item, type ItemRun, item } from "./harness.ts";

const UTF8 = new TextDecoder();

function readerWith(data: string, limit = 2 ** 16): StreamReader {
  const reader = new StreamReader({ limit });
  reader.feedData(data);
  reader.feedEof();
  return reader;
}

function* recordLeft(run: ItemRun, reader: StreamReader): Coroutine<void> {
  run.record("left", UTF8.decode(yield* reader.read()));
}

/** A socket that has sent as much as one says. */
class FakeSocket implements HostSocket {
  unsentBytes = 0;
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;
  readonly handle = undefined;

  watch(): void {}
  read(): null {
    return null;
  }
  write(): void {}
  end(): void {}
  close(): void {}
  destroy(): void {}
}

export const streams: readonly Item[] = [
  item(
    66,
    "writing pauses above the high mark, and resumes at the low one",
    function* (run): Coroutine<void> {
      const socket = new FakeSocket();
      const protocol = {
        connectionMade(): void {},
        dataReceived(): void {},
        eofReceived: () => true,
        connectionLost(): void {},
        pauseWriting: () => run.record("pause at", socket.unsentBytes),
        resumeWriting: () => run.record("resume at", socket.unsentBytes),
      };
      const channel = new Channel(run.loop, { ready(): void {}, abandoned(): void {} });
      const transport = new SocketTransport(run.loop, channel, socket, protocol);
      const { low, high } = transport.getWriteBufferLimits();
      run.record("low and high", [low, high]);
      for (socket.unsentBytes of [65536, 65537, 65538]) transport.write("x");
      for (socket.unsentBytes of [16385, 16384, 16383]) transport.setWriteBufferLimits();
      channel.close();
    },
  ),

  item(67, "what came before the end is in the error", function* (run): Coroutine<void> {
    const ways = [
      (reader: StreamReader) => reader.readexactly(10),
      (reader: StreamReader) => reader.readuntil("|"),
    ];
    for (const read of ways) {
      const reader = readerWith("short");
      try {
        yield* read(reader);
      } catch (error) {
        if (error instanceof IncompleteReadError) run.record("raised with", UTF8.decode(error.partial));
      }
      yield* recordLeft(run, reader);
    }
  }),

  item(67, "a line that is too long stays in the buffer", function* (run): Coroutine<void> {
    const reader = readerWith("0123456789|rest", 5);
    yield* run.attemptAwait("readuntil", reader.readuntil("|"));
    yield* recordLeft(run, reader);
  }),

  item(67, "readline drops a line that is too long", function* (run): Coroutine<void> {
    const reader = readerWith("0123456789\nrest", 5);
    yield* run.refused("readline", () => reader.readline());
    yield* recordLeft(run, reader);
  }),

  item(67, "of several separators the match that ends first counts", function* (run): Coroutine<void> {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["a--b+c", ["+", "--"]],
      ["ab+++", ["+++", "+"]],
      ["ab\r\nc", ["\n", "\r\n"]],
    ];
    for (const [data, separators] of cases) {
      run.record(data, UTF8.decode(yield* readerWith(data).readuntil(separators)));
    }
  }),
];
