/**
 * Owns how Node's names, addresses and errors become the host interface's, and what its errors do not say.
 */
import { lookup as lookupByNode } from "node:dns";
import { closeSync, openSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";
import { devNull } from "node:os";
import type { Guarded } from "./guarded-network.ts";
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

/** An address whose family is not the one wanted; Node would accept it. The code is that of the system's resolver. */
export function familyRefusal(target: Guarded): HostFailure | undefined {
  if (target.path !== undefined || !Object.hasOwn(target, "family") || !target.family) return undefined;
  const { host, family } = target;
  const actual = isIP(host);
  if (actual === 0 || actual === family) return undefined;
  return {
    code: "EAI_ADDRFAMILY",
    reason: `'${host}' is an IPv${actual} address, but the family is ${family}`,
  };
}

/** The codes for names, or for errors without one, that may mean that a file or socket could not be opened. */
const VAGUE = new Set(["EAI_AGAIN", "EAI_FAIL", "ENOTFOUND", "ESERVFAIL", "EUNKNOWN"]);

/** What an error of Node's says. Connecting to a name with several addresses gives one error for all of them. */
export function failureOf(error: Error): HostFailure {
  const { code = "EUNKNOWN" } = error as { code?: string };
  const reasons =
    error instanceof AggregateError ? error.errors.map((each: Error) => each.message) : [error.message];
  const reason = reasons.join("; ");
  const shortage = VAGUE.has(code) ? shortageOfDescriptors() : undefined;
  return shortage === undefined
    ? { code, reason }
    : { code: shortage, reason: `no file descriptor is left (${reason})` };
}

/** EMFILE or ENFILE if nothing more can be opened, which a resolver that is out of descriptors does not report. */
function shortageOfDescriptors(): string | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === "EMFILE" || code === "ENFILE" ? code : undefined;
  }
}
