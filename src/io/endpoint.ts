/**
 * Owns how a user says where: a host and port, or a path; and access to the host's network.
 */
import { ArgumentError, describe, NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostNetwork } from "../host/network.ts";

/** The default limit of a reader, in bytes. */
export const LIMIT_BYTES = 64 * 1024;

/** What to do where a host lacks a part of the network. */
const ALTERNATIVES = {
  connect: "use wasyncio/http or fetch, or run it on Node, Deno or Bun",
  listen: "answer requests with wasyncio/edge, or run it on Node, Deno or Bun",
  lookup: "pass the name to openConnection, or run it on Node, Deno or Bun",
  paths: "use a host and port, or run it on Node, Deno or Bun",
};

const NEEDS = {
  connect: "sockets",
  listen: "server sockets",
  lookup: "name resolution",
  paths: "Unix sockets",
};

/** The loop's sockets and names, as far as `caller` needs them. @throws NotSupportedError. */
export function networkOf<K extends keyof HostNetwork>(
  loop: EventLoop,
  caller: string,
  need: K,
): HostNetwork & Required<Pick<HostNetwork, K>> {
  const { name, network } = loop.scheduler.host;
  if (network?.[need]) return network as HostNetwork & Required<Pick<HostNetwork, K>>;
  throw new NotSupportedError(name, `${caller} needs ${NEEDS[need]}`, ALTERNATIVES[need]);
}

export function checkPort(caller: string, port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a port from 0 to 65535, got ${describe(port)}`,
  );
}

export function checkHost(caller: string, host: unknown): string {
  if (typeof host === "string" && !host.includes("\0")) return host;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs a host name or an address, got ${describe(host)}`,
  );
}

export function checkPath(caller: string, path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs the path of a Unix socket, got ${describe(path)}`,
  );
}

export function checkLimit(caller: string, limit: unknown): number {
  if (typeof limit === "number" && limit > 0) return limit;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a limit above 0 bytes, got ${describe(limit)}`,
  );
}

export function checkFamily(caller: string, family: unknown): 0 | 4 | 6 {
  if (family === undefined) return 0;
  if (family === 0 || family === 4 || family === 6) return family;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a family of 4, 6, or 0 for both, got ${describe(family)}`,
  );
}
