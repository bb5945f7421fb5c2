/**
 * Owns how a connection is made: its request travels to each address of the name in turn, is sent again where there is no answer,
 * and is taken, refused or given up. Knows nothing of bytes.
 */
import type { HostFailure, HostTarget, SocketAddress } from "../../host/network.ts";
import { addressOf, addressOfPath, plainOf } from "./addresses.ts";
import type { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";
import { resolve } from "./names.ts";
import { Patience } from "./patience.ts";
import type { Due } from "./schedule.ts";
import type { SimulatedServer } from "./server.ts";
import { SimulatedSocket } from "./socket.ts";

/** When a request is sent again for the first time: Linux's second. */
const AGAIN_MS = 1000;

/** Where it may be taken. */
interface Candidate {
  readonly host: SimulatedHost;
  readonly addresses: { readonly client: SocketAddress; readonly server: SocketAddress };
  /** Who listens there now. */
  server(): SimulatedServer | undefined;
  readonly nobody: HostFailure;
}

/** Starts to connect. */
export function connectFrom(fabric: Fabric, here: SimulatedHost, target: HostTarget): SimulatedSocket {
  const socket = new SimulatedSocket(fabric, here);
  const found = here.isDown ? here.downFailure : candidatesOf(fabric, here, target);
  if ("code" in found) socket.fail(found.code, found.reason);
  else
    new Handshake(fabric, socket, found, target.path === undefined ? target.keepAliveMs : undefined).begin();
  return socket;
}

function candidatesOf(fabric: Fabric, here: SimulatedHost, target: HostTarget): Candidate[] | HostFailure {
  if (target.path !== undefined) return [ofPath(here, target.path)];
  const { host, port, family, localHost, localPort } = target;
  if (localHost !== undefined && !here.has(localHost))
    return { code: "EADDRNOTAVAIL", reason: `'${here.name}' does not have the address ${localHost}` };
  if (localPort !== undefined && localPort !== 0 && here.servers.isTaken(localHost ?? "", localPort))
    return { code: "EADDRINUSE", reason: `port ${localPort} is taken` };
  const names = resolve(fabric, here, { host, family, ofThisMachine: false });
  if ("code" in names) return names;
  const clientPort = localPort || here.servers.free();
  const candidates: Candidate[] = [];
  for (const name of names) {
    const address = plainOf(name.host);
    const there = fabric.hostAt(address, here);
    if (there === undefined) continue;
    candidates.push({
      host: there,
      addresses: {
        client: addressOf(localHost ?? here.addressTowards(address), clientPort),
        server: addressOf(address, port),
      },
      server: () => there.servers.find(address, port),
      nobody: { code: "ECONNREFUSED", reason: `connect ECONNREFUSED ${address}:${port}` },
    });
  }
  if (candidates.length > 0) return candidates;
  return { code: "EHOSTUNREACH", reason: `no host of the network has the address ${names[0]?.host ?? host}` };
}

function ofPath(here: SimulatedHost, path: string): Candidate {
  return {
    host: here,
    addresses: { client: addressOfPath(path), server: addressOfPath(path) },
    server: () => here.paths.get(path),
    nobody: { code: "ENOENT", reason: `connect ENOENT ${path}` },
  };
}

class Handshake {
  readonly #fabric: Fabric;
  readonly #socket: SimulatedSocket;
  readonly #candidates: readonly Candidate[];
  readonly #keepAliveMs: number | undefined;
  readonly #patience: Patience;
  #at = 0;
  #again: Due | undefined;

  constructor(
    fabric: Fabric,
    socket: SimulatedSocket,
    candidates: readonly Candidate[],
    keepAliveMs: number | undefined,
  ) {
    this.#fabric = fabric;
    this.#socket = socket;
    this.#candidates = candidates;
    this.#keepAliveMs = keepAliveMs;
    this.#patience = new Patience(fabric.connectTimeoutMs);
    socket.onSettled = () => this.#settled();
  }

  begin(): void {
    const candidate = this.#candidates[this.#at] as Candidate;
    const { schedule } = this.#fabric;
    const nowMs = schedule.nowMs();
    const againMs = this.#patience.nextMs(nowMs, AGAIN_MS);
    if (againMs === undefined) {
      const { host, port } = candidate.addresses.server;
      this.#socket.fail("ETIMEDOUT", `connect ETIMEDOUT ${host}:${port}`);
      return;
    }
    this.#again = schedule.call(againMs, () => this.begin());
    const link = this.#fabric.link(this.#socket.host, candidate.host);
    if (link.isLost()) return;
    schedule.call(nowMs + link.latencyMs(), () => {
      if (!link.isCut && !candidate.host.isDown) this.#arrived(candidate);
    });
  }

  #settled(): void {
    if (this.#again !== undefined) this.#fabric.schedule.cancel(this.#again);
  }

  /** At the other host. */
  #arrived(candidate: Candidate): void {
    const client = this.#socket;
    // Given up, or it has come before.
    if (client.isOver || client.peer !== undefined) return;
    const server = candidate.server();
    if (server === undefined) {
      this.#refuse(candidate);
    } else if (server.hasRoom) {
      const socket = new SimulatedSocket(this.#fabric, candidate.host);
      SimulatedSocket.join(this.#fabric, client, socket, candidate.addresses);
      client.probeAfter(this.#keepAliveMs);
      socket.probeAfter(server.keepAliveMs);
      socket.onConnected = () => server.arrive(socket);
    }
  }

  #refuse(candidate: Candidate): void {
    const { schedule } = this.#fabric;
    const back = this.#fabric.link(candidate.host, this.#socket.host);
    schedule.call(schedule.nowMs() + back.latencyMs(), () => {
      if (back.isCut || this.#socket.isOver || this.#candidates[this.#at] !== candidate) return;
      this.#settled();
      this.#at++;
      if (this.#at < this.#candidates.length) this.begin();
      else this.#socket.fail(candidate.nobody.code, candidate.nobody.reason);
    });
  }
}
