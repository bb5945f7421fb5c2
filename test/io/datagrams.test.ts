// Datagrams on this host: water marks, broadcast, protocols that throw, and sockets of the host's own. What every host does is in
// test/hosts/suite.

import { createSocket } from "node:dgram";
import { expect, test } from "vitest";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  getnameinfo,
  getRunningLoop,
  type NetworkError,
  newEventLoop,
  runSync,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import type { HostNetwork } from "../../src/host/network.ts";
import { nodeNetwork } from "../../src/host/node-network.ts";
import { bothTest, hostWith, ioTest, text, thrown, thrownBy, until } from "./harness.ts";

const HERE = { localAddr: { host: "127.0.0.1", port: 0 } };

class Noting extends DatagramProtocol {
  readonly log: string[] = [];
  override datagramReceived(bytes: Uint8Array): void {
    this.log.push(text(bytes));
  }
  override errorReceived(error: NetworkError): void {
    this.log.push(error.code);
  }
  override connectionLost(): void {
    this.log.push("lost");
  }
  override pauseWriting(): void {
    this.log.push("pause");
  }
  override resumeWriting(): void {
    this.log.push("resume");
  }
}

function* closed(transport: DatagramTransport): Generator<unknown, void, unknown> {
  const protocol = transport.getProtocol() as Noting;
  transport.close();
  transport.close();
  yield* until("it is lost", () => protocol.log.at(-1) === "lost");
}

bothTest(
  "writing pauses above the high mark and resumes at the low one, and close sends what is left",
  function* () {
    const [receiver] = yield* createDatagramEndpoint(() => new Noting(), HERE);
    const to = receiver.getExtraInfo("sockname") as { host: string; port: number };
    const [sender, sending] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr: to });
    sender.setWriteBufferLimits({ high: 5000 });
    expect(sender.getWriteBufferLimits()).toEqual({ high: 5000, low: 1250 });
    for (let i = 0; i < 10; i++) sender.sendto(new Uint8Array(1000));
    expect(sending.log).toEqual(["pause"]);
    expect(sender.getWriteBufferSize()).toBe(10_000);
    yield* until("it may write again", () => sending.log.includes("resume"));
    sender.sendto("the last");
    yield* closed(sender);
    const got = receiver.getProtocol() as Noting;
    yield* until("all came", () => got.log.length === 11);
    expect(got.log.at(-1)).toBe("the last");
    yield* closed(receiver);
  },
);

bothTest("to all of a network one may send only with allowBroadcast", function* () {
  const all = { host: "255.255.255.255", port: 9 };
  const [without, told] = yield* createDatagramEndpoint(() => new Noting(), { family: 4 });
  without.sendto("x", all);
  yield* until("it is refused", () => told.log.length > 0);
  expect(told.log).toEqual(["EACCES"]);
  yield* closed(without);
  const [allowed] = yield* createDatagramEndpoint(() => new Noting(), { family: 4, allowBroadcast: true });
  allowed.sendto("x", all);
  yield* closed(allowed);
  expect((allowed.getProtocol() as Noting).log).not.toContain("EACCES");
});

bothTest("close tells what could not be sent before it is lost, and abort does not", function* () {
  const to = { host: "127.0.0.1", port: 9 };
  for (const [end, expected] of [
    ["close", ["EMSGSIZE", "lost"]],
    ["abort", ["lost"]],
  ] as const) {
    const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), HERE);
    transport.sendto(new Uint8Array(70_000), to);
    transport[end]();
    yield* until("it is lost", () => protocol.log.at(-1) === "lost");
    expect(protocol.log.filter((each) => each !== "pause")).toEqual(expected);
  }
});

bothTest("close sends an empty datagram, with and without a peer", function* () {
  const [receiver, got] = yield* createDatagramEndpoint(() => new Noting(), HERE);
  const to = receiver.getExtraInfo("sockname") as { host: string; port: number };
  for (const remoteAddr of [undefined, to]) {
    const [sender] = yield* createDatagramEndpoint(() => new Noting(), { ...HERE, remoteAddr });
    sender.sendto("", remoteAddr === undefined ? to : undefined);
    yield* closed(sender);
    yield* until("it came", () => got.log.length > 0);
    expect(got.log.splice(0)).toEqual([""]);
  }
  yield* closed(receiver);
});

bothTest("a protocol that closes while it is told gets nothing more", function* () {
  class Once extends Noting {
    override datagramReceived(bytes: Uint8Array): void {
      super.datagramReceived(bytes);
      transport.close();
    }
  }
  const [transport, protocol] = yield* createDatagramEndpoint(() => new Once(), HERE);
  const to = transport.getExtraInfo("sockname") as { host: string; port: number };
  const [sender] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr: to });
  for (let i = 0; i < 5; i++) sender.sendto("x");
  yield* until("it is lost", () => protocol.log.at(-1) === "lost");
  expect(protocol.log).toEqual(["x", "lost"]);
  yield* closed(sender);
});

bothTest("a protocol that throws is reported, and told of the next one", function* ({ reports }) {
  class Failing extends Noting {
    override datagramReceived(bytes: Uint8Array): void {
      super.datagramReceived(bytes);
      if (this.log.length === 1) throw new Error("no");
    }
  }
  const [transport, protocol] = yield* createDatagramEndpoint(() => new Failing(), HERE);
  const to = transport.getExtraInfo("sockname") as { host: string; port: number };
  transport.sendto("one", to);
  transport.sendto("two", to);
  yield* until("both came", () => protocol.log.length === 2);
  const [report] = reports.splice(0);
  expect(report).toMatchObject({
    message: "Exception in a protocol's datagramReceived",
    transport,
    protocol,
  });
  yield* closed(transport);
});

