/** Owns the table of everything on one host: workloads down, contenders across, ratios in between, tinted by their size. */
import type { ComponentChildren } from "preact";
import type { Report } from "../../../results.ts";
import { countAsText, ratioAsText } from "../../model/format.ts";
import { type Comparison, floorOf, inOrder, tellingComparisons } from "../../model/survey.ts";
import { comparisonAsText } from "../charts/ratios.ts";
import { Wide } from "./figures.tsx";

/** From here on a ratio is as strongly tinted as can be. */
const STRONGEST = Math.log(100);
const TINT_PERCENT_MAX = 62;

export interface GlanceProps {
  readonly report: Report;
  readonly host: string;
  readonly choose: ComponentChildren;
}

export function Glance({ report, host, choose }: GlanceProps) {
  const here = tellingComparisons(report).filter((each) => each.host === host);
  const columns = inOrder(report, new Set(here.map(({ contender }) => contender)));
  const rows = report.workloads.filter(({ name }) => here.some(({ workload }) => workload.name === name));
  return (
    <section id="glance" aria-labelledby="glance-title">
      <div class="tools">
        <h2 id="glance-title">At a glance: {host}</h2>
        {choose}
      </div>
      <Wide label={`Ratios on ${host}`}>
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">ratio to wasyncio</th>
              {columns.map(({ name }) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((workload) => (
              <tr key={workload.name}>
                <th scope="row">
                  <a href={`#workload-${workload.name}`}>{workload.title}</a>{" "}
                  <Size of={here.find((each) => each.workload.name === workload.name)} />
                </th>
                {columns.map(({ name }) => (
                  <Cell
                    key={name}
                    comparison={here.find(
                      (each) => each.workload.name === workload.name && each.contender === name,
                    )}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {here.some((each) => floorOf(each) !== undefined) && (
        <p class="note">In italics: how long the host makes everybody wait, which is part of no mean.</p>
      )}
    </section>
  );
}

function Size({ of: comparison }: { readonly of: Comparison | undefined }) {
  if (comparison === undefined || comparison.size === 1) return null;
  const { workload, size, figure } = comparison;
  return (
    <small>
      {workload.figures.length > 1 && `${figure}, `}N = {countAsText(size)}
    </small>
  );
}

function Cell({ comparison }: { readonly comparison: Comparison | undefined }) {
  if (comparison === undefined) {
    return (
      <td class="none">
        <span class="unseen">not measured</span>
      </td>
    );
  }
  const { median } = comparison.ratio;
  const floor = floorOf(comparison);
  if (floor !== undefined) {
    return (
      <td class="floor" title={`${comparisonAsText(comparison)}\n${floor}`}>
        {ratioAsText(median)}
      </td>
    );
  }
  const strength = Math.min(1, Math.abs(Math.log(median)) / STRONGEST);
  const tint = `${(strength ** 0.7 * TINT_PERCENT_MAX).toFixed(0)}%`;
  const side = median >= 1 ? "ahead" : "behind";
  return (
    <td class={side} style={{ "--tint": tint }} title={comparisonAsText(comparison)}>
      {ratioAsText(median)}
    </td>
  );
}
