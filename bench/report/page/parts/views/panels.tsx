/** Owns the panels of a view: one for each host that has a point in it. */
import type { ComponentChildren } from "preact";
import type { Report } from "../../../../results.ts";
import type { SeriesPoint } from "./points.ts";

interface PanelsProps {
  readonly report: Report;
  readonly view: string;
  readonly points: readonly SeriesPoint[];
  /** The chart of one host, of its points. */
  readonly children: (own: readonly SeriesPoint[], host: string) => ComponentChildren;
}

export function Panels({ report, view, points, children }: PanelsProps) {
  return (
    <div class="panels" data-view={view}>
      {report.hosts.map(({ name: host }) => {
        const own = points.filter((each) => each.host === host);
        if (own.length === 0) return null;
        return (
          <figure key={host} class="panel">
            <figcaption>{host}</figcaption>
            {children(own, host)}
          </figure>
        );
      })}
    </div>
  );
}