bothTest("addresses that are wrong for the socket are refused at the call", function* () {
  const [free] = yield* createDatagramEndpoint(() => new Noting(), HERE);
  expect(thrown(() => free.sendto("x")).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => free.sendto("x", { host: "127.0.0.1", port: 70_000 })).code).toBe("ERR_ARGUMENT_VALUE");
  const remoteAddr = { host: "127.0.0.1", port: 9 };
  const [tied] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr });
  expect(thrown(() => tied.sendto("x", { host: "127.0.0.1", port: 10 })).message).toContain("127.0.0.1:9");
  yield* closed(free);
  yield* closed(tied);
});

ioTest("a dgram.Socket of the program's own is taken, and nothing else", function* () {
  const sock = createSocket("udp4");
  const bound = getRunningLoop().createFuture<void>();
  sock.bind(0, "127.0.0.1", () => bound.setResult());
  yield* bound;
  const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), { sock });
  expect(transport.getExtraInfo("socket")).toBe(sock);
  const { host, port } = transport.getExtraInfo("sockname") as { host: string; port: number };
  transport.sendto("to itself", { host, port });
  yield* until("it came", () => protocol.log.includes("to itself"));
  yield* closed(transport);
  expect(protocol.log.at(-1)).toBe("lost");
  expect((yield* thrownBy(createDatagramEndpoint(() => new Noting(), { sock: {} }))).name).toBe(
    "NetworkError",
  );
  const both = () => createDatagramEndpoint(() => new Noting(), { sock, family: 4 });
  expect(thrown(both).code).toBe("ERR_ARGUMENT_VALUE");
});

ioTest("a dgram.Socket that is not bound, or closed, is refused", function* () {
  const gone = createSocket("udp4");
  const over = getRunningLoop().createFuture<void>();
  gone.close(() => over.setResult());
  yield* over;
  for (const sock of [createSocket("udp4"), gone]) {
    const { name, code, message } = yield* thrownBy(createDatagramEndpoint(() => new Noting(), { sock }));
    expect([name, code]).toEqual(["NetworkError", "EINVAL"]);
    expect(message).toContain("the socket is not bound; call its bind() first");
  }
});

ioTest("getnameinfo gives names, and what has none as it is", function* () {
  expect(yield* getnameinfo({ host: "127.0.0.1", port: 22 })).toEqual(["localhost", "ssh"]);
  expect(thrown(() => getnameinfo({ host: "localhost", port: 1 })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => getnameinfo({ host: "127.0.0.1", port: -1 })).code).toBe("ERR_ARGUMENT_VALUE");
});

test("an address without a name is given as it is, and with NI_NAMEREQD an error", () => {
  const network = new SimulatedNetwork({ hosts: ["main", "a"] });
  network.host("named", { addresses: ["10.5.0.1"] });
  runSync(
    (function* () {
      const [named, nameless] = [
        { host: "10.5.0.1", port: 7 },
        { host: "10.5.0.2", port: 7 },
      ];
      expect(yield* getnameinfo(named, { flags: ["NI_NAMEREQD"] })).toEqual(["named", "7"]);
      expect(yield* getnameinfo(nameless)).toEqual(["10.5.0.2", "7"]);
      const { code } = yield* thrownBy(getnameinfo(nameless, { flags: ["NI_NAMEREQD"] }));
      expect(code).toBe("ENOTFOUND");
    })(),
    { clock: new VirtualClock(), network },
  );
});

test("an address that the resolver gives back as its own name has none with NI_NAMEREQD", async () => {
  const network: HostNetwork = {
    ...nodeNetwork,
    lookupService: (host, port, found) => queueMicrotask(() => found({ host, service: String(port) })),
  };
  const loop = newEventLoop({ host: hostWith(network) });
  const address = { host: "10.5.0.2", port: 7 };
  expect(await loop.runUntilComplete(getnameinfo(address))).toEqual(["10.5.0.2", "7"]);
  const required = getnameinfo(address, { flags: ["NI_NAMEREQD"] });
  expect((await loop.runUntilComplete(thrownBy(required))).code).toBe("ENOTFOUND");
  loop.close();
});

bothTest("new water marks count at once for what has been sent", function* () {
  const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), HERE);
  transport.sendto(new Uint8Array(10_000), { host: "127.0.0.1", port: 9 });
  expect(protocol.log).toEqual([]);
  transport.setWriteBufferLimits({ high: 9999 });
  expect(protocol.log).toEqual(["pause"]);
  transport.setWriteBufferLimits({ high: 40_000, low: 9999 });
  expect(protocol.log).toEqual(["pause"]);
  transport.setWriteBufferLimits({ high: 40_000 });
  expect(protocol.log).toEqual(["pause", "resume"]);
  yield* closed(transport);
});

bothTest("a protocol that overrides nothing gets along with datagrams and failures", function* () {
  const [gone] = yield* createDatagramEndpoint(() => new Noting(), HERE);
  const nowhere = gone.getExtraInfo("sockname") as { host: string; port: number };
  yield* closed(gone);
  const [receiver] = yield* createDatagramEndpoint(() => new Noting(), HERE);
  const there = receiver.getExtraInfo("sockname") as { host: string; port: number };
  const [plain] = yield* createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr: nowhere });
  const [other] = yield* createDatagramEndpoint(() => new DatagramProtocol(), HERE);
  const address = other.getExtraInfo("sockname") as { host: string; port: number };
  plain.sendto("for nobody");
  receiver.sendto("for a protocol that takes no notice", address);
  other.sendto("and it goes on", there);
  const { log } = receiver.getProtocol() as Noting;
  yield* until("it came", () => log.includes("and it goes on"));
  plain.sendto("again");
  for (const each of [plain, other]) each.close();
  yield* closed(receiver);
});
