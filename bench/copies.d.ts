/** The workloads once more, bundled with the twin of the core in wasyncio's place (bundle.mjs). */
declare module "workloads-on-twin" {
  export const workloads: readonly import("./workloads/workload.ts").Workload[];
}

/** The same with a wasyncio of their own: for generators beside async functions. */
declare module "workloads-apart" {
  export const workloads: readonly import("./workloads/workload.ts").Workload[];
}
