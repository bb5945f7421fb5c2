/** Owns the section of one workload: what is chosen in it, and which of the views it has figures for. */
import { useState } from "preact/hooks";
import type { Report, WorkloadInfo } from "../../../results.ts";
import { OURS } from "../../../results.ts";
import { countAsText } from "../../model/format.ts";
import {
  contendersOf,
  fullestSize,
  measuredHosts,
  resultsOf,
  sizesOf,
  tellingFigure,
} from "../../model/survey.ts";
import { lookOf } from "../appearance.ts";
import { Choice } from "./choice.tsx";
import { WorkloadTable } from "./figures.tsx";
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
  readonly by: PanelsBy;
}

export function Workload({ report, workload, by }: WorkloadProps) {
  const { name, title, about, figures, sizeOf, per } = workload;
  const [figure, setFigure] = useState(tellingFigure(workload));
  const [chosen, setSize] = useState<number>();
  const sizes = sizesOf(report, workload, figure);
  const size =
    chosen !== undefined && sizes.includes(chosen) ? chosen : fullestSize(report, workload, figure);
  const hosts = measuredHosts(report).filter((host) => resultsOf(host, workload).length > 0);
  const id = `workload-${name}`;
  return (
    <article id={id} class="workload" aria-labelledby={`${id}-title`}>
      <header>
        <div>
          <h3 id={`${id}-title`} class="workload-title">
            {title}
          </h3>
          <p>
            {about}{" "}
            <span class="per">
              A figure is for one {per}; N counts {sizeOf}.
            </span>
          </p>
        </div>
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
      </header>
      {size === undefined ? (
        <p class="empty">No host gave a figure for this.</p>
      ) : (
        <Views report={report} workload={workload} figure={figure} size={size} by={by} />
      )}
      <Failures report={report} workload={workload} />
      {hosts.length > 0 && <WorkloadTable report={report} workload={workload} />}
    </article>
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

function Failures({ report, workload }: Pick<WorkloadProps, "report" | "workload">) {
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
