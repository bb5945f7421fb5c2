/**
 * Owns sockets for datagrams: each datagram travels by itself, those of one way in order unless the link says otherwise; what is
 * lost is lost, and what nobody takes in time as well.
 */
import type {
  HostBindOptions,
  HostDatagram,
  HostDatagramSocket,
  HostEvents,
  HostFailure,
  SocketAddress,
} from "../../host/network.ts";
import { addressOf, BROADCAST, isEverywhere } from "./addresses.ts";
import type { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";
import { resolve } from "./names.ts";
import type { Bound } from "./ports.ts";
import { Due } from "./schedule.ts";

/** What one may hold at most. */
const DATAGRAM_BYTES_MAX = 65_507;
/** What one weighs besides its bytes. */
const OVERHEAD_BYTES = 100;

interface Destination {
  readonly host: string;
  readonly port: number;
}

/** One datagram under way. */
class Travelling extends Due {
  readonly #fabric: Fabric;
  readonly #from: SimulatedDatagrams;
  readonly #to: SimulatedHost;
  readonly #where: Destination;
  readonly #datagram: HostDatagram;

  constructor(
    fabric: Fabric,
    from: SimulatedDatagrams,
    to: SimulatedHost,
    where: Destination,
    datagram: HostDatagram,
  ) {
    super();
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
    this.#where = where;
    this.#datagram = datagram;
  }

  fire(nowMs: number): void {
    const to = this.#to;
    const from = this.#from;
    if (to.isDown || this.#fabric.link(from.machine, to).isCut) return;
    const { host, port } = this.#where;
    const socket = to.datagrams.find(host === BROADCAST ? "" : host, port);
    if (socket?.hears(this.#datagram.address)) {
      socket.keep(this.#datagram);
    } else if (from.remoteAddress !== undefined) {
      const back = this.#fabric.link(to, from.machine);
      this.#fabric.schedule.call(nowMs + back.latencyMs(), () => {
        if (!back.isCut) from.keep({ code: "ECONNREFUSED", reason: `nobody has ${host}:${port}` });
      });
    }
  }
}

export class SimulatedDatagrams extends Due implements HostDatagramSocket, Bound {
  readonly handle = undefined;
  readonly boundHost: string;
  readonly machine: SimulatedHost;
  unsentBytes = 0;
  localAddress: SocketAddress | undefined = undefined;
  remoteAddress: SocketAddress | undefined = undefined;
  readonly #fabric: Fabric;
  readonly #mayBroadcast: boolean;
  #events: HostEvents | undefined = undefined;
  #kept: (HostDatagram | HostFailure)[] = [];
  #taken = 0;
  #keptBytes = 0;
  #failure: HostFailure | undefined;
  #isBound = false;
  #isClosing = false;
  #closedTold = false;
  /** When what was sent has left. */
  #leaveMs = 0;

  constructor(fabric: Fabric, machine: SimulatedHost, options: HostBindOptions) {
    super();
    this.#fabric = fabric;
    this.machine = machine;
    this.#mayBroadcast = options.broadcast;
    this.boundHost = options.localHost ?? (options.family === 6 ? "::" : "0.0.0.0");
    this.#failure = machine.isDown ? machine.downFailure : this.#bind(options);
    this.#isClosing = this.#failure !== undefined;
  }

  #bind({ localPort, remote, socket }: HostBindOptions): HostFailure | undefined {
    const { boundHost, machine } = this;
    if (socket !== undefined) return { code: "EINVAL", reason: "it is no socket of a simulated network" };
    if (!isEverywhere(boundHost) && !machine.has(boundHost))
      return { code: "EADDRNOTAVAIL", reason: `bind EADDRNOTAVAIL: '${machine.name}' has no ${boundHost}` };
    const port = localPort || machine.datagrams.free();
    if (port === 0 || machine.datagrams.isTaken(boundHost, port))
      return {
        code: "EADDRINUSE",
        reason: `bind EADDRINUSE ${boundHost}:${port}; choose another port, or 0 for any free one`,
      };
    machine.datagrams.add(port, this);
    this.#isBound = true;
    const towards = remote !== undefined && isEverywhere(boundHost);
    this.localAddress = addressOf(towards ? machine.addressTowards(remote.host) : boundHost, port);
    if (remote !== undefined) this.remoteAddress = addressOf(remote.host, remote.port);
    return undefined;
  }

  // ── What its watcher is told ──────────────────────────────────────────────────────────────────────────────────

  watch(events: HostEvents): void {
    this.#events = events;
    this.#fabric.schedule.soon(this);
  }

  fire(nowMs: number): void {
    const events = this.#events;
    if (nowMs >= this.#leaveMs) this.unsentBytes = 0;
    if (this.#isClosing && this.unsentBytes === 0) this.#over();
    if (events === undefined) return;
    if (this.#isBound) events.writable();
    else if (!this.#closedTold) {
      this.#closedTold = true;
      events.closed(this.#failure);
    }
    if (this.unsentBytes > 0) this.#fabric.schedule.at(this.#leaveMs, this);
  }

  // ── What comes ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether it takes what comes from there. */
  hears({ host, port }: SocketAddress): boolean {
    const { remoteAddress } = this;
    return remoteAddress === undefined || (remoteAddress.host === host && remoteAddress.port === port);
  }

  keep(what: HostDatagram | HostFailure): void {
    const weight = weightOf(what);
    if (!this.#isBound || (this.#isClosing && "bytes" in what)) return;
    if (this.#keptBytes + weight > this.#fabric.bufferBytes) return;
    this.#keptBytes += weight;
    this.#kept.push(what);
    this.#events?.readable();
  }

  read(): HostDatagram | HostFailure | null {
    const next = this.#kept[this.#taken];
    if (next === undefined) {
      this.#kept.length = 0;
      this.#taken = 0;
      return null;
    }
    this.#taken++;
    this.#keptBytes -= weightOf(next);
    return next;
  }

  // ── What is sent ──────────────────────────────────────────────────────────────────────────────────────────────

  send(bytes: Uint8Array, address: Destination | undefined): void {
    if (!this.#isBound || this.#isClosing) return;
    const where = this.#destination(bytes.length, address ?? (this.remoteAddress as Destination));
    if ("code" in where) {
      const { schedule } = this.#fabric;
      schedule.call(schedule.nowMs(), () => this.keep(where));
      return;
    }
    const { machine } = this;
    if (where.host === BROADCAST) {
      for (const host of this.#fabric.hosts.values())
        if (host !== machine) this.#sendTo(host, where, bytes.slice());
      return;
    }
    const to = this.#fabric.hostAt(where.host, machine);
    // What goes nowhere is lost, as a router would lose it.
    if (to !== undefined) this.#sendTo(to, where, bytes.slice());
  }

  #destination(sizeBytes: number, { host, port }: Destination): Destination | HostFailure {
    if (sizeBytes > DATAGRAM_BYTES_MAX)
      return { code: "EMSGSIZE", reason: `${sizeBytes} bytes are more than a datagram holds` };
    if (host === BROADCAST) {
      if (this.#mayBroadcast) return { host, port };
      return { code: "EACCES", reason: "send EACCES: broadcasting was not allowed" };
    }
    const family = this.localAddress?.family === "IPv6" ? 6 : 4;
    const names = resolve(this.#fabric, this.machine, { host, family, ofThisMachine: false });
    return "code" in names ? names : { host: names[0]?.host ?? host, port };
  }

  #sendTo(to: SimulatedHost, where: Destination, bytes: Uint8Array): void {
    const { schedule } = this.#fabric;
    const link = this.#fabric.link(this.machine, to);
    const nowMs = schedule.nowMs();
    const leaveMs = link.leaveMs(nowMs, bytes.length);
    this.unsentBytes += bytes.length;
    if (leaveMs > this.#leaveMs) this.#leaveMs = leaveMs;
    if (this.place < 0) schedule.at(leaveMs, this);
    if (link.isLost()) return;
    const address = this.#addressTowards(where.host);
    const travelling = new Travelling(this.#fabric, this, to, where, { bytes, address });
    schedule.at(link.datagramArrivalMs(leaveMs), travelling);
  }

  /** This side's address, as the other one sees it. */
  #addressTowards(host: string): SocketAddress {
    const local = this.localAddress as SocketAddress;
    if (!isEverywhere(local.host)) return local;
    return addressOf(this.machine.addressTowards(host), local.port);
  }

  // ── How it ends ───────────────────────────────────────────────────────────────────────────────────────────────

  close(): void {
    this.#isClosing = true;
    this.#fabric.schedule.soon(this);
  }

  destroy(): void {
    this.unsentBytes = 0;
    this.#kept = [];
    this.#keptBytes = Number.POSITIVE_INFINITY;
    this.close();
  }

  vanish(): void {
    this.#failure = this.machine.downFailure;
    this.destroy();
  }

  #over(): void {
    if (!this.#isBound) return;
    this.#isBound = false;
    this.machine.datagrams.remove((this.localAddress as SocketAddress).port, this);
  }
}

function weightOf(what: HostDatagram | HostFailure): number {
  return ("bytes" in what ? what.bytes.length : 0) + OVERHEAD_BYTES;
}
