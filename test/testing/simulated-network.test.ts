// A network in memory: hosts and names, delays, what goes wrong, and that a seed decides it all. That streams, servers, protocols and
// datagrams are the same on it as on the host's is shown by the tests in test/io.

import { describe, expect, test } from "vitest";
import {
  createDatagramEndpoint,
  createTask,
  DatagramProtocol,
  type DatagramTransport,
  gather,
  getaddrinfo,
  getnameinfo,
  getRunningLoop,
  type NetworkError,
  newEventLoop,
  openConnection,
  run,
  type SocketAddress,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  TaskGroup,
  waitFor,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { KIND_CHANNEL, KIND_TIMER } from "../../assembly/abi.ts";
import { Random, seeds } from "../random.ts";
import { codeOf, connected, failure, type Steps, simulate, text } from "./simulated.ts";

function hostOf(writer: StreamWriter, end: "peername" | "sockname"): string {
  return (writer.getExtraInfo(end) as SocketAddress).host;
}

describe("hosts", () => {
  test("a task's connections come from its host, whichever way it was put there", () => {
    const seen = simulate(function* (network) {
      const peers: string[] = [];
      yield* network.host("a").createTask(
        startServer(
          (_, writer) => {
            peers.push(hostOf(writer, "peername"));
            writer.close();
          },
          "a",
          80,
        ),
      );
      function* visit(): Steps {
        const [reader, writer] = yield* openConnection("a", 80);
        yield* reader.read();
        writer.close();
      }
      yield* visit();
      yield* network.host("b").createTask(visit());
      yield* new TaskGroup().with(function* (group) {
        group.createTask(visit(), { context: network.host("c").context() });
      });
      return peers;
    });
    expect(seen).toEqual(["10.0.0.1", "10.0.0.3", "10.0.0.4"]);
  });

  test("a task of an async function is on its host, and so is what its server starts", async () => {
    const network = new SimulatedNetwork({ hosts: ["a", "b", "c"] });
    await run(
      async () => {
        const seen: string[] = [];
        await network.host("c").createTask(async () => {
          await startServer((_, writer) => {
            seen.push(`c from ${hostOf(writer, "peername")}`);
            writer.close();
          }, "c");
        });
        await network.host("a").createTask(async () => {
          await sleep(1);
          await startServer(
            async (_, writer) => {
              seen.push(`a from ${hostOf(writer, "peername")}`);
              // The handler is a's, and so are its connections.
              const [reader, further] = await openConnection("c", 49_152);
              await reader.read();
              further.close();
              writer.close();
            },
            "a",
            80,
          );
        });
        await network.host("b").createTask(async () => {
          const [reader, writer] = await openConnection("a", 80);
          await reader.read();
          writer.close();
        });
        expect(seen).toEqual(["a from 10.0.0.3", "c from 10.0.0.2"]);
      },
      { clock: new VirtualClock(), network },
    );
  });

  test("each host has its own ports, and itself as localhost", () => {
    simulate(function* (network) {
      for (const name of ["a", "b"]) yield* network.host(name).createTask(startServer(() => {}, "", 80));
      const again = network.host("a").createTask(startServer(() => {}, "127.0.0.1", 80));
      expect(yield* codeOf(again)).toBe("EADDRINUSE");
      expect(yield* codeOf(network.host("c").createTask(openConnection("localhost", 80)))).toBe(
        "ECONNREFUSED",
      );
      const [, writer] = yield* network.host("a").createTask(openConnection("localhost", 80));
      expect(hostOf(writer, "peername")).toBe("::1");
      const foreign = network.host("a").createTask(startServer(() => {}, "b", 81));
      expect(yield* codeOf(foreign)).toBe("EADDRNOTAVAIL");
    });
  });

  test("names and addresses lead to one another", () => {
    simulate(function* (network) {
      network.host("d", { addresses: ["192.0.2.7", "2001:db8::7"] });
      const found = yield* getaddrinfo("d", 80);
      expect(found.map(({ host, family }) => [host, family])).toEqual([
        ["192.0.2.7", "IPv4"],
        ["2001:db8::7", "IPv6"],
      ]);
      expect((yield* getaddrinfo("d", 80, { family: 6 })).map(({ host }) => host)).toEqual(["2001:db8::7"]);
      expect(yield* codeOf(getaddrinfo("a", 80, { family: 6 }))).toBe("ENOTFOUND");
      const mapped = yield* getaddrinfo("a", 80, { family: 6, flags: ["AI_V4MAPPED"] });
      expect(mapped.map(({ host }) => host)).toEqual(["::ffff:10.0.0.2"]);
      expect(yield* codeOf(getaddrinfo("nowhere"))).toBe("ENOTFOUND");
      expect(yield* getnameinfo({ host: "2001:db8::7", port: 80 })).toEqual(["d", "80"]);
      expect(yield* getnameinfo({ host: "127.0.0.1", port: 22 })).toEqual(["localhost", "22"]);
      expect(yield* getnameinfo({ host: "192.0.2.9", port: 1 })).toEqual(["192.0.2.9", "1"]);
    });
  });

  test("host() refuses names and addresses that would be mistaken for others", () => {
    const network = new SimulatedNetwork({ hosts: ["a"] });
    for (const name of ["", "localhost", "10.0.0.9", "::1"])
      expect(() => network.host(name)).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }));
    for (const addresses of [[], ["a"], ["127.0.0.2"], ["10.0.0.2"]])
      expect(() => network.host("d", { addresses })).toThrow(
        expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }),
      );
    expect(() => network.host("a", { addresses: ["10.1.0.1"] })).toThrow("give addresses when it is made");
    expect(network.host("a")).toBe(network.host("a"));
  });
});

