/** Owns the tables for the charts: made when they are opened, as there are thousands of rows in all. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Report, Spread, WorkloadInfo } from "../../../results.ts";
import { countAsText, figureAsText, ratioAsText } from "../../model/format.ts";
import { type Comparison, measuredHosts, resultsOf, sampleCount } from "../../model/survey.ts";

interface FiguresProps {
  readonly summary: string;
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
  /** How many of the first columns are words. */
  readonly words: number;
}

function Figures({ summary, columns, rows, words }: FiguresProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="figures" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && (
        <Wide label={summary}>
          <table>
            <thead>
              <tr>
                {columns.map((column, at) => (
                  <th key={column} scope="col" class={at < words ? "" : "number"}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows().map((row) => (
                <tr key={row.join()}>
                  {row.map((cell, at) => (
                    <td key={at} class={at < words ? "" : "number"}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </details>
  );
}

/** What may be wider than the window. */
export function Wide({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="wide" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** Every figure of a workload. */
export function WorkloadTable({
  report,
  workload,
}: {
  readonly report: Report;
  readonly workload: WorkloadInfo;
}) {
  const { unit, per, figures } = workload;
  const rows = (): string[][] =>
    measuredHosts(report).flatMap((host) =>
      resultsOf(host, workload).flatMap(({ figure, size, series }) =>
        series.map((each) => [
          host.name,
          ...(figures.length > 1 ? [figure] : []),
          each.contender,
          countAsText(size),
          figureAsText(each.median, unit),
          `${figureAsText(each.p25, unit)} to ${figureAsText(each.p75, unit)}`,
          each.ratio === undefined ? "" : ratioAsText(each.ratio.median),
          each.ratio === undefined ? "" : spreadAsText(each.ratio),
          countAsText(sampleCount(each)),
        ]),
      ),
    );
  const words = figures.length > 1 ? ["host", "figure", "contender"] : ["host", "contender"];
  return (
    <Figures
      summary={`All figures: ${workload.title}`}
      columns={[...words, "N", `per ${per}`, "quartiles", "ratio", "quartiles of ratio", "samples"]}
      words={words.length}
      rows={rows}
    />
  );
}

/** Ratios, of whichever workloads. */
export function ComparisonTable({
  summary,
  all,
}: {
  readonly summary: string;
  readonly all: readonly Comparison[];
}) {
  return (
    <Figures
      summary={summary}
      columns={[
        "workload",
        "host",
        "figure",
        "N",
        "wasyncio",
        all[0]?.contender ?? "other",
        "ratio",
        "quartiles of ratio",
      ]}
      words={3}
      rows={() =>
        all.map(({ workload, host, figure, size, ours, theirs, ratio }) => [
          workload.title,
          host,
          figure,
          countAsText(size),
          figureAsText(ours, workload.unit),
          figureAsText(theirs, workload.unit),
          ratioAsText(ratio.median),
          spreadAsText(ratio),
        ])
      }
    />
  );
}

function spreadAsText({ p25, p75 }: Spread): string {
  return `${ratioAsText(p25)} to ${ratioAsText(p75)}`;
}
