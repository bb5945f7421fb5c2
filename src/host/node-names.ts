/**
 * Owns how Node's names, addresses and errors become the host interface's.
 */
import { lookup as lookupByNode } from "node:dns";
import { isIPv6 } from "node:net";
import type { HostFailure, HostName, SocketAddress } from "./network.ts";

/** Asks the system's resolver, as getaddrinfo does. */
export function lookup(
  host: string,
  family: 0 | 4 | 6,
  found: (answer: readonly HostName[] | HostFailure) => void,
): void {
  lookupByNode(host, { all: true, family, verbatim: true }, (error, addresses) => {
    if (error !== null) found(failureOf(error));
    else found(addresses.map(({ address, family }) => ({ host: address, family: family === 6 ? 6 : 4 })));
  });
}

export function addressOf(host: string, port: number): SocketAddress {
  return { family: isIPv6(host) ? "IPv6" : "IPv4", host, port, path: "" };
}

/** What an error of Node says. Connecting to a name with several addresses gives one error for them all. */
export function failureOf(error: Error): HostFailure {
  const { code } = error as { code?: unknown };
  const reasons =
    error instanceof AggregateError ? error.errors.map((each: Error) => each.message) : [error.message];
  return { code: typeof code === "string" ? code : "EUNKNOWN", reason: reasons.join("; ") };
}
