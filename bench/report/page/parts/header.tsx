/** Owns the head of the page: what was measured, where, when and by what. */
import type { Report } from "../../../results.ts";
import { countAsText, durationAsText } from "../../model/format.ts";
import { measuredHosts } from "../../model/survey.ts";
import { ThemeChoice } from "./theme.tsx";

const GIB = 1024 ** 3;

export function Header({ report }: { readonly report: Report }) {
  const { machine, versions, quick, startedAt, tookMs } = report;
  const hosts = measuredHosts(report);
  const day = new Date(startedAt).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return (
    <header class="head">
      <div class="bar">
        <nav aria-label="Page">
          <a href="#goals">Goals</a>
          <a href="#glance">At a glance</a>
          <a href="#webassembly">WebAssembly</a>
          <a href="#workloads">Workloads</a>
          <a href="#hosts">Hosts</a>
          <a href="#data">Data</a>
        </nav>
        <ThemeChoice />
      </div>
      <div class="title">
        <h1>wasyncio, measured</h1>
        <p class={quick ? "run quick" : "run"}>
          {quick ? "quick run: for a look, not for a judgement" : "full run"}
        </p>
      </div>
      <p class="about">
        <time dateTime={startedAt}>{day}</time>, {durationAsText(tookMs)} on {machine.cpu.trim()},{" "}
        {countAsText(machine.cores)} cores, {Math.round(machine.memoryBytes / GIB)} GiB, {machine.platform}{" "}
        {machine.arch} {machine.release}, load {machine.load.toFixed(1)} at the start.{" "}
        {Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", ")}
        ; on{" "}
        {hosts.map(({ name, version }) => (version === undefined ? name : `${name} (${version})`)).join(", ")}
        .
      </p>
    </header>
  );
}
