/** Owns the order of the page, and what is chosen for all of it: the host of the overview, and how panels are made. */
import { useState } from "preact/hooks";
import type { Report } from "../../../results.ts";
import { measuredHosts, referenceHost } from "../../model/survey.ts";
import { Choice } from "./choice.tsx";
import { toggleFolds, useFolds } from "./fold.tsx";
import { Glance } from "./glance.tsx";
import { Goals } from "./goals.tsx";
import { Header } from "./header.tsx";
import { Headlines } from "./headlines.tsx";
import { Machinery } from "./machinery.tsx";
import { Twin } from "./twin.tsx";
import { type PanelsBy, Workload } from "./workload.tsx";

export function Page({ report, json }: { readonly report: Report; readonly json: string }) {
  const hosts = measuredHosts(report);
  const [host, setHost] = useState(referenceHost(report)?.name ?? "");
  const [by, setBy] = useState<PanelsBy>("host");
  useFolds();
  const chooseHost = (
    <Choice
      legend="On"
      options={hosts.map(({ name }) => [name, name] as const)}
      value={host}
      onChoose={setHost}
    />
  );
  return (
    <>
      <a class="skip" href="#goals">
        Skip to the goals
      </a>
      <Header report={report} />
      <main>
        <Headlines report={report} host={host} choose={chooseHost} />
        <Goals bars={report.bars} />
        <Glance report={report} host={host} choose={chooseHost} />
        <Twin report={report} />
        <section id="workloads" aria-labelledby="workloads-title">
          <h2 id="workloads-title">Workload by workload</h2>
          <p class="lead">
            Ratios first: a bar to the right is how many times as long the other one took, a bar to the left
            that wasyncio took longer. Lines across the ends go from the lower to the upper quartile of the
            rounds. All axes are logarithmic, except those of memory; panels of one row share theirs.
          </p>
          <div class="tools">
            <Choice<PanelsBy>
              legend="A panel for each"
              options={[
                ["host", "host"],
                ["contender", "contender"],
              ]}
              value={by}
              onChoose={setBy}
            />
            <button
              type="button"
              class="small"
              onClick={() => toggleFolds(document.getElementById("workloads"))}
            >
              Open or close all
            </button>
          </div>
          {report.workloads.map((workload) => (
            <Workload key={workload.name} report={report} workload={workload} host={host} by={by} />
          ))}
        </section>
        <Machinery report={report} json={json} />
      </main>
    </>
  );
}
