/** Owns who takes part: in which order, and as what. */
import { type ContenderInfo, OURS } from "./results.ts";
import { EXPLORED, GENERATORS } from "./workloads/workload.ts";

export const contenders: readonly ContenderInfo[] = [
  { name: OURS, kind: "ours" },
  { name: "twin", kind: "twin" },
  { name: GENERATORS, kind: "sibling" },
  { name: EXPLORED, kind: "sibling" },
  { name: "setImmediate", kind: "host" },
  { name: "queueMicrotask", kind: "host" },
  { name: "MessageChannel", kind: "host" },
  { name: "setTimeout", kind: "host" },
  { name: "native", kind: "host" },
  { name: "node:net", kind: "host" },
  { name: "node:worker_threads", kind: "host" },
  { name: "effect", kind: "peer" },
  { name: "effect-all", kind: "peer" },
  { name: "effection", kind: "peer" },
  { name: "asyncio", kind: "python" },
  { name: "uvloop", kind: "python" },
  { name: "wasi-shim", kind: "wasi" },
  { name: "node:wasi", kind: "wasi" },
];
