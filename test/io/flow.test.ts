// Backpressure on real sockets: a writer is slowed down by a slow reader, by the water marks.

import { expect } from "vitest";
import { createTask, gather, Protocol } from "wasyncio";
import { bothTest, channelsOf, text, thrown, until, withPair } from "./harness.ts";

const CHUNK = new Uint8Array(64 * 1024).fill(42);
/** More than the systems' own buffers on both sides take. */
const CHUNKS_MAX = 300;

bothTest("drain makes the writer wait while nothing is read, and go on once it is", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    let written = 0;
    const writing = createTask(
      (function* () {
        for (let i = 0; i < CHUNKS_MAX; i++) {
          toServer.write(CHUNK);
          written += CHUNK.length;
          yield* toServer.drain();
        }
        toServer.writeEof();
      })(),
    );
    let before = -1;
    let standing = 0;
    yield* until("the writer makes no progress any more", () => {
      standing = written === before ? standing + 1 : 0;
      before = written;
      return standing === 20;
    });
    expect(writing.done()).toBe(false);
    expect(written).toBeLessThan(CHUNKS_MAX * CHUNK.length);
    // At most one chunk is written above the mark.
    expect(toServer.transport.getWriteBufferSize()).toBeGreaterThan(64 * 1024);
    expect(toServer.transport.getWriteBufferSize()).toBeLessThanOrEqual(64 * 1024 + CHUNK.length);
    let got = 0;
    for (let some = yield* accepted.read(1 << 20); some.length > 0; some = yield* accepted.read(1 << 20)) {
      expect(some.every((byte) => byte === 42)).toBe(true);
      got += some.length;
    }
    expect(got).toBe(CHUNKS_MAX * CHUNK.length);
    yield* writing;
  });
});

bothTest("a reader that is full when both sides have ended is told so all the same", function* ({ loop }) {
  yield* withPair(
    function* ({ toServer, toClient, accepted }) {
      toClient.writeEof();
      toServer.write(CHUNK);
      toServer.writeEof();
      yield* accepted.readexactly(1);
      yield* until("the server's side is closed", () => channelsOf(loop) === 1);
      expect((yield* accepted.read()).length).toBe(CHUNK.length - 1);
      expect(accepted.atEof()).toBe(true);
    },
    { limit: 1 },
  );
});

bothTest("the reader holds twice its limit and what one read brings, not more", function* () {
  yield* withPair(
    function* ({ toServer, accepted }) {
      const writing = createTask(
        (function* () {
          for (let i = 0; i < 200; i++) {
            toServer.write(CHUNK);
            yield* toServer.drain();
          }
          toServer.writeEof();
        })(),
      );
      yield* accepted.readexactly(1);
      yield* until("the reader is paused", () => String(accepted).includes("paused"));
      const held = Number(/(\d+) bytes/.exec(String(accepted))?.[1]);
      expect(held).toBeGreaterThan(2048);
      expect(held).toBeLessThanOrEqual(2048 + 3 * CHUNK.length);
      expect((yield* accepted.read()).length).toBe(200 * CHUNK.length - 1);
      yield* writing;
    },
    { limit: 1024 },
  );
});

bothTest("the protocol pauses above the high mark only, and resumes at the low mark", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    const { transport } = toServer;
    const log: { readonly what: string; readonly size: number }[] = [];
    const own = transport.getProtocol() as Protocol;
    const spy: Protocol = {
      connectionMade: () => {},
      dataReceived: (bytes) => own.dataReceived(bytes),
      eofReceived: () => own.eofReceived(),
      connectionLost: (error) => own.connectionLost(error),
      pauseWriting: () => {
        log.push({ what: "pause", size: transport.getWriteBufferSize() });
        own.pauseWriting();
      },
      resumeWriting: () => {
        log.push({ what: "resume", size: transport.getWriteBufferSize() });
        own.resumeWriting();
      },
    };
    transport.setProtocol(spy);
    expect(transport.getWriteBufferLimits()).toEqual({ low: 16 * 1024, high: 64 * 1024 });
    // Fill what the system takes, in small steps, until the transport holds some itself.
    const step = new Uint8Array(8 * 1024);
    while (transport.getWriteBufferSize() < 32 * 1024) toServer.write(step);
    while (transport.getWriteBufferSize() + step.length <= 64 * 1024) toServer.write(step);
    toServer.write(new Uint8Array(64 * 1024 - transport.getWriteBufferSize()));
    expect(transport.getWriteBufferSize()).toBe(64 * 1024);
    expect(log).toEqual([]);
    toServer.write(new Uint8Array(1));
    expect(log).toEqual([{ what: "pause", size: 64 * 1024 + 1 }]);
    const draining = createTask(toServer.drain());
    toServer.writeEof();
    yield* accepted.read();
    yield* draining;
    expect(log.map(({ what }) => what)).toEqual(["pause", "resume"]);
    expect(log[1]?.size).toBeLessThanOrEqual(16 * 1024);
  });
});

