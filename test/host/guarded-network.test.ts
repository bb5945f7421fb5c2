// What a guarded network refuses is told as a failure and as nothing else; what it allows goes to the network.

import { describe, expect, test } from "vitest";
import { type Guarded, guardedNetwork } from "../../src/host/guarded-network.ts";
import type { HostFailure, HostNetwork } from "../../src/host/network.ts";

const REFUSAL: HostFailure = { code: "EACCES", reason: "not allowed" };
const TUNING = { noDelay: true, keepAliveMs: undefined };
const LISTEN = { ...TUNING, backlog: 1, reusePort: false };

/** A network that notes what reaches it, behind a guard that refuses the host "no" and asks about everything. */
function guarded() {
  const asked: Guarded[] = [];
  const reached: string[] = [];
  const noting = new Proxy({} as Required<HostNetwork>, {
    ownKeys: () => [],
    get: (_, name) => () => void reached.push(String(name)),
  });
  const network = guardedNetwork(noting, (target) => {
    asked.push(target);
    return target.path === "/no" || (target.path === undefined && target.host === "no") ? REFUSAL : undefined;
  });
  return { network, asked, reached };
}

/** What something tells, and that it tells it later. */
async function toldBy(watched: { watch(events: never): void }): Promise<unknown[]> {
  const told: unknown[] = [];
  const note = (name: string) => (failure?: HostFailure) => void told.push(failure ?? name);
  const events = { readable: note("r"), writable: note("w"), ended: note("e"), closed: note("closed") };
  watched.watch(events as never);
  expect(told).toEqual([]);
  await Promise.resolve();
  return told;
}

describe("guardedNetwork", () => {
  test("a refused connection fails, and whatever is done to it does nothing", async () => {
    const { network, reached } = guarded();
    const socket = network.connect({ host: "no", port: 80, ...TUNING } as never);
    expect(await toldBy(socket)).toEqual([REFUSAL]);
    expect([socket.read(), socket.unsentBytes, socket.localAddress, socket.remoteAddress]).toEqual([
      null,
      0,
      undefined,
      undefined,
    ]);
    socket.write(new Uint8Array(1));
    socket.end();
    socket.close();
    socket.destroy();
    expect(reached).toEqual([]);
  });

  test("a refused server fails, and takes nobody", async () => {
    const { network, reached } = guarded();
    const server = network.listen({ host: "no", port: 80, ...LISTEN });
    expect(await toldBy(server)).toEqual([REFUSAL]);
    expect([server.accept(), server.address]).toEqual([null, undefined]);
    server.close();
    expect(reached).toEqual([]);
  });

  test("a datagram socket is refused for either of its ends", async () => {
    const { network, asked, reached } = guarded();
    const options = { family: 4, broadcast: false, reusePort: false, socket: undefined } as const;
    const ends = [
      { localHost: "no", localPort: 1, remote: undefined },
      { localHost: undefined, localPort: undefined, remote: { host: "no", port: 2 } },
    ];
    for (const each of ends) {
      const socket = network.bind({ ...options, ...each });
      expect(await toldBy(socket)).toEqual([REFUSAL]);
      socket.send(new Uint8Array(1), undefined);
      expect([socket.read(), socket.unsentBytes]).toEqual([null, 0]);
      socket.destroy();
    }
    expect(asked.map((each) => each.path ?? [each.host, each.port])).toEqual([
      ["no", 1],
      ["", 0],
      ["no", 2],
    ]);
    expect(reached).toEqual([]);
  });

  test("a refused look-up answers later, with the failure", async () => {
    const { network, reached } = guarded();
    const found: unknown[] = [];
    network.lookup({ host: "no", family: 0 } as never, (answer) => void found.push(answer));
    network.lookupService("no", 80, (answer) => void found.push(answer));
    expect(found).toEqual([]);
    await Promise.resolve();
    expect(found).toEqual([REFUSAL, REFUSAL]);
    expect(reached).toEqual([]);
  });

  test("what is allowed, and sockets that are there, go to the network", () => {
    const { network, asked, reached } = guarded();
    const nothing = () => {};
    network.connect({ path: "/yes", ...TUNING } as never);
    network.listen({ socket: {}, ...LISTEN } as never);
    network.listen({ path: "/yes", ...LISTEN } as never);
    network.bind({ family: 4, socket: {} } as never);
    network.bind({ family: 4, socket: undefined } as never);
    network.lookup({ host: "yes", family: 0 } as never, nothing);
    network.lookupService("yes", 80, nothing);
    expect(reached).toEqual(["connect", "listen", "listen", "bind", "bind", "lookup", "lookupService"]);
    expect(asked).toHaveLength(5);
  });
});
