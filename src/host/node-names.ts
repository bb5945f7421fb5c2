/**
 * Owns how Node's names, addresses and errors become the host interface's, and what its errors do not say.
 */
import { devNull } from "node:os";
import type { Guarded } from "./guarded-network.ts";
import type { HostFailure, HostName, HostQuery, HostService, SocketAddress } from "./network.ts";
import { builtin } from "./node-builtin.ts";

/** Asks the system's resolver, as getaddrinfo does. */
export function lookup(
  { host, family, ofThisMachine }: HostQuery,
  found: (answer: readonly HostName[] | HostFailure) => void,
): void {
  const { ADDRCONFIG, lookup: lookupByNode } = builtin("node:dns");
  const hints = ofThisMachine ? ADDRCONFIG : 0;
  lookupByNode(host, { all: true, family, verbatim: true, hints }, (error, addresses) => {
    if (error !== null) found(failureOf(error));
    else found(addresses.map(({ address, family }) => ({ host: address, family: family === 6 ? 6 : 4 })));
  });
}

/** Asks the system's resolver, as getnameinfo does. */
export function lookupService(
  host: string,
  port: number,
  found: (answer: HostService | HostFailure) => void,
): void {
  try {
    builtin("node:dns").lookupService(host, port, (error, name, service) => {
      if (error !== null) found(failureOf(error));
      else found({ host: name, service });
    });
  } catch {
    queueMicrotask(() => found(notAddress(host)));
  }
}

function notAddress(host: string): HostFailure {
  return { code: "EINVAL", reason: `'${host}' is not an address` };
}

export function addressOf(host: string, port: number): SocketAddress {
  return { family: host.includes(":") ? "IPv6" : "IPv4", host, port, path: "" };
}

/**
 * An address whose family is not the one wanted, which Node would accept, or one of this side that is not an address, for which it throws.
 * The code is that of the system's resolver.
 */
export function targetRefusal(target: Guarded): HostFailure | undefined {
  if (target.path !== undefined) return undefined;
  const { host, localHost } = target;
  const { isIP } = builtin("node:net");
  if (localHost !== undefined && isIP(localHost) === 0) return notAddress(localHost);
  const family = Object.hasOwn(target, "family") ? target.family : 0;
  const actual = isIP(host);
  if (!family || actual === 0 || actual === family) return undefined;
  return {
    code: "EAI_ADDRFAMILY",
    reason: `'${host}' is an IPv${actual} address, but the family is ${family}; omit the family, or give an address that belongs to it`,
  };
}

/** The codes for names, or for errors without one, that may mean that a file or socket could not be opened. */
const VAGUE = new Set(["EAI_AGAIN", "EAI_FAIL", "ENOTFOUND", "ESERVFAIL", "EUNKNOWN"]);

/** What to do about failures that only servers and datagram sockets have. */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "the address is already in use; stop what uses it, or choose another port, or 0 for any free one",
  EADDRNOTAVAIL: "this machine does not have that address; use one that it has, or '' for all interfaces",
};

/** What an error of Node's says. Connecting to a name with several addresses gives one error for all of them. */
export function failureOf(error: Error): HostFailure {
  const code = codeOf(error);
  const reasons =
    error instanceof AggregateError ? error.errors.map((each: Error) => each.message) : [error.message];
  if (Object.hasOwn(ADVICE, code)) reasons.push(ADVICE[code] as string);
  const reason = reasons.join("; ");
  const shortage = VAGUE.has(code) ? shortageOfDescriptors() : undefined;
  return shortage === undefined
    ? { code, reason }
    : { code: shortage, reason: `no file descriptor is left (${reason})` };
}

/** Deno has words of its own for what it does not know, and for an address of this side that the machine does not have. */
function codeOf(error: NodeJS.ErrnoException): string {
  const { code = "EUNKNOWN", syscall } = error;
  if (code === "UNKNOWN") return "EUNKNOWN";
  return code === "EINVAL" && syscall === "bind" && "deno" in process.versions ? "EADDRNOTAVAIL" : code;
}

/** EMFILE or ENFILE if nothing more can be opened, which a resolver that is out of descriptors does not report. */
function shortageOfDescriptors(): string | undefined {
  const { closeSync, openSync } = builtin("node:fs");
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === "EMFILE" || code === "ENFILE" ? code : undefined;
  }
}
