/**
 * Owns what a user gives to say where: host and port, or a path; and the ways to reach the host's network.
 */
import { ArgumentError, describe, LoopError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostNetwork } from "../host/network.ts";

/** The limit of a reader unless another is given, in bytes. */
export const LIMIT_BYTES = 64 * 1024;

/** The loop's sockets and names. @throws LoopError ERR_HOST_UNSUPPORTED. */
export function networkOf(loop: EventLoop, caller: string): HostNetwork {
  const { host } = loop;
  if (host.network !== undefined) return host.network;
  throw new LoopError(
    "ERR_HOST_UNSUPPORTED",
    `${caller} needs sockets, which the host '${host.name}' does not have; run on Node, or use wasyncio/http`,
  );
}

export function checkPort(caller: string, port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a port from 0 to 65535, and got ${describe(port)}`,
  );
}

export function checkHost(caller: string, host: unknown): string {
  if (typeof host === "string" && !host.includes("\0")) return host;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs a host name or an address, and got ${describe(host)}`,
  );
}

export function checkPath(caller: string, path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `${caller} needs the path of a Unix socket, and got ${describe(path)}`,
  );
}

export function checkLimit(caller: string, limit: unknown): number {
  if (typeof limit === "number" && limit > 0) return limit;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a limit above 0 bytes, and got ${describe(limit)}`,
  );
}

export function checkFamily(caller: string, family: unknown): 0 | 4 | 6 {
  if (family === undefined) return 0;
  if (family === 0 || family === 4 || family === 6) return family;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a family of 4, 6 or 0 for both, and got ${describe(family)}`,
  );
}
