/**
 * Owns what all parts of one simulated network share: its hosts and the links between them, whose address is whose, the seed's
 * numbers and the schedule. Knows nothing of connections and datagrams.
 */
import { ContextVar } from "../../core/context.ts";
import type { NetworkLoop } from "../../host/network.ts";
import type { SeededRandom } from "../random.ts";
import { isEverywhere, isLoopback } from "./addresses.ts";
import { SimulatedHost } from "./host.ts";
import { Link, type LinkSettings } from "./link.ts";
import { Schedule } from "./schedule.ts";

/** The host of code that runs on no other. */
export const MAIN = "main";

export interface FabricSettings {
  readonly link: LinkSettings;
  readonly bufferBytes: number;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
}

/** Hosts that cannot reach those of other groups; a single group cannot reach anybody else. */
type Partition = readonly ReadonlySet<SimulatedHost>[];

export class Fabric {
  readonly schedule = new Schedule();
  readonly hosts = new Map<string, SimulatedHost>();
  readonly bufferBytes: number;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly random: SeededRandom;
  readonly #link: LinkSettings;
  readonly #byAddress = new Map<string, SimulatedHost>();
  readonly #here: ContextVar<SimulatedHost>;
  #partitions: Partition[] = [];
  #cuts: (readonly [from: SimulatedHost, to: SimulatedHost])[] = [];

  constructor(random: SeededRandom, { link, bufferBytes, connectTimeoutMs, sendTimeoutMs }: FabricSettings) {
    this.random = random;
    this.#link = link;
    this.bufferBytes = bufferBytes;
    this.connectTimeoutMs = connectTimeoutMs;
    this.sendTimeoutMs = sendTimeoutMs;
    this.#here = new ContextVar<SimulatedHost>("the host of a simulated network");
    this.main = this.add(MAIN, undefined);
  }

  readonly main: SimulatedHost;

  /** Goes by another loop; what was open on an earlier one is gone. */
  moveTo(loop: NetworkLoop): void {
    if (this.schedule.isOf(loop)) return;
    this.schedule.moveTo(loop);
    for (const host of this.hosts.values()) {
      host.forget();
      for (const link of host.links.values()) link.restart();
    }
  }

  /** The host that the current code runs on. */
  get here(): SimulatedHost {
    return this.#here.get(this.main);
  }

  add(name: string, addresses: readonly string[] | undefined): SimulatedHost {
    const own = addresses ?? [this.#freeAddress()];
    const host = new SimulatedHost(name, own, this.#here);
    this.hosts.set(name, host);
    for (const address of own) this.#byAddress.set(address, host);
    return host;
  }

  /** 10.0.0.1 and so on. */
  #freeAddress(): string {
    for (let number = this.hosts.size + 1; ; number++) {
      const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
      if (!this.#byAddress.has(address)) return address;
    }
  }

  /** Who has the address, as seen from `here`. */
  hostAt(address: string, here: SimulatedHost): SimulatedHost | undefined {
    return isLoopback(address) || isEverywhere(address) ? here : this.#byAddress.get(address);
  }

  /** The way from one host to another, or to itself. */
  link(from: SimulatedHost, to: SimulatedHost): Link {
    const known = from.links.get(to);
    if (known !== undefined) return known;
    const link = new Link(this.random, this.#link);
    link.isCut = this.#isCut(from, to);
    from.links.set(to, link);
    return link;
  }

  /** Whether something can travel there, and its answer back. */
  isReachable(from: SimulatedHost, to: SimulatedHost): boolean {
    return !to.isDown && !this.link(from, to).isCut && !this.link(to, from).isCut;
  }

  partition(groups: Partition): void {
    this.#partitions.push(groups);
    this.#cutAgain();
  }

  cut(from: SimulatedHost, to: SimulatedHost): void {
    this.#cuts.push([from, to]);
    this.#cutAgain();
  }

  heal(): void {
    this.#partitions = [];
    this.#cuts = [];
    this.#cutAgain();
  }

  #cutAgain(): void {
    for (const from of this.hosts.values())
      for (const [to, link] of from.links) link.isCut = this.#isCut(from, to);
  }

  #isCut(from: SimulatedHost, to: SimulatedHost): boolean {
    return (
      this.#partitions.some((groups) => isBetween(groups, from, to)) ||
      this.#cuts.some(([one, other]) => one === from && other === to)
    );
  }
}

function isBetween(groups: Partition, from: SimulatedHost, to: SimulatedHost): boolean {
  const one = groups.findIndex((group) => group.has(from));
  const other = groups.findIndex((group) => group.has(to));
  if (groups.length === 1) return one !== other;
  return one !== other && one >= 0 && other >= 0;
}