describe("delays", () => {
  test("a connection takes a round trip, and what is sent takes one way", () => {
    simulate(
      function* (network) {
        const loop = getRunningLoop();
        const { client, accepted } = yield* connected(network);
        expect(loop.time()).toBeCloseTo(20, 6);
        client[1].write("ping");
        yield* accepted[0].readexactly(4);
        expect(loop.time()).toBeCloseTo(30, 6);
        accepted[1].write("pong");
        yield* client[0].readexactly(4);
        expect(loop.time()).toBeCloseTo(40, 6);
      },
      { link: { latencyMs: 10 } },
    );
  });

  test("latency is drawn from its range, and a link may have one of its own", () => {
    simulate(
      function* (network) {
        network.link("a", "b", { latencyMs: [5, 20] });
        const loop = getRunningLoop();
        const { client, accepted } = yield* connected(network);
        const tookMs: number[] = [];
        for (let i = 0; i < 200; i++) {
          const startMs = loop.time();
          client[1].write("x");
          yield* accepted[0].readexactly(1);
          tookMs.push(loop.time() - startMs);
        }
        expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(5 - 1e-6);
        expect(Math.min(...tookMs)).toBeLessThan(6);
        expect(Math.max(...tookMs)).toBeLessThan(20);
        expect(Math.max(...tookMs)).toBeGreaterThan(19);
      },
      { link: { latencyMs: 1000 } },
    );
  });

  test("a link's bandwidth is shared by all that is sent over it", () => {
    simulate(
      function* (network) {
        const loop = getRunningLoop();
        const { client, accepted } = yield* connected(network);
        const startMs = loop.time();
        client[1].write(new Uint8Array(50_000));
        const other = yield* network.host("b").createTask(openConnection("a", 80));
        other[1].write(new Uint8Array(50_000));
        yield* accepted[0].readexactly(50_000);
        expect(loop.time() - startMs).toBeCloseTo(500, 6);
        // The other one has to wait until the link is free, and its last byte until then.
        yield* sleep(499);
        other[1].writeEof();
        yield* other[1].drain();
        expect(loop.time() - startMs).toBeLessThan(1001);
      },
      { link: { latencyMs: 0, bandwidthBytesPerSecond: 100_000 } },
    );
  });

  test("it works by the real clock as well", async () => {
    const network = new SimulatedNetwork({ link: { latencyMs: 5 } });
    await run(
      function* () {
        const startMs = performance.now();
        const server = yield* startServer((_, writer) => writer.close(), "main", 80);
        const [reader, writer] = yield* openConnection("main", 80);
        yield* reader.read();
        expect(performance.now() - startMs).toBeGreaterThanOrEqual(10);
        writer.close();
        server.close();
        yield* server.waitClosed();
      },
      { network },
    );
  });
});