bothTest("writing does not resume before the low mark, however far below the high one", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    const { transport } = toServer;
    const high = 8_000_000;
    const low = 1_000_000;
    transport.setWriteBufferLimits({ high, low });
    // Some small writes are under way; the rest leaves as one after them, and counts until all of it has left. A few of the same turn
    // are kept back to leave together, so it has to be more than that.
    while (transport.getWriteBufferSize() < 32 * 1024) toServer.write(new Uint8Array(8 * 1024));
    toServer.write(new Uint8Array(high + 1 - transport.getWriteBufferSize()));
    let sizeAtResumption = -1;
    const draining = createTask(
      (function* () {
        yield* toServer.drain();
        sizeAtResumption = transport.getWriteBufferSize();
      })(),
    );
    const sizes = new Set<number>();
    while (!draining.done()) {
      sizes.add(transport.getWriteBufferSize());
      yield* accepted.read(64 * 1024);
    }
    expect([...sizes].some((size) => size > low && size <= high)).toBe(true);
    expect(sizeAtResumption).toBeLessThanOrEqual(low);
  });
});

bothTest("cancelling a drain leaves the connection usable, and other drains waiting", function* () {
  yield* withPair(function* ({ toServer, accepted }) {
    const size = 16_000_000;
    toServer.write(new Uint8Array(size));
    const one = createTask(toServer.drain());
    const other = createTask(toServer.drain());
    yield;
    expect([one.done(), other.done()]).toEqual([false, false]);
    one.cancel();
    yield;
    expect([one.cancelled(), other.done()]).toEqual([true, false]);
    yield* gather(other, accepted.readexactly(size));
    toServer.write("more");
    yield* toServer.drain();
    expect((yield* accepted.readexactly(4)).length).toBe(4);
  });
});

bothTest("new water marks count at once for what was written", function* () {
  yield* withPair(function* ({ toServer: { transport } }) {
    const log: string[] = [];
    class Noting extends Protocol {
      override pauseWriting(): void {
        log.push("pause");
      }
      override resumeWriting(): void {
        log.push("resume");
      }
    }
    transport.setWriteBufferLimits({ high: 64_000_000 });
    transport.setProtocol(new Noting());
    transport.write(new Uint8Array(16_000_000));
    const size = transport.getWriteBufferSize();
    expect(size).toBeGreaterThan(0);
    expect(log).toEqual([]);
    transport.setWriteBufferLimits({ high: size - 1 });
    expect(log).toEqual(["pause"]);
    transport.setWriteBufferLimits({ high: size, low: size - 1 });
    expect(log).toEqual(["pause"]);
    transport.setWriteBufferLimits({ high: size, low: size });
    expect(log).toEqual(["pause", "resume"]);
    yield;
  });
});

bothTest("setWriteBufferLimits has asyncio's defaults, and refuses what makes no sense", function* () {
  yield* withPair(function* ({ toServer: { transport } }) {
    transport.setWriteBufferLimits({ high: 4096 });
    expect(transport.getWriteBufferLimits()).toEqual({ low: 1024, high: 4096 });
    transport.setWriteBufferLimits({ low: 100 });
    expect(transport.getWriteBufferLimits()).toEqual({ low: 100, high: 400 });
    transport.setWriteBufferLimits({ high: 0 });
    expect(transport.getWriteBufferLimits()).toEqual({ low: 0, high: 0 });
    for (const limits of [{ low: 10, high: 5 }, { low: -1 }, { high: Number.NaN }]) {
      expect(thrown(() => transport.setWriteBufferLimits(limits)).code).toBe("ERR_ARGUMENT_VALUE");
    }
    transport.setWriteBufferLimits();
    expect(transport.getWriteBufferLimits()).toEqual({ low: 16 * 1024, high: 64 * 1024 });
    yield;
  });
});

bothTest("pauseReading leaves bytes where they are until resumeReading", function* () {
  yield* withPair(function* ({ toServer, toClient, client }) {
    expect(toServer.transport.isReading()).toBe(true);
    toServer.transport.pauseReading();
    expect(toServer.transport.isReading()).toBe(false);
    toClient.write("later");
    yield* toClient.drain();
    for (let i = 0; i < 20; i++) yield* until("a while has passed", () => true);
    expect(String(client)).toContain(" 0 bytes");
    toServer.transport.resumeReading();
    expect((yield* client.readexactly(5)).length).toBe(5);
  });
});

bothTest(
  "small writes of one turn leave together, in order, and with what ends the connection",
  function* () {
    yield* withPair(function* ({ toServer, accepted }) {
      // From its second turn on it is known that several come.
      for (let turn = 0; turn < 3; turn++) {
        for (let i = 0; i < 100; i++) toServer.write(`${turn}:${i} `);
        const expected = Array.from({ length: 100 }, (_, i) => `${turn}:${i} `).join("");
        expect(text(yield* accepted.readexactly(expected.length))).toBe(expected);
      }
      toServer.write("small, ");
      toServer.write(new Uint8Array(100_000).fill(120));
      toServer.write(" small");
      toServer.write(" end");
      toServer.close();
      const rest = text(yield* accepted.read());
      expect(rest.length).toBe(100_017);
      expect(rest.endsWith("x small end")).toBe(true);
    });
  },
);
