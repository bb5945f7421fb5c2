/** `wasyncio/testing`: what makes concurrent programs testable without waiting. */
export { VirtualClock } from "../host/virtual.ts";
export type { SimulatedHost } from "./network/host.ts";
export type { LinkOptions } from "./network/link.ts";
export { SimulatedNetwork, type SimulatedNetworkOptions } from "./network/simulated-network.ts";
export { SeededRandom } from "./random.ts";