/** What a client and a server say to each other, with the times, under faults. */
function conversation(seed: number): string[] {
  return simulate(
    function* (network) {
      const log: string[] = [];
      const loop = getRunningLoop();
      const { client, accepted } = yield* connected(network);
      yield* gather(
        (function* (): Steps {
          for (let i = 0; i < 20; i++) {
            client[1].write(`${i}\n`);
            yield* sleep(3);
          }
          client[1].writeEof();
        })(),
        (function* (): Steps {
          for (;;) {
            const line = text(yield* accepted[0].readline());
            if (line === "") return;
            log.push(`${loop.time()} ${line}`);
          }
        })(),
      );
      return log;
    },
    { seed, link: { latencyMs: [1, 10], loss: 0.1 } },
  );
}

describe("the seed", () => {
  test("decides everything: a run is the same again, and another seed's is another", () => {
    for (const seed of [0, 1, -5, 2 ** 40]) expect(conversation(seed)).toEqual(conversation(seed));
    expect(conversation(1)).not.toEqual(conversation(2));
    expect(conversation(1)).not.toEqual(conversation(1 + 2 ** 32));
  });

  test("has the same numbers on every host", () => {
    expect(conversation(7).at(-1)).toBe(LAST_OF_SEED_7);
  });
});

const LAST_OF_SEED_7 = "279.272890541004 19\n";

describe("loss", () => {
  test.each(seeds())("a stream arrives whole and in order, however much is lost, seed %i", (seed) => {
    const random = new Random(seed);
    const sent = Uint8Array.from({ length: 300_000 }, () => random.bits() & 0xff);
    simulate(
      function* (network) {
        const { client, accepted } = yield* connected(network);
        yield* gather(
          (function* (): Steps {
            for (let at = 0; at < sent.length; ) {
              const size = random.between(1, 20_000);
              client[1].write(sent.subarray(at, at + size));
              at += size;
              yield* client[1].drain();
              if (random.chance(0.2)) yield* sleep(random.between(0, 50));
              if (random.chance(0.05)) network.partition(["a"]);
              if (random.chance(0.5)) network.heal();
            }
            network.heal();
            client[1].writeEof();
          })(),
          (function* (): Steps {
            expect(Buffer.compare(yield* accepted[0].read(), sent)).toBe(0);
          })(),
        );
      },
      { seed, link: { loss: 0.3, latencyMs: [0, 50] } },
    );
  });

  test("a lost part is sent again after a while, and what follows waits for it", () => {
    simulate(
      function* (network) {
        const loop = getRunningLoop();
        const { client, accepted } = yield* connected(network);
        network.link("a", "b", { loss: 1 });
        const startMs = loop.time();
        client[1].write("x");
        yield* sleep(100);
        network.link("a", "b", { loss: 0 });
        client[1].write("y");
        expect(text(yield* accepted[0].readexactly(2))).toBe("xy");
        expect(loop.time() - startMs).toBeCloseTo(10 + 200 + 20, 6);
      },
      { link: { latencyMs: 10 } },
    );
  });

  test("datagrams are lost and overtaken, in the share that was asked for", () => {
    const numbers = simulate(
      (network) => {
        network.link("b", "a", { loss: 0.2, reorder: 0.1 });
        return numbersOf(network, 2000);
      },
      { seed: 3, link: { latencyMs: [1, 2] } },
    );
    expect(numbers.length).toBeGreaterThan(1500);
    expect(numbers.length).toBeLessThan(1700);
    const overtaken = numbers.filter((number, i) => number < Math.max(...numbers.slice(0, i)));
    expect(overtaken.length).toBeGreaterThan(80);
    expect(overtaken.length).toBeLessThan(250);
  });

  test("without loss and reordering, all come in order", () => {
    expect(simulate((network) => numbersOf(network, 300))).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });
});

class Counting extends DatagramProtocol {
  readonly numbers: number[] = [];
  readonly errors: string[] = [];
  override datagramReceived(bytes: Uint8Array): void {
    this.numbers.push(Number(text(bytes)));
  }
  override errorReceived(error: NetworkError): void {
    this.errors.push(error.code);
  }
}

