/** Owns how a case gets at Node's own modules, on the hosts that have them: an import would be looked for on all others too. */

interface Modules {
  readonly "node:dgram": typeof import("node:dgram");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:net": typeof import("node:net");
}

interface NodeLike {
  readonly process: { getBuiltinModule(name: string): unknown };
}

export function nodeModule<K extends keyof Modules>(name: K): Modules[K] {
  return (globalThis as unknown as NodeLike).process.getBuiltinModule(name) as Modules[K];
}
