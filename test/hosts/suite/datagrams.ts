/** Cases: datagrams and names. */
import { assert } from "chai";
import {
  createDatagramEndpoint,
  createTask,
  DatagramProtocol,
  type DatagramTransport,
  getaddrinfo,
  getnameinfo,
  getRunningLoop,
  type NetworkError,
  run,
  type SocketAddress,
  sleep,
} from "wasyncio";
import type { HostBindOptions, HostDatagramSocket, HostNetwork } from "../../../src/host/network.ts";
import { casesOf, type Here, listens, needing } from "./case.ts";
import { aHost } from "./host.ts";
import { nodeModule } from "./modules.ts";

const HOST = "127.0.0.1";
const decoder = new TextDecoder();
const lacks = ({ sockets }: Here) => sockets !== "all";

/** Notes what comes, and can be waited for. */
class Noting extends DatagramProtocol {
  readonly log: string[] = [];
  transport!: DatagramTransport;
  from: SocketAddress | undefined;
  private waiting = getRunningLoop().createFuture<void>();

  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
  }
  override datagramReceived(bytes: Uint8Array, address: SocketAddress): void {
    this.from = address;
    this.note(bytes.length > 20 ? `${bytes.length} bytes` : decoder.decode(bytes));
  }
  override errorReceived(error: NetworkError): void {
    this.note(error.code);
  }
  override connectionLost(error: Error | undefined): void {
    this.note(error === undefined ? "lost" : error.message);
  }
  private note(what: string): void {
    this.log.push(what);
    if (this.waiting.pending()) this.waiting.setResult();
  }

  *until(count: number): Generator<unknown, readonly string[], unknown> {
    while (this.log.length < count) {
      this.waiting = getRunningLoop().createFuture<void>();
      yield* this.waiting;
    }
    return this.log;
  }
}

class Echo extends Noting {
  override datagramReceived(bytes: Uint8Array, address: SocketAddress): void {
    this.transport.sendto(bytes, address);
  }
}

const BOUND: HostBindOptions = {
  family: 4,
  localHost: HOST,
  localPort: 0,
  remote: undefined,
  broadcast: false,
  reusePort: false,
  socket: undefined,
};

const HERE = { localAddr: { host: HOST, port: 0 } };

function portOf(transport: DatagramTransport): number {
  return transport.getExtraInfo("sockname")?.port as number;
}

