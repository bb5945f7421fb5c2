// Hosts that lack something, or fail where Node rarely does: made of Node's by changing just that.

import { ADDRCONFIG } from "node:dns";
import { expect, test, vi } from "vitest";
import { getaddrinfo, newEventLoop, openConnection, startServer } from "wasyncio";
import type { HostFailure, HostServer } from "../../src/host/network.ts";
import { builtin } from "../../src/host/node-builtin.ts";
import { nodeNetwork } from "../../src/host/node-network.ts";
import { echo, hostWith, portOf, text, thrownBy } from "./harness.ts";

test("a host without sockets is an error that says so, in whatever needs them", async () => {
  const loop = newEventLoop({ host: hostWith(undefined) });
  for (const operation of [openConnection("127.0.0.1", 1), startServer(echo), getaddrinfo("localhost")]) {
    const error = await loop.runUntilComplete(thrownBy(operation));
    expect(error.code).toBe("ERR_HOST_UNSUPPORTED");
    expect(error.message).toContain("'node'");
  }
  loop.close();
});

/** A server that cannot take its first connection. */
function failingOnce(server: HostServer): HostServer {
  const failure: HostFailure = { code: "EMFILE", reason: "too many open files" };
  let failed = false;
  return {
    watch: (events) => server.watch(events),
    close: () => server.close(),
    handle: undefined,
    get address() {
      return server.address;
    },
    accept() {
      const next = server.accept();
      if (next === null || failed) return next;
      failed = true;
      if (!("code" in next)) next.destroy();
      return failure;
    },
  };
}

test("a connection that the host cannot take is reported, and the next one is served", async () => {
  const loop = newEventLoop({
    host: hostWith({ ...nodeNetwork, listen: (options) => failingOnce(nodeNetwork.listen(options)) }),
  });
  const reports: string[] = [];
  loop.setExceptionHandler((_, { exception }) => {
    reports.push(String((exception as { code?: string }).code));
  });
  const line = await loop.runUntilComplete(
    (function* () {
      const server = yield* startServer(echo);
      yield* openConnection("127.0.0.1", portOf(server));
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write("served\n");
      return text(yield* reader.readline());
    })(),
  );
  loop.close();
  expect(line).toBe("served\n");
  expect(reports).toEqual(["EMFILE"]);
});

test("the flags of getaddrinfo reach the system's resolver", async () => {
  const asked: unknown[] = [];
  const loop = newEventLoop({
    host: hostWith({
      ...nodeNetwork,
      lookup(query, found) {
        asked.push(query);
        nodeNetwork.lookup(query, found);
      },
    }),
  });
  const lookUp = vi.spyOn(builtin("node:dns"), "lookup");
  try {
    await loop.runUntilComplete(getaddrinfo("localhost", 1, { family: 4, flags: ["AI_ADDRCONFIG"] }));
    await loop.runUntilComplete(getaddrinfo("localhost", 1, { family: 4 }));
    expect(lookUp.mock.calls.map(([, options]) => options)).toMatchObject([
      { hints: ADDRCONFIG },
      { hints: 0 },
    ]);
  } finally {
    lookUp.mockRestore();
    loop.close();
  }
  expect(asked).toEqual([
    { host: "localhost", family: 4, ofThisMachine: true },
    { host: "localhost", family: 4, ofThisMachine: false },
  ]);
});
