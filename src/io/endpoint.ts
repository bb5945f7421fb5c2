/**
 * Owns how a user says where: a host and port, or a path; and access to the host's network.
 */
import { wrongArgument } from "../core/checks.ts";
import { ArgumentError, describe, NotSupportedError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostNetwork } from "../host/network.ts";

/** The default limit of a reader, in bytes. */
export const LIMIT_BYTES = 64 * 1024;

/** Those before are the process's own input and output. */
const FIRST_DESCRIPTOR = 3;

/** What to do where a host lacks a part of the network. */
const ALTERNATIVES: Readonly<Record<keyof HostNetwork, string>> = {
  adopt: "give a host and a port, or run it on Node",
  bind: "use a connection or HTTP, or run it on Node, Deno or Bun",
  connect: "use wasyncio/http or fetch, or run it on Node, Deno or Bun",
  listen: "answer requests with wasyncio/edge, or run it on Node, Deno or Bun",
  lookup: "pass the name to openConnection, or run it on Node, Deno or Bun",
  lookupService: "use the address itself, or run it on Node, Deno or Bun",
  paths: "use a host and port, or run it on Node, Deno or Bun",
  reusesPorts:
    "let one process listen and hand on what it accepts, or run it on Node 23.1 or later, Deno or Bun",
  reusesDatagramPorts: "let one process have the port, or run it on Node 23.1 or later, or Bun",
  tls: "use https: with wasyncio/http or fetch, or run it on Node, Deno or Bun",
  tunes: "omit localAddr, noDelay and keepAlive, or run it on Node, Deno or Bun",
};

const NEEDS: Readonly<Record<keyof HostNetwork, string>> = {
  adopt: "to take over existing sockets",
  bind: "sockets for datagrams",
  connect: "sockets",
  listen: "server sockets",
  lookup: "name resolution",
  lookupService: "reverse name resolution",
  paths: "Unix sockets",
  reusesPorts: "several sockets on one port",
  reusesDatagramPorts: "several sockets for datagrams on one port",
  tls: "TLS",
  tunes: "sockets that can be tuned",
};

/** The loop's sockets and names, as far as `caller` needs them. @throws NotSupportedError. */
export function networkOf<K extends keyof HostNetwork>(
  loop: EventLoop,
  caller: string,
  need: K,
): HostNetwork & Required<Pick<HostNetwork, K>> {
  const { host, network: own } = loop.scheduler;
  const network = own ?? host.network;
  if (network?.[need]) return network as HostNetwork & Required<Pick<HostNetwork, K>>;
  throw new NotSupportedError(own?.name ?? host.name, `${caller} needs ${NEEDS[need]}`, ALTERNATIVES[need]);
}

/** A future of what the network answers, which comes from the host unless the network is the loop's own. */
export function futureOfNetwork<T>(loop: EventLoop): Future<T> {
  const future = loop.createFuture<T>();
  if (loop.scheduler.network === undefined) future.expectFromHost();
  return future;
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

/** A socket of the host's own, or a descriptor; the host knows whether it can take it. */
export function checkSock(caller: string, sock: unknown): unknown {
  if (typeof sock === "object" && sock !== null) return sock;
  if (typeof sock === "number" && Number.isSafeInteger(sock) && sock >= FIRST_DESCRIPTOR) return sock;
  throw wrongArgument(caller, "a socket of the host's own, or the number of a descriptor, 3 or more", sock);
}

/** Each of them says where by itself. */
export function checkAlone(
  caller: string,
  {
    host,
    port,
    path,
    sock,
  }: { readonly host?: unknown; readonly port?: unknown; readonly path?: unknown; readonly sock?: unknown },
): void {
  if ([host ?? port, path, sock].filter((each) => each !== undefined).length < 2) return;
  throw new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} takes a host and port, a path, or a sock, and got more than one; omit the others`,
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

export function checkFlags<T extends string>(
  caller: string,
  flags: readonly T[] | undefined,
  all: readonly T[],
): ReadonlySet<T> {
  if (flags === undefined) return new Set();
  const needs = `its flags as a list of ${all.join(", ")}`;
  if (!Array.isArray(flags)) throw wrongArgument(caller, needs, flags);
  const set = new Set<T>(flags);
  for (const flag of set)
    if (!all.includes(flag)) throw wrongArgument(caller, needs, flag, "ERR_ARGUMENT_VALUE");
  return set;
}