/** Sends so many numbered datagrams from b to a. @returns those that come. */
function* numbersOf(network: SimulatedNetwork, count: number): Steps<number[]> {
  const localAddr = { host: "a", port: 9 };
  const [, { numbers }] = yield* network
    .host("a")
    .createTask(createDatagramEndpoint(() => new Counting(), { localAddr }));
  const [sender] = yield* network
    .host("b")
    .createTask(createDatagramEndpoint(() => new Counting(), { remoteAddr: localAddr }));
  for (let i = 0; i < count; i++) {
    sender.sendto(String(i));
    if (i % 10 === 0) yield* sleep(1);
  }
  yield* sleep(1000);
  return numbers;
}

describe("datagrams", () => {
  test("a peer without a socket is told by ECONNREFUSED; too many bytes, and too many unread, do not arrive", () => {
    simulate(function* (network) {
      const remoteAddr = { host: "a", port: 9 };
      const [sender, told] = yield* createDatagramEndpoint(() => new Counting(), { remoteAddr });
      sender.sendto("1");
      sender.sendto(new Uint8Array(70_000));
      yield* sleep(10);
      expect(told.errors).toEqual(["EMSGSIZE", "ECONNREFUSED"]);
      network.crash("a");
      sender.sendto("2");
      yield* sleep(10);
      expect(told.errors).toHaveLength(2);
      sender.close();
    });
  });

  test("all hosts are reached at once by a broadcast", () => {
    simulate(function* (network) {
      const all: Counting[] = [];
      for (const name of ["a", "b", "c"]) {
        const [, protocol] = yield* network
          .host(name)
          .createTask(createDatagramEndpoint(() => new Counting(), { localAddr: { host: "", port: 9 } }));
        all.push(protocol);
      }
      const [sender] = yield* createDatagramEndpoint(() => new Counting(), {
        family: 4,
        allowBroadcast: true,
      });
      sender.sendto("5", { host: "255.255.255.255", port: 9 });
      yield* sleep(10);
      expect(all.map(({ numbers }) => numbers)).toEqual([[5], [5], [5]]);
    });
  });

  test("an answer goes back to the address that it came from", () => {
    simulate(function* (network) {
      class Echo extends DatagramProtocol {
        private transport!: DatagramTransport;
        override connectionMade(transport: DatagramTransport): void {
          this.transport = transport;
        }
        override datagramReceived(bytes: Uint8Array, address: SocketAddress): void {
          this.transport.sendto(bytes, address);
        }
      }
      yield* network
        .host("a")
        .createTask(createDatagramEndpoint(() => new Echo(), { localAddr: { host: "0.0.0.0", port: 7 } }));
      const [asking, { numbers }] = yield* network
        .host("b")
        .createTask(createDatagramEndpoint(() => new Counting(), { remoteAddr: { host: "a", port: 7 } }));
      asking.sendto("42");
      yield* sleep(10);
      expect(numbers).toEqual([42]);
    });
  });
});

