/** Owns how a report is put into lines of text. */
import { contenders } from "../contenders.ts";
import type { HostReport, Report, Result, Series, Verdict, WorkloadInfo } from "../results.ts";

export function reportAsText(report: Report): string {
  const { machine, versions, missing, hosts, workloads, bars, quick, clock } = report;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform} ${machine.arch}, load ${machine.load.toFixed(1)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    ...missing.map(({ name, howToGet }) => `${name}: not found; ${howToGet}`),
    ...(clock === "processor"
      ? ["by processor time: of all threads of a process, where the host tells it"]
      : []),
    ...(quick ? ["a quick run: good for a look, not for a judgement"] : []),
  ];
  for (const host of hosts) lines.push("", ...hostAsLines(host, workloads));
  if (bars.length > 0) lines.push("", "goals", ...asTable(bars.map(verdictAsRow)));
  return lines.join("\n");
}

function hostAsLines(host: HostReport, workloads: readonly WorkloadInfo[]): string[] {
  const heading = `${host.name}${host.version === undefined ? "" : ` (${host.version})`}`;
  if (host.status === "not found") return [`${heading}: not found; ${host.howToGet}`];
  if (host.status === "failed") return [`${heading}: failed: ${host.error}`];
  const rows = workloads.flatMap((workload) =>
    host.results
      .filter((result) => result.workload === workload.name)
      .flatMap((result) => resultAsRows(workload, result)),
  );
  const failures = host.failures.map(
    ({ workload, size, contender, error }) =>
      `failed: ${[workload, size && `N=${size}`, contender].filter(Boolean).join(", ")}: ${error.split("\n", 1)[0]}`,
  );
  return [heading, ...asTable(rows), ...failures];
}

function resultAsRows(workload: WorkloadInfo, { size, figure, series }: Result): string[][] {
  const order = contenders.map(({ name }) => name);
  const sorted = [...series].sort((a, b) => order.indexOf(a.contender) - order.indexOf(b.contender));
  const label = workload.figures.length > 1 ? `${workload.name} ${figure}` : workload.name;
  const n = size.toLocaleString("en-GB");
  return sorted.map((each, index) => [
    index === 0 ? label : "",
    index === 0 ? n : "",
    each.contender,
    `${number(each.median)} ${workload.unit}`,
    `${number(each.p25)}-${number(each.p75)}`,
    ratioAsText(each),
  ]);
}

/** From wasyncio's point of view: "8x as fast" is eight times better than that contender. */
function ratioAsText({ ratio }: Series): string {
  if (ratio === undefined) return "";
  return `${number(ratio.median)}x  (${number(ratio.p25)}-${number(ratio.p75)})`;
}

function verdictAsRow({ goal, host, value, quartiles, unit, status }: Verdict): string[] {
  const words = value === undefined ? "" : `${number(value)}${unit === "x" ? "x" : ` ${unit}`}`;
  const spread = quartiles === undefined ? "" : `(${quartiles.map(number).join(" to ")})`;
  return [status === "fail" ? "FAIL" : status, words, spread, goal, host];
}

/** Three digits that count, or all before the point. */
export function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-GB");
  return value
    .toPrecision(3)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

function asTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ")}`.trimEnd());
}
