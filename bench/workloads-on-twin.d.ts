/** The workloads again, bundled with the twin of the core in wasyncio's place (bundle.mjs); none where there is no twin. */
declare module "workloads-on-twin" {
  export const workloads: readonly import("./workloads/workload.ts").Workload[];
}