describe("connecting", () => {
  test("is refused where nobody listens, and has no route to an address that no host has", () => {
    simulate(
      function* () {
        expect(yield* failure(openConnection("a", 80))).toEqual(["ECONNREFUSED", 20]);
        expect(yield* codeOf(openConnection("10.0.0.99", 80))).toBe("EHOSTUNREACH");
        expect(yield* codeOf(openConnection("nowhere", 80))).toBe("ENOTFOUND");
      },
      { link: { latencyMs: 10 } },
    );
  });

  test("across a partition it times out as TCP does, or when the user says so, and goes through once it is healed", () => {
    simulate(function* (network) {
      yield* network.host("a").createTask(startServer((_, writer) => writer.close(), "a", 80));
      network.partition(["main"], ["a"]);
      expect(yield* failure(openConnection("a", 80))).toEqual(["ETIMEDOUT", 127_000]);
      expect(yield* failure(openConnection("a", 80, { connectTimeoutMs: 50 }))).toEqual(["ETIMEDOUT", 50]);
      expect(yield* failure(waitFor(openConnection("a", 80), 70))).toEqual(["ERR_TIMEOUT", 70]);
      getRunningLoop().callLater(4000, () => network.heal());
      const startMs = getRunningLoop().time();
      yield* openConnection("a", 80);
      // It is asked again after 1, 3 and 7 seconds.
      expect(Math.round((getRunningLoop().time() - startMs) / 1000)).toBe(7);
    });
  });

  test("a full backlog lets the others wait", () => {
    simulate(function* () {
      let release = () => {};
      const server = yield* startServer(
        (_, writer) => {
          release = () => writer.close();
        },
        { host: "main", port: 80, backlog: 1, maxConnections: 1 },
      );
      yield* openConnection("main", 80);
      yield* openConnection("main", 80);
      const third = createTask(openConnection("main", 80));
      yield* sleep(500);
      expect(third.done()).toBe(false);
      release();
      yield* third;
      server.abortClients();
    });
  });

  test("cancelled while it is under way, it leaves nothing", () => {
    const loop = newEventLoop({
      clock: new VirtualClock(),
      network: new SimulatedNetwork({ link: { latencyMs: 10 } }),
    });
    loop.runSync(
      (function* (): Steps {
        let accepted = 0;
        const server = yield* startServer(
          function* (reader, writer) {
            accepted++;
            try {
              yield* reader.read();
            } finally {
              writer.close();
            }
          },
          "main",
          80,
        );
        for (let ms = 0; ms < 25; ms += 2.5) {
          const opening = createTask(openConnection("main", 80));
          yield* sleep(ms);
          opening.cancel();
          yield* sleep(0);
          if (opening.done() && !opening.cancelled()) opening.result()[1].close();
        }
        yield* sleep(100);
        expect(accepted).toBeLessThan(10);
        expect(loop.scheduler.calls.slotsLive(KIND_CHANNEL)).toBe(1);
        server.close();
        yield* server.waitClosed();
      })(),
    );
    expect(loop.scheduler.calls.slotsLive(KIND_TIMER)).toBe(0);
    loop.close();
  });
});

describe("partitions", () => {
  test("what is sent meanwhile arrives once they are healed", () => {
    simulate(function* (network) {
      const { client, accepted } = yield* connected(network);
      network.partition(["a"], ["b", "c"]);
      client[1].write("late");
      const reading = createTask(accepted[0].readexactly(4));
      yield* sleep(60_000);
      expect(reading.done()).toBe(false);
      network.heal();
      expect(text(yield* reading)).toBe("late");
    });
  });

  test("what was under way when they began is lost, and sent again", () => {
    simulate(
      function* (network) {
        const { client, accepted } = yield* connected(network);
        client[1].write("under way");
        yield* sleep(5);
        network.partition(["a"]);
        yield* sleep(50);
        network.heal();
        expect(text(yield* accepted[0].readexactly(9))).toBe("under way");
      },
      { link: { latencyMs: 10 } },
    );
  });

  test("nobody waits for ever: the writer's connection times out, and its reader does not know", () => {
    simulate(
      function* (network) {
        const { client, accepted } = yield* connected(network);
        network.partition(["a"], ["b"]);
        client[1].write("x");
        const [code, afterMs] = yield* failure(client[0].read());
        expect(code).toBe("ETIMEDOUT");
        expect(afterMs).toBeGreaterThanOrEqual(5000);
        expect(afterMs).toBeLessThan(5010);
        network.heal();
        expect(yield* codeOf(waitFor(accepted[0].read(), 10_000))).toBe("ERR_TIMEOUT");
        // What it sends now is answered by a reset.
        accepted[1].write("y");
        expect(yield* codeOf(accepted[0].read())).toBe("ECONNRESET");
      },
      { sendTimeoutMs: 5000 },
    );
  });

  test("they are between groups alone, add up, and one group is cut off from all", () => {
    simulate(function* (network) {
      for (const name of ["a", "b", "c"])
        yield* network.host(name).createTask(startServer((_, writer) => writer.close(), name, 80));
      function* reach(from: string): Steps<string> {
        let reached = "";
        for (const to of ["a", "b", "c"]) {
          const opening = openConnection(to, 80, { connectTimeoutMs: 100 });
          try {
            (yield* network.host(from).createTask(opening))[1].close();
            reached += to;
          } catch {}
        }
        return reached;
      }
      function* everybody(): Steps<string[]> {
        const all: string[] = [];
        for (const name of ["a", "b", "c", "main"]) all.push(yield* reach(name));
        return all;
      }
      network.partition(["a"], ["b"]);
      expect(yield* everybody()).toEqual(["ac", "bc", "abc", "abc"]);
      network.partition(["c"], ["b", "a"]);
      expect(yield* everybody()).toEqual(["a", "b", "c", "abc"]);
      network.heal();
      network.partition(["a", "b"]);
      expect(yield* everybody()).toEqual(["ab", "ab", "c", "c"]);
      network.heal();
      // One direction is enough for there to be no answer.
      network.cut("a", "b");
      expect(yield* everybody()).toEqual(["ac", "bc", "abc", "abc"]);
      network.heal();
      expect(yield* everybody()).toEqual(Array(4).fill("abc"));
    });
  });
});

