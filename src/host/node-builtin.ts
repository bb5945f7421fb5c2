/**
 * Owns the modules of Node's that not every program needs: they are loaded when one does, since each takes up to two milliseconds
 * of every start. Asked of the runtime itself, so that no bundler has to find them.
 */
import nodeModule from "node:module";

interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:dgram": typeof import("node:dgram");
  readonly "node:dns": typeof import("node:dns");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:net": typeof import("node:net");
  readonly "node:tls": typeof import("node:tls");
  readonly "node:v8": typeof import("node:v8");
}

let load: NodeJS.Require | undefined;

export function builtin<K extends keyof Builtins>(name: K): Builtins[K] {
  // Any path will do, for the runtime's own modules have none. Imported by its own name, the function would have webpack look
  // for what is asked of it.
  load ??= nodeModule.createRequire("/");
  return load(name) as Builtins[K];
}
