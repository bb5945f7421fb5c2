// A network in memory: hosts and names, delays, buffers, loops, and that a seed decides it all. That streams, servers, protocols and
// datagrams are the same on it as on the host's is shown by the tests in test/io.

import { describe, expect, test } from "vitest";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  gather,
  getaddrinfo,
  getnameinfo,
  getRunningLoop,
  newEventLoop,
  openConnection,
  run,
  type SocketAddress,
  type StreamWriter,
  sleep,
  startServer,
  TaskGroup,
} from "wasyncio";
import { type SimulatedHost, SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { codeOf, connected, type Steps, simulate, text } from "./simulated.ts";

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

  test("AI_ADDRCONFIG leaves out families that the host does not speak", () => {
    simulate(function* (network) {
      function* localhostOn(host: SimulatedHost): Steps<string[]> {
        const options = { flags: ["AI_ADDRCONFIG"] } as const;
        return (yield* host.createTask(getaddrinfo("localhost", 80, options))).map((each) => each.host);
      }
      expect(yield* localhostOn(network.host("a"))).toEqual(["127.0.0.1"]);
      const both = network.host("d", { addresses: ["192.0.2.7", "2001:db8::7"] });
      expect(yield* localhostOn(both)).toEqual(["::1", "127.0.0.1"]);
    });
  });

  test("a port may have a socket on each address of its host, and each gets what is sent to its own", () => {
    class Noting extends DatagramProtocol {
      readonly log: string[] = [];
      override datagramReceived(bytes: Uint8Array): void {
        this.log.push(text(bytes));
      }
    }
    simulate(function* (network) {
      const d = network.host("d", { addresses: ["192.0.2.7", "192.0.2.8"] });
      const logs: string[][] = [];
      for (const host of ["192.0.2.7", "192.0.2.8"]) {
        const opening = createDatagramEndpoint(() => new Noting(), { localAddr: { host, port: 9 } });
        const [, { log }] = (yield* d.createTask(opening)) as [unknown, Noting];
        logs.push(log);
      }
      const taken = createDatagramEndpoint(() => new Noting(), { localAddr: { host: "0.0.0.0", port: 9 } });
      expect(yield* codeOf(d.createTask(taken))).toBe("EADDRINUSE");
      const [sender] = yield* createDatagramEndpoint(() => new DatagramProtocol());
      for (const host of ["192.0.2.8", "192.0.2.7"]) sender.sendto(`for ${host}`, { host, port: 9 });
      yield* sleep(10);
      expect(logs).toEqual([["for 192.0.2.7"], ["for 192.0.2.8"]]);
      sender.close();
    });
  });

  test("all addresses of a host lead to it: those for itself, those for all, and mapped ones", () => {
    simulate(function* (network) {
      yield* network.host("a").createTask(startServer((_, writer) => writer.close(), "", 80));
      for (const address of ["127.0.0.9", "::1", "0.0.0.0", "", "::ffff:10.0.0.2", "a"]) {
        const [, writer] = yield* network.host("a").createTask(openConnection(address, 80));
        writer.close();
      }
      expect(yield* codeOf(openConnection("0.0.0.0", 80))).toBe("ECONNREFUSED");
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
        // The server has it when it knows that the client does.
        expect(loop.time()).toBeCloseTo(30, 6);
        client[1].write("ping");
        yield* accepted[0].readexactly(4);
        expect(loop.time()).toBeCloseTo(40, 6);
        accepted[1].write("pong");
        yield* client[0].readexactly(4);
        expect(loop.time()).toBeCloseTo(50, 6);
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
  });

  test("has the same numbers on every host", () => {
    expect(conversation(7).at(-1)).toBe(LAST_OF_SEED_7);
  });
});

const LAST_OF_SEED_7 = "275.1712358710356 19\n";

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

  test("a hundred thousand small writes wait in order", () => {
    simulate(function* (network) {
      const { client, accepted } = yield* connected(network);
      const count = 100_000;
      for (let i = 0; i < count; i++) client[1].write(`${i},`);
      client[1].writeEof();
      const numbers = text(yield* accepted[0].read()).split(",");
      expect(numbers.slice(0, -1).every((number, i) => Number(number) === i)).toBe(true);
      expect(numbers).toHaveLength(count + 1);
    });
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

test("a deadlock on a network in memory is one for run as well: nothing of it comes from the host", async () => {
  const network = new SimulatedNetwork({ seed: 1, hosts: ["a", "b"] });
  const running = run(
    function* () {
      yield* network.host("b").createTask(startServer(function* () {}, "b", 7));
      const [reader] = yield* network.host("a").createTask(openConnection("b", 7));
      yield* getaddrinfo("b", 7);
      yield* reader.read();
    },
    { clock: new VirtualClock({ deadlockAfterMs: 50 }), network },
  );
  await expect(running).rejects.toMatchObject({ name: "DeadlockError" });
});
