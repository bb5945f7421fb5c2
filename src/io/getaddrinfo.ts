/**
 * Owns resolving names to addresses.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostName, HostQuery, SocketAddress } from "../host/network.ts";
import { checkFamily, checkFlags, checkHost, checkPort, futureOfNetwork, networkOf } from "./endpoint.ts";
import { NetworkError, networkError } from "./errors.ts";
import { fail } from "./waiters.ts";

/** What is required of the answers, by the names that systems have for it. */
export type AddressFlag = "AI_ADDRCONFIG" | "AI_ALL" | "AI_NUMERICHOST" | "AI_PASSIVE" | "AI_V4MAPPED";

/** Which addresses to look up. */
export interface AddressOptions {
  /** 4 or 6 for addresses of only that kind; by default both. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** What the address is for, which is copied into the results; by default a stream. */
  readonly type?: "stream" | "datagram" | undefined;
  /** The protocol, which has to match the type: 6 for TCP, 17 for UDP; 0, or none, for either. */
  readonly proto?: 0 | 6 | 17 | undefined;
  /**
   * What is required of the answers, as a list. AI_ADDRCONFIG: only families of which this machine has an address itself.
   * AI_NUMERICHOST: the host is an address, and no resolver is asked. AI_PASSIVE: for an empty host the addresses to listen on,
   * instead of those of this machine. AI_V4MAPPED: with family 6, where there is no address of IPv6, those of IPv4 in its form;
   * with AI_ALL too, both.
   */
  readonly flags?: readonly AddressFlag[] | undefined;
}

/** One address of a name. */
export interface AddressInfo extends SocketAddress {
  readonly type: "stream" | "datagram";
  /** 6 for TCP, 17 for UDP. */
  readonly proto: 6 | 17;
}

const FLAGS: readonly AddressFlag[] = [
  "AI_ADDRCONFIG",
  "AI_ALL",
  "AI_NUMERICHOST",
  "AI_PASSIVE",
  "AI_V4MAPPED",
];

/**
 * Asks the host's resolver for the addresses of a name, in the resolver's order. asyncio: `loop.getaddrinfo`.
 *
 * @param host - a name or an address; null or '' for this machine.
 * @param port - copied into the results; null for 0.
 * @throws NetworkError ENOTFOUND when the name does not exist, EAI_AGAIN when the resolver does not answer;
 * NotSupportedError where the host has no resolver; ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 *
 * @example
 * ```ts
 * const [first] = yield* getaddrinfo("localhost", 8080, { family: 4 });
 * ```
 */
export function getaddrinfo(
  host: string | null,
  port: number | null = null,
  options?: AddressOptions,
): Operation<AddressInfo[]> {
  const caller = "getaddrinfo";
  const given = readOptions(caller, options, ["type", "family", "proto", "flags"]);
  const { type = "stream", family, proto = 0 } = given;
  if (type !== "stream" && type !== "datagram")
    throw wrongArgument(caller, "a type of 'stream' or 'datagram'", type, "ERR_ARGUMENT_VALUE");
  const protocol = type === "stream" ? 6 : 17;
  if (proto !== 0 && proto !== protocol)
    throw wrongArgument(caller, `a proto of ${protocol} for a ${type}`, proto, "ERR_ARGUMENT_VALUE");
  return infosOf(
    checkHost(caller, host === null ? "" : host),
    { type, proto: protocol, port: checkPort(caller, port ?? 0), path: "" },
    checkFamily(caller, family),
    checkFlags(caller, given.flags, FLAGS),
  );
}

const infosOf = coroutine(function* getaddrinfo(
  host: string,
  rest: Pick<AddressInfo, "type" | "proto" | "port" | "path">,
  family: 0 | 4 | 6,
  flags: ReadonlySet<AddressFlag>,
) {
  const loop = getRunningLoop();
  networkOf(loop, "getaddrinfo", "lookup");
  const names = yield* namesOf(loop, host, family, flags);
  return names.map((name): AddressInfo => {
    return { ...rest, family: name.family === 6 ? "IPv6" : "IPv4", host: name.host };
  });
});

function* namesOf(
  loop: EventLoop,
  host: string,
  family: 0 | 4 | 6,
  flags: ReadonlySet<AddressFlag>,
): Generator<unknown, readonly HostName[], unknown> {
  if (host === "") {
    const passive = flags.has("AI_PASSIVE");
    const own: readonly HostName[] = [
      { family: 6, host: passive ? "::" : "::1" },
      { family: 4, host: passive ? "0.0.0.0" : "127.0.0.1" },
    ];
    return own.filter((each) => family === 0 || each.family === family);
  }
  if (flags.has("AI_NUMERICHOST") && !isAddress(host)) {
    throw new NetworkError(
      "ENOTFOUND",
      `'${host}' is not an address; omit AI_NUMERICHOST to have the name looked up`,
    );
  }
  const ofThisMachine = flags.has("AI_ADDRCONFIG");
  const isMapped = family === 6 && flags.has("AI_V4MAPPED");
  const names = yield* lookup(loop, "getaddrinfo", host, { family: isMapped ? 0 : family, ofThisMachine });
  if (!isMapped) return names;
  const own = names.filter((each) => each.family === 6);
  if (own.length > 0 && !flags.has("AI_ALL")) return own;
  const others = names.filter((each) => each.family === 4);
  return [...own, ...others.map((each): HostName => ({ family: 6, host: `::ffff:${each.host}` }))];
}

/** Whether a host is an address rather than a name. @internal */
export function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

/** The addresses of a name, on behalf of `caller`. @internal */
export function* lookup(
  loop: EventLoop,
  caller: string,
  host: string,
  { family = 0, ofThisMachine = false }: Partial<Omit<HostQuery, "host">> = {},
): Generator<unknown, readonly HostName[], unknown> {
  const found = futureOfNetwork<readonly HostName[]>(loop);
  networkOf(loop, caller, "lookup").lookup({ host, family, ofThisMachine }, (answer) => {
    if (!found.pending() || loop.isClosed()) return;
    if ("code" in answer) fail(found, networkError(`cannot look up '${host}'`, answer));
    else found.setResult(answer);
  });
  return yield* found;
}
