/** Cases: what the loop needs of the host's sockets and names (src/host/network.ts), where the host has all of them. */
import { assert } from "chai";
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostName,
  HostNetwork,
  HostServer,
  HostSocket,
} from "../../../src/host/network.ts";
import { type Body, casesOf, listens, needing } from "./case.ts";
import { aHost } from "./host.ts";

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

function network(): Required<HostNetwork> {
  return aHost().network as Required<HostNetwork>;
}

function whereItListens(bodies: Readonly<Record<string, Body>>) {
  return casesOf(
    "sockets",
    Object.fromEntries(Object.entries(bodies).map(([what, body]) => [what, needing(listens, body)])),
  );
}

/** Records the events, and lets a test wait for them. */
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
    assert.isFalse(this.#within, "no event comes from within watch");
    assert.notInclude(this.log, "closed", "nothing is reported after closed");
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

export const sockets = whereItListens({
  "a connection reports writable once it is made, and has its addresses": () =>
    withEnds(network(), async ({ server, near, far }) => {
      assert.deepInclude(server.address, { family: "IPv4", host: "127.0.0.1", path: "" });
      assert.deepEqual(near.remoteAddress, server.address);
      assert.deepEqual(near.localAddress, far.remoteAddress);
      assert.isNull(server.accept());
    }),

  "bytes go both ways, and belong to their reader": () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      assert.isNull(near.read());
      near.write(new Uint8Array([1, 2, 3]));
      assert.deepEqual([...(await readAll(far, farWatch, 3))], [1, 2, 3]);
      // One that comes alone, then two that wait together.
      for (const count of [1, 2]) {
        for (let i = 0; i < count; i++) {
          const told = nearWatch.log.length;
          far.write(new Uint8Array([i]));
          await nearWatch.until(() => nearWatch.log.indexOf("readable", told) >= 0);
        }
        const bytes = near.read() as Uint8Array;
        assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
        assert.deepEqual([bytes.length, bytes.buffer.byteLength], [count, count]);
      }
    }),

  "what is not read holds the writer up, and writable follows once it has been sent": () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      const size = 16_000_000;
      const count = nearWatch.log.length;
      near.write(new Uint8Array(size));
      assert.isAbove(near.unsentBytes, 0);
      await farWatch.told("readable");
      assert.equal(nearWatch.log.length, count);
      let got = 0;
      await farWatch.until(() => {
        for (let some = far.read(); some !== null; some = far.read()) got += some.length;
        return got === size;
      });
      await nearWatch.until(() => near.unsentBytes === 0);
    }),

  "a socket that fails reports it, and never that what it held has been sent": () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array(16_000_000));
      await farWatch.told("readable");
      const told = nearWatch.log.length;
      // With unread bytes, the system resets the connection instead of ending it.
      far.destroy();
      await nearWatch.told("closed");
      assert.match(nearWatch.failure?.code ?? "", /^(ECONNRESET|EPIPE)$/);
      assert.notInclude(nearWatch.log.slice(told), "writable");
    }),

  "end ends one direction: what came before is read first, the other goes on": () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array([1]));
      near.end();
      assert.deepEqual([...(await readAll(far, farWatch, 1))], [1]);
      await farWatch.told("ended");
      assert.isNull(far.read());
      far.write(new Uint8Array([2]));
      assert.deepEqual([...(await readAll(near, nearWatch, 1))], [2]);
      assert.notInclude(farWatch.log, "closed");
    }),

  "close sends what was written, then reports closed without a failure": () =>
    withEnds(network(), async ({ near, nearWatch, far, farWatch }) => {
      near.write(new Uint8Array(100_000));
      near.close();
      assert.equal((await readAll(far, farWatch, 100_000)).length, 100_000);
      await nearWatch.told("closed");
      assert.isUndefined(nearWatch.failure);
      await farWatch.told("ended");
    }),

  "destroy reports closed, and later calls are harmless": () =>
    withEnds(network(), async ({ near, nearWatch }) => {
      near.destroy();
      near.destroy();
      await nearWatch.told("closed");
      near.write(new Uint8Array([1]));
      near.end();
      near.close();
      assert.isUndefined(nearWatch.failure);
    }),

  "a server that is closed refuses, with a failure that has a code": async () => {
    const server = network().listen({ ...LISTENING, backlog: 1 });
    await new Watch(server).told("writable");
    const port = server.address?.port as number;
    server.close();
    const watch = new Watch(network().connect({ ...CONNECTING, port }));
    await watch.told("closed");
    assert.deepEqual(watch.log, ["closed"]);
    assert.equal(watch.failure?.code, "ECONNREFUSED");
    assert.match(watch.failure?.reason ?? "", /\S/);
  },

  "a connection that is not accepted is dropped with its server": async () => {
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
  },

  "what happened before watch is reported after it": async () => {
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
    assert.deepEqual([...(await readAll(far, farWatch, 1))], [9]);
    await farWatch.told("ended");
    far.destroy();
    await farWatch.told("closed");
    server.close();
  },

  "an address in use is reported as closed with EADDRINUSE": async () => {
    const first = network().listen({ ...LISTENING, backlog: 1 });
    await new Watch(first).told("writable");
    const where: HostListenOptions = { ...LISTENING, port: first.address?.port as number, backlog: 1 };
    const watch = new Watch(network().listen(where));
    await watch.told("closed");
    assert.equal(watch.failure?.code, "EADDRINUSE");
    first.close();
  },

  "lookup answers once, never from within, with addresses or a failure that has a code": async () => {
    const ask = (host: string, family: 0 | 4 | 6) =>
      new Promise<readonly HostName[] | HostFailure>((resolve, reject) => {
        let within = true;
        network().lookup({ host, family, ofThisMachine: false }, (answer) =>
          within ? reject(new Error("from within")) : resolve(answer),
        );
        within = false;
      });
    assert.deepEqual(await ask("127.0.0.1", 0), [{ host: "127.0.0.1", family: 4 }]);
    assert.deepInclude((await ask("localhost", 4)) as readonly HostName[], { host: "127.0.0.1", family: 4 });
    const failure = (await ask("no-such-host.invalid", 0)) as HostFailure;
    assert.match(failure.code, /^(ENOTFOUND|EAI_AGAIN)$/);
  },
});
