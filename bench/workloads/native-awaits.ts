/**
 * What the async functions on the loop make everybody else's pay: where the host's async context watches every promise,
 * native awaits take longer as soon as it is in use. It is in use for the rest of a process, so the runner measures it, in
 * processes of its own (cli/native-awaits.ts); here it is only described.
 */
import { ASYNC, TIME, type Workload } from "./workload.ts";

export const nativeAwaits: Workload = {
  ...ASYNC,
  name: "native-awaits",
  title: "native awaits beside the loop",
  about:
    "N awaits of nothing, one after the other: in a process that has an async function on the loop, in one with generators on it, and in one without the package.",
  unit: "ns",
  per: "await",
  sizeOf: "awaits",
  figures: [TIME],
  sizes: [100_000],
  quickSizes: [100_000],
  contenders: {},
};
