// The contract of a host (src/host/host.ts, src/host/network.ts) as tests: every host runs them, and none fakes anything.

import { describe, expect, test } from "vitest";
import type { Host } from "../../src/host/host.ts";
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostName,
  HostNetwork,
  HostServer,
  HostSocket,
} from "../../src/host/network.ts";

/** A connection or server on this machine without anything particular. */
const LOOPBACK = { host: "127.0.0.1", noDelay: true, keepAliveMs: undefined } as const;
const LISTENING = { ...LOOPBACK, port: 0, reusePort: false } as const;
const CONNECTING = {
  ...LOOPBACK,
  family: 0,
  localHost: undefined,
  localPort: undefined,
  startsTls: false,
} as const;

/** What a host has besides clock and wakes. */
export interface HostFeatures {
  readonly network: boolean;
  readonly fetch: boolean;
  readonly taskStorage: boolean;
}

export function hostContract(makeHost: () => Host, features: HostFeatures): void {
  describe("clock and wakes", () => clockContract(makeHost));
  describe("what is there", () => featureContract(makeHost, features));
  if (features.network)
    describe("network", () => networkContract(() => makeHost().network as Required<HostNetwork>));
}

function clockContract(makeHost: () => Host): void {
  test("now never goes backwards", () => {
    const host = makeHost();
    let before = host.now();
    for (let i = 0; i < 10_000; i++) {
      const now = host.now();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });

  test("wakeSoon calls back once for each call, in order, and never from within", async () => {
    const host = makeHost();
    const log: number[] = [];
    await new Promise<void>((resolve) => {
      host.wakeSoon(() => log.push(1));
      host.wakeSoon(() => log.push(2));
      host.wakeSoon(() => {
        log.push(3);
        resolve();
      });
      log.push(0);
    });
    expect(log).toEqual([0, 1, 2, 3]);
  });

  test("wakeSoon lets the host's timers in between", async () => {
    const host = makeHost();
    let timerCame = false;
    host.wakeAt(host.now() + 5, () => {
      timerCame = true;
    });
    await new Promise<void>((resolve) => {
      const again = () => (timerCame ? resolve() : host.wakeSoon(again));
      again();
    });
    expect(timerCame).toBe(true);
  });

  test.each([0, 0.4, 1, 3.7, 20])("wakeAt in %f ms is never early, and not from within", async (delayMs) => {
    const host = makeHost();
    const deadlineMs = host.now() + delayMs;
    let within = true;
    const wokenMs = await new Promise<number>((resolve) => {
      host.wakeAt(deadlineMs, () => resolve(within ? Number.NaN : host.now()));
      within = false;
    });
    expect(wokenMs).toBeGreaterThanOrEqual(deadlineMs);
  });

  test("wakeAt takes a distance beyond what timers can hold, and cancel ends it", async () => {
    const host = makeHost();
    let woken = 0;
    const far = host.wakeAt(host.now() + 2 ** 40, () => woken++);
    const near = host.wakeAt(host.now() + 1, () => woken++);
    near.cancel();
    await new Promise<void>((resolve) => {
      host.wakeAt(host.now() + 10, resolve);
    });
    far.cancel();
    far.cancel();
    expect(woken).toBe(0);
  });

  test("keepAlive may be repeated", () => {
    const host = makeHost();
    for (const on of [false, true, true, false, false]) host.keepAlive(on);
  });
}

function featureContract(makeHost: () => Host, features: HostFeatures): void {
  test("is what the host says", () => {
    const host = makeHost();
    expect(host.name).toMatch(/\S/);
    expect(host.sliceMs).toBeGreaterThan(0);
    expect(host.network !== undefined).toBe(features.network);
    expect(typeof host.fetch === "function").toBe(features.fetch);
    expect(typeof host.createTaskStorage === "function").toBe(features.taskStorage);
    expect(host.skipTo).toBeUndefined();
  });

  if (features.taskStorage)
    test("task storage follows promises", async () => {
      const storage = makeHost().createTaskStorage?.<string>();
      const seen = await storage?.run("inside", async () => {
        await Promise.resolve();
        return storage.get();
      });
      expect(seen).toBe("inside");
      expect(storage?.get()).toBeUndefined();
    });
}

/** Notes what is told, and lets a test wait for it. */
class Watch implements HostEvents {
  readonly log: string[] = [];
  failure: HostFailure | undefined;
  #changed: () => void = () => {};
  #within = false;

  constructor(watched: { watch(events: HostEvents): void }) {
    this.#within = true;
    watched.watch(this);
    this.#within = false;
  }

  #note(what: string): void {
    expect(this.#within, "no event comes from within watch").toBe(false);
    expect(this.log, "nothing is told after closed").not.toContain("closed");
    this.log.push(what);
    this.#changed();
  }

  readable(): void {
    this.#note("readable");
  }

  writable(): void {
    this.#note("writable");
  }

  ended(): void {
    this.#note("ended");
  }

  closed(failure: HostFailure | undefined): void {
    this.failure = failure;
    this.#note("closed");
  }

  /** Waits until `holds`, asking whenever something was told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  told(what: string): Promise<void> {
    return this.until(() => this.log.includes(what));
  }
}

interface Ends {
  readonly server: HostServer;
  readonly near: HostSocket;
  readonly nearWatch: Watch;
  readonly far: HostSocket;
  readonly farWatch: Watch;
}

async function withEnds(network: Required<HostNetwork>, body: (ends: Ends) => Promise<void>): Promise<void> {
  const server = network.listen({ ...LISTENING, backlog: 10 });
  const serverWatch = new Watch(server);
  await serverWatch.told("writable");
  const port = server.address?.port as number;
  const near = network.connect({ ...CONNECTING, port });
  const nearWatch = new Watch(near);
  await Promise.all([nearWatch.told("writable"), serverWatch.told("readable")]);
  const far = server.accept() as HostSocket;
  const farWatch = new Watch(far);
  try {
    await body({ server, near, nearWatch, far, farWatch });
  } finally {
    near.destroy();
    far.destroy();
    server.close();
    await Promise.all([nearWatch.told("closed"), farWatch.told("closed")]);
  }
}

/** Reads until `count` bytes have come. */
async function readAll(socket: HostSocket, watch: Watch, count: number): Promise<Uint8Array> {
  const got: number[] = [];
  await watch.until(() => {
    for (let some = socket.read(); some !== null; some = socket.read()) got.push(...some);
    return got.length >= count;
  });
  return Uint8Array.from(got);
}

function networkContract(network: () => Required<HostNetwork>): void {
  test("a connection tells writable when it is there, and has its addresses", () =>
    withEnds(network(), async ({ server, near, far }) => {
      expect(server.address).toMatchObject({ family: "IPv4", host: "127.0.0.1", path: "" });
      expect(near.remoteAddress).toEqual(server.address);
      expect(near.localAddress).toEqual(far.remoteAddress);
      expect(server.accept()).toBeNull();
    }));

  test("bytes go both ways, and belong to who reads them", () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      expect(near.read()).toBeNull();
      near.write(new Uint8Array([1, 2, 3]));
      expect([...(await readAll(far, farWatch, 3))]).toEqual([1, 2, 3]);
      // One that comes alone, then two that wait together.
      for (const count of [1, 2]) {
        for (let i = 0; i < count; i++) {
          const told = nearWatch.log.length;
          far.write(new Uint8Array([i]));
          await nearWatch.until(() => nearWatch.log.indexOf("readable", told) >= 0);
        }
        const bytes = near.read() as Uint8Array;
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        expect([bytes.length, bytes.buffer.byteLength]).toEqual([count, count]);
      }
    }));

  test("what is not read holds the writer up, and writable follows when it has left", () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      const size = 16_000_000;
      const count = nearWatch.log.length;
      near.write(new Uint8Array(size));
      expect(near.unsentBytes).toBeGreaterThan(0);
      await farWatch.told("readable");
      expect(nearWatch.log.length).toBe(count);
      let got = 0;
      await farWatch.until(() => {
        for (let some = far.read(); some !== null; some = far.read()) got += some.length;
        return got === size;
      });
      await nearWatch.until(() => near.unsentBytes === 0);
    }));

  test("a socket that fails tells so, and never that what it held has left", () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array(16_000_000));
      await farWatch.told("readable");
      const told = nearWatch.log.length;
      // With bytes that nobody has read, the system cuts the connection instead of ending it.
      far.destroy();
      await nearWatch.told("closed");
      expect(nearWatch.failure?.code).toMatch(/^(ECONNRESET|EPIPE)$/);
      expect(nearWatch.log.slice(told)).not.toContain("writable");
    }));

  test("end ends one direction: what came before is read first, the other goes on", () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array([1]));
      near.end();
      expect([...(await readAll(far, farWatch, 1))]).toEqual([1]);
      await farWatch.told("ended");
      expect(far.read()).toBeNull();
      far.write(new Uint8Array([2]));
      expect([...(await readAll(near, nearWatch, 1))]).toEqual([2]);
      expect(farWatch.log).not.toContain("closed");
    }));

  test("close sends what was written, then tells closed without a failure", () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array(100_000));
      near.close();
      expect((await readAll(far, farWatch, 100_000)).length).toBe(100_000);
      await nearWatch.told("closed");
      expect(nearWatch.failure).toBeUndefined();
      await farWatch.told("ended");
    }));

  test("destroy tells closed, and later calls are harmless", () =>
    withEnds(network(), async ({ near, nearWatch }) => {
      near.destroy();
      near.destroy();
      await nearWatch.told("closed");
      near.write(new Uint8Array([1]));
      near.end();
      near.close();
      expect(nearWatch.failure).toBeUndefined();
    }));

  test("a server that is closed refuses, with a failure that has a code", async () => {
    const server = network().listen({ ...LISTENING, backlog: 1 });
    await new Watch(server).told("writable");
    const port = server.address?.port as number;
    server.close();
    const watch = new Watch(network().connect({ ...CONNECTING, port }));
    await watch.told("closed");
    expect(watch.log).toEqual(["closed"]);
    expect(watch.failure).toMatchObject({ code: "ECONNREFUSED", reason: expect.stringMatching(/\S/) });
  });

  test("a connection that nobody takes is dropped with its server", async () => {
    const server = network().listen({ ...LISTENING, backlog: 1 });
    const serverWatch = new Watch(server);
    await serverWatch.told("writable");
    const socket = network().connect({ ...CONNECTING, port: server.address?.port as number });
    const watch = new Watch(socket);
    await serverWatch.told("readable");
    server.close();
    await watch.until(() => {
      socket.read();
      return watch.log.includes("ended") || watch.log.includes("closed");
    });
    socket.destroy();
    await watch.told("closed");
  });

  test("what happened before watch is told after it", async () => {
    const server = network().listen({ ...LISTENING, backlog: 1 });
    const serverWatch = new Watch(server);
    await serverWatch.told("writable");
    const near = network().connect({ ...CONNECTING, port: server.address?.port as number });
    const nearWatch = new Watch(near);
    await nearWatch.told("writable");
    near.write(new Uint8Array([9]));
    near.close();
    await Promise.all([nearWatch.told("closed"), serverWatch.told("readable")]);
    const far = server.accept() as HostSocket;
    const farWatch = new Watch(far);
    expect([...(await readAll(far, farWatch, 1))]).toEqual([9]);
    await farWatch.told("ended");
    far.destroy();
    await farWatch.told("closed");
    server.close();
  });

  test("an address that is taken is told as closed with EADDRINUSE", async () => {
    const first = network().listen({ ...LISTENING, backlog: 1 });
    await new Watch(first).told("writable");
    const where: HostListenOptions = { ...LISTENING, port: first.address?.port as number, backlog: 1 };
    const watch = new Watch(network().listen(where));
    await watch.told("closed");
    expect(watch.failure?.code).toBe("EADDRINUSE");
    first.close();
  });

  test("lookup answers once, never from within, with addresses or a failure that has a code", async () => {
    const ask = (host: string, family: 0 | 4 | 6) =>
      new Promise<readonly HostName[] | HostFailure>((resolve, reject) => {
        let within = true;
        network().lookup({ host, family, ofThisMachine: false, mapped: false }, (answer) =>
          within ? reject(new Error("from within")) : resolve(answer),
        );
        within = false;
      });
    expect(await ask("127.0.0.1", 0)).toEqual([{ host: "127.0.0.1", family: 4 }]);
    expect(await ask("localhost", 4)).toContainEqual({ host: "127.0.0.1", family: 4 });
    expect(await ask("no-such-host.invalid", 0)).toHaveProperty(
      "code",
      expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    );
  });
}
