/** Much at once: thousands of connections that are held and served, and a flood past a reader that stops. In the long run. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createTask, sleep } from "wasyncio";
import { Conversation } from "../../bench/cli/conversation.ts";
import { ioTest, withPair } from "../io/harness.ts";

const ENTRY = new URL("../../dist/src/entry/node.js", import.meta.url).href;
const SERVER = "bench/dist/network/server.mjs";
const CONNECTIONS = 5000;
/** What a process has open beside connections, and some more. */
const OTHERS = 200;

/** As many as the system lets a process have open, which Node asks for by itself. */
function connectionsMax(): number {
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return limit === "unlimited" ? CONNECTIONS : Math.min(CONNECTIONS, Number(limit) - OTHERS);
}

const canCount = process.platform === "linux";

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function exchanged(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const hear = (bytes: Buffer) => {
      heard += bytes;
      if (heard.length < text.length) return;
      socket.off("data", hear);
      if (heard === text) resolve();
      else reject(new Error(`${heard} instead of ${text}`));
    };
    socket.on("data", hear);
    socket.once("close", () => reject(new Error("closed")));
    socket.write(text);
  });
}

test.runIf(canCount).each(["protocol", "streams", "streams-async"])(
  "a server of %s holds thousands of connections, serves each, and has no descriptor left after them",
  { timeout: 120_000 },
  async (kind) => {
    const server = new Conversation(process.execPath, [SERVER, kind, ENTRY]);
    const sockets: Socket[] = [];
    try {
      const [port] = await server.numbers();
      const before = descriptorsOf(server.pid);
      expect(before).toBeLessThan(OTHERS);
      const count = connectionsMax();
      while (sockets.length < count) {
        const some = Array.from({ length: Math.min(100, count - sockets.length) }, () => open(port!));
        sockets.push(...(await Promise.all(some)));
      }
      for (const round of [1, 2]) {
        await Promise.all(sockets.map((socket, at) => exchanged(socket, `${round} of ${at}`)));
        expect(descriptorsOf(server.pid)).toBe(before + count);
      }
      for (const socket of sockets.splice(0)) socket.destroy();
      await expect.poll(() => descriptorsOf(server.pid), { timeout: 10_000 }).toBe(before);
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.end();
    }
  },
);

const MIB = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024).fill(42);
const FLOOD_BYTES = 1024 * MIB;
const GROWTH_BYTES_MAX = 96 * MIB;
const PAUSE_MS = 3000;

ioTest(
  "1 GiB goes past a reader that stops for seconds, and the memory stays flat",
  function* () {
    yield* withPair(function* ({ toServer, accepted }) {
      const beganBytes = process.memoryUsage.rss();
      let mostBytes = 0;
      const look = () => {
        mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
      };
      const writing = createTask(
        (function* () {
          for (let written = 0; written < FLOOD_BYTES; written += CHUNK.length) {
            toServer.write(CHUNK);
            yield* toServer.drain();
          }
          toServer.writeEof();
        })(),
      );
      let got = 0;
      let pauses = 0;
      for (;;) {
        const bytes = yield* accepted.read(MIB);
        if (bytes.length === 0) break;
        got += bytes.length;
        look();
        if (got < (pauses * FLOOD_BYTES) / 2) continue;
        pauses++;
        const writtenBytes = toServer.transport.getWriteBufferSize();
        yield* sleep(PAUSE_MS);
        look();
        expect(toServer.transport.getWriteBufferSize()).toBeLessThanOrEqual(
          Math.max(writtenBytes, 64 * 1024 + CHUNK.length),
        );
      }
      yield* writing;
      expect([got, pauses]).toEqual([FLOOD_BYTES, 3]);
      expect(mostBytes - beganBytes).toBeLessThan(GROWTH_BYTES_MAX);
    });
  },
  120_000,
);
