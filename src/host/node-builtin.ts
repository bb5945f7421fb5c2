/**
 * Owns the modules of Node's that few programs need: they are loaded when one does, since each takes a millisecond or two of
 * every start. Asked of the runtime itself, so that no bundler has to find them.
 */
import { createRequire } from "node:module";

interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:dgram": typeof import("node:dgram");
  readonly "node:tls": typeof import("node:tls");
}

let load: NodeJS.Require | undefined;

export function builtin<K extends keyof Builtins>(name: K): Builtins[K] {
  // Any path will do, for the runtime's own modules have none.
  load ??= createRequire("/");
  return load(name) as Builtins[K];
}
