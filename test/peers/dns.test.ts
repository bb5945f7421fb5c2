// A query of the domain name system over UDP, to a real resolver on the loopback interface.

import { expect, test } from "vitest";
import {
  createDatagramEndpoint,
  DatagramProtocol,
  type DatagramTransport,
  type Future,
  getRunningLoop,
  run,
  timeout,
} from "wasyncio";
import { freePort, listening, startPeer, withCommand } from "./found.ts";

/** Asks for the addresses of names, each query with an id of its own. */
class Resolver extends DatagramProtocol {
  private transport!: DatagramTransport;
  private readonly waiting = new Map<number, Future<string[]>>();
  private nextId = 1;

  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
  }

  override datagramReceived(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.waiting.get(view.getUint16(0))?.setResult(addressesIn(view));
  }

  *ask(name: string): Generator<unknown, string[], unknown> {
    const id = this.nextId++;
    const answer = getRunningLoop().createFuture<string[]>();
    this.waiting.set(id, answer);
    this.transport.sendto(queryFor(id, name));
    try {
      return yield* answer;
    } finally {
      this.waiting.delete(id);
    }
  }
}

function queryFor(id: number, name: string): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  return Uint8Array.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** The addresses of IPv4 among the answers. */
function addressesIn(view: DataView): string[] {
  let at = 12;
  while (view.getUint8(at) !== 0) at += view.getUint8(at) + 1;
  at += 5;
  const found: string[] = [];
  for (let left = view.getUint16(6); left > 0; left--) {
    at += 12;
    const length = view.getUint16(at - 2);
    if (length === 4) found.push([0, 1, 2, 3].map((i) => view.getUint8(at + i)).join("."));
    at += length;
  }
  return found;
}

withCommand("dnsmasq", "dnsmasq-base", (path) => {
  test("names have the addresses that the resolver knows", async () => {
    const port = await freePort();
    const names = Array.from({ length: 50 }, (_, i) => [`name${i}.test`, `10.0.0.${i + 1}`] as const);
    const args = [
      "--no-daemon",
      `--port=${port}`,
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      "--no-resolv",
    ];
    const known = names.map(([name, address]) => `--address=/${name}/${address}`);
    startPeer(path, [...args, "--no-hosts", "--conf-file=/dev/null", "--user=root", ...known]);
    await listening(port);
    await run(function* () {
      const remoteAddr = { host: "127.0.0.1", port };
      const [transport, resolver] = yield* createDatagramEndpoint(() => new Resolver(), { remoteAddr });
      for (const [name, address] of names)
        expect(yield* timeout(5000, () => resolver.ask(name))).toEqual([address]);
      expect(yield* timeout(5000, () => resolver.ask("unknown.test"))).toEqual([]);
      transport.close();
    });
  });
});
