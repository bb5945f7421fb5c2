/**
 * Owns how users say where a loop runs: custom hosts and clocks, and the options for them. Knows of
 * them only the interface.
 */
import { type Clock, type Host, type HostFactory, provideHost as provide } from "../host/host.ts";
import type { Network } from "../host/network.ts";
import { checkBoolean, checkFunction, checkMethods, readOptions } from "./checks.ts";

/** How a loop is made. */
export interface LoopOptions {
  /** A custom clock, such as a VirtualClock of `wasyncio/testing`; by default the host's. */
  readonly clock?: Clock | undefined;
  /** The host to run on; by default the one in which the package was imported. */
  readonly host?: Host | undefined;
  /** A network of the loop's own, such as a SimulatedNetwork of `wasyncio/testing`; by default the host's. */
  readonly network?: Network | undefined;
  /** Whether debug mode is on from the start. */
  readonly debug?: boolean | undefined;
}

const HOST_METHODS = ["now", "wakeSoon", "wakeAt", "keepAlive", "writeError"];

/** @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function checkHost(caller: string, host: unknown): asserts host is Host {
  checkMethods(caller, "a host", host, HOST_METHODS);
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function checkClock(caller: string, clock: unknown): asserts clock is Clock {
  checkMethods(caller, "a clock, such as a VirtualClock,", clock, ["attach"]);
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function checkNetwork(caller: string, network: unknown): asserts network is Network {
  checkMethods(caller, "a network, such as a SimulatedNetwork,", network, ["attach"]);
}

/** The options of a loop, on behalf of `caller`. @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function readLoopOptions(caller: string, options: LoopOptions | undefined): LoopOptions {
  const given = readOptions(caller, options, ["clock", "host", "network", "debug"]);
  if (given.clock !== undefined) checkClock(caller, given.clock);
  if (given.host !== undefined) checkHost(caller, given.host);
  if (given.network !== undefined) checkNetwork(caller, given.network);
  if (given.debug !== undefined) checkBoolean(caller, "debug", given.debug);
  return given;
}

/**
 * Sets which host this is: from now on loops are made on what `factory` returns. Each entry point does so, once.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 */
export function provideHost(factory: HostFactory): void {
  checkFunction("provideHost", factory);
  provide(factory);
}
