/**
 * Owns the face that a loop sees of a simulated network: the contract of a host's network. Whatever is opened is opened on the
 * host that the code at hand runs on.
 */
import type {
  HostBindOptions,
  HostFailure,
  HostListenOptions,
  HostName,
  HostQuery,
  HostService,
  HostTarget,
  NamedNetwork,
} from "../../host/network.ts";
import { SimulatedDatagrams } from "./datagrams.ts";
import type { Fabric } from "./fabric.ts";
import { connectFrom } from "./handshake.ts";
import { nameOf, resolve } from "./names.ts";
import { SimulatedServer } from "./server.ts";
import type { SimulatedSocket } from "./socket.ts";

export class AttachedNetwork implements NamedNetwork {
  readonly name = "simulated network";
  readonly paths = true;
  readonly tunes = true;
  readonly reusesPorts = false;
  readonly reusesDatagramPorts = false;
  readonly #fabric: Fabric;

  constructor(fabric: Fabric) {
    this.#fabric = fabric;
  }

  get timers(): number {
    return this.#fabric.schedule.timers;
  }

  connect(target: HostTarget): SimulatedSocket {
    return connectFrom(this.#fabric, this.#fabric.here, target);
  }

  listen(options: HostListenOptions): SimulatedServer {
    return new SimulatedServer(this.#fabric, this.#fabric.here, options);
  }

  bind(options: HostBindOptions): SimulatedDatagrams {
    return new SimulatedDatagrams(this.#fabric, this.#fabric.here, options);
  }

  lookup(query: HostQuery, found: (answer: readonly HostName[] | HostFailure) => void): void {
    const { schedule, here } = this.#fabric;
    schedule.call(schedule.nowMs(), () => found(resolve(this.#fabric, here, query)));
  }

  lookupService(host: string, port: number, found: (answer: HostService | HostFailure) => void): void {
    const { schedule, here } = this.#fabric;
    schedule.call(schedule.nowMs(), () => found(nameOf(this.#fabric, here, host, port)));
  }
}
