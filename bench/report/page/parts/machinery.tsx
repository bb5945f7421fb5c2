/** Owns the end of the page: the hosts, what was missing and how to get it, what failed, how it was measured, and the data. */
import type { HostReport, Report } from "../../../results.ts";
import { countAsText, counted, durationAsText, figureAsText } from "../../model/format.ts";
import { sampleCount } from "../../model/survey.ts";
import { Wide } from "./figures.tsx";
import { Fold } from "./fold.tsx";

const MIB = 1024 ** 2;

export function Machinery({ report, json }: { readonly report: Report; readonly json: string }) {
  return (
    <>
      <Hosts report={report} />
      <section id="method" aria-labelledby="method-title">
        <h2 id="method-title">How to read it</h2>
        <ul class="method">
          <li>
            A ratio is a contender’s figure over wasyncio’s of the same round: 8× means that wasyncio took an
            eighth, 0.5× that it took twice as much. Contenders take turns, and a result is the median of the
            rounds.
          </li>
          <li>
            Only ratios within one run on one host are to be compared. Absolute times depend on the machine
            and on what else it did.
          </li>
          <li>
            <b>native</b> is what the language has: async functions, promises, Promise.all. <b>twin</b> is
            wasyncio with its core in plain JavaScript.
          </li>
          <li>
            <b>setTimeout</b> in a chain waits a millisecond and more by design; it is there because programs
            do that, and left out of means.
          </li>
          <li>
            <b>queueMicrotask</b> starves timers and I/O for as long as it goes on; the loop gives the host
            its turn.
          </li>
          <li>
            Where a contender is missing, the host has no such thing, or it would take minutes, or it failed,
            which is said.
          </li>
        </ul>
      </section>
      <Data report={report} json={json} />
    </>
  );
}

function Hosts({ report }: { readonly report: Report }) {
  const failures = report.hosts.reduce((sum, host) => sum + host.failures.length, 0);
  return (
    <section id="hosts" aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts</h2>
      <Wide label="Table of hosts">
        <table class="hosts">
          <thead>
            <tr>
              {[
                "host",
                "version",
                "what came of it",
                "took",
                "clock’s step",
                "collects between turns",
                "failures",
              ].map((column) => (
                <th scope="col" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.hosts.map((host) => (
              <tr key={host.name} class={host.status.replace(" ", "-")}>
                <th scope="row">{host.name}</th>
                <td>{host.version ?? "–"}</td>
                <td>{outcomeOf(host)}</td>
                <td class="number">{durationAsText(host.tookMs)}</td>
                <td>{host.clockStepMs === undefined ? "–" : figureAsText(host.clockStepMs, "ms")}</td>
                <td>{host.collects === undefined ? "–" : host.collects ? "yes" : "no"}</td>
                <td>{host.failures.length}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {report.missing.length > 0 && (
        <>
          <h3>Not there to be compared with</h3>
          <ul class="missing">
            {report.missing.map(({ name, howToGet }) => (
              <li key={name}>
                <b>{name}</b>: {howToGet}
              </li>
            ))}
          </ul>
        </>
      )}
      {failures === 0 ? (
        <h3>Nothing failed</h3>
      ) : (
        <Fold kind="plain" summary={<h3>{counted(failures, "failure")}</h3>}>
          <Failures report={report} />
        </Fold>
      )}
    </section>
  );
}

function Failures({ report }: { readonly report: Report }) {
  return (
    <ul class="failures">
      {report.hosts.flatMap((host) =>
        host.failures.map(({ workload, contender, size, error }) => (
          <li key={`${host.name} ${workload} ${contender} ${size} ${error}`}>
            <b>
              {[host.name, workload, contender, size !== undefined && `N = ${countAsText(size)}`]
                .filter(Boolean)
                .join(", ")}
            </b>{" "}
            <pre>{error}</pre>
          </li>
        )),
      )}
    </ul>
  );
}

function outcomeOf({ status, howToGet, error, results }: HostReport): string {
  if (status === "not found") return `not found; to have it: ${howToGet ?? "see the README"}`;
  if (status === "failed") return `failed: ${error ?? "for no given reason"}`;
  return `${counted(new Set(results.map(({ workload }) => workload)).size, "workload")} measured`;
}

function Data({ report, json }: { readonly report: Report; readonly json: string }) {
  const samples = report.hosts
    .flatMap(({ results }) => results.flatMap(({ series }) => series))
    .reduce((sum, series) => sum + sampleCount(series), 0);
  const name = `wasyncio-bench-${report.startedAt.slice(0, 10)}.json`;
  const download = (): void => {
    const url = URL.createObjectURL(new Blob([json], { type: "application/json" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    link.click();
    // The browser has begun to read it by the next turn.
    setTimeout(() => URL.revokeObjectURL(url));
  };
  return (
    <section id="data" aria-labelledby="data-title">
      <h2 id="data-title">Data</h2>
      <p class="lead">
        All {countAsText(samples)} samples are in this file, {(json.length / MIB).toFixed(1)} MiB of JSON.
      </p>
      <button type="button" onClick={download}>
        Download the raw samples
      </button>
    </section>
  );
}