export const datagrams = casesOf("datagrams", {
  "go to an address and back, and to a peer": needing(listens, () =>
    run(function* () {
      const [server] = yield* createDatagramEndpoint(() => new Echo(), HERE);
      const to = { host: HOST, port: portOf(server) };
      const [free, freely] = yield* createDatagramEndpoint(() => new Noting(), HERE);
      free.sendto("hello", to);
      yield* freely.until(1);
      assert.deepInclude(freely.from, { host: HOST, port: to.port, family: "IPv4" });
      const [tied, tiedly] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr: to });
      assert.deepInclude(tied.getExtraInfo("peername"), to);
      tied.sendto("one");
      yield* tiedly.until(1);
      tied.sendto(new Uint8Array(60_000), to);
      yield* tiedly.until(2);
      assert.deepEqual(tiedly.log, ["one", "60000 bytes"]);
      for (const transport of [server, free, tied]) transport.close();
      yield* tiedly.until(3);
      yield* freely.until(2);
      assert.deepEqual(freely.log, ["hello", "lost"]);
      assert.isTrue(free.isClosing());
      free.sendto("nowhere", to);
    }),
  ),

  "one that is too large is told, and the next goes": needing(listens, () =>
    run(function* () {
      const [server] = yield* createDatagramEndpoint(() => new Echo(), HERE);
      const remoteAddr = { host: HOST, port: portOf(server) };
      const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr });
      transport.sendto(new Uint8Array(70_000));
      yield* protocol.until(1);
      transport.sendto("small");
      yield* protocol.until(2);
      assert.deepEqual(protocol.log, ["EMSGSIZE", "small"]);
      transport.abort();
      server.abort();
      yield* protocol.until(3);
    }),
  ),

  "one to where nobody listens is told, but on Deno": needing(listens, ({ host }) =>
    run(function* () {
      const [server, serving] = yield* createDatagramEndpoint(() => new Noting(), HERE);
      const remoteAddr = { host: HOST, port: portOf(server) };
      server.close();
      yield* serving.until(1);
      const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), { remoteAddr });
      transport.sendto("anybody?");
      if (host !== "deno") assert.deepEqual(yield* protocol.until(1), ["ECONNREFUSED"]);
      transport.close();
      yield* protocol.until(host === "deno" ? 1 : 2);
    }),
  ),

  "an address that is taken, or not this machine's, is a failure with its code": needing(listens, () =>
    run(function* () {
      const [first, protocol] = yield* createDatagramEndpoint(() => new Noting(), HERE);
      for (const [host, port, code] of [
        [HOST, portOf(first), "EADDRINUSE"],
        ["192.0.2.1", 0, "EADDRNOTAVAIL"],
      ] as const) {
        let got: unknown;
        try {
          yield* createDatagramEndpoint(() => new Noting(), { localAddr: { host, port } });
        } catch (error) {
          got = (error as NetworkError).code;
        }
        assert.equal(got, code);
      }
      first.close();
      yield* protocol.until(1);
    }),
  ),

  "many are not pushed: what nobody takes in time is lost, and memory is not": needing(listens, async () => {
    const { bind } = aHost().network as Required<HostNetwork>;
    const bound = (remote: HostBindOptions["remote"]) => {
      const socket = bind({ ...BOUND, remote });
      return new Promise<HostDatagramSocket>((resolve) => {
        socket.watch({ readable() {}, ended() {}, closed() {}, writable: () => resolve(socket) });
      });
    };
    const receiver = await bound(undefined);
    const sender = await bound({ host: HOST, port: receiver.localAddress?.port as number });
    const takeAll = () => {
      let bytes = 0;
      for (let next = receiver.read(); next !== null; next = receiver.read())
        if ("bytes" in next) bytes += next.bytes.length;
      return bytes;
    };
    const send = async () => {
      for (let i = 0; i < 10; i++) sender.send(new Uint8Array(10_000), undefined);
      await new Promise((resolve) => setTimeout(resolve, 1));
    };
    // Three megabytes, of which one is kept; the system loses little as long as it is asked now and then.
    for (let i = 0; i < 30; i++) await send();
    assert.isAtMost(takeAll(), 1024 * 1024);
    // There is room again.
    let more = 0;
    for (let tries = 0; more === 0 && tries < 100; tries++) {
      await send();
      more = takeAll();
    }
    assert.isAbove(more, 0);
    receiver.destroy();
    sender.destroy();
  }),

  "what cannot be sent is told before the end, and an empty one is sent": needing(listens, () =>
    run(function* () {
      const [server, serving] = yield* createDatagramEndpoint(() => new Noting(), HERE);
      const to = { host: HOST, port: portOf(server) };
      for (const remoteAddr of [undefined, to]) {
        const open = () => createDatagramEndpoint(() => new Noting(), { ...HERE, remoteAddr });
        const [large, told] = yield* open();
        large.sendto(new Uint8Array(70_000), to);
        large.close();
        assert.deepEqual(yield* told.until(2), ["EMSGSIZE", "lost"]);
        const [empty, left] = yield* open();
        empty.sendto("", to);
        empty.close();
        assert.deepEqual(yield* left.until(1), ["lost"]);
        assert.deepEqual(yield* serving.until(1), [""]);
        serving.log.length = 0;
      }
      server.close();
      yield* serving.until(1);
    }),
  ),

  "to all of a network one may send only with allowBroadcast": needing(listens, ({ host }) =>
    run(function* () {
      const all = { host: "255.255.255.255", port: 9 };
      for (const allowBroadcast of [false, true]) {
        const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), {
          family: 4,
          allowBroadcast,
        });
        transport.sendto("x", all);
        transport.close();
        while (protocol.log.at(-1) !== "lost") yield* protocol.until(protocol.log.length + 1);
        assert.equal(protocol.log.includes(host === "deno" ? "EUNKNOWN" : "EACCES"), !allowBroadcast);
      }
    }),
  ),

  "a dgram.Socket that is not bound is refused, and one that is bound is taken": needing(listens, () =>
    run(function* () {
      const { createSocket } = nodeModule("node:dgram");
      let code: unknown;
      try {
        yield* createDatagramEndpoint(() => new Noting(), { sock: createSocket("udp4") });
      } catch (error) {
        code = (error as NetworkError).code;
      }
      assert.equal(code, "EINVAL");
      const sock = createSocket("udp4");
      const bound = getRunningLoop().createFuture<void>();
      sock.bind(0, HOST, () => bound.setResult());
      yield* bound;
      const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), { sock });
      transport.sendto("to itself", { host: HOST, port: portOf(transport) });
      assert.deepEqual(yield* protocol.until(1), ["to itself"]);
      transport.close();
      yield* protocol.until(2);
    }),
  ),

  "a group is joined by the host's own socket": needing(listens, () =>
    run(function* () {
      const [transport, protocol] = yield* createDatagramEndpoint(() => new Noting(), { family: 4 });
      const socket = transport.getExtraInfo("socket") as {
        addMembership(group: string, address: string): void;
        setMulticastInterface(address: string): void;
      };
      socket.addMembership("239.7.7.7", HOST);
      socket.setMulticastInterface(HOST);
      transport.sendto("all of you", { host: "239.7.7.7", port: portOf(transport) });
      assert.deepEqual(yield* protocol.until(1), ["all of you"]);
      transport.close();
      yield* protocol.until(2);
    }),
  ),

  "cancelling while it is bound leaves nothing": needing(listens, () =>
    run(function* () {
      const task = createTask(
        createDatagramEndpoint(() => new Noting(), { remoteAddr: { host: "localhost", port: 9 } }),
      );
      yield* sleep(0);
      task.cancel();
      yield* sleep(5);
      assert.isTrue(task.cancelled());
    }),
  ),

  "addresses have names, and names addresses": needing(listens, () =>
    run(function* () {
      assert.deepEqual(yield* getnameinfo({ host: HOST, port: 80 }, { flags: ["NI_NUMERICSERV"] }), [
        "localhost",
        "80",
      ]);
      const numeric = yield* getnameinfo({ host: HOST, port: 80 }, { flags: ["NI_NUMERICHOST"] });
      assert.equal(numeric[0], HOST);
      const flags = ["AI_ADDRCONFIG", "AI_V4MAPPED"] as const;
      const [first] = yield* getaddrinfo("localhost", 53, { family: 4, type: "datagram", proto: 17, flags });
      assert.deepInclude(first, { host: HOST, port: 53, type: "datagram", proto: 17 });
      assert.deepEqual(
        (yield* getaddrinfo(null, 1, { flags: ["AI_PASSIVE"] })).map(({ host }) => host),
        ["::", "0.0.0.0"],
      );
      for (const name of [HOST, "localhost"]) {
        const mapped = yield* getaddrinfo(name, 1, { family: 6, flags: ["AI_V4MAPPED", "AI_ALL"] });
        assert.include(
          mapped.map(({ host }) => host),
          `::ffff:${HOST}`,
        );
      }
      let code: unknown;
      try {
        yield* getaddrinfo("localhost", 1, { flags: ["AI_NUMERICHOST"] });
      } catch (error) {
        code = (error as NetworkError).code;
      }
      assert.equal(code, "ENOTFOUND");
    }),
  ),

  "a host without them says so": needing(lacks, () =>
    run(function* () {
      for (const operation of [
        createDatagramEndpoint(() => new Noting(), HERE),
        getnameinfo({ host: HOST, port: 80 }),
      ]) {
        let code: unknown;
        try {
          yield* operation;
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        assert.equal(code, "ERR_HOST_UNSUPPORTED");
      }
    }),
  ),
});
