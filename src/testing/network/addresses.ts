/**
 * Owns what addresses of a network look like. Knows nothing of whose they are.
 */
import type { SocketAddress } from "../../host/network.ts";
import { familyOf } from "../../io/connect.ts";

const MAPPED = "::ffff:";

/** To all hosts at once. */
export const BROADCAST = "255.255.255.255";

/** Whether every host has it, for itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Whether it stands for all addresses of a host. */
export function isEverywhere(address: string): boolean {
  return address === "" || address === "0.0.0.0" || address === "::";
}

/** The address itself of one of IPv4 that is written as one of IPv6. */
export function plainOf(address: string): string {
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}

export function addressOf(host: string, port: number): SocketAddress {
  return { family: familyOf(host) === 6 ? "IPv6" : "IPv4", host, port, path: "" };
}

export function addressOfPath(path: string): SocketAddress {
  return { family: "Unix", host: "", port: 0, path };
}
