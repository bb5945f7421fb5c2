/**
 * Owns the way from addresses to names.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostService } from "../host/network.ts";
import { checkFlags, checkHost, checkPort, futureOfNetwork, networkOf } from "./endpoint.ts";
import { NetworkError, networkError } from "./errors.ts";
import { isAddress } from "./getaddrinfo.ts";
import { fail } from "./waiters.ts";

/** What is required of the names, by the names that systems have for it. */
export type NameFlag = "NI_NAMEREQD" | "NI_NUMERICHOST" | "NI_NUMERICSERV";

/** Which names to look up. */
export interface NameOptions {
  /**
   * What is required of the names, as a list. NI_NUMERICHOST: the address as it is. NI_NUMERICSERV: the port as it is.
   * NI_NAMEREQD: an address without a name is an error.
   */
  readonly flags?: readonly NameFlag[] | undefined;
}

const FLAGS: readonly NameFlag[] = ["NI_NAMEREQD", "NI_NUMERICHOST", "NI_NUMERICSERV"];
const CALLER = "getnameinfo";

/**
 * Asks the host's resolver for the names of an address and a port. What has no name is returned as it is.
 * asyncio: `loop.getnameinfo`.
 *
 * @param address - its host, which has to be an address, and its port.
 * @returns the names of host and service.
 * @throws NetworkError ENOTFOUND with NI_NAMEREQD, EAI_AGAIN when the resolver does not answer, EINVAL for what only looks like an
 * address; NotSupportedError where the host has no resolver; ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 *
 * @example
 * ```ts
 * const [host, service] = yield* getnameinfo({ host: "127.0.0.1", port: 80 }); // localhost, http
 * ```
 */
export function getnameinfo(
  address: { readonly host: string; readonly port: number },
  options?: NameOptions,
): Operation<[host: string, service: string]> {
  if (typeof address !== "object" || address === null)
    throw wrongArgument(CALLER, "an address with host and port", address);
  const { host, port } = readOptions(CALLER, address, ["host", "port"]);
  const flags = checkFlags(CALLER, readOptions(CALLER, options, ["flags"]).flags, FLAGS);
  if (!isAddress(checkHost(CALLER, host)))
    throw wrongArgument(CALLER, "an address, not a name", host, "ERR_ARGUMENT_VALUE");
  return namesOf(host as string, checkPort(CALLER, port), flags);
}

const namesOf = coroutine(function* getnameinfo(host: string, port: number, flags: ReadonlySet<NameFlag>) {
  const loop = getRunningLoop();
  const network = networkOf(loop, CALLER, "lookupService");
  const found = futureOfNetwork<HostService>(loop);
  network.lookupService(host, port, (answer) => {
    if (!found.pending() || loop.isClosed()) return;
    if (!("code" in answer)) found.setResult(answer);
    else if (answer.code !== "ENOTFOUND")
      fail(found, networkError(`cannot find the name of ${host}`, answer));
    else found.setResult({ host, service: String(port) });
  });
  const names = yield* found;
  if (names.host === host && flags.has("NI_NAMEREQD"))
    throw new NetworkError("ENOTFOUND", `${host} has no name; omit NI_NAMEREQD to get the address instead`);
  const result: [string, string] = [
    flags.has("NI_NUMERICHOST") ? host : names.host,
    flags.has("NI_NUMERICSERV") ? String(port) : names.service,
  ];
  return result;
});
