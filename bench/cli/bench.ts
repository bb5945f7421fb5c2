/** Owns the course of the command: what is asked of the machine and of the hosts, and what is shown and written. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isMissedBeyond, judge, needsPython } from "../bars.ts";
import { contenders } from "../contenders.ts";
import { renderReport } from "../report/report.ts";
import { FORMAT, type HostReport, type Report, VERSION } from "../results.ts";
import { slugOf } from "./hosts.ts";
import { describeMachine } from "./machine.ts";
import { measureHost } from "./measure-host.ts";
import { type Options, STDOUT } from "./options.ts";
import { cpythonScript, type Programs } from "./programs.ts";
import { Progress } from "./progress.ts";
import { findPython } from "./python.ts";
import { reportAsText } from "./table.ts";

/** How far a goal may be missed under --strict, as a share of it: what a shared machine's noise amounts to. */
const TOLERANCE = 0.25;

/** Answers the exit code. */
export async function runBench(options: Options, programs: Programs): Promise<number> {
  if (options.list) {
    printList(options);
    return 0;
  }
  const report = await measure(options, programs, new Progress(process.stderr));
  const written = await write(report, options);
  if (options.json !== STDOUT) {
    console.log(reportAsText(report));
    for (const path of written) console.log(`written to ${path}`);
  }
  // Among many hosts there is always one that cannot do something; it is enough that it was reported.
  const failed = report.hosts.some(
    ({ status, failures }) => status === "failed" || (failures.length > 0 && !options.acrossHosts),
  );
  const missed = options.strict && report.bars.some((verdict) => isMissedBeyond(verdict, TOLERANCE));
  return failed || missed ? 1 : 0;
}

async function measure(options: Options, programs: Programs, progress: Progress): Promise<Report> {
  const startedAt = new Date();
  const machine = describeMachine();
  progress.begin("looking for CPython");
  const { python, versions, missing } = await findPython(cpythonScript);
  const hosts: HostReport[] = [];
  // Once is enough, save where a goal is for another Node as well; the other hosts may not start processes.
  const nodes = options.hosts.filter(({ conditions }) => conditions[0] === "node");
  for (const driver of options.hosts) {
    hosts.push(
      await measureHost(driver, {
        programs,
        workloads: options.workloads,
        quick: options.quick,
        clock: options.clock,
        progress,
        pythonFor: (workload) =>
          driver === nodes[0] || (nodes.includes(driver) && needsPython(driver.name, workload))
            ? python
            : undefined,
      }),
    );
  }
  progress.end();
  return {
    format: FORMAT,
    version: VERSION,
    startedAt: startedAt.toISOString(),
    tookMs: Date.now() - startedAt.getTime(),
    quick: options.quick,
    clock: options.clock,
    machine,
    versions: { ...options.contents.versions, ...versions },
    missing,
    workloads: options.contents.workloads.filter(({ name }) => options.workloads.includes(name)),
    contenders,
    hosts,
    bars: judge(hosts, options.workloads),
  };
}

/** Answers the paths. */
async function write(
  report: Report,
  { json, report: page, results, acrossHosts }: Options,
): Promise<string[]> {
  const text = `${JSON.stringify(report, undefined, 1)}\n`;
  const files = new Map<string, string>();
  if (json === STDOUT) process.stdout.write(text);
  else if (json !== undefined) files.set(resolve(json), text);
  if (results !== undefined) {
    const time = report.startedAt.replace(/\..*$/, "").replaceAll(":", "-");
    files.set(resolve(join(results, `${time}${acrossHosts ? "-hosts" : ""}.json`)), text);
  }
  if (page !== undefined) files.set(resolve(page), await renderReport(report));
  for (const [path, content] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return [...files.keys()];
}

function printList({ contents, hosts, acrossHosts }: Options): void {
  const width = Math.max(...contents.workloads.map(({ name }) => name.length));
  for (const { name, about } of contents.workloads) console.log(`${name.padEnd(width)}  ${about}`);
  if (!acrossHosts) return;
  console.log(`\nhosts: ${hosts.map(slugOf).join(", ")}`);
}
