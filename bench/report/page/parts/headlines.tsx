/** Owns the large figures: wasyncio against each contender on one host, with a dot for every workload. */
import type { ComponentChildren } from "preact";
import type { Report } from "../../../results.ts";
import { counted, ratioAsText } from "../../model/format.ts";
import { type Headline, headlines } from "../../model/headlines.ts";
import { type Comparison, floorOf } from "../../model/survey.ts";
import { KINDS } from "../appearance.ts";
import { type Domain, logDomain } from "../charts/axes.ts";
import { STRIP_HEIGHT, stripChart } from "../charts/strip.ts";
import { Chart } from "./chart.tsx";

export interface HeadlinesProps {
  readonly report: Report;
  readonly host: string;
  readonly choose: ComponentChildren;
}

export function Headlines({ report, host, choose }: HeadlinesProps) {
  const all = headlines(report, host);
  const domain = logDomain(
    all.flatMap(({ comparisons }) => comparisons.map(({ ratio }) => ratio.median)),
    [1],
  );
  return (
    <section id="overview" aria-labelledby="overview-title">
      <h2 id="overview-title" class="unseen">
        How wasyncio stands
      </h2>
      <div class="tools">
        <p class="lead">
          How many times as long the other takes on {host}: the geometric mean over the workloads, each a dot.
          Tasks are generators, unless it says async functions.
        </p>
        {choose}
      </div>
      {all.length === 0 && <p class="empty">Nothing was compared on this host.</p>}
      <ul class="headlines">
        {all.map((headline) => (
          <Card key={headline.contender.name} {...headline} domain={domain} />
        ))}
      </ul>
    </section>
  );
}

function Card({
  contender,
  mean,
  comparisons,
  ofAsync,
  floors,
  worst,
  best,
  domain,
}: Headline & { readonly domain: Domain }) {
  const label = `${counted(comparisons.length, "workload")}, from ${ratioAsText(worst.ratio.median)} to ${ratioAsText(best.ratio.median)}`;
  return (
    <li class={mean >= 1 ? "headline ahead" : "headline behind"}>
      <p class="figure">{ratioAsText(mean)}</p>
      <p class="against">{contender.name}</p>
      <p class="kind">
        {KINDS[contender.kind] ?? contender.kind}, {counted(comparisons.length, "workload")}
      </p>
      <Chart label={label} height={STRIP_HEIGHT} draw={(width) => stripChart(comparisons, width, domain)} />
      <dl>
        <Extreme word="best" comparison={best} />
        <Extreme word="worst" comparison={worst} />
      </dl>
      {ofAsync !== undefined && (
        <p class="of-async" title={ofAsync.comparisons.map(({ workload }) => workload.title).join("\n")}>
          <b>{ratioAsText(ofAsync.mean)}</b> with async functions
        </p>
      )}
      {floors.map((each) => (
        <p class="floor" key={each.workload.name} title={floorOf(each)}>
          without {each.workload.title}: {floorOf(each)}
        </p>
      ))}
    </li>
  );
}

function Extreme({ word, comparison }: { readonly word: string; readonly comparison: Comparison }) {
  const { workload, ratio } = comparison;
  return (
    <div>
      <dt>{word}</dt>
      <dd>
        <b>{ratioAsText(ratio.median)}</b>{" "}
        <a href={`#workload-${workload.name}`} title={workload.title}>
          {workload.name}
        </a>
      </dd>
    </div>
  );
}
