/**
 * Owns the names of a network: those of its hosts, and localhost. Knows nothing of connections.
 */
import type { HostFailure, HostName, HostQuery, HostService } from "../../host/network.ts";
import { familyOf } from "../../io/connect.ts";
import { isAddress } from "../../io/getaddrinfo.ts";
import { isLoopback } from "./addresses.ts";
import type { Fabric } from "./fabric.ts";
import type { SimulatedHost } from "./host.ts";

const LOCALHOST = "localhost";
const OWN_ADDRESSES = ["::1", "127.0.0.1"];

/** The addresses of a name, as `here` knows it. */
export function resolve(fabric: Fabric, here: SimulatedHost, query: HostQuery): HostName[] | HostFailure {
  const { host, family } = query;
  if (isAddress(host)) return ofAddress(query);
  if (here.isDown) return { code: "EAI_AGAIN", reason: `'${here.name}' is down` };
  const all = host === "" || host === LOCALHOST ? OWN_ADDRESSES : fabric.hosts.get(host)?.addresses;
  if (all === undefined) return { code: "ENOTFOUND", reason: `getaddrinfo ENOTFOUND ${host}` };
  const known = query.ofThisMachine ? all.filter((each) => here.speaks(familyOf(each))) : all;
  const found = known.filter((each) => family === 0 || familyOf(each) === family);
  if (found.length > 0) return found.map((each) => ({ host: each, family: familyOf(each) }));
  return { code: "ENOTFOUND", reason: `getaddrinfo ENOTFOUND ${host}` };
}

function ofAddress({ host, family }: HostQuery): HostName[] | HostFailure {
  const actual = familyOf(host);
  if (family === 0 || actual === family) return [{ host, family: actual }];
  return {
    code: "EAI_ADDRFAMILY",
    reason: `'${host}' is an IPv${actual} address, but the family is ${family}`,
  };
}

/** The name of an address. Ports have none. */
export function nameOf(
  fabric: Fabric,
  here: SimulatedHost,
  host: string,
  port: number,
): HostService | HostFailure {
  const name = isLoopback(host) ? LOCALHOST : fabric.hostAt(host, here)?.name;
  if (name === undefined) return { code: "ENOTFOUND", reason: `getnameinfo ENOTFOUND ${host}` };
  return { host: name, service: String(port) };
}
