/** Owns the course of one host: it is found, started, given one workload after the other, and ended, come what may. */
import type { HostDriver, HostSession } from "../../hosts/driver.ts";
import { CommandDriver, launchArgs } from "../../hosts/process.ts";
import {
  asJson,
  type ClockName,
  type Failure,
  type HostReport,
  type ProgramAnswer,
  type PythonConfig,
  type Result,
} from "../results.ts";
import { coreAlone } from "../workloads/core-alone.ts";
import { nativeAwaits } from "../workloads/native-awaits.ts";
import { networkWorkloads } from "../workloads/network.ts";
import { startUp } from "../workloads/start-up.ts";
import { measureCoreAlone } from "./core-alone.ts";
import { measureNativeAwaits } from "./native-awaits.ts";
import { measureNetwork } from "./network.ts";
import type { Programs } from "./programs.ts";
import type { Progress } from "./progress.ts";
import { measureStartUp } from "./start-up.ts";

export interface HostPlan {
  readonly programs: Programs;
  readonly workloads: readonly string[];
  readonly quick: boolean;
  readonly clock: ClockName;
  readonly progress: Progress;
  /** CPython, for the workloads that are measured beside it on this host. */
  readonly pythonFor: (workload: string) => PythonConfig | undefined;
}

/** What one workload may take on one host, all sizes and rounds together, before it is ended. */
const TIMEOUT_MS = 15 * 60_000;
const QUICK_TIMEOUT_MS = 4 * 60_000;

type Measure = (driver: CommandDriver, plan: HostPlan) => Promise<Result | readonly Result[]>;

/** What needs a process for each sample. */
const BY_SCRIPTS: Readonly<Record<string, Measure>> = {
  [startUp.name]: measureStartUp,
  [nativeAwaits.name]: measureNativeAwaits,
  ...Object.fromEntries(
    networkWorkloads.map((workload): [string, Measure] => [
      workload.name,
      (driver, plan) => measureNetwork(workload, driver, plan),
    ]),
  ),
};

/** The words before what a program says of its progress. */
const PROGRESS = "bench: ";

export async function measureHost(driver: HostDriver, plan: HostPlan): Promise<HostReport> {
  const beganMs = performance.now();
  const { name } = driver;
  const nothing = { results: [], failures: [] };
  plan.progress.begin(name);
  const search = await driver.find();
  const tookMs = () => performance.now() - beganMs;
  if (!search.found) {
    plan.progress.note(`${name}: not found; ${search.howToGet}`);
    return { name, status: "not found", howToGet: search.howToGet, tookMs: tookMs(), ...nothing };
  }
  const { version } = search;
  let session: HostSession | undefined;
  try {
    session = await driver.start();
    const measured = await measureAll(driver, session, plan);
    const [first] = measured.failures;
    const status = first !== undefined && measured.results.length === 0 ? "failed" : "measured";
    return {
      name,
      version,
      status,
      tookMs: tookMs(),
      ...(status === "failed" && first !== undefined && { error: first.error }),
      ...measured,
    };
  } catch (error) {
    plan.progress.note(`${name}: ${messageOf(error)}`);
    return { name, version, status: "failed", error: messageOf(error), tookMs: tookMs(), ...nothing };
  } finally {
    await session?.close();
  }
}

type Measured = Pick<HostReport, "clockStepMs" | "collects" | "results" | "failures">;

async function measureAll(driver: HostDriver, session: HostSession, plan: HostPlan): Promise<Measured> {
  const results: Result[] = [];
  const failures: Failure[] = [];
  let clock: Pick<HostReport, "clockStepMs" | "collects"> = {};
  for (const [index, workload] of plan.workloads.entries()) {
    plan.progress.begin(`${driver.name}: ${workload} (${index + 1} of ${plan.workloads.length})`);
    try {
      const byScripts = BY_SCRIPTS[workload];
      if (byScripts !== undefined) {
        if (driver instanceof CommandDriver) results.push(...[await byScripts(driver, plan)].flat());
        continue;
      }
      if (workload === coreAlone.name) {
        const alone = await measureCoreAlone(driver, session, plan);
        results.push(...alone.results);
        failures.push(...alone.failures);
        continue;
      }
      const { clockStepMs, collects, ...answer } = await runWorkload(driver, session, workload, plan);
      clock = { clockStepMs, collects };
      results.push(...answer.results);
      failures.push(...answer.failures);
    } catch (error) {
      failures.push({ workload, error: messageOf(error) });
    } finally {
      noteFailures(driver, workload, failures, plan.progress);
    }
  }
  return { ...clock, results, failures };
}

function noteFailures(
  driver: HostDriver,
  workload: string,
  failures: readonly Failure[],
  progress: Progress,
): void {
  for (const { contender, size, error } of failures.filter((each) => each.workload === workload)) {
    const about = [workload, size && `N=${size}`, contender].filter(Boolean).join(", ");
    progress.note(`${driver.name}: ${about}: ${error.split("\n", 1)[0]}`);
  }
}

async function runWorkload(
  driver: HostDriver,
  session: HostSession,
  workload: string,
  { programs, quick, clock, pythonFor, progress }: HostPlan,
): Promise<ProgramAnswer> {
  const python = pythonFor(workload);
  const file = programs.fileFor(driver);
  const command = commandFor(driver, file);
  const answer = await session.run({
    file,
    config: asJson({ workload, quick, clock, ...(command && { command }), ...(python && { python }) }),
    timeoutMs: quick ? QUICK_TIMEOUT_MS : TIMEOUT_MS,
    onLine: (line) => {
      if (line.startsWith(PROGRESS)) progress.show(line.slice(PROGRESS.length));
    },
  });
  return answer as unknown as ProgramAnswer;
}

/** Only Node needs it, and only Node's programs may start others. */
function commandFor(driver: HostDriver, program: string): string[] | undefined {
  if (!(driver instanceof CommandDriver) || driver.conditions[0] !== "node") return undefined;
  const [file, args] = driver.command();
  return [file, ...args, ...launchArgs(program)];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