describe("broken connections", () => {
  test("reset breaks both ends, between two hosts or all of one", () => {
    simulate(function* (network) {
      const one = yield* connected(network);
      network.reset("a", "c");
      one.client[1].write("x");
      yield* one.accepted[0].readexactly(1);
      network.reset("b", "a");
      expect(yield* codeOf(one.client[0].read())).toBe("ECONNRESET");
      expect(yield* codeOf(one.accepted[0].read())).toBe("ECONNRESET");
      one.server.close();
      const two = yield* connected(network);
      network.reset("b");
      expect(yield* codeOf(two.client[0].read())).toBe("ECONNRESET");
      expect(yield* codeOf(two.accepted[0].read())).toBe("ECONNRESET");
    });
  });

  test("the connections of a host that crashes are half open: a reader waits, a writer times out", () => {
    simulate(function* (network) {
      const { client, accepted } = yield* connected(network);
      network.crash("a");
      expect(yield* codeOf(accepted[0].read())).toBe("ENETDOWN");
      expect(yield* codeOf(waitFor(client[0].read(), 3_600_000))).toBe("ERR_TIMEOUT");
      client[1].write("x");
      expect(yield* failure(client[0].read())).toEqual(["ETIMEDOUT", expect.closeTo(924_600, -1)]);
      expect(yield* codeOf(network.host("a").createTask(openConnection("b", 80)))).toBe("ENETDOWN");
      expect(yield* codeOf(network.host("a").createTask(startServer(() => {})))).toBe("ENETDOWN");
      expect(yield* codeOf(network.host("a").createTask(getaddrinfo("b")))).toBe("EAI_AGAIN");
    });
  });

  test("keepAlive finds out that the other side is gone", () => {
    simulate(function* (network) {
      const { client } = yield* connected(network, { keepAlive: 5000 });
      const reading = createTask(client[0].read());
      yield* sleep(60_000);
      expect(reading.done()).toBe(false);
      network.crash("a");
      const [code, afterMs] = yield* failure(reading);
      expect(code).toBe("ETIMEDOUT");
      expect(afterMs).toBeLessThan(16_000);
    });
  });

  test("a host that is back answers what belongs to earlier connections by a reset, and may listen again", () => {
    simulate(function* (network) {
      const { client } = yield* connected(network);
      network.crash("a");
      client[1].write("x");
      yield* sleep(1000);
      network.restart("a");
      expect(yield* codeOf(client[0].read())).toBe("ECONNRESET");
      expect(yield* codeOf(openConnection("a", 80))).toBe("ECONNREFUSED");
      yield* connected(network);
    });
  });

  test("what is sent to an end that has closed is answered by a reset", () => {
    simulate(function* (network) {
      const { client, accepted } = yield* connected(network);
      accepted[1].close();
      yield* client[0].read();
      client[1].write("nobody reads this");
      expect(yield* codeOf(client[1].waitClosed())).toBe("ECONNRESET");
    });
  });
});

describe("buffers", () => {
  test("as much as they hold is under way, and the writer waits for the rest", () => {
    simulate(
      function* (network) {
        const { client, accepted } = yield* connected(network);
        const { transport } = client[1];
        accepted[1].transport.pauseReading();
        client[1].write(new Uint8Array(1000));
        yield* sleep(100);
        expect(transport.getWriteBufferSize()).toBe(0);
        client[1].write(new Uint8Array(100_000));
        yield* sleep(100);
        expect(transport.getWriteBufferSize()).toBe(101_000 - 4096);
        accepted[1].transport.resumeReading();
        yield* gather(accepted[0].readexactly(101_000), client[1].drain());
        expect(transport.getWriteBufferSize()).toBe(0);
      },
      { bufferBytes: 4096 },
    );
  });

  test("what was written may be changed once it has left", () => {
    simulate(function* (network) {
      const { client, accepted } = yield* connected(network);
      const bytes = new TextEncoder().encode("before");
      client[1].write(bytes);
      expect(client[1].transport.getWriteBufferSize()).toBe(0);
      bytes.fill(0);
      expect(text(yield* accepted[0].readexactly(6))).toBe("before");
    });
  });
});

