/** What runs on a host: one workload, by its name, with all contenders that the host has. Bundled for each condition. */
import { workloads as onTwin } from "workloads-on-twin";
import type { Json } from "../hosts/driver.ts";
import { measureTurn, measureWorkload } from "./measure/workload.ts";
import { asJson, type ProgramConfig, type WorkloadInfo } from "./results.ts";
import { workloads } from "./workloads/index.ts";
import { describe, type Workload, withTwin } from "./workloads/workload.ts";

/** Of what was bundled, by name; put in by bundle.mjs. */
declare const BUNDLED_VERSIONS: Readonly<Record<string, string>>;

/** The prefix of lines that report progress; the runner shows them. */
const PROGRESS = "bench: ";

export default async function main(config: Json): Promise<Json> {
  const program = config as unknown as ProgramConfig;
  const workload = withTwin(
    named(workloads, program.workload),
    onTwin.find(({ name }) => name === program.workload),
  );
  if (program.turnOf !== undefined) return asJson(await measureTurn(workload, program));
  return asJson(await measureWorkload(workload, program, (text) => console.log(`${PROGRESS}${text}`)));
}

/** What can be run, for the command. */
export function contents(): {
  readonly workloads: readonly WorkloadInfo[];
  readonly versions: Readonly<Record<string, string>>;
} {
  return { workloads: workloads.map(describe), versions: BUNDLED_VERSIONS };
}

function named(all: readonly Workload[], wanted: string): Workload {
  const found = all.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no workload is called ${wanted}`);
  return found;
}
