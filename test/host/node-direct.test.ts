/** The way past Node's streams, on real sockets of node:net. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { DirectStream } from "../../src/host/node-direct.ts";
import { NodeSocket } from "../../src/host/node-socket.ts";

const opened: (Socket | Server)[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) {
    if ("destroy" in each) each.destroy();
    else await new Promise((closed) => each.close(closed));
  }
});

/** Both ends of a connection; `made` gets the one that is accepted, before anything can have come. */
async function pair<T>(made: (socket: Socket) => T): Promise<{ near: Socket; far: Socket; end: T }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let near: Socket | undefined;
  let end: T | undefined;
  server.once("connection", (socket) => {
    near = socket;
    end = made(socket);
  });
  const { port } = server.address() as AddressInfo;
  const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  await vi.waitUntil(() => near);
  opened.push(near!, far, server);
  return { near: near!, far, end: end! };
}

async function direct() {
  const events = { arrived: vi.fn(), sent: vi.fn(), ending: vi.fn() };
  const { end: stream, ...both } = await pair((socket) => new DirectStream(socket, events));
  return { ...both, stream, events };
}

test("DirectStream: what has come is taken at once, as one buffer that is nobody else's", async () => {
  const { far, stream, events } = await direct();
  expect(stream.take()).toBeNull();
  far.write("one");
  await vi.waitUntil(() => events.arrived.mock.calls.length === 1);
  far.write("two");
  await vi.waitUntil(() => events.arrived.mock.calls.length === 2);
  expect(stream.hasArrived).toBe(true);
  const whole = stream.take()!;
  expect(whole.toString()).toBe("onetwo");
  expect(whole.buffer.byteLength).toBe(6);
  expect([stream.hasArrived, stream.take()]).toEqual([false, null]);
});

test("DirectStream: the end comes once everything was taken, and not before", async () => {
  const { near, far, stream, events } = await direct();
  const ended = vi.fn();
  near.on("end", ended);
  far.end("last");
  await vi.waitUntil(() => stream.hasArrived);
  // The end follows the bytes at once, and an answer comes after it.
  near.write("x");
  await once(far, "data");
  await new Promise((resolve) => setImmediate(resolve));
  expect([ended.mock.calls, events.ending.mock.calls]).toEqual([[], []]);
  expect(stream.take()?.toString()).toBe("last");
  await once(near, "end");
  expect(ended).toHaveBeenCalledOnce();
  expect(events.ending).toHaveBeenCalledOnce();
});

test("DirectStream: what nobody takes is left to the system, and comes when there is room again", async () => {
  const { far, stream } = await direct();
  const bytes = new Uint8Array(64 * 1024 * 1024).fill(7);
  far.write(bytes);
  let got = 0;
  let most = 0;
  await vi.waitUntil(
    () => {
      const taken = stream.take();
      if (taken === null) return false;
      most = Math.max(most, taken.length);
      got += taken.length;
      return got === bytes.length;
    },
    { timeout: 8000, interval: 1 },
  );
  // What one reading of the system brings may come on top of what is enough.
  expect(most).toBeLessThanOrEqual(2 * 1024 * 1024);
});

test("DirectStream: what leaves at once is not told, what cannot is counted until it has, in order", async () => {
  const { far, stream, events } = await direct();
  expect(stream.write(new Uint8Array(10))).toBe(true);
  expect([stream.unsentBytes, events.sent.mock.calls]).toEqual([0, []]);
  const chunk = new Uint8Array(8 * 1024 * 1024);
  expect(stream.write(chunk)).toBe(false);
  expect(stream.write(new Uint8Array(5))).toBe(false);
  expect(stream.unsentBytes).toBe(chunk.length + 5);
  let got = 0;
  far.on("data", (bytes) => {
    got += bytes.length;
  });
  await vi.waitUntil(() => got === 10 + chunk.length + 5, { timeout: 8000 });
  await vi.waitUntil(() => events.sent.mock.calls.length === 2);
  expect(stream.unsentBytes).toBe(0);
});

test("DirectStream: what is written to a socket that was destroyed is an error", async () => {
  const { near, stream, events } = await direct();
  near.destroy();
  expect(stream.write(new Uint8Array(1))).toBe(true);
  expect(events.sent).toHaveBeenCalledWith(expect.objectContaining({ code: "ERR_SOCKET_CLOSED" }));
});

test("DirectStream: when it is released, the socket has what was not taken, and what comes later", async () => {
  const { near, far, stream } = await direct();
  far.write("early");
  await vi.waitUntil(() => stream.hasArrived);
  stream.release();
  far.end(" and late");
  let text = "";
  for await (const bytes of near) text += bytes;
  expect(text).toBe("early and late");
});

test("NodeSocket: what comes, and ends, before anybody watches is reported to who does", async () => {
  for (const isDirect of [true, false]) {
    const { near, far, end: socket } = await pair((each) => new NodeSocket(each, "", isDirect));
    far.end("hello");
    await vi.waitUntil(() => near.bytesRead === 5);
    const events = { readable: vi.fn(), writable: vi.fn(), ended: vi.fn(), closed: vi.fn() };
    socket.watch(events);
    await vi.waitUntil(() => events.readable.mock.calls.length > 0);
    expect(new TextDecoder().decode(socket.read()!)).toBe("hello");
    await vi.waitUntil(() => events.ended.mock.calls.length > 0);
    socket.destroy();
    await vi.waitUntil(() => events.closed.mock.calls.length > 0);
  }
});

test("NodeSocket: an end that nobody watched for is reported as well", async () => {
  for (const isDirect of [true, false]) {
    const { near, far, end: socket } = await pair((each) => new NodeSocket(each, "", isDirect));
    far.end();
    await vi.waitUntil(() => near.readableEnded || !isDirect);
    const events = { readable: vi.fn(), writable: vi.fn(), ended: vi.fn(), closed: vi.fn() };
    socket.watch(events);
    await vi.waitUntil(() => socket.read() === null && events.ended.mock.calls.length === 1);
    socket.destroy();
  }
});
