/**
 * What a process takes from its start to the first callback, beyond what an empty script takes. It needs a process for each
 * sample, so the runner measures it (cli/start-up.ts); here it is only described.
 */
import { TIME, type Workload } from "./workload.ts";

export const startUp: Workload = {
  name: "start-up",
  title: "start-up",
  about:
    "From the import of the package to its first callback, in a new process, over what an empty script takes.",
  unit: "ms",
  per: "process",
  sizeOf: "processes at a time",
  figures: [TIME],
  sizes: [1],
  quickSizes: [1],
  contenders: {},
};
