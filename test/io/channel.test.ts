/** The Channel between a host's socket and the interest table, without a socket, and what its user throws. */
import { expect, test } from "vitest";
import { newEventLoop, openConnection, Protocol, startServer, TimeoutError } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { Channel, READABLE } from "../../src/io/channel.ts";
import { channelsOf, echo, ioTest, portOf, until } from "./harness.ts";

test("a channel that is closed while it is queued gives its slot back in its turn, and calls nothing", () => {
  const loop = newEventLoop({ clock: new VirtualClock() });
  const ready: number[] = [];
  const channel = new Channel(loop, { ready: (bits) => ready.push(bits), abandoned() {} });
  channel.want(READABLE);
  channel.readable();
  channel.close();
  expect(channelsOf(loop)).toBe(1);
  loop.runSync(loop.sleep(0));
  expect([ready, channelsOf(loop)]).toEqual([[], 0]);
  loop.close();
});

test("a channel that is queued and no longer wanted calls nothing in its turn, and is ready again when it is wanted", () => {
  const loop = newEventLoop({ clock: new VirtualClock() });
  const ready: number[] = [];
  const channel = new Channel(loop, { ready: (bits) => ready.push(bits), abandoned() {} });
  channel.want(READABLE);
  channel.readable();
  channel.want(0);
  loop.runSync(loop.sleep(0));
  expect(ready).toEqual([]);
  channel.want(READABLE);
  loop.runSync(loop.sleep(0));
  expect(ready).toEqual([READABLE]);
  channel.close();
  loop.close();
});

ioTest("what a protocol throws reaches the exception handler, and the loop goes on", function* ({ reports }) {
  const server = yield* startServer(echo);
  const [, writer] = yield* openConnection("127.0.0.1", portOf(server));
  const thrown = new TimeoutError("thrown by a protocol");
  writer.transport.setProtocol(
    Object.assign(new Protocol(), {
      dataReceived() {
        throw thrown;
      },
    }),
  );
  writer.write("hello\n");
  yield* until("the exception is reported", () => reports.length > 0);
  expect(reports.splice(0)).toMatchObject([
    { message: "Exception in a protocol's dataReceived", exception: thrown },
  ]);
  writer.transport.abort();
  server.close();
  yield* server.waitClosed();
});
