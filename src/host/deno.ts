/**
 * Owns what is specific to Deno: its permissions. They are requested first, since Deno refuses a server with an exception
 * that nothing can catch, and a connection with an error without a code. Deno prompts the user if there is one.
 */
import type { Guarded } from "./guarded-network.ts";
import type { HostFailure } from "./network.ts";

const ADDRESS = /^[\d.]+$|:/;

type Permission =
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "read" | "write"; readonly path: string };

/** As much of Deno as is used. */
interface DenoPermissions {
  requestSync(permission: Permission): { readonly state: "granted" | "prompt" | "denied" };
}

/** Why Deno does not permit it, or undefined if it does. */
export function denoRefusal(target: Guarded): HostFailure | undefined {
  const { permissions } = (
    globalThis as unknown as { readonly Deno: { readonly permissions: DenoPermissions } }
  ).Deno;
  const missing = permissionsFor(target).find((wanted) => isMissing(permissions, wanted));
  if (missing === undefined) return undefined;
  const flag =
    missing.name === "net" ? `--allow-net=${missing.host}` : `--allow-${missing.name}=${missing.path}`;
  return { code: "EACCES", reason: `Deno was started without permission for it; run it with ${flag}` };
}

function isMissing(permissions: DenoPermissions, wanted: Permission): boolean {
  try {
    return permissions.requestSync(wanted).state !== "granted";
  } catch {
    // What is neither a name nor an address is thrown at. Whoever looks it up says that it is unknown.
    return false;
  }
}

function permissionsFor(target: Guarded): Permission[] {
  if (target.path !== undefined) {
    const { path } = target;
    return [
      { name: "read", path },
      { name: "write", path },
    ];
  }
  // Looking up what is already an address involves no resolver.
  if (target.port === undefined && ADDRESS.test(target.host)) return [];
  // An empty host means all addresses.
  const host = target.host === "" ? "0.0.0.0" : target.host.includes(":") ? `[${target.host}]` : target.host;
  return [{ name: "net", host: target.port === undefined ? host : `${host}:${target.port}` }];
}
