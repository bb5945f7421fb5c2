/**
 * Owns what is Deno's alone: its permissions. What may be done is asked first, since Deno refuses a server by an exception
 * that nothing can catch, and a connection by an error without a code. Deno asks the user where there is one to ask.
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

/** Why Deno does not let the program do it, or undefined when it does. */
export function denoRefusal(target: Guarded): HostFailure | undefined {
  const { permissions } = (
    globalThis as unknown as { readonly Deno: { readonly permissions: DenoPermissions } }
  ).Deno;
  const missing = permissionsFor(target).find(
    (wanted) => permissions.requestSync(wanted).state !== "granted",
  );
  if (missing === undefined) return undefined;
  const flag =
    missing.name === "net" ? `--allow-net=${missing.host}` : `--allow-${missing.name}=${missing.path}`;
  return { code: "EACCES", reason: `Deno was started without permission for it; run it with ${flag}` };
}

function permissionsFor(target: Guarded): Permission[] {
  if (target.path !== undefined) {
    const { path } = target;
    return [
      { name: "read", path },
      { name: "write", path },
    ];
  }
  // To look up what is an address already asks nobody.
  if (target.port === undefined && ADDRESS.test(target.host)) return [];
  // An empty host stands for all addresses.
  const host = target.host === "" ? "0.0.0.0" : target.host.includes(":") ? `[${target.host}]` : target.host;
  return [{ name: "net", host: target.port === undefined ? host : `${host}:${target.port}` }];
}
