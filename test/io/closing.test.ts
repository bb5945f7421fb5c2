// A loop that is closed lets go of whatever the host holds for it, and of what is in the midst of being opened.

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  createConnection,
  createDatagramEndpoint,
  DatagramProtocol,
  type EventLoop,
  newEventLoop,
  openConnection,
  Protocol,
  startServer,
} from "wasyncio";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { channelsOf, echo, portOf, until } from "./harness.ts";

const descriptors = () => readdirSync("/proc/self/fd").length;

/** Takes connections, and says nothing. */
let silent: Server;
let port: number;
const taken: Socket[] = [];
let loop: EventLoop;

beforeEach(async () => {
  silent = createServer((socket) => void taken.push(socket.on("error", () => {}).resume()));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  ({ port } = silent.address() as { port: number });
  loop = newEventLoop();
});

afterEach(async () => {
  for (const socket of taken.splice(0)) socket.destroy();
  silent.close();
  await once(silent, "close");
});

/** Closes the loop, and waits until it has no descriptor more than `before`. */
async function expectNothingLeft(before: number): Promise<void> {
  loop.close();
  await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before), { timeout: 5000 });
}

test("connections, servers and sockets for datagrams", async () => {
  const before = descriptors();
  await loop.runUntilComplete(async () => {
    await createConnection(() => new Protocol(), "127.0.0.1", port);
    await startServer(echo, "127.0.0.1", 0);
    await createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: { host: "127.0.0.1", port: 0 } });
  });
  await vi.waitFor(() => expect(taken).toHaveLength(1));
  const ended = once(taken[0] as Socket, "close");
  loop.close();
  await ended;
  await expectNothingLeft(before);
});

test("a connection and a socket for datagrams that are being opened", async () => {
  const before = descriptors();
  await loop.runUntilComplete(function* () {
    loop.createTask(openConnection("127.0.0.1", port));
    loop.createTask(
      createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr: { host: "127.0.0.1", port: 9 } }),
    );
    yield;
  });
  await expectNothingLeft(before);
});

test("handshakes, of a client and of a server", async () => {
  const { ca, server: ssl } = makeCertificates() as Certificates;
  const before = descriptors();
  const listening = await loop.runUntilComplete(startServer(echo, "127.0.0.1", 0, { ssl }));
  const client = connect(portOf(listening), "127.0.0.1").on("error", () => {});
  const gone = once(client.resume(), "close");
  await loop.runUntilComplete(function* () {
    loop.createTask(openConnection("127.0.0.1", port, { ssl: { ca }, serverHostname: "localhost" }));
    // The server's own channel is the third.
    yield* until("both are under way", () => taken.length === 1 && channelsOf(loop) === 3);
  });
  loop.close();
  await gone;
  await expectNothingLeft(before);
});
