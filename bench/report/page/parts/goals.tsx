/** Owns the goals: each with its figure and whether it was reached, shown by a sign and a word as well as by colour. */
import { useState } from "preact/hooks";
import type { Verdict } from "../../../results.ts";
import { goalFigureAsText } from "../../model/format.ts";
import { goalGroups } from "../../model/survey.ts";
import { Choice } from "./choice.tsx";

type Status = Verdict["status"];

const SIGNS: Readonly<Record<Status, string>> = {
  pass: "✓",
  fail: "✕",
  "not decided": "≈",
  "not measured": "–",
};
const ORDER: readonly Status[] = ["pass", "fail", "not decided", "not measured"];

export function Goals({ bars }: { readonly bars: readonly Verdict[] }) {
  const [shown, setShown] = useState<Status | "all">("all");
  const count = (status: Status): number => bars.filter((each) => each.status === status).length;
  const groups = goalGroups(bars.filter(({ status }) => shown === "all" || status === shown));
  const usual = mostFrequent(bars.map(({ host }) => host));
  return (
    <section id="goals" aria-labelledby="goals-title">
      <div class="tools">
        <h2 id="goals-title">
          {count("pass")} of {bars.length} goals reached
        </h2>
        <Choice<Status | "all">
          legend="Goals shown"
          quiet
          options={[
            ["all", `all ${bars.length}`],
            ["pass", `✓ passed ${count("pass")}`],
            ["fail", `✕ failed ${count("fail")}`],
            ["not decided", `≈ not decided ${count("not decided")}`],
            ["not measured", `– not measured ${count("not measured")}`],
          ]}
          value={shown}
          onChoose={setShown}
        />
      </div>
      <div class="tally" aria-hidden="true">
        {ORDER.map((status) => (
          <span key={status} class={classOf(status)} style={{ flexGrow: count(status) }} />
        ))}
      </div>
      {bars.length === 0 && <p class="empty">No goal is about what was measured.</p>}
      <div class="goals">
        {groups.map(({ what, goals }) => (
          <section key={what} class="group">
            <h3>{what}</h3>
            <ul>
              {goals.map((goal) => (
                <Goal key={goal.goal + goal.host} goal={goal} usualHost={usual} />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {usual !== undefined && (
        <p class="note">
          On {usual} unless another host is named. A goal is not decided where its limit lies between the
          quartiles, which are then given.
        </p>
      )}
    </section>
  );
}

function Goal({
  goal,
  usualHost,
}: {
  readonly goal: Verdict & { readonly wanted: string };
  readonly usualHost: string | undefined;
}) {
  const { status, wanted, host, value, quartiles = [], unit, missedBy = 0, sense, workload } = goal;
  return (
    <li class={`goal ${classOf(status)}`} data-status={status}>
      <span class="sign" aria-hidden="true">
        {SIGNS[status]}
      </span>
      <a class="wanted" href={`#workload-${workload}`}>
        {wanted.replaceAll(/(\d)x\b/g, "$1×")}
        {host !== usualHost && ` on ${host}`}
      </a>
      <span class="got">
        {value === undefined ? "not measured" : goalFigureAsText(value, unit)}
        {status === "not decided" && (
          <small> {quartiles.map((each) => goalFigureAsText(each, unit)).join(" to ")}</small>
        )}
        {status === "fail" && (
          <small class="short" title={`missed by ${missedAsText(missedBy)} of the limit`}>
            {" "}
            {sense === "at least" ? "−" : "+"}
            {missedAsText(missedBy)}
          </small>
        )}
      </span>
      <span class="unseen">{status}</span>
    </li>
  );
}

/** What is missed by less than a hundredth is missed all the same. */
function missedAsText(share: number): string {
  return `${Math.ceil(share * 100)}%`;
}

function classOf(status: Status): string {
  return status.replace(" ", "-");
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