describe("loops", () => {
  test("a network belongs to one loop at a time, and is empty for the next", () => {
    const network = new SimulatedNetwork();
    const options = () => ({ clock: new VirtualClock(), network });
    const first = newEventLoop(options());
    expect(() => newEventLoop(options())).toThrow(expect.objectContaining({ code: "ERR_NETWORK_IN_USE" }));
    first.runSync(
      (function* (): Steps {
        yield* sleep(1000);
        yield* startServer(() => {}, "main", 80);
        yield* openConnection("main", 80);
      })(),
    );
    first.close();
    const second = newEventLoop(options());
    second.runSync(
      (function* (): Steps {
        expect(yield* codeOf(openConnection("main", 80))).toBe("ECONNREFUSED");
        yield* startServer(() => {}, "main", 80);
        yield* openConnection("main", 80);
        expect(second.time()).toBeLessThan(20);
      })(),
    );
    second.close();
  });

  test("a program that waits for what will never come is a deadlock", () => {
    const waiting = () =>
      simulate(function* (network) {
        const { client } = yield* connected(network);
        yield* client[0].read();
      });
    expect(waiting).toThrow(expect.objectContaining({ code: "ERR_DEADLOCK" }));
  });

  test("what it does not have is an error that names it", () => {
    simulate(function* () {
      const error = yield* caught(startServer(() => {}, { port: 0, reusePort: true }));
      expect(error).toMatchObject({ code: "ERR_HOST_UNSUPPORTED", host: "simulated network" });
      expect((yield* caught(openConnection("a", 443, { ssl: true }))).message).toContain(
        "'simulated network'",
      );
    });
  });
});

function* caught(coroutine: Iterable<unknown>): Steps<Error> {
  try {
    yield* coroutine;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a failure");
}

describe.each(seeds())("cancellation, seed %i,", (seed) => {
  test("of whatever waits on it leaves nothing", async () => {
    const random = new Random(seed);
    const network = new SimulatedNetwork({
      seed,
      hosts: ["a", "b"],
      link: { loss: 0.05, latencyMs: [0, 10] },
    });
    await run(
      async () => {
        const loop = getRunningLoop();
        const { calls } = loop.scheduler;
        const server = await network.host("a").createTask(startServer(echo, "a", 80));
        const kinds: (() => Promise<unknown>)[] = [
          async () => talk(...(await openConnection("a", 80))),
          async () => talk(...(await openConnection("a", 80, { happyEyeballsDelay: 1 }))),
          async () => await openConnection("a", 81),
          async () => {
            const [transport] = await createDatagramEndpoint(() => new Counting());
            transport.sendto("1", { host: "a", port: 9 });
            transport.close();
          },
          async () => await getnameinfo({ host: "10.0.0.2", port: 80 }),
        ];
        const tasks = Array.from({ length: 200 }, (_, i) =>
          network.host("b").createTask(kinds[i % kinds.length] as () => Promise<unknown>),
        );
        for (const task of tasks)
          if (random.chance(0.7)) loop.callLater(random.between(0, 60), () => task.cancel());
        loop.callLater(20, () => network.partition(["a"]));
        loop.callLater(40, () => network.heal());
        loop.callLater(60, () => network.reset("a"));
        await gather(...tasks, { returnExceptions: true });
        await sleep(1_000_000);
        expect(calls.slotsLive(KIND_CHANNEL)).toBe(1);
        server.close();
        await server.waitClosed();
        expect(calls.slotsLive(KIND_TIMER)).toBe(0);
      },
      { clock: new VirtualClock(), network },
    );
  });
});

async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  try {
    for await (const line of reader) writer.write(line);
  } catch {
    // It was reset.
  } finally {
    writer.close();
  }
}

async function talk(reader: StreamReader, writer: StreamWriter): Promise<void> {
  try {
    writer.write("line\n");
    await writer.drain();
    await reader.readline();
  } finally {
    writer.close();
  }
}
