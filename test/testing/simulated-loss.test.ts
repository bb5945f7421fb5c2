// Datagrams in a network in memory, and what is lost and overtaken on its links.

import { describe, expect, test } from "vitest";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  gather,
  getRunningLoop,
  type NetworkError,
  type SocketAddress,
  sleep,
} from "wasyncio";
import type { SimulatedNetwork } from "wasyncio/testing";
import { Random, seeds } from "../random.ts";
import { codeOf, connected, type Steps, simulate, text } from "./simulated.ts";

describe("loss", () => {
  test.each(seeds())("a stream arrives whole and in order, however much is lost, seed %i", (seed) => {
    const random = new Random(seed);
    const sent = Uint8Array.from({ length: 300_000 }, () => random.bits() & 0xff);
    simulate(
      function* (network) {
        const loop = getRunningLoop();
        const { client, accepted } = yield* connected(network);
        yield* gather(
          (function* (): Steps {
            for (let at = 0; at < sent.length; ) {
              const size = random.between(1, 20_000);
              client[1].write(sent.subarray(at, at + size));
              at += size;
              yield* client[1].drain();
              if (random.chance(0.2)) yield* sleep(random.between(0, 50));
              if (!random.chance(0.05)) continue;
              network.partition(["a"]);
              loop.callLater(random.between(0, 3000), () => network.heal());
            }
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
  test("a host that crashes loses its sockets for datagrams, and can bind their ports again once it is back", () => {
    simulate(function* (network) {
      const lost: unknown[] = [];
      class Losing extends DatagramProtocol {
        override connectionLost(error: Error | undefined): void {
          lost.push((error as { code?: unknown } | undefined)?.code);
        }
      }
      const a = network.host("a");
      const localAddr = { host: "a", port: 9 };
      const bind = () => a.createTask(createDatagramEndpoint(() => new Losing(), { localAddr }));
      yield* bind();
      network.crash("a");
      yield* sleep(10);
      expect(lost).toEqual(["ENETDOWN"]);
      const local = () => a.createTask(createDatagramEndpoint(() => new Losing()));
      expect(yield* codeOf(local())).toBe("ENETDOWN");
      network.restart("a");
      const [transport] = yield* bind();
      transport.close();
      yield* sleep(10);
      expect(lost).toEqual(["ENETDOWN", undefined]);
    });
  });

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
