/**
 * Owns one end of a connection: what has come and was not read, how it ends, and what its watcher is told. On the schedule it is
 * the news for its watcher, since an event never comes from within a call. What it sends is in outgoing.ts.
 */
import type { HostEvents, HostFailure, HostSocket, SocketAddress } from "../../host/network.ts";
import { concat } from "../../io/bytes.ts";
import type { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";
import type { Segment } from "./lane.ts";
import { Outgoing } from "./outgoing.ts";
import { Probes } from "./probes.ts";
import { Due } from "./schedule.ts";

export class SimulatedSocket extends Due implements HostSocket {
  readonly handle = undefined;
  readonly host: SimulatedHost;
  localAddress: SocketAddress | undefined = undefined;
  remoteAddress: SocketAddress | undefined = undefined;
  /** It has closed, or is about to be told so. */
  isOver = false;
  /** Its host has crashed, and knows nothing of it any more. */
  hasVanished = false;
  /** When something came last. */
  heardMs = 0;
  peer: SimulatedSocket | undefined = undefined;
  readonly #fabric: Fabric;
  /** Once the other end is there. */
  outgoing: Outgoing | undefined = undefined;
  #probes: Probes | undefined = undefined;
  #events: HostEvents | undefined = undefined;
  #failure: HostFailure | undefined = undefined;
  #received: Uint8Array[] = [];
  #endCame = false;
  #endTold = false;
  #isClosing = false;
  #closedTold = false;
  /** Called once, when it is known whether it connects. */
  onSettled: (() => void) | undefined = undefined;
  /** Called where a server takes it, once the other side knows that the connection is there. */
  onConnected: (() => void) | undefined = undefined;

  constructor(fabric: Fabric, host: SimulatedHost) {
    super();
    this.#fabric = fabric;
    this.host = host;
    host.sockets.add(this);
  }

  /** Joins two ends; what is sent from now on arrives. */
  static join(
    fabric: Fabric,
    client: SimulatedSocket,
    server: SimulatedSocket,
    addresses: { readonly client: SocketAddress; readonly server: SocketAddress },
  ): void {
    client.peer = server;
    server.peer = client;
    client.localAddress = server.remoteAddress = addresses.client;
    client.remoteAddress = server.localAddress = addresses.server;
    client.outgoing = new Outgoing(fabric, client, server);
    server.outgoing = new Outgoing(fabric, server, client);
    server.outgoing.confirm();
  }

  /** Asks whether the other side is there, after so long a silence. */
  probeAfter(keepAliveMs: number | undefined): void {
    if (keepAliveMs !== undefined) this.#probes = new Probes(this.#fabric, this, keepAliveMs);
  }

  // ── What its watcher is told ──────────────────────────────────────────────────────────────────────────────────

  watch(events: HostEvents): void {
    this.#events = events;
    if (this.isOver || this.#received.length > 0 || this.#endCame) this.#fabric.schedule.soon(this);
  }

  fire(): void {
    const events = this.#events;
    if (events === undefined) return;
    if (!this.isOver) {
      this.#tell(events);
    } else if (!this.#closedTold) {
      this.#closedTold = true;
      events.closed(this.#failure);
    }
  }

  #tell(events: HostEvents): void {
    if (this.#received.length > 0) {
      events.readable();
    } else if (this.#endCame && !this.#endTold) {
      this.#endTold = true;
      events.ended();
    }
    this.#closeIfEnded();
  }

  /** Both directions have ended, and everything was read. */
  #closeIfEnded(): void {
    if (this.#endTold && this.outgoing?.endSent) this.#over(undefined);
  }

  /** Some of what waited has left. */
  sent(): void {
    if (this.isOver) return;
    this.#events?.writable();
    this.#closeIfSent();
    this.#closeIfEnded();
  }

  // ── What comes ────────────────────────────────────────────────────────────────────────────────────────────────

  receive(segment: Segment): void {
    this.heardMs = this.#fabric.schedule.nowMs();
    if (this.isOver) this.#refuse(segment);
    else if (typeof segment !== "string") this.#take(segment);
    else if (segment === "connected") this.#connected();
    else if (segment === "end") this.#endCame = true;
    else this.#broken({ code: "ECONNRESET", reason: "the other side has reset the connection" });
  }

  /** Everything has come that comes at once. */
  received(): void {
    const events = this.#events;
    if (events !== undefined && !this.isOver) this.#tell(events);
  }

  #take(bytes: Uint8Array): void {
    if (this.#isClosing) this.peer?.outgoing?.noteRead(bytes.length);
    else this.#received.push(bytes);
  }

  #connected(): void {
    if (this.onConnected !== undefined) {
      this.onConnected();
      return;
    }
    this.#settled();
    this.outgoing?.confirm();
    this.#events?.writable();
  }

  get #isConnecting(): boolean {
    return this.onSettled !== undefined;
  }

  /** Nobody is there to take it. What ends anyway needs no answer. */
  #refuse(segment: Segment): void {
    const isNews =
      typeof segment !== "string" || segment === "connected" || (this.hasVanished && segment === "end");
    if (isNews && this.peer?.isOver === false) this.outgoing?.reset();
  }

  read(): Uint8Array | null {
    const received = this.#received;
    if (received.length === 0) return null;
    const bytes = received.length === 1 ? (received[0] as Uint8Array) : concat(received);
    received.length = 0;
    this.peer?.outgoing?.noteRead(bytes.length);
    if (this.#endCame) this.#fabric.schedule.soon(this);
    return bytes;
  }

  // ── What is sent ──────────────────────────────────────────────────────────────────────────────────────────────

  get unsentBytes(): number {
    return this.outgoing?.unsentBytes ?? 0;
  }

  write(bytes: Uint8Array): void {
    if (!this.isOver && !this.#isClosing) this.outgoing?.write(bytes);
  }

  end(): void {
    if (this.isOver) return;
    this.outgoing?.end();
    this.#closeIfEnded();
  }

  // ── How it ends ───────────────────────────────────────────────────────────────────────────────────────────────

  close(): void {
    if (this.isOver || this.#isClosing) return;
    if (this.#isConnecting) {
      this.destroy();
      return;
    }
    this.#isClosing = true;
    this.#dropReceived();
    this.outgoing?.end();
    this.#closeIfSent();
  }

  #closeIfSent(): void {
    if (this.#isClosing && (this.outgoing === undefined || this.outgoing.endSent)) this.#over(undefined);
  }

  destroy(): void {
    if (this.isOver) return;
    // As systems do: what nobody will read is an error to whoever has sent it. Who is not connected yet refuses once there is an answer.
    if (this.#received.length > 0) this.outgoing?.reset();
    else if (!this.#isConnecting) this.outgoing?.cut();
    this.#over(undefined);
  }

  /** Breaks it, and tells the other side. */
  reset(): void {
    if (this.isOver) return;
    this.outgoing?.reset();
    this.#over(undefined);
  }

  /** It is over for this end alone. */
  fail(code: string, reason: string): void {
    if (!this.isOver) this.#broken({ code, reason });
  }

  #broken(failure: HostFailure): void {
    this.outgoing?.drop();
    this.#over(failure);
  }

  /** Its host has crashed: it is gone, and nobody tells the other side. */
  vanish(): void {
    this.hasVanished = true;
    this.fail("ECONNRESET", "the host has crashed");
  }

  #over(failure: HostFailure | undefined): void {
    this.isOver = true;
    this.#failure = failure;
    this.host.sockets.delete(this);
    this.#probes?.end();
    this.#settled();
    this.#dropReceived();
    this.#fabric.schedule.soon(this);
  }

  #settled(): void {
    this.onSettled?.();
    this.onSettled = undefined;
  }

  #dropReceived(): void {
    let sizeBytes = 0;
    for (const { length } of this.#received.splice(0)) sizeBytes += length;
    if (sizeBytes > 0) this.peer?.outgoing?.noteRead(sizeBytes);
  }
}
