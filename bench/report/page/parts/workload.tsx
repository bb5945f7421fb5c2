/** Owns the section of one workload: what is chosen in it, and which of the views it has figures for. */
import { useState } from "preact/hooks";
import type { Report, WorkloadInfo } from "../../../results.ts";
import { OURS } from "../../../results.ts";
import { countAsText, ratioAsText } from "../../model/format.ts";
import {
  contendersOf,
  floorOf,
  fullestSize,
  inOrder,
  measuredHosts,
  resultsOf,
  sizesOf,
  tellingComparisons,
  tellingFigure,
} from "../../model/survey.ts";
import { lookOf } from "../appearance.ts";
import { Choice } from "./choice.tsx";
import { WorkloadTable } from "./figures.tsx";
import { Fold } from "./fold.tsx";
import { Legend } from "./legend.tsx";
import { AbsoluteView } from "./views/absolute.tsx";
import { GrowthView } from "./views/growth.tsx";
import { MemoryView } from "./views/memory.tsx";
import { PercentilesView } from "./views/percentiles.tsx";
import { RatiosView } from "./views/ratios.tsx";

/** What each panel is for; the rows in it are for the other. */
export type PanelsBy = "host" | "contender";

/** What a view shows. */
export interface ViewProps {
  readonly report: Report;
  readonly workload: WorkloadInfo;
  readonly figure: string;
  readonly size: number;
}

export interface WorkloadProps {
  readonly report: Report;
  readonly workload: WorkloadInfo;
  /** What is shown while it is folded is about this one. */
  readonly host: string;
  readonly by: PanelsBy;
}

export function Workload({ report, workload, host, by }: WorkloadProps) {
  const { name, title, about, figures, sizeOf, per } = workload;
  const [figure, setFigure] = useState(tellingFigure(workload));
  const [chosen, setSize] = useState<number>();
  const sizes = sizesOf(report, workload, figure);
  const size =
    chosen !== undefined && sizes.includes(chosen) ? chosen : fullestSize(report, workload, figure);
  const hosts = measuredHosts(report).filter((host) => resultsOf(host, workload).length > 0);
  const summary = (
    <>
      <h3 class="workload-title">{title}</h3>
      <Gist report={report} workload={workload} host={host} />
    </>
  );
  return (
    <Fold id={`workload-${name}`} kind="workload" summary={summary}>
      <div class="tools">
        <p class="lead">
          {about} A figure is for one {per}; N counts {sizeOf}.
        </p>
        <div class="choices">
          {figures.length > 1 && (
            <Choice
              legend="Figure"
              options={figures.map((each) => [each, each] as const)}
              value={figure}
              onChoose={setFigure}
            />
          )}
          {sizes.length > 1 && (
            <Choice
              legend="N"
              options={sizes.map((each) => [each, countAsText(each)] as const)}
              value={size}
              onChoose={setSize}
            />
          )}
        </div>
      </div>
      {size === undefined ? (
        <p class="empty">No host gave a figure for this.</p>
      ) : (
        <Views report={report} workload={workload} figure={figure} size={size} by={by} />
      )}
      <Failures report={report} workload={workload} />
      {hosts.length > 0 && <WorkloadTable report={report} workload={workload} />}
    </Fold>
  );
}

/** The ratios on one host, in a line. */
function Gist({ report, workload, host }: Omit<WorkloadProps, "by">) {
  const here = tellingComparisons(report).filter((each) => each.workload === workload && each.host === host);
  const told = inOrder(report, new Set(here.map(({ contender }) => contender)))
    .flatMap(({ name }) => here.find(({ contender }) => contender === name) ?? [])
    .filter((each) => floorOf(each) === undefined);
  return (
    <span class="gist">
      {told.length === 0 && <small>no ratios on {host}</small>}
      {told.map(({ contender, ratio }) => (
        <span key={contender}>
          {contender} <b class={ratio.median >= 1 ? "ahead" : "behind"}>{ratioAsText(ratio.median)}</b>
        </span>
      ))}
    </span>
  );
}

function Views({ by, ...props }: ViewProps & { readonly by: PanelsBy }) {
  const { report, workload, figure } = props;
  const isMemory = workload.unit === "bytes";
  return (
    <>
      <RatiosView {...props} by={by} />
      {isMemory && <MemoryView {...props} />}
      {!isMemory && (
        <Legend
          names={contendersOf(report, workload).map((each) => each.name)}
          lookOf={lookOf}
          emphasis={OURS}
        />
      )}
      {workload.figures.some((each) => /^p\d/.test(each)) && <PercentilesView {...props} />}
      {!isMemory && sizesOf(report, workload, figure).length > 1 && <GrowthView {...props} />}
      {!isMemory && <AbsoluteView {...props} />}
    </>
  );
}

function Failures({ report, workload }: Omit<WorkloadProps, "host" | "by">) {
  const all = report.hosts.flatMap((host) =>
    host.failures
      .filter((failure) => failure.workload === workload.name)
      .map((failure) => ({ ...failure, host: host.name })),
  );
  if (all.length === 0) return null;
  return (
    <ul class="failures">
      {all.map(({ host, size, contender, error }) => (
        <li key={`${host} ${size} ${contender} ${error}`}>
          <b>
            {[host, contender, size !== undefined && `N = ${countAsText(size)}`].filter(Boolean).join(", ")}
          </b>{" "}
          failed: {error.split("\n", 1)[0]}
        </li>
      ))}
    </ul>
  );
}
