/**
 * Owns resolving names to addresses.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostName, SocketAddress } from "../host/network.ts";
import { checkFamily, checkHost, checkPort, networkOf } from "./endpoint.ts";
import { networkError } from "./errors.ts";
import { fail } from "./waiters.ts";

/** Which addresses to look up. */
export interface AddressOptions {
  /** 4 or 6 for addresses of only that kind; by default both. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** What the address is for, which is copied into the results; by default a stream. */
  readonly type?: "stream" | "datagram" | undefined;
}

/** One address of a name. */
export interface AddressInfo extends SocketAddress {
  readonly type: "stream" | "datagram";
}

/**
 * Asks the host's resolver for the addresses of a name, in the resolver's order. asyncio: `loop.getaddrinfo`.
 *
 * @param host - a name or an address.
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
  host: string,
  port: number | null = null,
  options?: AddressOptions,
): Operation<AddressInfo[]> {
  const caller = "getaddrinfo";
  const { type = "stream", family } = readOptions(caller, options, ["type", "family"]);
  if (type !== "stream" && type !== "datagram")
    throw wrongArgument(caller, "a type of 'stream' or 'datagram'", type, "ERR_ARGUMENT_VALUE");
  return infosOf(checkHost(caller, host), checkPort(caller, port ?? 0), checkFamily(caller, family), type);
}

const infosOf = coroutine(function* getaddrinfo(
  host: string,
  port: number,
  family: 0 | 4 | 6,
  type: "stream" | "datagram",
) {
  const names = yield* lookup(getRunningLoop(), "getaddrinfo", host, family);
  return names.map((name): AddressInfo => {
    return { family: name.family === 6 ? "IPv6" : "IPv4", type, host: name.host, port, path: "" };
  });
});

/** The addresses of a name, on behalf of `caller`. @internal */
export function* lookup(
  loop: EventLoop,
  caller: string,
  host: string,
  family: 0 | 4 | 6,
): Generator<unknown, readonly HostName[], unknown> {
  const found = loop.createFuture<readonly HostName[]>();
  networkOf(loop, caller, "lookup").lookup(host, family, (answer) => {
    if (!found.pending() || loop.isClosed()) return;
    if ("code" in answer) fail(found, networkError(`cannot look up '${host}'`, answer));
    else found.setResult(answer);
  });
  return yield* found;
}
