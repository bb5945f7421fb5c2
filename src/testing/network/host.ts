/**
 * Owns a host of a simulated network: its name and addresses, what is open there, and how code comes to run on it. Knows nothing
 * of what is sent.
 */
import { readOptions } from "../../core/checks.ts";
import { type Context, type ContextVar, copyContext } from "../../core/context.ts";
import type { Coroutine } from "../../core/coroutine.ts";
import type { Task } from "../../core/task.ts";
import type { HostFailure } from "../../host/network.ts";
import { familyOf } from "../../io/connect.ts";
import { createTask } from "../../tasks/create.ts";
import { isEverywhere, isLoopback } from "./addresses.ts";
import type { SimulatedDatagrams } from "./datagrams.ts";
import type { Link } from "./link.ts";
import { Ports } from "./ports.ts";
import type { SimulatedServer } from "./server.ts";
import type { SimulatedSocket } from "./socket.ts";

/**
 * A host of a SimulatedNetwork. What a task opens is opened on the host that the task runs on: so it is told by the context, and what
 * a program calls to connect and to listen is called as ever.
 *
 * @example
 * ```ts
 * const server = network.host("server").createTask(serve); // a task on that host
 * group.createTask(client, { context: network.host("client").context() });
 * ```
 */
export class SimulatedHost {
  /** Its name, which can be looked up. */
  readonly name: string;
  /** Its addresses, besides 127.0.0.1 and ::1, which each host has for itself. */
  readonly addresses: readonly string[];
  /** @internal */
  isDown = false;
  /** @internal */
  readonly sockets = new Set<SimulatedSocket>();
  /** @internal */
  readonly servers = new Ports<SimulatedServer>();
  /** @internal */
  readonly paths = new Map<string, SimulatedServer>();
  /** @internal */
  readonly datagrams = new Ports<SimulatedDatagrams>();
  /** The ways from here to others. @internal */
  readonly links = new Map<SimulatedHost, Link>();
  readonly #here: ContextVar<SimulatedHost>;

  /** @internal */
  constructor(name: string, addresses: readonly string[], here: ContextVar<SimulatedHost>) {
    this.name = name;
    this.addresses = addresses;
    this.#here = here;
  }

  /** A copy of the current context, in which code runs on this host: for `createTask`, for groups and for `loop.inContext`. */
  context(): Context {
    const context = copyContext();
    context.run(() => this.#here.set(this));
    return context;
  }

  /**
   * Starts a task on this host, as the module's `createTask` does.
   * @param options.name - the task's name.
   * @throws as `createTask`.
   */
  createTask<T>(
    coroutine: Coroutine<T> | (() => Coroutine<T> | PromiseLike<T>),
    options?: { readonly name?: string | undefined },
  ): Task<T> {
    const { name } = readOptions("createTask", options, ["name"]);
    return createTask(coroutine, { name, context: this.context() });
  }

  toString(): string {
    return `<SimulatedHost ${this.name} ${this.addresses.join(" ")}${this.isDown ? " down" : ""}>`;
  }

  /** Whether it is reached at the address. @internal */
  has(address: string): boolean {
    return isLoopback(address) || this.addresses.includes(address);
  }

  /** Whether it has an address of the family that others reach. @internal */
  speaks(family: 4 | 6): boolean {
    return this.addresses.some((each) => familyOf(each) === family);
  }

  /** Its own address, as whoever has the other one sees it. @internal */
  addressTowards(address: string): string {
    const family = familyOf(address);
    if (isLoopback(address) || isEverywhere(address)) return family === 6 ? "::1" : "127.0.0.1";
    return this.addresses.find((each) => familyOf(each) === family) ?? (this.addresses[0] as string);
  }

  /** Whatever is open here is of a loop that is closed. @internal */
  forget(): void {
    this.sockets.clear();
    this.servers.clear();
    this.paths.clear();
    this.datagrams.clear();
  }

  /** @internal */
  get downFailure(): HostFailure {
    return { code: "ENETDOWN", reason: `the host '${this.name}' is down` };
  }
}
