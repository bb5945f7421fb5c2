// What goes wrong in a network in memory: partitions, broken connections, hosts that crash, connections that cannot be made, and
// cancellation in the midst of it.

import { describe, expect, test } from "vitest";
import {
  createDatagramEndpoint,
  createTask,
  DatagramProtocol,
  gather,
  getaddrinfo,
  getnameinfo,
  getRunningLoop,
  newEventLoop,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  waitFor,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { KIND_CHANNEL, KIND_TIMER } from "../../assembly/abi.ts";
import { Random, seeds } from "../random.ts";
import { codeOf, connected, failure, type Steps, simulate, text } from "./simulated.ts";

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

  test("given up while the answer is held up, it never reaches the server", () => {
    simulate(function* (network) {
      let accepted = 0;
      const server = yield* network.host("a").createTask(startServer(() => accepted++, "a", 80));
      network.cut("a", "b");
      const opening = network.host("b").createTask(openConnection("a", 80, { connectTimeoutMs: 100 }));
      expect(yield* codeOf(opening)).toBe("ETIMEDOUT");
      network.heal();
      yield* sleep(1000);
      expect(accepted).toBe(0);
      server.close();
      yield* server.waitClosed();
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
      expect(yield* codeOf(accepted[0].read())).toBe("ECONNRESET");
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
            const [transport] = await createDatagramEndpoint(() => new DatagramProtocol());
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
