/**
 * Owns what a user sees of a simulated network: its hosts, its links and what goes wrong in it. Knows nothing of how things are
 * sent.
 */
import { checkCount, checkMsAboveZero, checkString, readOptions, wrongArgument } from "../../core/checks.ts";
import { ArgumentError, LoopError } from "../../core/errors.ts";
import type { NamedNetwork, Network, NetworkLoop } from "../../host/network.ts";
import { isAddress } from "../../io/getaddrinfo.ts";
import { checkSeed, SeededRandom } from "../random.ts";
import { isLoopback } from "./addresses.ts";
import { AttachedNetwork } from "./attached.ts";
import { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";
import { DEFAULT_LINK, type LinkOptions, readLink } from "./link.ts";
import type { SimulatedSocket } from "./socket.ts";

/** How a simulated network is made. */
export interface SimulatedNetworkOptions {
  /** What all that is left to chance comes from, a whole number, whose lower 32 bits count; by default 0. */
  readonly seed?: number | undefined;
  /** The names of its hosts. */
  readonly hosts?: readonly string[] | undefined;
  /** What all links do for which `link` says nothing else. */
  readonly link?: LinkOptions | undefined;
  /** How many bytes of a connection may be under way or unread, and of datagrams unread; by default 128 KiB. */
  readonly bufferBytes?: number | undefined;
  /** After how long connecting without an answer fails with ETIMEDOUT, in milliseconds; by default 127 s, as on Linux. */
  readonly connectTimeoutMs?: number | undefined;
  /** After how long a connection fails with ETIMEDOUT if what was sent is not acknowledged, in milliseconds; by default 924.6 s. */
  readonly sendTimeoutMs?: number | undefined;
}

const OPTIONS = ["seed", "hosts", "link", "bufferBytes", "connectTimeoutMs", "sendTimeoutMs"] as const;
const BUFFER_BYTES = 128 * 1024;
const CONNECT_TIMEOUT_MS = 127_000;
const SEND_TIMEOUT_MS = 924_600;

/**
 * A network in memory, for tests and simulations: what runs on connections, servers, datagrams and names runs on it unchanged, and
 * its delays and faults are those of a seed, the same on every host. Give it to the loop, as a rule with a virtual clock.
 *
 * Code runs on the host "main", unless it is a task of another one (`host`). A name is looked up among the hosts' names.
 *
 * @example
 * ```ts
 * const network = new SimulatedNetwork({ seed: 7, hosts: ["a", "b"] });
 * network.link("a", "b", { latencyMs: [5, 20], loss: 0.01 });
 * await run(
 *   function* () {
 *     network.host("a").createTask(() => serve("a", 80));
 *     yield* network.host("b").createTask(() => ask("a", 80));
 *   },
 *   { clock: new VirtualClock(), network },
 * );
 * ```
 */
export class SimulatedNetwork implements Network {
  /** What all that is left to chance comes from. */
  readonly seed: number;
  readonly #fabric: Fabric;

  /** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
  constructor(options?: SimulatedNetworkOptions) {
    const caller = "SimulatedNetwork";
    const given = readOptions(caller, options, OPTIONS);
    const { seed = 0, hosts, link, bufferBytes = BUFFER_BYTES } = given;
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS, sendTimeoutMs = SEND_TIMEOUT_MS } = given;
    this.seed = checkSeed(caller, seed);
    this.#fabric = new Fabric(new SeededRandom(this.seed), {
      link: readLink(caller, link, DEFAULT_LINK),
      bufferBytes: checkCount(`${caller}, for its bufferBytes,`, bufferBytes, 1),
      connectTimeoutMs: checkMsAboveZero(caller, "connectTimeoutMs", connectTimeoutMs),
      sendTimeoutMs: checkMsAboveZero(caller, "sendTimeoutMs", sendTimeoutMs),
    });
    if (hosts !== undefined) for (const name of checkNames(caller, hosts)) this.host(name);
  }

  /**
   * The network for a loop; called by the loop that it is given to. What was open on an earlier loop is gone.
   * @throws LoopError ERR_NETWORK_IN_USE while another loop that is not closed has the network.
   */
  attach(loop: NetworkLoop): NamedNetwork {
    if (typeof loop?.callAt !== "function" || typeof loop.time !== "function")
      throw wrongArgument("attach", "an event loop", loop);
    const { schedule } = this.#fabric;
    if (schedule.isInUse && !schedule.isOf(loop)) {
      throw new LoopError(
        "ERR_NETWORK_IN_USE",
        "this network belongs to a loop that is not closed; close that one, or give each loop a network of its own",
      );
    }
    this.#fabric.moveTo(loop);
    return new AttachedNetwork(this.#fabric);
  }

  /**
   * A host of the network, which is made at the first call.
   * @param name - its name, which others look up.
   * @param options.addresses - its addresses; by default 10.0.0.1, 10.0.0.2 and so on. Only when it is made.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a name that is an address or localhost, and for addresses
   * that are none or taken.
   */
  host(name: string, options?: { readonly addresses?: readonly string[] | undefined }): SimulatedHost {
    checkString("host", "a name", name);
    const { addresses } = readOptions("host", options, ["addresses"]);
    const known = this.#fabric.hosts.get(name);
    if (known !== undefined) {
      if (addresses === undefined) return known;
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `the host '${name}' is there already, with ${known.addresses.join(", ")}; give addresses when it is made`,
      );
    }
    if (name === "" || name === "localhost" || isAddress(name))
      throw wrongArgument("host", "a name of the host's own, no address", name, "ERR_ARGUMENT_VALUE");
    return this.#fabric.add(name, addresses === undefined ? undefined : this.#checkAddresses(addresses));
  }

  #checkAddresses(addresses: unknown): readonly string[] {
    const needs = "addresses as a list of addresses that no other host has";
    const all = checkNames("host", addresses, needs);
    const isFree = (each: string) =>
      isAddress(each) && !isLoopback(each) && this.#fabric.hostAt(each, this.#fabric.main) === undefined;
    if (all.length > 0 && all.every(isFree)) return [...all];
    throw wrongArgument("host", needs, all.find((each) => !isFree(each)) ?? all, "ERR_ARGUMENT_VALUE");
  }

  /**
   * Sets what the link between two hosts does, in both directions, from now on. What is left out stays as it is.
   * @param one - the name of a host; may be the other as well, for what it sends to itself.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have.
   */
  link(one: string, other: string, options: LinkOptions): void {
    const [from, to] = [this.#known("link", one), this.#known("link", other)];
    const there = this.#fabric.link(from, to);
    const back = this.#fabric.link(to, from);
    const [forth, backwards] = [
      readLink("link", options, there.settings),
      readLink("link", options, back.settings),
    ];
    back.settings = backwards;
    there.settings = forth;
  }

  /**
   * Cuts the groups of hosts off from one another, from now on until `heal`: what is under way is lost. Who is in no group reaches
   * all of them; a single group is cut off from all others. Partitions add up.
   * @param groups - lists of names.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have, or no group at all.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    if (groups.length === 0)
      throw wrongArgument("partition", "at least one group of hosts", undefined, "ERR_ARGUMENT_VALUE");
    const sets = groups.map(
      (group) => new Set(checkNames("partition", group).map((name) => this.#known("partition", name))),
    );
    this.#fabric.partition(sets);
  }

  /**
   * Cuts one direction alone, until `heal`: what `from` sends does not reach `to`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have.
   */
  cut(from: string, to: string): void {
    this.#fabric.cut(this.#known("cut", from), this.#known("cut", to));
  }

  /** Ends all partitions and cuts. What waits to be sent again is sent when its time has come. */
  heal(): void {
    this.#fabric.heal();
  }

  /**
   * Breaks all connections between two hosts, or all of one: both ends fail with ECONNRESET.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have.
   */
  reset(one: string, other?: string): void {
    const host = this.#known("reset", one);
    const from = other === undefined ? undefined : this.#known("reset", other);
    for (const socket of [...host.sockets]) {
      const { peer } = socket;
      if (peer === undefined || (from !== undefined && peer.host !== from)) continue;
      for (const end of [socket, peer] satisfies SimulatedSocket[])
        end.fail("ECONNRESET", "the network has reset the connection");
    }
  }

  /**
   * Has a host vanish: others are not told, and their connections to it are half open; what they send is not acknowledged. On the host
   * itself connections fail with ECONNRESET, and new ones with ENETDOWN. Its tasks go on: cancel them, if they are to be gone as well.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have.
   */
  crash(name: string): void {
    const host = this.#known("crash", name);
    host.isDown = true;
    for (const socket of [...host.sockets]) socket.vanish();
    for (const server of [...host.servers.all(), ...host.paths.values()]) server.vanish();
    for (const socket of host.datagrams.all()) socket.vanish();
  }

  /**
   * Brings a host back that has crashed. It knows nothing of earlier connections: what others send on them is answered by a reset.
   * @throws ArgumentError ERR_ARGUMENT_TYPE; ERR_ARGUMENT_VALUE for a host that the network does not have.
   */
  restart(name: string): void {
    this.#known("restart", name).isDown = false;
  }

  toString(): string {
    return `<SimulatedNetwork seed=${this.seed} hosts=${[...this.#fabric.hosts.keys()].join(",")}>`;
  }

  #known(caller: string, name: unknown): SimulatedHost {
    const host = this.#fabric.hosts.get(checkString(caller, "the name of a host", name));
    if (host !== undefined) return host;
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `${caller}: the network has no host '${name}', but ${[...this.#fabric.hosts.keys()].join(", ")}; make it with host('${name}')`,
    );
  }
}

function checkNames(caller: string, names: unknown, needs = "names of hosts as a list"): readonly string[] {
  if (!Array.isArray(names)) throw wrongArgument(caller, needs, names);
  for (const name of names) if (typeof name !== "string") throw wrongArgument(caller, needs, name);
  return names;
}
