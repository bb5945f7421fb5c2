/** Owns "What WebAssembly buys": wasyncio against its core in plain JavaScript, in words that the data choose, and in charts. */
import type { Report } from "../../../results.ts";
import { countAsText, counted, ratioAsText, shortCount } from "../../model/format.ts";
import { grouped, measuredHosts } from "../../model/survey.ts";
import { answerOnTwin, type TwinAnswer, type TwinRow } from "../../model/twin.ts";
import { type Look, lookOfHost } from "../appearance.ts";
import { logDomain } from "../charts/axes.ts";
import { LINES_HEIGHT, linesChart } from "../charts/lines.ts";
import { comparisonAsText } from "../charts/ratios.ts";
import { twinChart, twinHeight } from "../charts/twin.ts";
import { Chart } from "./chart.tsx";
import { ComparisonTable } from "./figures.tsx";
import { Fold } from "./fold.tsx";
import { Legend } from "./legend.tsx";

const NAMED_MAX = 6;

export function Twin({ report }: { readonly report: Report }) {
  const answer = answerOnTwin(report);
  const hosts = measuredHosts(report).map(({ name }) => name);
  const look = (host: string): Look => lookOfHost(hosts.indexOf(host));
  return (
    <section id="webassembly" aria-labelledby="webassembly-title">
      <h2 id="webassembly-title">What WebAssembly buys</h2>
      {answer === undefined ? (
        <p class="empty">The core in plain JavaScript was not measured.</p>
      ) : (
        <>
          <Words {...answer} />
          <Fold kind="plain" summary={<h3>Every workload, every host, and with N</h3>}>
            <Legend names={answer.hosts} lookOf={look} />
            <Overall answer={answer} lookOf={look} />
            <Growth report={report} answer={answer} lookOf={look} />
          </Fold>
          <ComparisonTable
            summary="All figures of WebAssembly against JavaScript"
            all={answer.rows.flatMap(({ comparisons }) => comparisons)}
          />
        </>
      )}
    </section>
  );
}

function Words({ rows, telling, counts, hosts, mean }: TwinAnswer) {
  const total = counts.ahead + counts.behind + counts.level;
  const overall = mean >= 1 ? `${ratioAsText(mean)} as fast as` : `${ratioAsText(1 / mean)} slower than`;
  const isLevel = Math.abs(Math.log(mean)) < Math.log(1.03);
  return (
    <>
      <p class="lead">
        The same core, once in WebAssembly and once in plain JavaScript, below the same host code. Over{" "}
        {counted(telling.length, "workload")} on {counted(hosts.length, "host")}, WebAssembly is ahead in{" "}
        <b>{counts.ahead}</b> of {countAsText(total)} comparisons, behind in <b>{counts.behind}</b>, and in{" "}
        <b>{counts.level}</b> the quartiles lie on both sides. With every workload counted once it is{" "}
        <b>{isLevel ? `level with JavaScript (${ratioAsText(mean)})` : `${overall} JavaScript`}</b>, as a
        geometric mean.
      </p>
      <div class="sides">
        <Side
          title="Where it wins"
          kind="ahead"
          rows={rows.filter(({ standing }) => standing === "ahead")}
          none="Nowhere on more than half of the hosts."
        />
        <Side
          title="Where it loses"
          kind="behind"
          rows={rows.filter(({ standing }) => standing === "behind").reverse()}
          none="Nowhere on more than half of the hosts."
        />
      </div>
    </>
  );
}

interface SideProps {
  readonly title: string;
  readonly kind: "ahead" | "behind";
  readonly rows: readonly TwinRow[];
  readonly none: string;
}

/** The farthest from the line first; of each workload the N that is farthest. */
function Side({ title, kind, rows, none }: SideProps) {
  const farthest = grouped(rows, ({ workload }) => workload.name).flatMap((own) => own.slice(0, 1));
  return (
    <div class={`side ${kind}`}>
      <h3>
        {title} <small>{counted(farthest.length, "workload")}</small>
      </h3>
      {farthest.length === 0 && <p class="empty">{none}</p>}
      <ol>
        {farthest.slice(0, NAMED_MAX).map((row) => (
          <li key={row.workload.name}>
            <b>{ratioAsText(row.mean)}</b>
            <span>
              <a href={`#workload-${row.workload.name}`}>{nameOf(row)}</a>
              <small>
                {row.agreeing} of {counted(row.comparisons.length, "host")}
              </small>
            </span>
          </li>
        ))}
      </ol>
      {farthest.length > NAMED_MAX && (
        <p class="note">
          and{" "}
          {farthest
            .slice(NAMED_MAX)
            .map(({ workload, mean }) => `${workload.title} (${ratioAsText(mean)})`)
            .join(", ")}
        </p>
      )}
    </div>
  );
}

interface ChartsProps {
  readonly answer: TwinAnswer;
  readonly lookOf: (host: string) => Look;
}

function Overall({ answer, lookOf }: ChartsProps) {
  const { telling } = answer;
  const domain = logDomain(
    telling.flatMap(({ comparisons }) => comparisons.flatMap(({ ratio }) => [ratio.p25, ratio.p75])),
    [1],
  );
  const label = telling.map((row) => `${nameOf(row)} ${ratioAsText(row.mean)}`).join("; ");
  return (
    <figure>
      <figcaption>Every workload, every host; at the right the geometric mean of the hosts</figcaption>
      <Chart
        label={label}
        height={(width) => twinHeight(telling.length, width)}
        draw={(width) => twinChart(telling, { width, domain, nameOf, lookOf })}
      />
    </figure>
  );
}

/** How it changes with N, where a workload has several. */
function Growth({ report, answer, lookOf }: ChartsProps & { readonly report: Report }) {
  const workloads = report.workloads
    .map((workload) => answer.rows.filter((row) => row.workload === workload))
    .filter((own) => own.length > 1);
  if (workloads.length === 0) return null;
  const y = logDomain(
    workloads.flat().flatMap(({ comparisons }) => comparisons.map(({ ratio }) => ratio.median)),
    [1],
  );
  return (
    <>
      <h4 class="with-n">With N</h4>
      <p class="note">Ratio over N; above the line WebAssembly is ahead.</p>
      <div class="panels">
        {workloads.map((own) => {
          const points = own
            .flatMap(({ comparisons }) => comparisons)
            .map((each) => ({
              name: each.host,
              x: each.size,
              y: each.ratio.median,
              title: `N = ${countAsText(each.size)}\n${comparisonAsText(each)}`,
            }))
            .sort((a, b) => a.x - b.x);
          const { workload } = own[0] as TwinRow;
          const sizes = own.map(({ size }) => size).sort((a, b) => a - b);
          return (
            <figure key={workload.name} class="panel">
              <figcaption>{workload.title}</figcaption>
              <Chart
                label={[...own]
                  .sort((a, b) => a.size - b.size)
                  .map(({ size, mean }) => `N ${countAsText(size)}: ${ratioAsText(mean)}`)
                  .join("; ")}
                height={LINES_HEIGHT}
                draw={(width) =>
                  linesChart(points, {
                    width,
                    xs: sizes,
                    y,
                    xAsText: shortCount,
                    yAsText: ratioAsText,
                    lookOf,
                    ruleAt: 1,
                  })
                }
              />
            </figure>
          );
        })}
      </div>
    </>
  );
}

function nameOf({ workload, size, figure }: TwinRow): string {
  const about = workload.figures.length > 1 ? `${workload.title}, ${figure}` : workload.title;
  return size === 1 ? about : `${about}, N = ${shortCount(size)}`;
}
